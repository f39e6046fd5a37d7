"""Answers in words to what the bot asked: 第二个, 2, 最后一个, 是的, 不是."""

import pytest

from handlers import picking
from handlers.messages import MenuTapped, Scanned
from tests.handlers.conftest import Citizen, House

WHICH = ("topic:id_types", "topic:input_info", "topic:fail_identity", "none")
"""What is offered to 身份证."""


async def lost_twice(citizen: Citizen) -> None:
    """Be asked whether a human is wanted."""
    for words in ("阿巴阿巴呜噜", "唔哩哇啦咕叽"):
        await citizen.says(words)


class TestWordsForAButton:
    @pytest.mark.parametrize(
        ("words", "meant"),
        [
            ("1", "topic:id_types"),
            ("第一个", "topic:id_types"),
            ("前面那个", "topic:id_types"),
            ("我选第二个吧", "topic:input_info"),
            ("第２個。", "topic:input_info"),
            ("三", "topic:fail_identity"),
            ("最后一个", "topic:fail_identity"),
            ("4", "none"),
            ("5", None),
            ("一共几个", None),
            ("第二步怎么做", None),
        ],
    )
    def test_are_its_place(self, words: str, meant: str | None) -> None:
        assert picking.picked(words, None, WHICH) == meant

    def test_say_yes_to_the_only_question(self) -> None:
        assert picking.picked("是的", "is_so", ("topic:fee", "none")) == "topic:fee"
        assert picking.picked("是的", "is_so", WHICH) is None
        assert picking.picked("好的", "agreed", ("resume", "topic:fee", "human")) is None

    def test_say_yes_to_a_human_who_was_offered_first(self) -> None:
        assert picking.picked("好的", "agreed", ("human", "topic:fee")) == "human"


class TestSomebodyWhoIsAskedWhich:
    async def test_may_say_the_place_of_the_question(self, house: House) -> None:
        citizen = house.citizen()
        await citizen.says("身份证")
        await citizen.says("第二个")
        assert "solved:input_info" in [option.id for option in citizen.last.options]

    async def test_may_say_that_it_is_none(self, house: House) -> None:
        citizen = house.citizen()
        await citizen.says("身份证")
        assert await citizen.says("不是这个意思") == house.library.reply("none_of_these")

    @pytest.mark.parametrize("words", ["是的", "好"])
    async def test_is_asked_again_when_yes_is_no_answer(self, house: House, words: str) -> None:
        citizen = house.citizen()
        await citizen.says("身份证")
        assert await citizen.says(words) == house.library.reply("ask_which")
        await citizen.says("一步一步教我")
        assert await citizen.says(words) == house.library.reply("guide_which")

    async def test_may_go_on_with_what_is_wrong(self, house: House) -> None:
        citizen = house.citizen()
        await citizen.says("银行卡")
        await citizen.says("就是")
        await citizen.says("验不过")
        assert "solved:bankcard_fail" in [option.id for option in citizen.last.options]

    async def test_picks_from_a_menu_and_a_greeting_too(self, house: House) -> None:
        citizen = house.citizen()
        await citizen.does(MenuTapped("system"))
        assert "第 1 步" in await citizen.says("第一个")
        other = house.citizen("oOther")
        await other.does(MenuTapped("faq"))
        await other.says("2")
        assert "solved:id_types" in [option.id for option in other.last.options]

    async def test_may_say_the_title_of_a_guide(self, house: House) -> None:
        citizen = house.citizen()
        await citizen.says("一步一步教我")
        assert "完成待办事项" in await citizen.says("完成待办。")

    async def test_after_an_answer_is_asked_which_question_that_is(self, house: House) -> None:
        citizen = house.citizen()
        await citizen.says("怎么签字", option="topic:sign_how")
        assert await citizen.says("第一个") == house.library.reply("ask_which")
        await citizen.says("第一个")
        assert "solved:sign_fail" in [option.id for option in citizen.last.options]

    async def test_picks_nothing_of_it_after_another_list(self, house: House) -> None:
        citizen = house.citizen()
        await citizen.says("身份证")
        await citizen.says("不想刷脸")
        await citizen.says("第二个")
        assert "解决了" not in citizen.options


class TestSomebodyWhoIsAskedWhetherTheyWantAHuman:
    @pytest.mark.parametrize("words", ["好的", "要", "是的", "嗯", "可以"])
    async def test_gets_one_for_a_yes(self, house: House, words: str) -> None:
        citizen = house.citizen()
        await lost_twice(citizen)
        assert "第 1 位" in await citizen.says(words)
        assert (await house.row("hand_over"))["reason"] == "asked"

    async def test_gets_none_for_a_no(self, house: House) -> None:
        citizen = house.citizen()
        await lost_twice(citizen)
        assert await citizen.says("不要") == house.library.reply("human_cancelled")
        assert not await house.rows("hand_over")

    @pytest.mark.parametrize("words", ["不要转人工", "不投诉了"])
    async def test_gets_none_when_they_say_so_unasked(self, house: House, words: str) -> None:
        assert await house.citizen().says(words) == house.library.reply("human_cancelled")
        assert not await house.rows("hand_over")


class TestYesAndNoToNothing:
    @pytest.mark.parametrize(("words", "key"), [("是的", "acknowledged"), ("不是", "here")])
    async def test_are_met_kindly(self, house: House, words: str, key: str) -> None:
        assert await house.citizen().says(words) == house.library.reply(key)


class TestSomebodyInAGuide:
    async def test_answers_a_choice_by_its_place(self, house: House) -> None:
        citizen = house.citizen()
        await citizen.says("教我", option="guide:login")
        assert "同意授权" in await citizen.says("第一个")

    async def test_answers_a_question_with_yes_or_no(self, house: House) -> None:
        citizen = house.citizen()
        await citizen.says("教我", option="guide:todo")
        assert "第 2 步" in await citizen.says("是的")
        for openid, no in (("oOther", "不是"), ("oThird", "没有")):
            other = house.citizen(openid)
            await other.says("教我", option="guide:todo")
            assert "待办是空的" in await other.says(no)

    async def test_says_an_option_in_other_words_that_mean_the_same(self, house: House) -> None:
        citizen = house.citizen()
        await citizen.says("教我", option="guide:verify")
        for _ in range(3):
            await citizen.taps("下一步")
        assert "没通过别着急" in await citizen.says("没过")

    async def test_is_shown_a_choice_that_yes_does_not_answer(self, house: House) -> None:
        citizen = house.citizen()
        await citizen.says("教我", option="guide:login")
        assert house.library.reply("guide_choose") in await citizen.says("是的")

    async def test_says_yes_to_the_screen_only_when_it_was_shown_last(self, house: House) -> None:
        citizen = house.citizen()
        await citizen.says("教我", option="guide:todo")
        await citizen.says("收费吗", option="topic:fee")
        assert "第 1 步" in await citizen.says("是的")


class TestWhoWantsToBeLed:
    async def test_may_say_to_what_in_one_breath(self, house: House) -> None:
        assert "第 1 步" in await house.citizen().says("一步一步教我刷脸")

    async def test_is_not_greeted_for_a_nod(self, house: House) -> None:
        citizen = house.citizen()
        await citizen.says("怎么打开小程序", option="topic:how_open")
        assert await citizen.says("好") == house.library.reply("acknowledged")


class TestWhoComesFromASupportCode:
    async def test_is_led_by_the_guide_of_that_step(self, house: House) -> None:
        citizen = house.citizen()
        await citizen.does(Scanned("s_face"))
        assert "第 1 步" in await citizen.says("一步一步教我")

    @pytest.mark.parametrize("words", ["是的", "嗯"])
    async def test_and_says_that_it_is_so_is_given_the_answer(self, house: House, words: str) -> None:
        citizen = house.citizen()
        await citizen.does(Scanned("s_face_identity"))
        await citizen.says(words)
        assert "solved:fail_identity" in [option.id for option in citizen.last.options]

    async def test_for_a_step_without_an_answer_calls_no_human_by_a_nod(self, house: House) -> None:
        citizen = house.citizen()
        await citizen.does(Scanned("s_review"))
        assert await citizen.says("好的") == house.library.reply("acknowledged")

    async def test_and_asks_why_is_given_the_answer_first(self, house: House) -> None:
        citizen = house.citizen()
        await citizen.does(Scanned("s_sign"))
        await citizen.says("为什么")
        assert "solved:sign_fail" in [option.id for option in citizen.last.options]
