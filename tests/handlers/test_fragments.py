"""Words that mean nothing by themselves: they belong to the last answer, or are asked about."""

import pytest

from handlers import guiding, unsure
from handlers.memory import Memory
from handlers.messages import Scanned, Words
from handlers.turn import Turn
from nlu.understanding import Guess, Understanding
from tests.handlers.conftest import House


class TestAFragmentOfSomebodyWhoSaidNothingYet:
    @pytest.mark.parametrize(
        "words",
        [
            "不行",
            "还是不行",
            "通不过",
            "找不到",
            "没反应",
            "扫不出来",
            "那怎么办",
            "为什么",
            "看不懂",
            "？",
            "急急急",
            "帮帮我",
        ],
    )
    async def test_is_asked_about_with_things_to_tap(self, house: House, words: str) -> None:
        citizen = house.citizen()
        assert await citizen.says(words) == house.library.reply("where_it_sticks")
        assert [o for o in citizen.last.options if o.id.startswith("topic:")]
        assert "转人工" in citizen.options

    async def test_said_again_is_offered_a_human_and_forced_on_none(self, house: House) -> None:
        citizen = house.citizen()
        await citizen.says("不行")
        await citizen.says("还是不行")
        assert citizen.options[0] == "转人工"
        assert not await house.rows("hand_over")

    async def test_of_another_kind_is_not_said_to_be_unclear(self, house: House) -> None:
        citizen = house.citizen()
        await citizen.says("阿巴阿巴呜噜")
        assert await citizen.says("通不过") == house.library.reply("where_it_sticks")

    async def test_after_a_support_code_means_the_step_of_the_code(self, house: House) -> None:
        citizen = house.citizen()
        await citizen.does(Scanned("s_face_mismatch"))
        assert await citizen.says("还是不行") == house.library.reply("resolved_no")
        assert "guide:face_failed" in [option.id for option in citizen.last.options]

    async def test_can_be_answered_by_the_number_of_what_was_offered(self, house: House) -> None:
        citizen = house.citizen()
        await citizen.says("通不过")
        first = citizen.last.options[0].id
        await citizen.says("1")
        assert f"solved:{first.removeprefix('topic:')}" in [o.id for o in citizen.last.options]


class TestTheBeginningOfASentence:
    @pytest.mark.parametrize("words", ["那个", "我那个", "就是", "问一下"])
    async def test_is_met_with_patience(self, house: House, words: str) -> None:
        citizen = house.citizen()
        await citizen.says("怎么刷脸", option="topic:face_how")
        assert await citizen.says(words) == house.library.reply("here")

    async def test_does_not_come_between_an_answer_and_its_trouble(self, house: House) -> None:
        citizen = house.citizen()
        await citizen.says("刷脸", option="topic:face_how")
        await citizen.says("就是")
        await citizen.says("过不去")
        assert "solved:fail_face" in [option.id for option in citizen.last.options]


class TestAFragmentAfterAnAnswer:
    @pytest.mark.parametrize(
        ("asked", "words", "meant"),
        [
            ("sign_how", "没反应", "sign_fail"),
            ("face_how", "通不过", "fail_face"),
            ("how_open", "找不到", "search_not_found"),
            ("how_open", "真的没有", "search_not_found"),
            ("todo_where", "没看到", "todo_empty"),
            ("why_bankcard", "通不过", "bankcard_fail"),
            ("how_open", "莫得", "search_not_found"),
        ],
    )
    async def test_is_the_trouble_that_stands_beside_it(
        self, house: House, asked: str, words: str, meant: str
    ) -> None:
        citizen = house.citizen()
        await citizen.says("问", option=f"topic:{asked}")
        answer = house.library.answer_to(meant, on=house.clock().date())
        assert answer is not None
        assert await citizen.says(words) == answer.text

    async def test_that_the_answer_was_about_says_that_it_did_not_help(self, house: House) -> None:
        citizen = house.citizen()
        await citizen.says("问", option="topic:fail_face")
        assert await citizen.says("还是通不过") == house.library.reply("resolved_no")
        assert (await house.row("feedback"))["solved"] is False

    async def test_that_repeats_the_question_with_a_still_is_not_answered_with_the_same_again(
        self, house: House
    ) -> None:
        citizen = house.citizen()
        await citizen.says("待办是空的")
        assert await citizen.says("待办还是空的") == house.library.reply("resolved_no")

    @pytest.mark.parametrize(
        "words",
        [
            "怎么办",
            "这个咋整啊",
            "那咋办",
            "点算",
            "为什么",
            "咋回事",
            "看不懂",
            "？？",
            "还有呢",
            "在哪",
            "多久",
        ],
    )
    async def test_that_asks_goes_on_from_there(self, house: House, words: str) -> None:
        citizen = house.citizen()
        await citizen.says("问", option="topic:fail_face")
        assert await citizen.says(words) == house.library.reply("go_on")
        assert "guide:face_failed" in [o.id for o in citizen.last.options]
        assert not await house.rows("feedback")

    async def test_is_not_answered_with_where_help_is_found(self, house: House) -> None:
        citizen = house.citizen()
        await citizen.says("问", option="topic:sign_fail")
        assert await citizen.says("没有") == house.library.reply("resolved_no")

    async def test_may_lead_on_into_the_guide(self, house: House) -> None:
        citizen = house.citizen()
        await citizen.says("问", option="topic:fail_face")
        await citizen.says("为什么")
        assert "第 1 步" in await citizen.says("然后")

    async def test_that_asks_once_more_says_that_it_did_not_help(self, house: House) -> None:
        citizen = house.citizen()
        await citizen.says("问", option="topic:fail_face")
        await citizen.says("怎么办")
        assert await citizen.says("那怎么办") == house.library.reply("resolved_no")
        assert house.library.reply("unsolved_again") in await citizen.says("咋办啊")

    async def test_with_another_question_does_not_say_so(self, house: House) -> None:
        citizen = house.citizen()
        await citizen.says("问", option="topic:sign_how")
        for words in ("看不懂", "要多久", "在哪"):
            assert await citizen.says(words) == house.library.reply("go_on")
        assert not await house.rows("feedback")

    async def test_twice_in_vain_brings_a_human_who_is_announced(self, house: House) -> None:
        citizen = house.citizen()
        await citizen.says("问", option="topic:fail_face")
        await citizen.says("还是不行")
        assert house.library.reply("unsolved_again") in await citizen.says("还是不行")
        assert (await house.row("hand_over"))["reason"] == "not_solved"


class TestAFragmentInAGuide:
    async def test_is_met_with_the_choice_of_the_screen(self, house: House) -> None:
        citizen = house.citizen()
        await citizen.says("教我", option="guide:todo")
        assert house.library.reply("guide_choose") in await citizen.says("不行")
        assert "是空的" in citizen.options

    def test_that_is_half_heard_belongs_to_the_screen_too(self, house: House) -> None:
        understood = Understanding("不知道啊", "ask", (Guess("resolved_no", 0.5),))
        memory = Memory(guide="todo", step="open_list", topic="todo_where")
        turn = Turn(
            Words("不知道啊"), house.clock(), memory, house.library, "不知道啊", understood=understood
        )
        outcome = guiding.walk(turn)
        assert outcome is not None
        assert house.library.reply("guide_choose") in str(outcome.sayings[0])

    async def test_that_asks_is_met_with_the_help_of_the_screen(self, house: House) -> None:
        citizen = house.citizen()
        await citizen.says("教我", option="guide:enter")
        assert "应用商店" in await citizen.says("那怎么办")
        assert "接着来" in citizen.options

    async def test_after_a_question_in_between_belongs_to_that_and_leads_back(self, house: House) -> None:
        citizen = house.citizen()
        await citizen.says("教我", option="guide:enter")
        await citizen.says("问", option="topic:bankcard_fail")
        assert await citizen.says("还是不行") == house.library.reply("resolved_no")
        assert "接着来" in citizen.options

    async def test_is_never_offered_the_guide_that_it_is_said_in(self, house: House) -> None:
        citizen = house.citizen()
        await citizen.says("教我", option="guide:login")
        await citizen.says("问", option="topic:authorize_denied")
        assert "guide:login" not in [o.id for o in citizen.last.options]


class TestASingleWord:
    @pytest.mark.parametrize("words", ["身份证", "公司", "登记。", "验证码", "支付宝", "卡"])
    async def test_that_names_a_thing_is_asked_what_about_it(self, house: House, words: str) -> None:
        citizen = house.citizen()
        assert await citizen.says(words) == house.library.reply("ask_which")
        asked = [o.id for o in citizen.last.options if o.id.startswith("topic:")]
        await citizen.says("1")
        assert f"solved:{asked[0].removeprefix('topic:')}" in [o.id for o in citizen.last.options]

    @pytest.mark.parametrize(
        ("thing", "words", "meant"),
        [
            ("支付宝", "没有", "no_alipay"),
            ("卡", "没有", "why_bankcard"),
            ("验证码", "收不到", "bankcard_fail"),
            ("身份证", "通不过", "fail_identity"),
        ],
    )
    async def test_goes_with_the_fragment_after_it(
        self, house: House, thing: str, words: str, meant: str
    ) -> None:
        citizen = house.citizen()
        await citizen.says(thing)
        await citizen.says(words)
        assert f"solved:{meant}" in [option.id for option in citizen.last.options]

    async def test_is_asked_about_after_an_answer_too(self, house: House) -> None:
        citizen = house.citizen()
        await citizen.says("怎么签字", option="topic:sign_how")
        assert await citizen.says("身份证") == house.library.reply("ask_which")


class TestATapOnAnOldMessage:
    async def test_on_a_question_that_is_gone_is_heard_by_its_words(self, house: House) -> None:
        citizen = house.citizen()
        words = await citizen.says("怎么打开小程序？", option="topic:of_a_former_release")
        assert "登记注册身份验证小程序" in words

    async def test_on_a_guide_that_is_gone_shows_those_that_are_there(self, house: House) -> None:
        citizen = house.citizen()
        words = await citizen.says("教我", option="guide:of_a_former_release")
        assert words == house.library.reply("guide_gone")


class TestAGreeting:
    async def test_in_the_middle_of_a_conversation_is_no_new_welcome(self, house: House) -> None:
        citizen = house.citizen()
        await citizen.says("问", option="topic:fee")
        assert await citizen.says("在吗") == house.library.reply("here")

    async def test_with_a_trouble_behind_it_is_asked_about_that(self, house: House) -> None:
        words = "喂，你好，我是那个，我儿子开了个公司，他让我当那个监事，说要我刷脸，我不会呀。"
        assert await house.citizen().says(words) == house.library.reply("where_it_sticks")

    @pytest.mark.parametrize("words", ["你好，谢谢", "各位领导同志上午好啊，我是镇上开小卖部的，先打声招呼"])
    async def test_with_nothing_behind_it_is_returned(self, house: House, words: str) -> None:
        assert await house.citizen().says(words) != house.library.reply("where_it_sticks")

    async def test_once_more_is_no_new_introduction(self, house: House) -> None:
        citizen = house.citizen()
        await citizen.says("在不")
        assert await citizen.says("在吗") == house.library.reply("here")

    async def test_of_somebody_who_waits_is_a_question_after_the_human(self, house: House) -> None:
        citizen = house.citizen()
        await citizen.says("转人工")
        assert "第 1 位" in await citizen.says("在吗")

    def test_that_is_half_heard_is_one_for_somebody_who_waits_too(self, house: House) -> None:
        understood = Understanding("有没有人啊", "ask", (Guess("greet", 0.6),))
        turn = Turn(
            Words("有没有人啊"), house.clock(), Memory(), house.library, "有没有人啊",
            understood=understood, holder="queue",
        )  # fmt: skip
        outcome = unsure.which(turn)
        assert outcome is not None
        assert "第 1 位" in str(outcome.sayings[0])

    @pytest.mark.parametrize("words", ["算了", "算了不等了"])
    async def test_may_be_followed_by_giving_up(self, house: House, words: str) -> None:
        citizen = house.citizen()
        await citizen.says("转人工")
        assert await citizen.says(words) == house.library.reply("human_cancelled")


class TestWhatWeChatCannotPassOn:
    async def test_is_taken_for_a_sticker(self, house: House) -> None:
        act = Words("【收到不支持的消息类型，暂无法显示】", "typed", None)
        assert await house.citizen().does(act) == house.library.reply("sticker")


class TestNoneOfThese:
    async def test_said_again_leads_to_a_human(self, house: House) -> None:
        citizen = house.citizen()
        assert await citizen.says("都不是") == house.library.reply("none_of_these")
        assert await citizen.says("都不是") == house.library.reply("fallback_second")
        assert "转人工" in citizen.options
