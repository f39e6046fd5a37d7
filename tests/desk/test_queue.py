"""The queue: who is offered to whom, what happens when nobody answers, and the hours of the house."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from bot.rights import Role
from handlers.desk.settings import DeskSettings
from handlers.desk.targets import deadline
from tests.desk.stage import Agent, Builds, Stage

MANY = DeskSettings(capacity=2, accept_within=timedelta(seconds=30))


@pytest.fixture
async def stage(opened: Builds, sqlite_url: str) -> Stage:
    return await opened(sqlite_url, settings=MANY)


async def citizens(stage: Stage, count: int) -> None:
    for n in range(count):
        await stage.citizen(f"oCitizen{n:04d}").calls_for_a_human()
        stage.clock.passes(seconds=1)


class TestAnOffer:
    async def test_goes_to_the_least_busy(self, stage: Stage) -> None:
        li, wang = await stage.agent("小李"), await stage.agent("小王")
        await citizens(stage, 2)
        await li.claims(stage.citizen("oCitizen0000"))
        assert await stage.desk.rounds.offer_next() == 1
        case = await stage.citizen("oCitizen0001").case()
        assert (case.state, case.offered_to) == ("offered", wang.id)
        assert (await li.does("claim", case)).status == 409
        assert (await wang.does("claim", case)).status == 200

    async def test_goes_on_when_it_is_not_accepted_in_time(self, stage: Stage) -> None:
        li, wang = await stage.agent("小李"), await stage.agent("小王")
        await citizens(stage, 1)
        await stage.desk.rounds.offer_next()
        first = (await stage.citizen("oCitizen0000").case()).offered_to
        stage.clock.passes(seconds=31)
        await stage.desk.rounds.offer_next()
        second = (await stage.citizen("oCitizen0000").case()).offered_to
        assert {first, second} == {li.id, wang.id}

    async def test_sends_whoever_misses_three_into_a_break(self, stage: Stage) -> None:
        li = await stage.agent("小李")
        await citizens(stage, 1)
        for _ in range(3):
            await stage.desk.rounds.offer_next()
            stage.clock.passes(seconds=31)
            await li.is_heard_of()
        await stage.desk.rounds.offer_next()
        assert (await stage.rows("desk_agent"))[0]["status"] == "away"
        assert (await stage.citizen("oCitizen0000").case()).state == "waiting"
        await li.does("status", status="here")
        assert await stage.desk.rounds.offer_next() == 1

    async def test_can_be_declined(self, stage: Stage) -> None:
        li, wang = await stage.agent("小李"), await stage.agent("小王")
        await citizens(stage, 1)
        await stage.desk.rounds.offer_next()
        case = await stage.citizen("oCitizen0000").case()
        asked, other = (li, wang) if case.offered_to == li.id else (wang, li)
        assert (await other.does("decline", case)).status == 409
        assert (await asked.does("decline", case)).status == 200
        await stage.desk.rounds.offer_next()
        assert (await stage.citizen("oCitizen0000").case()).offered_to == other.id

    async def test_goes_first_to_whoever_is_in_distress(self, stage: Stage) -> None:
        await citizens(stage, 1)
        await stage.citizen("oDistress0001").says("我不想活了，天天逼我弄这个")
        li = await stage.agent("小李")
        assert (await li.does("next")).status == 200
        assert (await stage.citizen("oDistress0001").case()).agent_id == li.id

    async def test_is_made_one_at_a_time_so_that_others_are_asked_too(self, stage: Stage) -> None:
        li, wang = await stage.agent("小李"), await stage.agent("小王")
        await citizens(stage, 3)
        assert await stage.desk.rounds.offer_next() == 2
        asked = {(await stage.citizen(f"oCitizen{n:04d}").case()).offered_to for n in range(2)}
        assert asked == {li.id, wang.id}
        third = stage.citizen("oCitizen0002")
        assert (await third.case()).state == "waiting"
        await li.does("claim", await stage.citizen("oCitizen0000").case())
        await wang.does("claim", await stage.citizen("oCitizen0001").case())
        assert await stage.desk.rounds.offer_next() == 1
        assert (await third.case()).state == "offered"

    async def test_counts_in_the_title_like_what_is_unread(self, stage: Stage) -> None:
        agent = await stage.agent("小李")
        await stage.citizen().calls_for_a_human()
        await agent.opens("/desk/lists")
        assert 'data-unread="0"' in agent.text
        await stage.desk.rounds.offer_next()
        await agent.opens("/desk/lists")
        assert 'data-unread="1"' in agent.text

    async def test_says_on_the_screen_why_no_more_come(self, stage: Stage) -> None:
        li = await stage.agent("小李")
        await li.opens("/desk/lists")
        assert "小休中" not in li.text
        await li.does("status", status="away")
        await li.opens("/desk/lists")
        assert "小休中，不会再派新的用户给您" in li.text

    async def test_goes_by_turn_where_that_is_wanted(self, opened: Builds, sqlite_url: str) -> None:
        by_turn = DeskSettings(capacity=5, offers="round_robin")
        stage = await opened(sqlite_url, settings=by_turn)
        agents = {agent.id: agent for agent in [await stage.agent(name) for name in ("小李", "小王", "小赵")]}
        asked = []
        for n in range(6):
            await stage.citizen(f"oCitizen{n:04d}").calls_for_a_human()
            await stage.desk.rounds.offer_next()
            case = await stage.citizen(f"oCitizen{n:04d}").case()
            asked.append(case.offered_to or 0)
            await agents[asked[-1]].does("claim", case)
            if n % 3 == 0:  # whose hands are empty again is not asked sooner
                await agents[asked[-1]].does("close", case, outcome="answered")
            stage.clock.passes(seconds=1)
        assert asked[:3] == asked[3:]
        assert set(asked) == set(agents)

    async def test_is_not_made_to_anybody_on_a_break(self, stage: Stage) -> None:
        li = await stage.agent("小李")
        await li.does("status", status="away")
        await citizens(stage, 1)
        assert await stage.desk.rounds.offer_next() == 0


class TestTheOrderOfAList:
    async def test_is_by_when_an_answer_is_due_where_that_is_wanted(self, stage: Stage) -> None:
        li, asks_again = await stage.agent("小李"), stage.citizen("oTwo0001")
        newcomer = stage.citizen("oTwo0002")
        await asks_again.calls_for_a_human()
        await li.claims(asks_again)
        await li.says(asks_again, "请再试一次")
        stage.clock.passes(seconds=30)
        await asks_again.says("还是不行")  # five minutes from now
        stage.clock.passes(seconds=30)
        await newcomer.calls_for_a_human()  # three minutes from now
        await li.claims(newcomer)
        assert await self._listed(li, "tab=mine") == ["0001", "0002"]
        assert await self._listed(li, "tab=mine&sort=due") == ["0002", "0001"]

    async def test_is_by_urgency_otherwise(self, stage: Stage) -> None:
        li = await stage.agent("小李")
        await stage.citizen("oTwo0001").calls_for_a_human()
        stage.clock.passes(seconds=30)
        await stage.citizen("oTwo0002").says("我要投诉")
        assert await self._listed(li, "tab=queue") == ["0002", "0001"]
        assert await self._listed(li, "tab=queue&sort=due") == ["0001", "0002"]

    async def _listed(self, agent: Agent, asked: str) -> list[str]:
        await agent.opens(f"/desk/lists?{asked}")
        return re.findall(r'line-who">用户 (\d{4})', agent.text)


class TestWhoeverCalls:
    async def test_is_told_whether_somebody_is_free_all_are_busy_or_nobody_is_there(
        self, stage: Stage
    ) -> None:
        first, second, third = (stage.citizen(f"oCitizen{n:04d}") for n in range(3))
        assert "座位上没有客服" in await first.says("转人工")
        agent, chief = await stage.agent("小李"), await stage.agent("王主管", Role.SUPERVISOR)
        await chief.does("status", status="away")
        await chief.does("agents", id=agent.id, capacity=1, team="")
        assert "客服一来就会" in await second.says("转人工")
        await agent.claims(first)
        assert "都在接待别的用户" in await third.says("转人工")


class TestCapacity:
    async def test_holds_and_drains_the_queue_when_it_frees(self, stage: Stage) -> None:
        li = await stage.agent("小李")
        await citizens(stage, 3)
        for n in range(2):
            assert (await li.claims(stage.citizen(f"oCitizen{n:04d}"))).status == 200
        assert (await li.claims(stage.citizen("oCitizen0002"))).status == 409
        assert "人数已满" in li.text
        assert await stage.desk.rounds.offer_next() == 0
        await li.does("close", await stage.citizen("oCitizen0000").case(), outcome="answered")
        assert await stage.desk.rounds.offer_next() == 1

    async def test_drains_when_an_agent_comes(self, stage: Stage) -> None:
        await citizens(stage, 1)
        assert await stage.desk.rounds.offer_next() == 0
        await stage.agent("小李")
        assert await stage.desk.rounds.offer_next() == 1


class TestAnAgentWhoGoesAway:
    async def test_gives_back_who_waits_for_them(self, stage: Stage) -> None:
        li, citizen = await stage.agent("小李"), stage.citizen()
        await citizen.calls_for_a_human()
        await li.claims(citizen)
        stage.clock.passes(seconds=80)
        assert await stage.desk.rounds.release_idle() == 0
        stage.clock.passes(seconds=20)
        assert await stage.desk.rounds.release_idle() == 1
        assert (await citizen.case()).state == "waiting"
        assert await citizen.holder() == "queue"
        await stage.delivers()
        assert "排在第 1 位" in citizen.heard[-1]
        wang = await stage.agent("小王")
        assert (await wang.claims(citizen)).status == 200
        assert (await li.says(citizen, "我回来了")).status == 403

    async def test_keeps_whom_they_have_answered(self, stage: Stage) -> None:
        li, citizen = await stage.agent("小李"), stage.citizen()
        await citizen.calls_for_a_human()
        await li.claims(citizen)
        await li.says(citizen, "请您试一试，再告诉我。")
        stage.clock.passes(minutes=5)
        assert await stage.desk.rounds.release_idle() == 0
        assert (await citizen.case()).agent_id == li.id

    async def test_stays_as_long_as_the_browser_reports(self, stage: Stage) -> None:
        li, citizen = await stage.agent("小李"), stage.citizen()
        await citizen.calls_for_a_human()
        await li.claims(citizen)
        for _ in range(4):
            stage.clock.passes(seconds=60)
            await li.is_heard_of()
        assert await stage.desk.rounds.release_idle() == 0


class TestATransfer:
    async def test_stays_with_the_agent_until_it_is_accepted(self, stage: Stage) -> None:
        li, wang, citizen = await stage.agent("小李"), await stage.agent("小王"), stage.citizen()
        case = await citizen.calls_for_a_human()
        await li.claims(citizen)
        assert (await li.does("transfer", case, to=wang.id, reason="银行卡的事您更熟")).status == 200
        assert (await li.says(citizen, "我请同事来看。")).status == 200
        assert (await wang.does("accept", case)).status == 200
        assert (await citizen.case()).agent_id == wang.id
        assert (await li.says(citizen, "我再补一句")).status == 403

    async def test_can_be_refused(self, stage: Stage) -> None:
        li, wang, citizen = await stage.agent("小李"), await stage.agent("小王"), stage.citizen()
        case = await citizen.calls_for_a_human()
        await li.claims(citizen)
        await li.does("transfer", case, to=wang.id, reason="请接手")
        assert (await wang.does("decline", case)).status == 200
        assert (await citizen.case()).agent_id == li.id
        assert (await wang.does("accept", case)).status == 409

    async def test_goes_back_when_nobody_answers_it(self, stage: Stage) -> None:
        li, wang, citizen = await stage.agent("小李"), await stage.agent("小王"), stage.citizen()
        case = await citizen.calls_for_a_human()
        await li.claims(citizen)
        await li.does("transfer", case, to=wang.id, reason="请接手")
        stage.clock.passes(minutes=3)
        await stage.desk.rounds.offer_next()
        assert (await citizen.case()).offered_to is None
        assert (await citizen.case()).agent_id == li.id

    async def test_needs_a_reason_and_a_colleague_who_is_there(self, stage: Stage) -> None:
        li, wang, citizen = await stage.agent("小李"), await stage.agent("小王"), stage.citizen()
        case = await citizen.calls_for_a_human()
        await li.claims(citizen)
        assert (await li.does("transfer", case, to=wang.id, reason=" ")).status == 422
        assert (await li.does("transfer", case, to=999, reason="请接手")).status == 409
        assert (await li.does("transfer", case, to=wang.id, reason="请接手")).status == 200


class TestTheHours:
    async def test_keep_a_call_at_night_for_the_morning(self, stage: Stage) -> None:
        stage.clock.at = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)  # eleven at night
        citizen = stage.citizen()
        case = await citizen.calls_for_a_human()
        assert case.state == "after_hours"
        assert await stage.desk.rounds.wake_snoozed() == 0
        stage.clock.at = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
        assert await stage.desk.rounds.wake_snoozed() == 1
        assert (await citizen.case()).state == "waiting"

    async def test_let_an_agent_who_works_late_take_a_message(self, stage: Stage) -> None:
        stage.clock.at = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
        citizen, li = stage.citizen(), await stage.agent("小李")
        await citizen.calls_for_a_human()
        assert (await li.does("next")).status < 400
        assert (await citizen.case()).state == "serving"

    async def test_say_whether_an_answer_can_still_come_when_somebody_is_there(self, stage: Stage) -> None:
        tuesday_night, friday_evening = (
            datetime(2026, 11, 24, 14, 0, tzinfo=UTC),
            datetime(2026, 11, 27, 10, 0, tzinfo=UTC),
        )
        for at, can_come in ((tuesday_night, True), (friday_evening, False)):
            stage.clock.at = at
            citizen = stage.citizen(f"oCitizen{at:%d%H}")
            for told in (await citizen.says("转人工"), await citizen.says("转人工")):
                assert ("客服会在" in told, "上班后再发一句话" in told) == (can_come, not can_come)

    async def test_say_so_when_the_window_closed_over_a_long_holiday(self, stage: Stage) -> None:
        stage.clock.at = datetime(2026, 10, 1, 2, 0, tzinfo=UTC)
        citizen = stage.citizen()
        await citizen.calls_for_a_human()
        stage.clock.at = datetime(2026, 10, 8, 1, 0, tzinfo=UTC)
        await stage.desk.rounds.expire_windows()
        assert (await citizen.case()).state == "window_expired"
        await citizen.says("有人吗")
        assert (await citizen.case()).state == "waiting"

    async def test_count_only_business_time(self, stage: Stage) -> None:
        hours = stage.live.library.hours
        before_lunch = datetime(2026, 11, 23, 3, 58, tzinfo=UTC)
        assert deadline(hours, before_lunch, timedelta(minutes=5)) == datetime(
            2026, 11, 23, 5, 33, tzinfo=UTC
        )
        friday_evening = datetime(2026, 11, 27, 9, 29, tzinfo=UTC)
        assert deadline(hours, friday_evening, timedelta(minutes=3)) == datetime(
            2026, 11, 30, 1, 2, tzinfo=UTC
        )

    async def test_count_a_make_up_workday(self, stage: Stage) -> None:
        saturday_of_work = datetime(2026, 2, 14, 1, 0, tzinfo=UTC)
        hours = stage.live.library.hours
        assert deadline(hours, saturday_of_work, timedelta(minutes=5)) == saturday_of_work + timedelta(
            minutes=5
        )
