"""What Rasa thinks of an utterance, read strictly from the answer of /model/parse."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from nlu.export import ELSEWHERE

NO_TOPICS = frozenset([ELSEWHERE, "nlu_fallback"])
"""Entries of the ranking that are no topics; `nlu_fallback` comes from Rasa's FallbackClassifier."""


@dataclass(frozen=True, slots=True)
class Opinion:
    """Topics with their raw scores, best first, and how sure Rasa may be of the first.

    `confidence` is calibrated where the model carries its calibration; it is held against the two cuts.
    """

    ranking: tuple[tuple[str, float], ...]
    confidence: float
    answer_from: float
    ask_from: float


@dataclass(frozen=True, slots=True)
class Cuts:
    """The thresholds for a model that brings none of its own, such as DIET, whose scores run high."""

    answer_from: float = 0.99
    ask_from: float = 0.3


def read_opinion(body: bytes, cuts: Cuts) -> Opinion | None:
    """The answer of /model/parse, or None when it is not one: wrong shape, or scores that are no scores."""
    answer = mapping_in(body)
    rows = answer.get("intent_ranking")
    if not isinstance(rows, list):
        return None
    ranking: list[tuple[str, float]] = []
    for row in rows:
        match row:
            case {"name": str(name), "confidence": int(score) | float(score)} if 0 <= score <= 1:
                ranking += [] if name in NO_TOPICS else [(name, float(score))]
            case _:
                return None
    ranking.sort(key=lambda pair: -pair[1])
    if "sure" not in answer:
        best = ranking[0][1] if ranking else 0.0
        return Opinion(tuple(ranking), best, cuts.answer_from, cuts.ask_from)
    match answer["sure"]:
        case {
            "confidence": float(confidence),
            "answer_from": float(answer_from),
            "ask_from": float(ask_from),
        }:
            if 0 <= confidence <= 1 and 0 <= ask_from <= answer_from <= 1:
                return Opinion(tuple(ranking), confidence, answer_from, ask_from)
    return None


def mapping_in(body: bytes) -> Mapping[str, Any]:
    """The JSON object in `body`; empty when there is none."""
    try:
        value = json.loads(body)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
