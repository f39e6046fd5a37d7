"""Rasa's logistic regression, and how sure it may be: calibrated on examples that it had not seen.

While it trains, it also fits itself on all but one fold of the examples, judges the fold left out, and learns
from its own hits and errors: how often a score like this one is right, above which an answer may be given at
once, and below which nothing may be suggested. The three figures go out with every parse as "sure".
"""

from __future__ import annotations

import json
import warnings
from typing import Any, Dict, List, Text, Tuple

import numpy as np
from rasa.engine.graph import ExecutionContext
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.logistic_regression_classifier import LogisticRegressionClassifier
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold

ELSEWHERE = "out_of_scope"
"""The intent of whatever belongs to no topic; nlu/export.py writes it."""

FOLDS = 3
LEAST = 8
"""Examples of an intent that is folded; with fewer there is nothing to judge by."""


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class SureLogisticRegression(LogisticRegressionClassifier):
    """LogisticRegressionClassifier that adds "sure" to the answer.

    `false_answers` is the share of out-of-scope examples that may be answered at once; `false_questions` the
    share that may be met with a suggestion.
    """

    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        """Rasa's own, and the two shares."""
        shares = {"false_answers": 0.05, "false_questions": 0.35}
        return {**LogisticRegressionClassifier.get_default_config(), **shares}

    def __init__(
        self, config: Dict[Text, Any], name: Text, model_storage: ModelStorage, resource: Resource
    ) -> None:
        super().__init__(config, name, model_storage, resource)
        self.sure: Dict[Text, Any] = {}

    def train(self, training_data: TrainingData) -> Resource:
        """Fit the classifier, then learn how far to trust it."""
        X, y = self._create_training_matrix(training_data)
        if X.shape[0]:
            self.sure = _learned(self.clf, X.tocsr(), np.asarray(y), self.config)
        return super().train(training_data)

    def process(self, messages: List[Message]) -> List[Message]:
        """Classify, and add how sure the classification is."""
        super().process(messages)
        for message in messages:
            ranking = [(row["name"], float(row["confidence"])) for row in message.get("intent_ranking")]
            if self.sure:
                cuts = {key: self.sure[key] for key in ("answer_from", "ask_from")}
                sure = {"confidence": _judged(self.sure["weights"], evidence(ranking)), **cuts}
                message.set("sure", sure, add_to_output=True)
        return messages

    def persist(self) -> None:
        """Keep the figures beside the classifier."""
        super().persist()
        with self._model_storage.write_to(self._resource) as folder:
            (folder / "sure.json").write_text(json.dumps(self.sure), encoding="utf-8")

    @classmethod
    def load(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> SureLogisticRegression:
        """Read the classifier and the figures."""
        loaded = super().load(config, model_storage, resource, execution_context, **kwargs)
        with model_storage.read_from(resource) as folder:
            loaded.sure = json.loads((folder / "sure.json").read_text(encoding="utf-8"))
        return loaded


def evidence(ranking: List[Tuple[Text, float]]) -> List[float]:
    """What speaks for the best topic: its score, its lead, and its lead over "belongs elsewhere".

    Never the length of the message: that would teach what the training files look like, not what is meant.
    """
    topics = [score for name, score in ranking if name != ELSEWHERE]
    elsewhere = next((score for name, score in ranking if name == ELSEWHERE), 0.0)
    best, second = (topics + [0.0, 0.0])[:2]
    logs = np.log(np.maximum([best, second, elsewhere], 1e-4))
    return [float(logs[0]), float(logs[0] - logs[1]), float(logs[0] - logs[2])]


def _learned(
    classifier: LogisticRegression, X: Any, y: np.ndarray, config: Dict[Text, Any]
) -> Dict[Text, Any]:
    """The weights of the evidence and the two cuts; nothing where no examples belong elsewhere."""
    names, counts = np.unique(y, return_counts=True)
    if ELSEWHERE not in names or counts[names == ELSEWHERE][0] < LEAST:
        return {}
    judged = np.isin(y, names[counts >= LEAST])
    rows, right = _unseen(classifier, X[judged], y[judged])
    if right.all() or not right.any():
        return {}
    judge = LogisticRegression(C=1.0).fit(rows, right)
    weights = [*judge.coef_[0].tolist(), float(judge.intercept_[0])]
    away = np.array([_judged(weights, row) for row, topic in zip(rows, y[judged]) if topic == ELSEWHERE])
    return {
        "weights": weights,
        "answer_from": float(np.quantile(away, 1 - config["false_answers"])),
        "ask_from": float(np.quantile(away, 1 - config["false_questions"])),
    }


def _unseen(classifier: LogisticRegression, X: Any, y: np.ndarray) -> Tuple[np.ndarray, np.ndarray]:
    """Evidence for every example from a classifier that never saw it, and whether its best topic is right."""
    rows, right = np.zeros((len(y), 3)), np.zeros(len(y), dtype=bool)
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=42)
    for known, held in folds.split(X, y):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            fold = clone(classifier).fit(X[known], y[known])
        for place, scores in zip(held, fold.predict_proba(X[held])):
            ranking = sorted(zip(fold.classes_, scores), key=lambda pair: -pair[1])
            rows[place] = evidence(ranking)
            best = next(name for name, _ in ranking if name != ELSEWHERE)
            right[place] = best == y[place]
    return rows, right


def _judged(weights: List[float], row: Any) -> float:
    """The calibrated confidence, 0 to 1."""
    z = float(np.dot(weights[:-1], row)) + weights[-1]
    return float(1 / (1 + np.exp(-z)))
