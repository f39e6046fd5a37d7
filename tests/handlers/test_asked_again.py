"""The same question asked again, in the same words or in others: never the same answer word for word."""

from dataclasses import replace

import pytest

from handlers import answering, unsure
from handlers.chain import chain
from handlers.memory import Memory
from handlers.messages import Text, Words
from handlers.turn import ProofDesk, Turn
from nlu.understanding import Guess, Understanding
from tests.handlers.conftest import House
from verification.attempts import Attempt


def answer_of(house: House, topic: str) -> str:
    found = house.library.answer_to(topic, on=house.clock().date())
    assert found is not None
    return found.text


class TestTheSameQuestionAskedTwice:
    async def test_is_answered_with_the_guide_first(self, house: House) -> None:
        citizen = house.citizen()
        first = await citizen.says("怎么打开小程序")
        second = await citizen.says("小程序怎么打开")
        assert second != first
        assert second.endswith(first)
        assert citizen.last.options[0].id == "guide:enter"

    async def test_is_answered_with_a_human_first_where_there_is_no_guide(self, house: House) -> None:
        citizen = house.citizen()
        await citizen.says("收费吗")
        again = house.library.reply("asked_again", text=answer_of(house, "fee"))
        assert await citizen.says("要钱吗") == again
        assert citizen.options[0] == "转人工"

    async def test_counts_as_asked_again_when_it_is_half_heard(self, house: House) -> None:
        understood = Understanding("脸咋弄", "ask", (Guess("fail_face", 0.5), Guess("face_how", 0.3)))
        given = house.library.answer_to("fail_face", on=house.clock().date())
        assert given is not None
        memory = Memory(topic="fail_face").having_said(answering.mark(given))
        turn = Turn(Words("脸咋弄"), house.clock(), memory, house.library, "脸咋弄", understood=understood)
        outcome = unsure.which(turn)
        assert outcome is not None
        said = outcome.sayings[0]
        assert isinstance(said, Text)
        assert given.text in said.words

    async def test_about_another_document_is_another_question(self, house: House) -> None:
        citizen = house.citizen()
        first = await citizen.says("港澳通行证可以验证吗")
        second = await citizen.says("台胞证可以验证吗")
        assert first not in second
        assert house.library.reply("asked_again", text="") not in second

    async def test_with_another_in_between_is_answered_plainly(self, house: House) -> None:
        citizen = house.citizen()
        first = await citizen.says("收费吗")
        await citizen.says("怎么签字")
        assert await citizen.says("收费吗") == first

    async def test_by_a_tap_is_read_out_as_wished(self, house: House) -> None:
        citizen = house.citizen()
        first = await citizen.says("收费吗")
        assert await citizen.says("收费吗？", option="topic:fee") == first

    async def test_after_it_was_solved_is_answered_plainly(self, house: House) -> None:
        citizen = house.citizen()
        first = await citizen.says("收费吗")
        await citizen.taps("解决了")
        assert await citizen.says("收费吗") == first

    async def test_in_the_middle_of_its_guide_leads_back_to_it(self, house: House) -> None:
        citizen = house.citizen()
        await citizen.says("教我", option="guide:enter")
        await citizen.says("小程序搜不到")
        await citizen.says("小程序搜不到啊")
        assert citizen.options[:2] == ["接着来", "转人工"]


class TestTheSameQuestionAskedThreeTimes:
    async def test_is_met_with_a_human(self, house: House) -> None:
        citizen = house.citizen()
        await citizen.says("怎么打开小程序")
        await citizen.says("怎么打开小程序")
        assert await citizen.says("到底怎么打开小程序") == house.library.reply("asked_again_human")
        assert citizen.options[0] == "转人工"
        assert not await house.rows("hand_over")

    async def test_can_still_be_read_once_more(self, house: House) -> None:
        citizen = house.citizen()
        first = await citizen.says("收费吗")
        await citizen.says("收费吗")
        await citizen.says("收费吗")
        assert await citizen.taps("再看一遍") == first

    async def test_by_somebody_who_waits_is_told_where_they_stand(self, house: House) -> None:
        citizen = house.citizen()
        await citizen.says("转人工")
        await citizen.says("收费吗")
        await citizen.says("收费吗")
        assert "转人工" not in citizen.options
        assert "第 1 位" in await citizen.says("收费吗")


class TestSomebodyWhoHasJustFailed:
    def test_is_told_why_once_and_then_what_helps_in_general(self, house: House) -> None:
        tried = Attempt("face", "人脸核验", "poor", ("too_dark",), ("光线太暗。",), house.clock())
        desk = ProofDesk(link=lambda: "https://here", last_attempt=lambda: tried)
        understood = Understanding("刷脸不通过", "answer", (Guess("fail_face", 0.9),))
        turn = Turn(
            Words("刷脸不通过"), house.clock(), Memory(), house.library, "刷脸不通过",
            understood=understood, proof=desk,
        )  # fmt: skip
        first = chain(turn)
        assert first is not None
        assert "光线太暗" in str(first.sayings[0])
        second = chain(replace(turn, memory=first.memory))
        assert second is not None
        said = second.sayings[0]
        assert isinstance(said, Text)
        assert said.words == answer_of(house, "fail_face")


class TestSomebodyAbroad:
    @pytest.mark.parametrize(
        "words",
        ["我该怎么办啊，我在国外", "我在美国，刷不了脸", "人在日本怎么认证", "国外能用吗", "我在國外"],
    )
    async def test_is_told_what_the_guide_says_and_where_it_is_silent(self, house: House, words: str) -> None:
        citizen = house.citizen()
        assert await citizen.says(words) == house.library.reply("abroad")
        assert citizen.options[0] == "转人工"
        assert await citizen.says(words) == house.library.reply("asked_again_human")
        assert citizen.options[0] == "转人工"

    @pytest.mark.parametrize(
        ("words", "topic"),
        [("股东在国外回不来，我们代他弄行吗", "proxy_other"), ("我在国外定居，是华侨", "overseas_chinese")],
    )
    async def test_whose_question_is_clear_is_answered(self, house: House, words: str, topic: str) -> None:
        assert await house.citizen().says(words) == answer_of(house, topic)

    async def test_asking_for_something_else_is_not_told_of_documents(self, house: House) -> None:
        citizen = house.citizen()
        assert await citizen.says("在法国哪里吃饭好吃") == house.library.reply("fallback_first")
