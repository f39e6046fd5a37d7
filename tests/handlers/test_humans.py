"""How a human is fetched, waited for and called off, and who speaks meanwhile."""

import pytest
from sqlalchemy import update

from handlers.messages import MenuTapped
from handlers.records import citizen as citizens
from tests.handlers.conftest import House


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


class TestWhileAnAgentSpeaks:
    async def test_the_bot_is_silent(self, house: House) -> None:
        citizen = house.citizen()
        await citizen.says("转人工")
        await house.store.write(lambda tx: tx.execute(update(citizens).values(holder="agent")))
        assert await citizen.says("收费吗") == ""
        assert (await house.rows("heard"))[-1]["words"] == "收费吗"
