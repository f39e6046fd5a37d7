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
            case {"name": str(name), "confidence": score} if _is_share(score):
                ranking += [] if name in NO_TOPICS else [(name, float(score))]
            case _:
                return None
    ranking.sort(key=lambda pair: -pair[1])
    if "sure" not in answer:
        best = ranking[0][1] if ranking else 0.0
        return Opinion(tuple(ranking), best, cuts.answer_from, cuts.ask_from)
    match answer["sure"]:
        case {"confidence": sure, "answer_from": answer_from, "ask_from": ask_from}:
            if all(map(_is_share, (sure, answer_from, ask_from))) and ask_from <= answer_from:
                return Opinion(tuple(ranking), float(sure), float(answer_from), float(ask_from))
    return None


def _is_share(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1


def mapping_in(body: bytes) -> Mapping[str, Any]:
    """The JSON object in `body`; empty when there is none."""
    try:
        value = json.loads(body)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
