"""Every push is heard once and answered once, whatever WeChat, the network or the machine does."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from bot import migrations
from handlers.messages import Followed, Heard, Left, MenuTapped, Notice, Scanned, Text, Words
from handlers.reception import Live
from handlers.turn import Outcome, Turn
from nlu.ear import Ear
from nlu.together import Together
from nlu.understanding import Understanding
from tests.handlers.conftest import House


@pytest.fixture
async def any_house(build_house: Callable[[str], House], database_url: str) -> AsyncIterator[House]:
    """The same rules on SQLite and on PostgreSQL."""
    built = build_house(database_url)
    await migrations.upgrade(built.store)
    yield built
    await built.reception.close()
    await built.store.close()


class TestAPushThatWeChatSendsAgain:
    async def test_gets_the_same_answer_and_is_one_turn(self, any_house: House) -> None:
        citizen = any_house.citizen()
        first = await citizen.says("怎么打开小程序", key="msg:7")
        assert first
        assert await citizen.says("怎么打开小程序", key="msg:7") == first
        assert len(await any_house.rows("heard")) == len(await any_house.rows("said")) == 1

    async def test_gets_it_while_the_first_try_is_still_at_work(self, any_house: House) -> None:
        citizen = any_house.citizen()
        answers = await asyncio.gather(*(citizen.says("收费吗", key="msg:8") for _ in range(3)))
        assert len(set(answers)) == 1
        assert len(await any_house.rows("said")) == 1

    async def test_gets_it_from_another_process(
        self, any_house: House, build_house: Callable[[str], House]
    ) -> None:
        other = build_house(any_house.store.url.render_as_string(hide_password=False))
        pushes = [h.citizen().says("收费吗", key=f"msg:{n}") for n in range(10) for h in (any_house, other)]
        answers = await asyncio.gather(*pushes)
        await other.reception.close()
        await other.store.close()
        assert len(await any_house.rows("heard")) == 10
        for ours, theirs in zip(answers[::2], answers[1::2], strict=True):
            assert len({ours, theirs} - {""}) == 1

    async def test_says_nothing_more_when_the_answer_was_pushed_meanwhile(self, house: House) -> None:
        citizen = house.citizen()
        push = Heard("msg:9", citizen.openid, house.clock(), Words("收费吗"))
        assert await house.reception.hear(push) is not None  # written to nobody: never carried
        house.clock.passes(seconds=25)
        assert await house.reception.settle_rides() == 1
        (leaving,) = await house.leaving()
        assert isinstance(leaving.saying, Text)
        assert await house.reception.hear(push) is None


class TestAReplyThatRodeHome:
    async def test_is_not_pushed_later(self, house: House) -> None:
        await house.citizen().says("收费吗")
        await house.reception.close()
        house.clock.passes(minutes=1)
        assert await house.reception.settle_rides() == 0
        assert await house.leaving() == []


class TestAfterACrash:
    async def test_a_reply_nobody_asked_for_again_was_carried(
        self, house: House, build_house: Callable[[str], House]
    ) -> None:
        push = Heard("msg:1", "oA", house.clock(), Words("收费吗"))
        await house.reception.hear(push)
        again = build_house(str(house.store.url))  # WeChat could still ask at 5 and 10 s, and does not
        again.clock.passes(seconds=3)
        again.reception._opened_at = again.clock()
        again.clock.passes(seconds=30)
        assert await again.reception.settle_rides() == 0
        await again.store.close()

    async def test_a_second_crash_does_not_make_it_forget_that(
        self, house: House, build_house: Callable[[str], House]
    ) -> None:
        push = Heard("msg:1", "oA", house.clock(), Words("收费吗"))
        await house.reception.hear(push)
        for seconds_later in (3, 19):
            again = build_house(str(house.store.url))
            again.clock.passes(seconds=seconds_later)
            again.reception._opened_at = again.clock()
            assert await again.reception.settle_rides() == 0
            await again.store.close()
        again = build_house(str(house.store.url))
        again.clock.passes(seconds=40)
        assert await again.reception.settle_rides() == 0
        await again.store.close()

    async def test_a_reply_nobody_could_ask_for_is_pushed(
        self, house: House, build_house: Callable[[str], House]
    ) -> None:
        push = Heard("msg:1", "oA", house.clock(), Words("收费吗"))
        await house.reception.hear(push)
        again = build_house(str(house.store.url))  # we came back only after WeChat had given up
        again.clock.passes(minutes=2)
        again.reception._opened_at = again.clock()
        assert await again.reception.settle_rides() == 1
        await again.store.close()


class SlowEar:
    """An ear that understands only when it is let."""

    def __init__(self, ear: Ear) -> None:
        self._ear = ear
        self.may_hear = threading.Event()

    def understand_all(self, texts: Sequence[str]) -> list[Understanding]:
        assert self.may_hear.wait(20)
        return self._ear.understand_all(texts)


class TestATurnThatTakesTooLong:
    @pytest.fixture
    def ear(self, house: House, live: Live) -> SlowEar:
        assert isinstance(live.ear, Ear)
        ear = SlowEar(live.ear)
        slow = replace(live, hearing=Together(ear))
        house.reception._live = lambda: slow
        house.reception._budget_s = 0.05
        return ear

    async def test_is_answered_by_a_push_and_only_once(self, house: House, ear: SlowEar) -> None:
        push = Heard("msg:1", "oA", house.clock(), Words("收费吗"))
        assert await house.reception.hear(push) is None
        ear.may_hear.set()
        await asyncio.gather(*house.reception._turns.values())
        house.clock.passes(seconds=30)
        await house.reception.finish_accepted()
        assert len(await house.leaving()) == 1
        assert len(await house.rows("said")) == 1

    async def test_is_kept_sealed_until_it_is_answered(self, house: House, ear: SlowEar) -> None:
        push = Heard("msg:1", "oA", house.clock(), Words("我的身份证是11010519491231002X"))
        await house.reception.hear(push)
        row = await house.row("heard")
        assert row["state"] == "accepted"
        assert b"11010519491231002X" not in row["sealed"]
        ear.may_hear.set()

    async def test_is_answered_after_a_restart(
        self, house: House, ear: SlowEar, build_house: Callable[[str], House]
    ) -> None:
        push = Heard("msg:1", "oA", house.clock(), Words("收费吗"))
        await house.reception.hear(push)
        again = build_house(str(house.store.url))
        again.clock.passes(minutes=1)
        assert await again.reception.finish_accepted() == 1
        assert len(await again.leaving()) == 1
        row = await again.row("heard")
        assert (row["sealed"], row["words"], row["topic"]) == (None, "收费吗", "fee")
        await again.store.close()
        ear.may_hear.set()


class TestATurnThatIsReadyOnlyAfterWeChatsCut:
    async def test_is_carried_by_the_next_try_and_not_pushed_beside_it(
        self, house: House, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        at_work, may_go_on = threading.Event(), threading.Event()

        def slow(turn: Turn) -> Outcome:
            at_work.set()
            assert may_go_on.wait(20)
            return Outcome((Text("您好"),), turn.memory)

        monkeypatch.setattr("handlers.chain.ORDER", (("slow", slow),))
        monkeypatch.setattr("handlers.reception.CUT", timedelta(0))
        push = Heard("evt:1", "oA", house.clock(), Followed())
        house.reception._budget_s = 0
        first = asyncio.create_task(house.reception.hear(push))
        await asyncio.to_thread(at_work.wait, 20)
        house.reception._budget_s = 20
        second = asyncio.create_task(house.reception.hear(push))
        await asyncio.sleep(0)
        may_go_on.set()
        assert await first is None
        assert await second
        assert await house.leaving() == []


class TestEventsWithoutWords:
    async def test_notices_are_kept_and_not_answered(self, house: House) -> None:
        assert await house.citizen().does(Notice("templatesendjobfinish")) == ""
        assert (await house.row("heard"))["kind"] == "Notice"

    @pytest.mark.parametrize("event", ["user_authorization_revoke", "user_authorization_cancellation"])
    async def test_a_consent_that_is_taken_back_forgets_what_its_citizen_wrote(
        self, house: House, event: str
    ) -> None:
        await house.citizen().says("我的身份证号是110101199003078515，收费吗")
        await house.citizen("oOther").says("要注册吗")
        await house.citizen().does(Notice(event))
        words = {row["openid"]: row["words"] for row in await house.rows("heard") if row["kind"] == "Words"}
        assert words == {"oCitizen0001": "", "oOther": "要注册吗"}
        assert await house.rows("original") == []
        assert await house.citizen().says("收费吗")

    async def test_leaving_is_noticed(self, house: House) -> None:
        citizen = house.citizen()
        await citizen.does(Followed())
        assert await citizen.does(Left()) == ""
        assert not (await house.row("citizen"))["following"]


class TestThePushWindows:
    async def test_a_message_opens_five_for_48_hours(self, house: House) -> None:
        await house.citizen().says("你好")
        row = await house.row("citizen")
        assert (row["window_used"], row["burst_at"]) == (0, None)

    @pytest.mark.parametrize("act", [Followed(), Scanned("x"), MenuTapped("faq")])
    async def test_a_tap_opens_three_for_a_minute(self, house: House, act: Scanned) -> None:
        await house.citizen().does(act)
        row = await house.row("citizen")
        assert row["window_at"] is None
        assert row["burst_at"] is not None


class TestAHandlerThatBreaks:
    async def test_costs_an_apology_and_not_the_turn(
        self, house: House, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def broken(turn: Turn) -> None:
            raise ZeroDivisionError

        with monkeypatch.context() as patch, capture_logs() as logs:
            patch.setattr("handlers.chain.ORDER", (("broken", broken),))
            words = await house.citizen().says("收费吗", key="msg:1")
        assert words == house.library.reply("error_apology")
        assert [line["event"] for line in logs] == ["handler_failed"]
        assert await house.citizen().says("收费吗", key="msg:1") == words
        assert await house.citizen().says("收费吗", key="msg:2") != words


class TestADatabaseThatIsAwayForAMoment:
    async def test_is_asked_again_within_the_time(self, house: House) -> None:
        from sqlalchemy.exc import OperationalError

        write, failures = house.store.write, iter([True, True])

        async def failing(work: object) -> object:
            if next(failures, False):
                raise OperationalError("BEGIN", {}, Exception("disk I/O error"))
            return await write(work)  # type: ignore[arg-type]

        house.store.write = failing  # type: ignore[method-assign, assignment]
        assert await house.citizen().says("收费吗")


def test_the_budget_leaves_time_for_the_way() -> None:
    from bot.settings_sections import Handlers

    assert Handlers().passive_budget <= timedelta(seconds=4)
