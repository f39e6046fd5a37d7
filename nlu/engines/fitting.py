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
from nlu.engines.likeness import LINEAR, Likeness

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]
Truths = NDArray[np.bool_]
Fitted = tuple[Head | Nearest, Sight]
"""A head, and how examples look to it when it has not seen their fold (or never saw them at all)."""

ASKED = 1_500
"""Examples on which the confidence of the nearest one is calibrated."""
_SLICE = 256


def telling(knows: Knowledge, most: int) -> Ints:
    """Which examples to keep, `most` in all: those of `knows`, and the ones that it hears worst."""
    kernels, _ = _kernels(knows)
    head, _ = _fit(knows, kernels[-1])
    rest = knows.others
    scores = np.concatenate(
        [head.scores(views[-1].kernel[:, : knows.count]) for views, _ in _seen(knows, rest)]
    )
    rows, owners = np.arange(len(rest)), knows.lessons.owners[rest]
    own = scores[rows, owners]
    scores[rows, owners] = -np.inf
    worst_first = np.argsort(own - scores.max(axis=1), kind="stable")
    return np.union1d(knows.places, rest[worst_first[: most - knows.count]])


def fitted(knows: Knowledge) -> tuple[list[Fitted], Ints]:
    """For every view of the examples a head and what they look like to it, and which examples these are."""
    kernels, nears = _kernels(knows)
    heads: list[Head] = []
    scores: list[list[Floats]] = []
    while kernels:
        head, unseen = _fit(knows, kernels.pop(0))
        heads.append(head)
        scores.append([unseen])
    for views, _ in _seen(knows, knows.others):
        for view, head, scored, near in zip(views, heads, scores, nears, strict=True):
            scored.append(head.scores(view.kernel[:, : knows.count]))
            near.append(knows.nearness(view))
    asked = np.concatenate([knows.places, knows.others])
    sights = [_sight(knows, asked, scored, near) for scored, near in zip(scores, nears, strict=True)]
    return list(zip(heads, sights, strict=True)), asked


def nearest(knows: Knowledge) -> tuple[list[Fitted], Ints]:
    """No fitting; an even choice of examples is looked at without its own fold."""
    head, asked = Nearest(knows.starts), knows.lessons.spread(ASKED)
    scores: list[Floats] = []
    nears: list[Nearness] = []
    for views, same in _seen(knows, asked):
        scores.append(head.scores(np.where(same, np.float32(0), views[-1].kernel[:, : knows.count])))
        nears.append(knows.nearness(views[-1], same))
    return [(head, _sight(knows, asked, scores, nears))], asked


def _kernels(knows: Knowledge) -> tuple[list[Floats], list[list[Nearness]]]:
    """For every view the kernel between the kept examples, and what is near to each of them."""
    count = knows.count
    kernels = [np.empty((count, count), dtype=np.float32) for _ in range(knows.examples.glances + 1)]
    nears: list[list[Nearness]] = [[] for _ in kernels]
    for number, (views, same) in enumerate(_seen(knows, knows.places)):
        for view, kernel, near in zip(views, kernels, nears, strict=True):
            kernel[number * _SLICE : (number + 1) * _SLICE] = view.kernel[:, :count]
            near.append(knows.nearness(view, same))
    return kernels, nears


def _fit(knows: Knowledge, kernel: Floats) -> tuple[Head, Floats]:
    """The head that the kept examples make, and their scores without their fold; `kernel` is used up."""
    lessons, kept = knows.lessons, knows.places
    wanted = np.eye(lessons.columns, dtype=np.float32)[lessons.owners[kept]]
    fit = fit_logistic if knows.examples.recipe is LINEAR else fit_ridge
    return fit(kernel, wanted, lessons.folds[kept])


def _seen(knows: Knowledge, asked: Ints) -> Iterator[tuple[list[Likeness], Truths]]:
    """Examples held against the kept ones, in slices: every view of them, and who is of one fold."""
    lessons, examples = knows.lessons, knows.examples
    for first in range(0, len(asked), _SLICE):
        here = asked[first : first + _SLICE]
        texts = [lessons.texts[place] for place in here]
        written = examples.written(texts)
        meant = examples.meant(texts, written, known=True)
        same = lessons.folds[here, None] == lessons.folds[knows.places]
        yield [written, meant] if examples.glances else [meant], same


def _sight(knows: Knowledge, asked: Ints, scores: Sequence[Floats], nears: Sequence[Nearness]) -> Sight:
    near = Nearness(
        np.concatenate([one.words for one in nears]),
        np.concatenate([one.sense for one in nears]),
        np.concatenate([one.negative for one in nears]),
    )
    texts = [knows.lessons.texts[place] for place in asked]
    return knows.sight(texts, np.concatenate(scores), near)
