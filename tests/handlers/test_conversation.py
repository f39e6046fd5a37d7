"""What a citizen hears: answers, choices, guides, humans, and sensible words for everything else."""

from datetime import timedelta

import pytest

from handlers import unsure
from handlers.flood import Limit
from handlers.forgetting import Forgetting
from handlers.memory import Memory
from handlers.messages import (
    Followed,
    MenuTapped,
    Picture,
    Place,
    Recording,
    Scanned,
    SharedLink,
    Text,
    Words,
)
from handlers.turn import Turn
from nlu.understanding import Guess, Understanding
from tests.handlers.conftest import Citizen, House

VAGUE = (
    "通不过",
    "认证不了",
    "失败",
    "手机号换了怎么办",
    "没收到",
    "法人变更",
    "过不去",
    "验证",
    "为什么不行",
    "核验没过",
)
"""What the ear is asked about here; which of them it is unsure of depends on what it has learnt."""


async def is_asked_which(citizen: Citizen) -> None:
    """Say vague things until the bot asks which question was meant."""
    for words in VAGUE:
        await citizen.says(words)
        if "都不是" in citizen.options:
            return
    raise AssertionError("the ear was sure of all of this")


def _half_heard(house: House, *guesses: Guess, after: str | None = None, asked: tuple[str, ...] = ()) -> Text:
    """What is said to words of which the ear is not sure, after an answer to a topic or none."""
    understood = Understanding("说不清", "ask", guesses)
    turn = Turn(
        Words("说不清"),
        house.clock(),
        Memory(topic=after, asked=asked),
        house.library,
        "说不清",
        understood=understood,
    )
    outcome = unsure.which(turn)
    assert outcome is not None
    said = outcome.sayings[0]
    assert isinstance(said, Text)
    return said


class TestANewcomer:
    async def test_is_welcomed_with_things_to_tap(self, house: House) -> None:
        citizen = house.citizen()
        assert "你呼我应" in await citizen.does(Followed())
        assert "转人工" in citizen.options

    async def test_who_scanned_a_support_code_is_met_with_that_step(self, house: House) -> None:
        citizen = house.citizen()
        words = await citizen.does(Followed("s_face_camera"))
        assert "相机" in words
        assert any("刷脸" in option or "相机" in option for option in citizen.options)

    async def test_with_an_unknown_code_is_simply_welcomed(self, house: House) -> None:
        assert "你呼我应" in await house.citizen().does(Followed("nobody-knows"))

    async def test_who_returns_is_greeted_as_one(self, house: House) -> None:
        citizen = house.citizen()
        first = await citizen.does(Followed())
        assert await citizen.does(Scanned("x")) != first


class TestAQuestion:
    async def test_is_answered_with_what_can_be_asked_next(self, house: House) -> None:
        citizen = house.citizen()
        words = await citizen.says("怎么打开小程序")
        assert "登记注册身份验证" in words
        assert {"解决了", "没解决"} <= set(citizen.options)
        assert len([option for option in citizen.last.options if option.id.startswith("topic:")]) <= 3

    async def test_that_was_tapped_is_answered_without_guessing(self, house: House) -> None:
        citizen = house.citizen()
        words = await citizen.says("anything", option="topic:fee")
        assert words == house.library.answer_to("fee", on=house.clock().date()).text  # type: ignore[union-attr]

    async def test_in_traditional_characters_is_understood(self, house: House) -> None:
        citizen = house.citizen()
        await citizen.says("請問要收費嗎")
        assert (await house.rows("heard"))[0]["topic"] == "fee"

    async def test_beyond_the_guide_leads_to_a_human_and_invents_nothing(self, house: House) -> None:
        citizen = house.citizen()
        await citizen.says("今天天气怎么样")
        await citizen.says("量子力学是什么")
        assert "转人工" in citizen.options


class TestAFollowUp:
    @pytest.mark.parametrize(
        ("words", "told"),
        [
            ("那护照呢", "华侨持用护照可以用"),
            ("台湾的呢", "台湾居民的证件能不能用，操作指南没有写"),
            ("居住证呢", "居住证能不能用，操作指南没有写"),
            ("外国护照呢", "外国护照能不能用，操作指南没有写"),
            ("港澳的呢", "港澳通行证可以"),
        ],
    )
    async def test_about_another_document_goes_on_from_the_question_before(
        self, house: House, words: str, told: str
    ) -> None:
        citizen = house.citizen()
        await citizen.says("支持哪些证件", option="topic:id_types")
        assert told in await citizen.says(words)

    async def test_is_no_follow_up_of_a_question_that_knows_no_documents(self, house: House) -> None:
        citizen = house.citizen()
        requirements = await citizen.says("对手机有什么要求", option="topic:phone_req")
        assert await citizen.says("回乡证呢") != requirements

    async def test_that_asks_for_all_documents_is_told_of_all(self, house: House) -> None:
        citizen = house.citizen()
        await citizen.says("护照可以吗", option="topic:id_types")
        assert "华侨持用护照可以用" in await citizen.says("那护照呢")
        everything = await house.citizen("oOther").says("支持哪些证件类型")
        assert await citizen.says("支持哪些证件类型") == everything

    async def test_that_names_no_system_is_not_told_of_the_last_one(self, house: House) -> None:
        citizen = house.citizen()
        await citizen.says("手机有什么要求")
        assert "鸿蒙" in (await citizen.says("鸿蒙呢"))[:5]
        assert "鸿蒙" not in (await citizen.says("苹果手机行吗"))[:20]

    async def test_about_a_document_without_an_answer_of_its_own_is_not_told_of_the_last_one(
        self, house: House
    ) -> None:
        citizen = house.citizen()
        await citizen.says("台胞证可以吗")
        assert "台湾" not in await citizen.says("军官证行吗")


class TestAnUnclearMessage:
    async def test_is_first_met_with_suggestions_then_with_a_human(self, house: House) -> None:
        citizen = house.citizen()
        first = await citizen.says("阿巴阿巴呜噜")
        second = await citizen.says("唔哩哇啦咕叽")
        assert first != second
        assert "转人工" in citizen.options

    async def test_that_is_none_of_what_was_offered_is_not_guessed_at_again(self, house: House) -> None:
        citizen = house.citizen()
        await is_asked_which(citizen)
        assert await citizen.taps("都不是") == house.library.reply("none_of_these")
        assert "转人工" in citizen.options

    async def test_may_be_told_so_in_typed_words(self, house: House) -> None:
        citizen = house.citizen()
        await is_asked_which(citizen)
        assert await citizen.says("都不是。") == house.library.reply("none_of_these")

    @pytest.mark.parametrize("words", ["法人变更", "你们地址在哪", "通不过"])
    async def test_is_never_taken_for_small_talk(self, house: House, words: str) -> None:
        citizen = house.citizen()
        await citizen.says(words)
        offered = {option.id.removeprefix("topic:") for option in citizen.last.options}
        assert not offered & {"greet", "thanks", "bot_capability", "resolved_yes", "resolved_no"}

    def test_is_asked_about_with_plausible_questions_only(self, house: House) -> None:
        asked = _half_heard(house, Guess("face_how", 0.7), Guess("foreigner", 0.1), Guess("fee", 0.02))
        assert [option.id for option in asked.options] == ["topic:face_how", "none"]

    def test_that_comes_back_is_answered_by_the_only_guess_or_a_human_first(self, house: House) -> None:
        only, other = Guess("input_info", 0.5), Guess("crash", 0.4)
        answered = _half_heard(house, only, asked=("topic:input_info",))
        assert "solved:input_info" in [option.id for option in answered.options]
        offered = _half_heard(house, only, other, asked=("topic:input_info", "topic:crash"))
        assert [option.id for option in offered.options] == ["human", "topic:input_info", "topic:crash"]

    def test_that_sounds_like_a_call_for_a_human_is_asked_just_that(self, house: House) -> None:
        for topic in ("human", "complaint"):
            asked = _half_heard(house, Guess(topic, 0.4), Guess("elderly", 0.2))
            assert asked.words == house.library.reply("ask_human")
            assert [option.id for option in asked.options] == ["human", "none"]

    def test_is_not_asked_whether_it_is_a_complaint(self, house: House) -> None:
        asked = _half_heard(house, Guess("fail_face", 0.4), Guess("complaint", 0.2))
        assert [option.id for option in asked.options] == ["topic:fail_face", "none", "human"]

    def test_that_says_something_did_not_help_is_taken_at_its_word(self, house: House) -> None:
        said = _half_heard(house, Guess("resolved_no", 0.47), after="fail_face")
        assert said.words == house.library.reply("resolved_no")

    async def test_without_a_plausible_meaning_gets_the_general_choices(self, house: House) -> None:
        citizen = house.citizen()
        assert await citizen.says("阿巴阿巴呜噜") == house.library.reply("fallback_first")
        assert citizen.options[-2:] == ["一步一步教我", "转人工"]
        assert "支付宝" in await citizen.says("1")

    @pytest.mark.parametrize("words", ["不想刷脸", "姑娘，不想刷脸有别的办法吗", "手机摄像头坏了"])
    async def test_is_shown_another_way_than_the_face(self, house: House, words: str) -> None:
        citizen = house.citizen()
        assert "人工审核" in await citizen.says(words)
        assert "转人工" in citizen.options

    @pytest.mark.parametrize("words", ["How do I verify my identity?", "i cannot open the mini program"])
    async def test_in_english_is_told_in_english_whom_to_ask(self, house: House, words: str) -> None:
        citizen = house.citizen()
        assert await citizen.says(words) == house.library.reply("in_english")
        assert "转人工" in citizen.options

    @pytest.mark.parametrize("words", ["zen me ban", "you mei you ren", "iphone 12", "ok"])
    async def test_in_other_letters_is_not_taken_for_english(self, house: House, words: str) -> None:
        assert await house.citizen().says(words) != house.library.reply("in_english")

    @pytest.mark.parametrize("words", ["shualian bu guo", "qianming shibai"])
    async def test_in_pinyin_is_asked_for_characters(self, house: House, words: str) -> None:
        citizen = house.citizen()
        assert await citizen.says(words) == house.library.reply("in_letters")
        assert "转人工" in citizen.options

    async def test_with_a_link_in_it_is_warned_of_strange_links(self, house: House) -> None:
        said = await house.citizen().says("https://pay.example.cn/abc 这个链接是你们的吗")
        assert said == house.library.reply("link")


class TestSmallTalk:
    @pytest.mark.parametrize("words", ["再见", "拜拜", "88", "回头见。"])
    async def test_goodbye_is_said_back(self, house: House, words: str) -> None:
        assert await house.citizen().says(words) == house.library.reply("farewell")

    async def test_a_half_heard_courtesy_is_returned(self, house: House) -> None:
        understood = Understanding("唔该", "ask", (Guess("thanks", 0.5), Guess("business_wrong", 0.1)))
        turn = Turn(Words("唔該"), house.clock(), Memory(), house.library, "唔該", understood=understood)
        outcome = unsure.which(turn)
        assert outcome is not None
        assert "不客气" in str(outcome.sayings[0])

    @pytest.mark.parametrize("words", ["嗯", "哦", "好吧", "收到", "ok"])
    async def test_a_nod_is_not_misunderstood(self, house: House, words: str) -> None:
        citizen = house.citizen()
        await citizen.says("收费吗", option="topic:fee")
        assert await citizen.says(words) == house.library.reply("acknowledged")

    @pytest.mark.parametrize("words", ["一步一步教我", "教教我", "下一步", "继续", "上一步", "接着来"])
    async def test_a_wish_to_be_led_shows_every_guide(self, house: House, words: str) -> None:
        citizen = house.citizen()
        assert await citizen.says(words) == house.library.reply("guide_which")
        assert {f"guide:{guide.id}" for guide in house.library.content.guides} <= {
            option.id for option in citizen.last.options
        }

    async def test_leaving_what_was_never_begun_is_a_goodbye(self, house: House) -> None:
        assert await house.citizen().says("退出") == house.library.reply("guide_exit")

    async def test_a_human_is_offered_once_below_an_answer(self, house: House) -> None:
        for topic in house.library.content.topics:
            citizen = house.citizen(f"o{topic.id}")
            await citizen.says(topic.title, option=f"topic:{topic.id}")
            if citizen.heard and isinstance(citizen.heard[-1], Text):
                humans = [o for o in citizen.last.options if o.id in ("human", "topic:human")]
                assert len(humans) <= 1, topic.id


class TestSomebodyInAGuide:
    async def test_walks_forward_and_back(self, house: House) -> None:
        citizen = house.citizen()
        first = await citizen.says("教我", option="guide:enter")
        second = await citizen.taps("下一步")
        assert second not in first
        assert second.splitlines()[0] != first.splitlines()[0]
        assert (await citizen.taps("上一步")).splitlines()[-1] == first.splitlines()[-1]

    async def test_may_type_instead_of_tap(self, house: House) -> None:
        citizen = house.citizen()
        await citizen.says("教我", option="guide:enter")
        tapped = house.citizen("oOther")
        await tapped.says("教我", option="guide:enter")
        assert await citizen.says("下一步") == await tapped.taps("下一步")

    async def test_may_say_an_option_as_a_voice_is_written_down(self, house: House) -> None:
        citizen = house.citizen()
        await citizen.says("教我", option="guide:enter")
        await citizen.taps("下一步")
        assert "登记注册身份验证小程序" in await citizen.says("搜索进入。")

    async def test_means_the_option_that_they_type_and_not_the_button_of_that_name(
        self, house: House
    ) -> None:
        citizen = house.citizen()
        await citizen.says("教我", option="guide:enter")
        for label in ("下一步", "搜索进入", "下一步", "没看到"):
            await citizen.taps(label)
        assert "可以了" in citizen.options
        assert "进来了" in await citizen.says("可以了")

    async def test_goes_on_with_a_nod(self, house: House) -> None:
        citizen = house.citizen()
        await citizen.says("教我", option="guide:enter")
        assert "第 2 步" in await citizen.says("好的")

    async def test_is_shown_the_same_step_after_a_nod_to_an_answer_in_between(self, house: House) -> None:
        citizen = house.citizen()
        await citizen.says("教我", option="guide:enter")
        await citizen.says("这个要收费吗", option="topic:fee")
        assert "第 1 步" in await citizen.says("知道了")
        assert "第 2 步" in await citizen.says("弄好了")

    async def test_goes_on_after_calling_off_a_human(self, house: House) -> None:
        citizen = house.citizen()
        await citizen.says("教我", option="guide:enter")
        await citizen.says("转人工")
        await citizen.taps("不转了")
        assert "第 1 步" in await citizen.taps("接着来")

    async def test_is_helped_when_stuck(self, house: House) -> None:
        citizen = house.citizen()
        await citizen.says("教我", option="guide:enter")
        assert await citizen.taps("卡住了")
        assert "接着来" in citizen.options

    async def test_stuck_again_on_the_same_screen_is_offered_a_human_first(self, house: House) -> None:
        citizen = house.citizen()
        await citizen.says("教我", option="guide:enter")
        await citizen.taps("卡住了")
        assert await citizen.says("还是不行") == house.library.reply("guide_stuck_again")
        assert citizen.options[:2] == ["转人工", "接着来"]
        assert "第 1 步" in await citizen.taps("接着来")

    async def test_stuck_while_waiting_for_a_human_is_not_sent_to_one(self, house: House) -> None:
        citizen = house.citizen()
        await citizen.says("教我", option="guide:enter")
        await citizen.says("转人工")
        help_ = await citizen.says("卡住了")
        assert await citizen.says("卡住了") == help_
        assert "转人工" not in citizen.options

    async def test_who_says_again_that_it_fails_is_not_shown_the_same_choice_again(
        self, house: House
    ) -> None:
        citizen = house.citizen()
        await citizen.says("教我", option="guide:todo")
        assert house.library.reply("guide_choose") in await citizen.says("不行")
        assert "要先通过身份核验" in await citizen.says("还是不行")
        assert await citizen.says("还是不行") == house.library.reply("guide_stuck_again")

    async def test_may_tap_another_option_of_a_screen_that_they_have_passed(self, house: House) -> None:
        citizen = house.citizen()
        await citizen.says("教我", option="guide:enter")
        await citizen.taps("下一步")
        scan = next(option for option in citizen.last.options if option.label == "扫码进入")
        await citizen.taps("搜索进入")
        assert "第 3 步：扫二维码" in await citizen.says(scan.label, option=scan.id)

    async def test_taps_an_option_of_a_screen_on_another_way_and_is_asked_to_choose(
        self, house: House
    ) -> None:
        citizen = house.citizen()
        await citizen.says("教我", option="guide:todo")
        await citizen.taps("看到了")
        assert house.library.reply("guide_choose") in await citizen.says("现在有了", option="go:0")

    async def test_who_was_not_got_through_is_offered_a_human_first(self, house: House) -> None:
        citizen = house.citizen()
        await citizen.says("教我", option="guide:todo")
        await citizen.taps("是空的")
        assert "都走完了" not in await citizen.taps("还是没有")
        assert citizen.options == ["转人工", "解决了", "没解决"]

    async def test_whose_check_failed_at_a_to_do_is_led_on_to_the_guide_for_that(self, house: House) -> None:
        citizen = house.citizen()
        await citizen.says("教我", option="guide:todo")
        for label in ("看到了", "下一步", "没有问题", "没有通过", "还是不行"):
            await citizen.taps(label)
        assert citizen.options[:2] == ["刷脸没通过", "转人工"]

    async def test_is_led_by_the_guide_of_the_question_when_they_ask_for_it(self, house: House) -> None:
        citizen = house.citizen()
        assert "第 1 步：进入核验页面" in await citizen.says("怎么刷脸，一步一步教我")

    async def test_is_led_by_the_guide_of_the_last_answer_when_they_type_the_button(
        self, house: House
    ) -> None:
        citizen = house.citizen()
        await citizen.says("怎么签字", option="topic:sign_how")
        assert "第 1 步：打开待办事项" in await citizen.says("一步一步教我")

    async def test_who_left_is_not_led_into_another_guide(self, house: House) -> None:
        citizen = house.citizen()
        await citizen.says("怎么刷脸", option="topic:face_how")
        await citizen.says("然后呢")
        await citizen.taps("退出")
        assert await citizen.says("继续") == house.library.reply("guide_which")

    async def test_is_led_on_from_an_answer_when_they_ask_what_comes_then(self, house: House) -> None:
        citizen = house.citizen()
        await citizen.says("怎么填信息", option="topic:input_info")
        assert "第 1 步：选择证件" in await citizen.says("然后呢")

    async def test_asks_something_else_and_goes_on_where_they_were(self, house: House) -> None:
        citizen = house.citizen()
        await citizen.says("教我", option="guide:enter")
        second = await citizen.taps("下一步")
        await citizen.says("这个要收费吗")
        assert "接着来" in citizen.options
        assert second in await citizen.taps("接着来")

    async def test_leaves_when_they_want(self, house: House) -> None:
        citizen = house.citizen()
        await citizen.says("教我", option="guide:enter")
        await citizen.taps("退出")
        assert "接着来" not in (await citizen.says("收费吗"), *citizen.options)

    async def test_reaches_the_end_of_every_guide(self, house: House) -> None:
        for guide in house.library.content.guides:
            citizen = house.citizen(f"o{guide.id}")
            await citizen.says("教我", option=f"guide:{guide.id}")
            for _ in range(40):
                onward = [o for o in citizen.last.options if o.id == "next" or o.id.startswith("go:")]
                if not onward:
                    break
                await citizen.says(onward[0].label, option=onward[0].id)
                house.clock.passes(seconds=60)
            assert not [o for o in citizen.last.options if o.id == "exit"], guide.id
            assert "转人工" in citizen.options, guide.id

    @pytest.mark.parametrize(("first", "then"), [("enter", "login"), ("login", "verify"), ("verify", "todo")])
    async def test_is_led_on_from_one_guide_to_the_next(self, house: House, first: str, then: str) -> None:
        guide = house.library.guide(first)
        assert guide is not None
        citizen = house.citizen()
        await citizen.says("教我", option=f"guide:{first}")
        while "解决了" not in citizen.options:
            onward = next(o for o in citizen.last.options if o.id == "next" or o.id.startswith("go:"))
            await citizen.says(onward.label, option=onward.id)
        assert citizen.last.options[0].id == f"guide:{then}"

    async def test_finds_their_place_after_hours(self, house: House) -> None:
        citizen = house.citizen()
        await citizen.says("教我", option="guide:enter")
        second = await citizen.taps("下一步")
        house.clock.passes(hours=5)
        assert second in await citizen.says("接着来", option="resume")

    async def test_taps_an_old_button_and_is_led_to_the_start(self, house: House) -> None:
        citizen = house.citizen()
        assert await citizen.says("下一步", option="next")
        assert any("进" in option for option in citizen.options)


class TestAHuman:
    async def test_is_fetched_on_request_with_what_was_tried(self, house: House) -> None:
        citizen = house.citizen()
        await citizen.says("收费吗", option="topic:fee")
        words = await citizen.says("转人工")
        assert "1" in words
        row = await house.row("hand_over")
        assert (row["reason"], row["state"], row["topic"]) == ("asked", "waiting", "fee")
        assert "fee" in str(row["summary"])
        assert (await house.row("citizen"))["holder"] == "queue"

    async def test_is_not_promised_at_night(self, house: House) -> None:
        house.clock.passes(hours=14)
        words = await house.citizen().says("转人工")
        assert "不在" in words

    @pytest.mark.parametrize(
        "words",
        ["我要投诉你们", "我不想活了，天天逼我弄这个", "活著真沒意思", "救命有人要杀我", "我爸突然晕倒了"],
    )
    async def test_comes_at_once_for_complaint_and_distress(self, house: House, words: str) -> None:
        await house.citizen().says(words)
        assert (await house.row("hand_over"))["reason"] in ("complaint", "distress")

    @pytest.mark.parametrize("words", ["人工客服几点上班？", "周末上班吗", "上班时间"])
    async def test_is_not_called_by_who_only_asks_when_they_are_there(self, house: House, words: str) -> None:
        citizen = house.citizen()
        assert house.library.hours.summary in await citizen.says(words)
        assert "转人工" in citizen.options
        assert not await house.rows("hand_over")

    async def test_has_their_hours_told_in_the_middle_of_other_words(self, house: House) -> None:
        assert house.library.hours.summary in await house.citizen().says("晚上能弄吗 你们几点下班呀")

    async def test_is_not_promised_at_night_to_somebody_in_distress_either(self, house: House) -> None:
        house.clock.passes(hours=14)
        words = await house.citizen().says("我真的不想活了")
        assert "12356" in words
        assert "马上" not in words

    async def test_comes_in_the_order_that_everybody_in_the_line_is_told(self, house: House) -> None:
        first, second, third = (house.citizen(f"oCitizen000{n}") for n in range(3))
        assert "第 1 位" in await first.says("转人工")
        assert "第 2 位" in await second.says("转人工")
        assert "第 1 位" in await third.says("我不想活了")
        assert "第 2 位" in await first.says("转人工")
        assert "第 3 位" in await second.says("转人工")

    async def test_is_not_promised_to_who_asks_again_while_nobody_is_there(self, house: House) -> None:
        citizen = house.citizen()
        await citizen.says("转人工")
        assert "座位上没有客服" in await citizen.says("怎么还没人")

    @pytest.mark.parametrize("words", ["没人吗", "多久能轮到我", "客服怎么还不来", "还要等多久"])
    async def test_is_not_mistaken_for_a_question_by_who_waits_for_one(
        self, house: House, words: str
    ) -> None:
        citizen = house.citizen()
        await citizen.says("转人工")
        assert "第 1 位" in await citizen.says(words)

    async def test_is_called_only_once_from_the_menu_too(self, house: House) -> None:
        citizen = house.citizen()
        await citizen.says("转人工")
        assert await citizen.does(MenuTapped("human")) == house.library.reply("human_nobody", position=1)
        assert len(await house.rows("hand_over")) == 1

    @pytest.mark.parametrize(
        ("words", "reason", "comfort"),
        [("我不想活了", "distress", "110"), ("我要投诉你们", "complaint", "对不起")],
    )
    async def test_is_told_when_somebody_who_waits_needs_one_sooner(
        self, house: House, words: str, reason: str, comfort: str
    ) -> None:
        citizen = house.citizen()
        await citizen.says("转人工")
        assert comfort in await citizen.says(words)
        assert (await house.row("hand_over"))["reason"] == reason

    async def test_is_not_told_of_less_when_somebody_in_distress_complains(self, house: House) -> None:
        citizen = house.citizen()
        await citizen.says("我不想活了")
        await citizen.says("我要投诉你们")
        assert (await house.row("hand_over"))["reason"] == "distress"

    async def test_is_not_promised_to_who_asks_again_at_night(self, house: House) -> None:
        citizen = house.citizen()
        await citizen.says("转人工")
        house.clock.passes(hours=14)
        assert "不在" in await citizen.says("转人工")

    async def test_is_told_the_hours_only_once_at_night(self, house: House) -> None:
        citizen = house.citizen()
        house.clock.passes(hours=12)
        hours = house.library.hours.summary
        assert hours in await citizen.says("转人工")
        again = await citizen.says("转人工")
        assert "09:00" in again
        assert hours not in again

    async def test_is_called_only_once(self, house: House) -> None:
        citizen = house.citizen()
        await citizen.says("转人工")
        await citizen.says("转人工")
        assert len(await house.rows("hand_over")) == 1

    async def test_is_not_offered_below_an_answer_to_who_waits_for_one(self, house: House) -> None:
        citizen = house.citizen()
        await citizen.says("转人工")
        await citizen.says("刷脸没通过")
        assert "解决了" in citizen.options
        assert "转人工" not in citizen.options

    async def test_is_called_off_by_who_complained_and_does_no_more(self, house: House) -> None:
        citizen = house.citizen()
        await citizen.says("我要投诉")
        assert await citizen.says("没事了，不投诉了") == house.library.reply("human_cancelled")

    async def test_can_be_called_off(self, house: House) -> None:
        citizen = house.citizen()
        await citizen.says("转人工")
        await citizen.taps("不转了")
        assert (await house.row("hand_over"))["state"] == "closed"
        assert (await house.row("citizen"))["holder"] == "bot"

    async def test_is_fetched_from_the_menu(self, house: House) -> None:
        await house.citizen().does(MenuTapped("human"))
        assert (await house.row("hand_over"))["reason"] == "asked"


class TestFeedback:
    async def test_is_recorded_for_the_answer_it_belongs_to(self, house: House) -> None:
        citizen = house.citizen()
        await citizen.says("收费吗", option="topic:fee")
        await citizen.taps("解决了")
        assert (await house.row("feedback"))["solved"] is True

    async def test_is_recorded_from_other_words_for_it(self, house: House) -> None:
        citizen = house.citizen()
        await citizen.says("怎么签字", option="topic:sign_how")
        assert await citizen.says("管用了") == house.library.reply("resolved_yes")
        assert (await house.row("feedback"))["solved"] is True

    async def test_twice_unsolved_brings_a_human(self, house: House) -> None:
        citizen = house.citizen()
        for _ in range(2):
            await citizen.says("刷脸", option="topic:fail_face")
            await citizen.taps("没解决")
        assert (await house.row("hand_over"))["reason"] == "not_solved"

    async def test_of_somebody_who_waits_for_a_human_does_not_offer_one_again(self, house: House) -> None:
        citizen = house.citizen()
        await citizen.says("转人工")
        assert "第 1 位" in await citizen.says("还是不行")
        assert citizen.options == ["不转了"]
        await citizen.says("解决了")
        assert citizen.options == ["不转了"]


class TestWhatIsNotText:
    @pytest.mark.parametrize(
        "act",
        [
            Picture("m"),
            Recording("voice", "m"),
            Recording("video", "m"),
            Place(39.9, 116.4),
            SharedLink("标题", "https://example.com/"),
        ],
    )
    async def test_gets_a_sensible_answer(self, house: House, act: Picture) -> None:
        citizen = house.citizen()
        assert await citizen.does(act)
        assert "转人工" in citizen.options

    @pytest.mark.parametrize("words", ["[微笑]", "👍👍", "。。。", "/::)", "   "])
    async def test_neither_does_a_sticker_confuse_the_bot(self, house: House, words: str) -> None:
        citizen = house.citizen()
        assert await citizen.says(words)
        assert (await house.row("citizen"))["holder"] == "bot"


class TestPersonalData:
    @pytest.mark.parametrize(
        "secret",
        ["11010519491231002X", "１１０１０５１９４９１２３１００２Ｘ", "13800138000", "6222021234567890128"],
    )
    async def test_is_masked_before_it_is_kept_and_the_citizen_is_told(
        self, house: House, secret: str
    ) -> None:
        words = await house.citizen().says(f"我叫张三，号码{secret}，刷脸通不过")
        assert "遮住" in words
        for table in ("heard", "said", "citizen", "hand_over"):
            assert secret not in str(await house.rows(table))

    async def test_is_asked_not_to_be_sent_only_once(self, house: House) -> None:
        citizen = house.citizen()
        await citizen.says("我的手机13800138000刷脸通不过")
        assert "遮住" not in await citizen.says("我的手机13800138000刷脸通不过")

    @pytest.mark.parametrize(
        "words",
        [
            "11010519491231002X",
            "１１０１０５１９４９１２３１００２Ｘ",
            "我的身份证号是11010519491231002X",
            "卡号 6222021234567890128",
            "123456",
        ],
    )
    async def test_alone_is_no_question_and_no_miss(self, house: House, words: str) -> None:
        citizen = house.citizen()
        assert house.library.reply("only_numbers") in await citizen.says(words)
        assert await citizen.says(words) == house.library.reply("only_numbers")
        assert await citizen.says("阿巴阿巴呜噜") == house.library.reply("fallback_first")

    async def test_beside_words_that_are_not_understood_is_not_asked_for(self, house: House) -> None:
        citizen = house.citizen()
        words = await citizen.says("我叫张三，身份证 11010119900307 8515，帮我查一下")
        assert house.library.reply("only_numbers") in words

    async def test_beside_a_question_leaves_the_question(self, house: House) -> None:
        words = await house.citizen().says("身份证11010519491231002X要收费吗")
        assert "收费" in words

    @pytest.mark.parametrize(
        "words", ["刷脸通不过，身份证号11010519491231002X", "我的身份证号是11010519491231002X，刷脸通不过"]
    )
    async def test_takes_no_certainty_from_the_question(self, house: House, words: str) -> None:
        await house.citizen().says(words)
        row = await house.row("heard")
        assert (row["topic"], row["zone"]) == ("fail_face", "answer")


class TestWhatWasWrittenLongAgo:
    async def test_is_blanked_and_still_counted(self, house: House) -> None:
        citizen = house.citizen()
        await citizen.says("收费吗")
        await citizen.says("转人工")
        await citizen.taps("不转了")
        forgetting = Forgetting(house.store, timedelta(days=90), house.clock)
        assert await forgetting.forget_old() == 0
        house.clock.passes(days=91)
        await citizen.says("要银行卡吗")
        assert await forgetting.forget_old() > 0
        rows = await house.rows("heard")
        assert [row["words"] for row in rows] == ["", "", "", "要银行卡吗"]
        assert rows[0]["topic"] == "fee"
        assert "收费" not in str(await house.rows("hand_over"))
        assert await forgetting.forget_old() == 0


class TestAFlood:
    async def test_is_slowed_but_not_dropped(self, house: House) -> None:
        citizen = house.citizen()
        for n in range(Limit().messages + 3):
            words = await citizen.says(f"收费吗{n}")
            house.clock.at -= timedelta(seconds=3)
        assert words == house.library.reply("flood_slow")
        assert len(await house.rows("heard")) == Limit().messages + 3

    async def test_keeps_nobody_in_distress_from_help(self, house: House) -> None:
        citizen = house.citizen()
        for n in range(Limit().messages + 3):
            await citizen.says(f"收费吗{n}")
            house.clock.at -= timedelta(seconds=3)
        assert "110" in await citizen.says("我不想活了")

    def test_begins_where_the_settings_say(self, house: House) -> None:
        now = house.clock()
        heard = [now - timedelta(seconds=n) for n in range(5)]
        assert Limit(messages=4).is_passed(heard, now)
        assert not Limit(messages=5).is_passed(heard, now)
        assert not Limit(messages=4, window=timedelta(seconds=4)).is_passed(heard, now)

    async def test_is_forgotten_after_a_while(self, house: House) -> None:
        citizen = house.citizen()
        for n in range(Limit().messages + 3):
            await citizen.says(f"收费吗{n}")
            house.clock.at -= timedelta(seconds=3)
        house.clock.passes(minutes=5)
        assert await citizen.says("收费吗") != house.library.reply("flood_slow")


class TestTheMenu:
    async def test_answers_every_button_that_it_has(self, house: House) -> None:
        keys = [
            button.key for top in house.library.menu().buttons for button in (top.sub or (top,)) if button.key
        ]
        for key in keys:
            citizen = house.citizen(f"o{key}")
            assert await citizen.does(MenuTapped(key)), key
            assert isinstance(citizen.heard[-1], Text)

    async def test_of_yesterday_leads_to_the_start(self, house: House) -> None:
        assert await house.citizen().does(MenuTapped("no-such-key"))


class TestWhileAnAgentSpeaks:
    async def test_the_bot_is_silent(self, house: House) -> None:
        from sqlalchemy import update

        from handlers.records import citizen as citizens

        citizen = house.citizen()
        await citizen.says("转人工")
        await house.store.write(lambda tx: tx.execute(update(citizens).values(holder="agent")))
        assert await citizen.says("收费吗") == ""
        assert (await house.rows("heard"))[-1]["words"] == "收费吗"
