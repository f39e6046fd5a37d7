import json
from typing import Any

import pytest

from nlu.engines.opinion import Cuts, Opinion, read_opinion

SURE = {"confidence": 0.9, "answer_from": 0.8, "ask_from": 0.3}


def answer(*rows: tuple[Any, Any], **more: Any) -> bytes:
    ranking = [{"name": name, "confidence": score} for name, score in rows]
    return json.dumps({"intent_ranking": ranking, **more}).encode()


class TestAnAnswerOfRasa:
    def test_is_read_with_its_own_calibration(self) -> None:
        opinion = read_opinion(answer(("camera", 0.7), ("greet", 0.1), sure=SURE), Cuts())
        assert opinion == Opinion((("camera", 0.7), ("greet", 0.1)), 0.9, 0.8, 0.3)

    def test_is_held_against_the_configured_cuts_when_it_brings_none(self) -> None:
        opinion = read_opinion(answer(("camera", 0.7)), Cuts(answer_from=0.95, ask_from=0.2))
        assert opinion == Opinion((("camera", 0.7),), 0.7, 0.95, 0.2)

    @pytest.mark.parametrize("name", ["nlu_fallback", "out_of_scope"])
    def test_names_topics_only(self, name: str) -> None:
        opinion = read_opinion(answer((name, 0.6), ("camera", 0.4), sure=SURE), Cuts())
        assert opinion is not None
        assert opinion.ranking == (("camera", 0.4),)

    def test_is_put_in_order(self) -> None:
        opinion = read_opinion(answer(("greet", 0.1), ("camera", 0.7)), Cuts())
        assert opinion is not None
        assert [topic for topic, _ in opinion.ranking] == ["camera", "greet"]

    def test_may_know_no_topic(self) -> None:
        opinion = read_opinion(answer(("nlu_fallback", 0.7)), Cuts())
        assert opinion is not None
        assert (opinion.ranking, opinion.confidence) == ((), 0.0)


class TestWhatIsNoAnswer:
    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"<html>",
            b"[]",
            b"{}",
            b'{"intent_ranking": {}}',
            b'{"intent_ranking": ["camera"]}',
            b'{"intent_ranking": [{"name": "camera", "confidence": NaN}]}',
            b"\xff\xfe",
            answer(("camera", 0.7))[:-3],
            answer(("camera", "0.7")),
            answer(("camera", 1.7)),
            answer(("camera", -0.1)),
            answer(("camera", True)),
            answer((None, 0.7)),
            answer(("camera", 0.7), sure=None),
            answer(("camera", 0.7), sure={"confidence": 0.7}),
            answer(("camera", 0.7), sure={**SURE, "confidence": 7.0}),
            answer(("camera", 0.7), sure={**SURE, "answer_from": 0.2}),
        ],
    )
    def test_is_not_taken_for_one(self, body: bytes) -> None:
        assert read_opinion(body, Cuts()) is None
