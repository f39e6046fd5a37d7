"""Somebody is led through a guide, one screen a message, and may leave it and come back."""

import pytest

from tests.handlers.conftest import House


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
