"""How sure the ear may be: evidence about the best topic, turned into the chance that it is right.

Fitted on cross-validated scores of the content. Two logistic regressions: the chance that the message is in
scope at all, and, if it is, the chance that the best topic is the right one; the confidence is their product.
The length of a message is never evidence: it would only learn how long the writers' questions are.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]
Truths = NDArray[np.bool_]

EVIDENCE = (
    "score",
    "margin",
    "score out of scope",
    "words",
    "words out of scope",
    "sense",
    "sense out of scope",
    "keyword",
    "keyword of another",
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
    named: Truths
    topics: int

    def order(self) -> Ints:
        """Topics from best to worst, for every text."""
        return np.argsort(-self.scores[:, : self.topics], axis=1, kind="stable")

    def evidence(self, order: Ints) -> Floats:
        """One row of EVIDENCE per text, about its best topic."""
        rows, best = np.arange(len(order)), order[:, 0]
        second = order[:, min(1, self.topics - 1)]
        score, words, sense = (table[rows, best] for table in (self.scores, self.words, self.sense))
        named = self.named[rows, best]
        columns = (
            score,
            score - self.scores[rows, second],
            self._outside(self.scores),
            words,
            self._outside(self.words),
            sense,
            self._outside(self.sense),
            named,
            self.named.sum(axis=1) > named,
            words - self.words[rows, second],
            sense - self.sense[rows, second],
        )
        return np.stack([np.asarray(column, dtype=np.float32) for column in columns], axis=1)

    def _outside(self, table: Floats) -> Floats:
        """The column of the out-of-scope questions; zeros where there are none."""
        return table[:, -1] if table.shape[1] > self.topics else np.zeros(len(table), dtype=np.float32)


@dataclass(frozen=True, slots=True)
class Logistic:
    """The chance of one thing, from evidence."""

    mean: Floats
    spread: Floats
    weights: Floats
    bias: float

    def chance(self, evidence: Floats) -> Floats:
        """Between 0 and 1, for every row."""
        z = (evidence - self.mean) / self.spread @ self.weights + self.bias
        out: Floats = (1 / (1 + np.exp(-np.clip(z, -30, 30)))).astype(np.float32)
        return out


@dataclass(frozen=True, slots=True)
class Calibrator:
    """In scope, and right if in scope."""

    inside: Logistic
    right: Logistic

    def chances(self, evidence: Floats) -> tuple[Floats, Floats]:
        """The chance of being in scope, and the confidence: that of the best topic being right."""
        inside = self.inside.chance(evidence)
        return inside, inside * self.right.chance(evidence)


def fit_calibrator(evidence: Floats, inside: Truths, right: Truths) -> Calibrator:
    """From texts that are in scope or not, and whose best topic is right or not."""
    return Calibrator(
        fit_logistic_regression(evidence, inside), fit_logistic_regression(evidence[inside], right[inside])
    )


def fit_logistic_regression(evidence: Floats, truth: Truths, *, stiffness: float = 1.0) -> Logistic:
    """Newton's method with a small ridge; every row counts the same."""
    mean, spread = evidence.mean(axis=0), np.maximum(evidence.std(axis=0), 1e-6)
    x = np.column_stack([(evidence - mean) / spread, np.ones(len(evidence))]).astype(np.float64)
    hold = np.full(x.shape[1], stiffness)
    hold[-1] = 1e-3
    w = np.zeros(x.shape[1])
    for _ in range(25):
        p = 1 / (1 + np.exp(-np.clip(x @ w, -30, 30)))
        slope = x.T @ (p - truth) + hold * w
        curve = (x * (p * (1 - p))[:, None]).T @ x + np.diag(hold)
        step = np.linalg.solve(curve, slope)
        w -= step / max(1.0, float(np.abs(step).max()) / 3)
    return Logistic(mean, spread, w[:-1].astype(np.float32), float(w[-1]))


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Confidence from which on the ear answers, and from which on it asks "您是不是想问"."""

    answer: float
    ask: float


@dataclass(frozen=True, slots=True)
class Allowed:
    """The share of out-of-scope questions that may be answered, and of answerable ones that may be lost.

    `least` is the confidence below which nothing is answered, however few questions are out of scope.
    """

    false_answers: float
    lost: float
    least: float = 0.3


def fit_thresholds(confidence: Floats, inside: Truths, among_three: Truths, allowed: Allowed) -> Thresholds:
    """As much is answered and asked as is allowed.

    `among_three` marks the texts whose topic is among the first three: below `ask` they are lost.
    """
    outside = confidence[~inside]
    sure = float(np.quantile(outside, 1 - allowed.false_answers)) if len(outside) else 0.5
    answer = max(sure, allowed.least)
    ask = float(np.quantile(confidence[among_three], allowed.lost)) if among_three.any() else 0.1
    return Thresholds(answer, min(ask, answer))
