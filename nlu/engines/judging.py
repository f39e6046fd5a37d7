"""Turns likenesses into topics, each with the chance that it is the right one."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nlu.engines.calibration import (
    EVIDENCE,
    Allowed,
    Calibrator,
    Sight,
    Thresholds,
    fit_calibrator,
    fit_thresholds,
)
from nlu.engines.heads import Head, Nearest
from nlu.engines.lessons import Knowledge
from nlu.engines.likeness import Likeness
from nlu.understanding import Guess, Zone

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]
Truths = NDArray[np.bool_]

_GUESSES = 5
_SHARPNESS = 8.0


@dataclass(frozen=True, slots=True)
class Judged:
    """One text judged: guesses best first, the zone, and the evidence about the first guess."""

    guesses: tuple[Guess, ...]
    zone: Zone
    evidence: dict[str, float]


@dataclass(frozen=True, slots=True)
class Judge:
    """What was fitted to one way of comparing texts with the examples."""

    head: Head | Nearest
    calibrator: Calibrator
    thresholds: Thresholds

    def judge(self, knows: Knowledge, texts: Sequence[str], likeness: Likeness) -> list[Judged]:
        """The topics that each of `texts` (plain) may be about, by its likeness to the examples."""
        kernel = likeness.kernel[:, : knows.count]
        sight = knows.sight(texts, self.head.scores(kernel), knows.nearness(likeness))
        order = sight.order()
        evidence = sight.evidence(order)
        insides, confidences = self.calibrator.chances(evidence)
        judged = []
        for row, confidence in enumerate(confidences.tolist()):
            best = order[row, :_GUESSES]
            chances = _shared(sight.scores[row, best], float(insides[row]), confidence)
            guesses = tuple(
                Guess(knows.lessons.topics[topic], chance, knows.nearest(topic, kernel[row]))
                for topic, chance in zip(best.tolist(), chances, strict=False)
            )
            seen = zip(EVIDENCE, evidence[row].round(4).tolist(), strict=True)
            judged.append(Judged(guesses, zone_of(confidence, self.thresholds), dict(seen)))
        return judged


def fit_judge(
    head: Head | Nearest, sight: Sight, owners: Ints, answered: Truths, allowed: Allowed
) -> tuple[Judge, Truths]:
    """A judge from how examples of these `owners` look to `head`, and which of them it or another answers.

    Those that another has `answered` count among what is allowed.
    """
    order, inside = sight.order(), owners < sight.topics
    evidence = sight.evidence(order)
    calibrator = fit_calibrator(evidence, inside, order[:, 0] == owners)
    chances = np.where(answered, np.float32(1), calibrator.chances(evidence)[1])
    among_three = (order[:, :3] == owners[:, None]).any(axis=1)
    thresholds = fit_thresholds(chances, inside, among_three, allowed)
    return Judge(head, calibrator, thresholds), chances >= thresholds.answer


def zone_of(chance: float, thresholds: Thresholds) -> Zone:
    """What a confidence allows."""
    if chance >= thresholds.answer:
        return "answer"
    return "ask" if chance >= thresholds.ask else "fallback"


def _shared(scores: Floats, inside: float, confidence: float) -> list[float]:
    """The first guess has the confidence; the others share what it leaves of being in scope."""
    shares = np.exp(_SHARPNESS * (scores[1:] - scores[0]))
    rest = (inside - confidence) * shares / max(float(shares.sum()), 1.0)
    return [round(float(chance), 4) for chance in (confidence, *np.minimum(rest, confidence))]
