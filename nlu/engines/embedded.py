"""The embedded engine: learns from the content in process, ranks topics, and knows how sure it is."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from nlu.engines.calibration import (
    EVIDENCE,
    Calibrator,
    Sight,
    Thresholds,
    fit_calibrator,
    fit_thresholds,
)
from nlu.engines.encoder import Encoder
from nlu.engines.heads import Head, Nearest, fit_logistic, fit_reduced_ridge, fit_ridge
from nlu.engines.lessons import Knowledge, Lessons, Nearness, gather, lessons_of
from nlu.engines.likeness import LINEAR, LOCAL, MANY, Recipe
from nlu.training import TrainingContent
from nlu.understanding import Guess, Zone

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]
HeadName = Literal["auto", "ridge", "logistic"]
Fitted = tuple[Head | Nearest, Sight, Ints]
"""A head, how examples look to it when it has not seen their fold, and which examples these are."""

FEW_PER_TOPIC = 15
"""Below this many examples per topic logistic regression wins on the outside set (64 against 53 %), above it
ridge does (96 against 95 %; on our content 90 against 88 %)."""
MOST_LOGISTIC = 2e8
"""Examples squared times topics: beyond it the logistic head takes minutes (1,000 topics: hours)."""
EXACT = 7_000
"""Up to this many examples ridge is solved exactly (5,800: 7 s of one core); beyond it on LANDMARKS."""
LANDMARKS = 1_500
FEWEST_LANDMARKS = 3
"""For each topic; where there are more topics than that allows, the nearest example decides …"""
NEAREST = 4_500
"""… from this many examples on."""
ASKED = 1_500
"""Examples on which the confidence of the nearest one is calibrated."""
FOLDS = 10
"""An ear that never saw a tenth of the content is almost the ear that will be asked; with five folds 6 % of
unseen out-of-scope questions were answered where 4 % were meant."""
_SLICE = 256
_GUESSES = 5
_SHARPNESS = 8.0


@dataclass(frozen=True, slots=True)
class Judged:
    """One text judged: guesses best first, the zone, and the evidence about the first guess."""

    guesses: tuple[Guess, ...]
    zone: Zone
    evidence: dict[str, float]


class EmbeddedEngine:
    """Immutable once trained; `judge` may be called from several threads."""

    def __init__(
        self, knows: Knowledge, head: Head | Nearest, calibrator: Calibrator, thresholds: Thresholds
    ) -> None:
        self.thresholds = thresholds
        self.size = len(knows.lessons.texts)
        self.head_name = knows.examples.recipe.head
        self._knows, self._head, self._calibrator = knows, head, calibrator

    def judge(self, texts: Sequence[str]) -> list[Judged]:
        """The topics that each of `texts` (plain) may be about; many at once cost each less than half."""
        likeness = self._knows.examples.likeness(texts)
        kernel = likeness.kernel[:, : self._knows.count]
        sight = self._knows.sight(texts, self._head.scores(kernel), self._knows.nearness(likeness))
        order = sight.order()
        evidence = sight.evidence(order)
        insides, confidences = self._calibrator.chances(evidence)
        judged = []
        for row, confidence in enumerate(confidences.tolist()):
            best = order[row, :_GUESSES]
            chances = _shared(sight.scores[row, best], float(insides[row]), confidence)
            guesses = tuple(
                Guess(self._knows.lessons.topics[topic], chance, self._knows.nearest(topic, kernel[row]))
                for topic, chance in zip(best.tolist(), chances, strict=False)
            )
            seen = zip(EVIDENCE, evidence[row].round(4).tolist(), strict=True)
            judged.append(Judged(guesses, zone_of(confidence, self.thresholds), dict(seen)))
        return judged


def train_embedded(
    content: TrainingContent,
    encoder: Encoder | None,
    *,
    head: HeadName = "auto",
    false_answers: float = 0.035,
    lost: float = 0.01,
) -> EmbeddedEngine:
    """Learns the content: about a second for 2,000 examples once their sentences are encoded.

    Raises:
        ValueError: the content has no topics.
    """
    if not content.topics:
        raise ValueError("no topics to learn: the content is empty")
    lessons = lessons_of(content, FOLDS)
    if encoder is not None:
        encoder.expect(lessons.texts)
    recipe = _chosen(head, lessons)
    most = len(lessons.texts)
    if recipe is LOCAL and most > EXACT:
        lessons, most = lessons_of(content, FOLDS // 2), LANDMARKS
    knows = gather(content, lessons, encoder, recipe, most=most)
    fitted, sight, asked = _nearest(knows) if recipe is MANY else _fitted(knows)
    owners, inside = lessons.owners[asked], lessons.inside[asked]
    order = sight.order()
    evidence = sight.evidence(order)
    calibrator = fit_calibrator(evidence, inside, order[:, 0] == owners)
    thresholds = fit_thresholds(
        calibrator.chances(evidence)[1],
        inside,
        (order[:, :3] == owners[:, None]).any(axis=1),
        false_answers=false_answers,
        lost=lost,
    )
    return EmbeddedEngine(knows, fitted, calibrator, thresholds)


def zone_of(chance: float, thresholds: Thresholds) -> Zone:
    """What a confidence allows."""
    if chance >= thresholds.answer:
        return "answer"
    return "ask" if chance >= thresholds.ask else "fallback"


def _chosen(head: HeadName, lessons: Lessons) -> Recipe:
    examples, topics = len(lessons.texts), lessons.columns
    is_little = examples / topics < FEW_PER_TOPIC and examples**2 * topics < MOST_LOGISTIC
    if head == "logistic" or (head == "auto" and is_little):
        return LINEAR
    return MANY if examples > NEAREST and topics * FEWEST_LANDMARKS > LANDMARKS else LOCAL


def _shared(scores: Floats, inside: float, confidence: float) -> list[float]:
    """The first guess has the confidence; the others share what it leaves of being in scope."""
    shares = np.exp(_SHARPNESS * (scores[1:] - scores[0]))
    rest = (inside - confidence) * shares / max(float(shares.sum()), 1.0)
    return [round(float(chance), 4) for chance in (confidence, *np.minimum(rest, confidence))]


def _fitted(knows: Knowledge) -> Fitted:
    """The head, and what each example looks like to a model that never saw its fold."""
    lessons, count = knows.lessons, knows.count
    wanted = np.eye(lessons.columns, dtype=np.float32)[lessons.owners]
    nears: list[Nearness] = []

    def rows() -> Iterator[Floats]:
        for first in range(0, len(lessons.texts), _SLICE):
            here = slice(first, first + _SLICE)
            seen = knows.examples.likeness(lessons.texts[here], known=True)
            nears.append(knows.nearness(seen, lessons.folds[here, None] == lessons.folds[knows.places]))
            yield seen.kernel[:, :count]

    if count < len(lessons.texts):
        between = knows.examples.likeness(knows.examples.texts[:count], known=True).kernel[:, :count]
        slices = [some.astype(np.float16) for some in rows()]
        head = fit_reduced_ridge(
            lambda: (some.astype(np.float32) for some in slices), between, wanted, lessons.folds
        )
    else:
        kernel = np.empty((count, count), dtype=np.float32)
        for number, some in enumerate(rows()):
            kernel[number * _SLICE : (number + 1) * _SLICE] = some
        fit = fit_logistic if knows.examples.recipe is LINEAR else fit_ridge
        head = fit(kernel, wanted, lessons.folds)
    return head, knows.sight(lessons.texts, head.unseen, _joined(nears)), np.arange(len(lessons.texts))


def _nearest(knows: Knowledge) -> Fitted:
    """No fitting; an even choice of examples is looked at without its own fold."""
    lessons, head = knows.lessons, Nearest(knows.starts)
    asked = lessons.spread(ASKED)
    scores: list[Floats] = []
    nears: list[Nearness] = []
    for first in range(0, len(asked), _SLICE):
        here = asked[first : first + _SLICE]
        seen = knows.examples.likeness([lessons.texts[place] for place in here], known=True)
        same = lessons.folds[here, None] == lessons.folds[knows.places]
        scores.append(head.scores(np.where(same, np.float32(0), seen.kernel[:, : knows.count])))
        nears.append(knows.nearness(seen, same))
    texts = [lessons.texts[place] for place in asked]
    return head, knows.sight(texts, np.concatenate(scores), _joined(nears)), asked


def _joined(nears: list[Nearness]) -> Nearness:
    return Nearness(
        np.concatenate([near.words for near in nears]),
        np.concatenate([near.sense for near in nears]),
        np.concatenate([near.negative for near in nears]),
    )
