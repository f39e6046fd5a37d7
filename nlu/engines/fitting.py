"""Fits a head to the examples, and finds how each example looks to an ear that never learnt it.

Ridge costs n^3, and a message is held against every example that is kept. So of very many examples only those
are kept that the others do not make unnecessary; what is not kept still counts when confidence is calibrated.
"""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from nlu.engines.calibration import Sight
from nlu.engines.heads import Head, Nearest, fit_logistic, fit_ridge
from nlu.engines.lessons import Knowledge, Nearness
from nlu.engines.likeness import LINEAR

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]
Truths = NDArray[np.bool_]
Fitted = tuple[Head | Nearest, Sight, Ints]
"""A head, how examples look to it when it has not seen their fold, and which examples these are."""

ASKED = 1_500
"""Examples on which the confidence of the nearest one is calibrated."""
_SLICE = 256


def telling(knows: Knowledge, most: int) -> Ints:
    """Which examples to keep, `most` in all: those of `knows`, and the ones that it hears worst."""
    head, _, _ = _head(knows)
    rest = knows.others
    scores = np.concatenate([head.scores(kernel) for kernel, _, _ in _seen(knows, rest)])
    rows, owners = np.arange(len(rest)), knows.lessons.owners[rest]
    own = scores[rows, owners]
    scores[rows, owners] = -np.inf
    worst_first = np.argsort(own - scores.max(axis=1), kind="stable")
    return np.union1d(knows.places, rest[worst_first[: most - knows.count]])


def fitted(knows: Knowledge) -> Fitted:
    """The head, and what each example looks like to one that never saw its fold (or never saw it at all)."""
    head, unseen, nears = _head(knows)
    scores = [unseen]
    for kernel, _, near in _seen(knows, knows.others):
        scores.append(head.scores(kernel))
        nears.append(near)
    asked = np.concatenate([knows.places, knows.others])
    return head, _sight(knows, asked, scores, nears), asked


def nearest(knows: Knowledge) -> Fitted:
    """No fitting; an even choice of examples is looked at without its own fold."""
    head, asked = Nearest(knows.starts), knows.lessons.spread(ASKED)
    scores: list[Floats] = []
    nears: list[Nearness] = []
    for kernel, same, near in _seen(knows, asked):
        scores.append(head.scores(np.where(same, np.float32(0), kernel)))
        nears.append(near)
    return head, _sight(knows, asked, scores, nears), asked


def _head(knows: Knowledge) -> tuple[Head, Floats, list[Nearness]]:
    """The head that the kept examples make, their scores without their fold, and what is near to each."""
    lessons, kept = knows.lessons, knows.places
    kernel = np.empty((len(kept), len(kept)), dtype=np.float32)
    nears: list[Nearness] = []
    for number, (some, _, near) in enumerate(_seen(knows, kept)):
        kernel[number * _SLICE : (number + 1) * _SLICE] = some
        nears.append(near)
    wanted = np.eye(lessons.columns, dtype=np.float32)[lessons.owners[kept]]
    fit = fit_logistic if knows.examples.recipe is LINEAR else fit_ridge
    return *fit(kernel, wanted, lessons.folds[kept]), nears


def _seen(knows: Knowledge, asked: Ints) -> Iterator[tuple[Floats, Truths, Nearness]]:
    """Examples held against the kept ones, in slices: kernel rows, who is of one fold, and what is near."""
    lessons = knows.lessons
    for first in range(0, len(asked), _SLICE):
        here = asked[first : first + _SLICE]
        seen = knows.examples.likeness([lessons.texts[place] for place in here], known=True)
        same = lessons.folds[here, None] == lessons.folds[knows.places]
        yield seen.kernel[:, : knows.count], same, knows.nearness(seen, same)


def _sight(knows: Knowledge, asked: Ints, scores: Sequence[Floats], nears: Sequence[Nearness]) -> Sight:
    near = Nearness(
        np.concatenate([one.words for one in nears]),
        np.concatenate([one.sense for one in nears]),
        np.concatenate([one.negative for one in nears]),
    )
    texts = [knows.lessons.texts[place] for place in asked]
    return knows.sight(texts, np.concatenate(scores), near)
