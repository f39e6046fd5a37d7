"""How sure the ear may be: evidence about the best topic, turned into the chance that it is right.

Fitted on cross-validated scores of the content, with the out-of-scope questions as examples of "wrong".
The length of a message is never evidence: it would only learn how long the writers' questions are.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]

EVIDENCE = (
    "score",
    "margin",
    "out of scope score",
    "words",
    "words out of scope",
    "sense",
    "sense out of scope",
    "keyword",
    "keyword elsewhere",
    "words lead",
    "sense lead",
)


@dataclass(frozen=True, slots=True)
class Sight:
    """What was seen of n texts against k topics (columns; the last one is out of scope, where there is one).

    `scores` come from the head; `words` and `sense` are the likeness of the nearest example of each topic;
    `named` says which topics have a keyword in the text.
    """

    scores: Floats
    words: Floats
    sense: Floats
    named: NDArray[np.bool_]
    topics: int

    def order(self) -> Ints:
        """Topics from best to worst, for every text."""
        return np.argsort(-self.scores[:, : self.topics], axis=1, kind="stable")

    def evidence(self, order: Ints) -> Floats:
        """One row of EVIDENCE per text, about its best topic."""
        rows, best = np.arange(len(order)), order[:, 0]
        second = order[:, min(1, self.topics - 1)]
        score = self.scores[rows, best]
        nothing = np.zeros_like(score)
        away = self.scores.shape[1] > self.topics
        columns = (
            score,
            score - self.scores[rows, second],
            self.scores[:, -1] if away else nothing,
            self.words[rows, best],
            self.words[:, -1] if away else nothing,
            self.sense[rows, best],
            self.sense[:, -1] if away else nothing,
            self.named[rows, best],
            self.named[:, : self.topics].sum(axis=1) > self.named[rows, best],
            self.words[rows, best] - self.words[rows, second],
            self.sense[rows, best] - self.sense[rows, second],
        )
        return np.stack([np.asarray(column, dtype=np.float32) for column in columns], axis=1)


@dataclass(frozen=True, slots=True)
class Calibrator:
    """A logistic regression over the evidence."""

    mean: Floats
    spread: Floats
    weights: Floats
    bias: float

    def chance(self, evidence: Floats) -> Floats:
        """The chance that the best topic is right, for every row."""
        z = (evidence - self.mean) / self.spread @ self.weights + self.bias
        out: Floats = (1 / (1 + np.exp(-np.clip(z, -30, 30)))).astype(np.float32)
        return out


def fit_calibrator(evidence: Floats, right: NDArray[np.bool_], *, stiffness: float = 1.0) -> Calibrator:
    """Newton's method with a small ridge; every text counts the same."""
    mean, spread = evidence.mean(axis=0), np.maximum(evidence.std(axis=0), 1e-6)
    x = np.column_stack([(evidence - mean) / spread, np.ones(len(evidence))]).astype(np.float64)
    hold = np.full(x.shape[1], stiffness)
    hold[-1] = 1e-3
    w = np.zeros(x.shape[1])
    for _ in range(25):
        p = 1 / (1 + np.exp(-np.clip(x @ w, -30, 30)))
        slope = x.T @ (p - right) + hold * w
        curve = (x * (p * (1 - p))[:, None]).T @ x + np.diag(hold)
        w -= np.linalg.solve(curve, slope)
    return Calibrator(mean, spread, w[:-1].astype(np.float32), float(w[-1]))


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Confidence from which on the ear answers, and from which on it asks "您是不是想问"."""

    answer: float
    ask: float


def fit_thresholds(
    chance: Floats,
    outside: NDArray[np.bool_],
    among_three: NDArray[np.bool_],
    *,
    false_answers: float,
    lost: float,
) -> Thresholds:
    """Answer so that `false_answers` of the out-of-scope questions are answered; lose `lost` of the rest.

    `among_three` marks texts whose topic is among the first three: those are lost below the ask threshold.
    """
    answer = float(np.quantile(chance[outside], 1 - false_answers)) if outside.any() else 0.5
    ask = float(np.quantile(chance[among_three], lost)) if among_three.any() else 0.1
    return Thresholds(answer=max(answer, 0.3), ask=min(ask, max(answer, 0.3)))
