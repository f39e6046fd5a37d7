"""Messages on their way out: the quota is asked before, faults are told apart, nobody is told twice."""

import pytest
from sqlalchemy import select

from handlers import outbox, records, wire
from handlers.messages import Left, MenuTapped, Text
from handlers.outbox import BACKOFF, Fate, Leaving
from tests.handlers.conftest import House


async def says_to(house: House, openid: str, words: str, author: str = "bot") -> None:
    """Leave a message for delivery, after everything that rode home is written down."""
    await house.reception.close()
    at = house.clock()
    row = {"openid": openid, "heard_key": None, "place": 0, "author": author, "body": wire.pack(Text(words))}
    await house.store.write(lambda tx: records.insert_said(tx, **row, state="due", at=at, not_before=at))


async def settles(house: House, message: Leaving, fate: Fate, fault: str = "") -> None:
    at = house.clock()
    await house.store.write(lambda tx: outbox.settle(tx, message, fate, fault, at))


async def left(house: House, openid: str = "oCitizen0001") -> int:
    at = house.clock()
    question = select(records.citizen).where(records.citizen.c.openid == openid)
    person = await house.store.read(lambda tx: tx.execute(question).one())
    return outbox.quota_left(person, at).messages


async def states(house: House) -> list[str]:
    return [str(row["state"]) for row in await house.rows("said") if row["heard_key"] is None]


class TestThePushQuota:
    async def test_allows_five_after_a_message_and_refuses_the_sixth(self, house: House) -> None:
        citizen = house.citizen()
        await citizen.says("你好")
        for n in range(6):
            await says_to(house, citizen.openid, f"第 {n} 条")
        for _ in range(5):
            (message,) = await house.leaving()
            await settles(house, message, "sent")
        assert await house.leaving() == []
        assert await states(house) == ["sent"] * 5 + ["refused"]

    async def test_is_given_anew_by_the_next_message(self, house: House) -> None:
        citizen = house.citizen()
        await citizen.says("你好")
        await says_to(house, citizen.openid, "一")
        await house.leaving()
        assert await left(house) == 4
        await citizen.says("在吗")
        assert await left(house) == 5

    async def test_ends_after_48_hours(self, house: House) -> None:
        citizen = house.citizen()
        await citizen.says("你好")
        house.clock.passes(hours=48, seconds=1)
        await says_to(house, citizen.openid, "太晚了")
        assert await house.leaving() == []
        assert (await house.rows("said"))[-1]["fault"] == "window_closed"

    async def test_is_three_for_a_minute_after_a_menu_tap(self, house: House) -> None:
        citizen = house.citizen()
        await citizen.does(MenuTapped("faq"))
        assert await left(house) == 3
        house.clock.passes(minutes=1)
        assert await left(house) == 0

    async def test_does_not_add_up_over_open_windows(self, house: House) -> None:
        citizen = house.citizen()
        await citizen.says("你好")
        await citizen.does(MenuTapped("faq"))
        assert await left(house) == 5
        await says_to(house, citizen.openid, "一")
        await house.leaving()
        assert await left(house) == 4

    async def test_is_what_wechat_says_it_is(self, house: House) -> None:
        citizen = house.citizen()
        await citizen.says("你好")
        await house.store.write(lambda tx: outbox.close_window(tx, citizen.openid, "45047"))
        assert await left(house) == 0


class TestAMessage:
    async def test_waits_for_the_one_before_it(self, house: House) -> None:
        citizen = house.citizen()
        await citizen.says("你好")
        await says_to(house, citizen.openid, "先")
        await says_to(house, citizen.openid, "后")
        (first,) = await house.leaving()
        assert await house.leaving() == []
        await settles(house, first, "sent")
        (second,) = await house.leaving()
        assert second.saying == Text("后")

    async def test_is_tried_again_later_and_costs_no_quota_when_wechat_was_busy(self, house: House) -> None:
        citizen = house.citizen()
        await citizen.says("你好")
        await says_to(house, citizen.openid, "忙")
        (message,) = await house.leaving()
        await settles(house, message, "again", "-1")
        assert await left(house) == 5
        assert await house.leaving() == []
        house.clock.passes(seconds=BACKOFF[0])
        (again,) = await house.leaving()
        assert again.attempts == 2

    async def test_is_given_up_after_the_last_wait(self, house: House) -> None:
        citizen = house.citizen()
        await citizen.says("你好")
        await says_to(house, citizen.openid, "忙")
        for wait in (*BACKOFF, 0):
            (message,) = await house.leaving()
            await settles(house, message, "again", "-1")
            house.clock.passes(seconds=wait)
        assert await states(house) == ["refused"]

    @pytest.mark.parametrize("fate", ["unknown", "refused", "sent"])
    async def test_is_never_sent_again_once_it_may_have_arrived(self, house: House, fate: Fate) -> None:
        citizen = house.citizen()
        await citizen.says("你好")
        await says_to(house, citizen.openid, "一")
        (message,) = await house.leaving()
        await settles(house, message, fate, "x")
        house.clock.passes(hours=1)
        assert await house.leaving() == []

    async def test_whose_sender_died_is_unknown_and_not_repeated(self, house: House) -> None:
        citizen = house.citizen()
        await citizen.says("你好")
        await says_to(house, citizen.openid, "一")
        await house.leaving()
        house.clock.passes(minutes=2)
        at = house.clock()
        assert await house.store.write(lambda tx: outbox.lose_track(tx, at)) == 1
        assert await states(house) == ["unknown"]
        assert await house.leaving() == []

    async def test_of_the_bot_is_withdrawn_when_an_agent_took_over(self, house: House) -> None:
        citizen = house.citizen()
        await citizen.says("你好")
        await says_to(house, citizen.openid, "机器人的话")
        await house.store.write(lambda tx: records.hold(tx, citizen.openid, "agent"))
        assert await house.leaving() == []
        assert await states(house) == ["withdrawn"]

    async def test_to_somebody_who_left_is_refused(self, house: House) -> None:
        citizen = house.citizen()
        await citizen.says("你好")
        await citizen.does(Left())
        await says_to(house, citizen.openid, "一")
        assert await house.leaving() == []
        assert (await house.rows("said"))[-1]["fault"] == "unfollowed"
