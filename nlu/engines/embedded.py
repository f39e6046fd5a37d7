"""The embedded engine: learns from the content in process, ranks topics, and knows how sure it is."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from nlu.engines.calibration import (
    EVIDENCE,
    Calibrator,
    Thresholds,
    fit_calibrator,
    fit_thresholds,
)
from nlu.engines.encoder import Encoder
from nlu.engines.fitting import fitted, nearest, telling
from nlu.engines.heads import Head, Nearest
from nlu.engines.lessons import Knowledge, Lessons, gather, lessons_of
from nlu.engines.likeness import LINEAR, LOCAL, MANY, Recipe
from nlu.training import TrainingContent
from nlu.understanding import Guess, Zone

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]
HeadName = Literal["auto", "ridge", "logistic"]

FEW_PER_TOPIC = 15
"""Below this many examples per topic logistic regression wins on the outside set (64 against 53 %), above it
ridge does (96 against 95 %; on our content 90 against 88 %)."""
MOST_LOGISTIC = 2e8
"""Examples squared times topics: beyond it the logistic head takes minutes (1,000 topics: hours)."""
KEPT = 6_000
"""Examples that ridge is solved on (7 s of one core) and that messages are held against; of more, the most
telling are kept: an even choice of half as many, and those that an ear of these alone hears worst."""
MOST_FITTED = 500
"""Topics; where there are more, the nearest example decides …"""
NEAREST = 4_500
"""… from this many examples on."""
FOLDS = 10
"""An ear that never saw a tenth of the content is almost the ear that will be asked; with five folds 6 % of
unseen out-of-scope questions were answered where 4 % were meant."""
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
    knows = gather(content, lessons, encoder, recipe, _kept(content, lessons, encoder, recipe))
    learnt, sight, asked = nearest(knows) if recipe is MANY else fitted(knows)
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
    return EmbeddedEngine(knows, learnt, calibrator, thresholds)


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
    return MANY if examples > NEAREST and topics > MOST_FITTED else LOCAL


def _kept(content: TrainingContent, lessons: Lessons, encoder: Encoder | None, recipe: Recipe) -> Ints:
    """Which examples messages are held against: all, or of very many the most telling."""
    if recipe is not LOCAL or len(lessons.texts) <= KEPT:
        return np.arange(len(lessons.texts))
    evenly = lessons.spread_over_all(KEPT // 2)
    return telling(gather(content, lessons, encoder, recipe, evenly), KEPT)


def _shared(scores: Floats, inside: float, confidence: float) -> list[float]:
    """The first guess has the confidence; the others share what it leaves of being in scope."""
    shares = np.exp(_SHARPNESS * (scores[1:] - scores[0]))
    rest = (inside - confidence) * shares / max(float(shares.sum()), 1.0)
    return [round(float(chance), 4) for chance in (confidence, *np.minimum(rest, confidence))]
