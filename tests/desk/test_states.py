"""The states of a case: which ways there are, and that nothing else moves it."""

from datetime import timedelta
from typing import get_args

import pytest

from handlers.desk import cases
from handlers.desk.refusals import Moved
from handlers.desk.states import HELD, QUEUED, WAYS, State, holder_in
from handlers.records import hand_over
from tests.desk.stage import Stage

STATES = get_args(State)


async def put(stage: Stage, state: State) -> int:
    """A case that stands in this state, whatever the way there."""
    case = await stage.citizen().calls_for_a_human()
    agent = None if state in QUEUED else 7
    change = hand_over.update().where(hand_over.c.id == case.id).values(state=state, agent_id=agent)
    await stage.store.write(lambda tx: tx.execute(change))
    return case.id


class TestACase:
    @pytest.mark.parametrize("before", STATES)
    async def test_goes_only_the_ways_that_are_drawn(self, stage: Stage, before: State) -> None:
        number = await put(stage, before)

        def go(tx, to: State) -> State | None:
            case = cases.find(tx, number)
            with tx.begin_nested() as point:
                try:
                    moved = cases.move(tx, case, to, "note", stage.clock())
                except Moved:
                    return None
                assert moved.version == case.version + 1
                point.rollback()
                return moved.state

        reached = {to for to in STATES if await stage.store.write(lambda tx, to=to: go(tx, to)) is not None}
        assert reached == WAYS[before]

    @pytest.mark.parametrize("to", sorted(WAYS["serving"]))
    async def test_leaves_one_event_and_the_right_holder(self, stage: Stage, to: State) -> None:
        number, citizen = await put(stage, "serving"), stage.citizen()
        before = len(await stage.rows("desk_event"))

        def go(tx) -> None:
            cases.move(tx, cases.find(tx, number), to, "note", stage.clock())

        await stage.store.write(go)
        assert len(await stage.rows("desk_event")) == before + 1
        assert await citizen.holder() == holder_in(to, has_agent=True)

    async def test_is_not_moved_by_whoever_read_it_too_early(self, stage: Stage) -> None:
        number = await put(stage, "waiting")
        read = await stage.case(number)
        await stage.store.write(lambda tx: cases.move(tx, read, "serving", "claimed", stage.clock()))
        with pytest.raises(Moved):
            await stage.store.write(lambda tx: cases.move(tx, read, "closed", "closed", stage.clock()))
        now = await stage.case(number)
        assert now.state == "serving"
        await stage.store.write(lambda tx: cases.move(tx, now, "closed", "closed", stage.clock()))
        assert await stage.citizen().holder() == "bot"

    def test_has_exactly_one_holder_in_every_state(self) -> None:
        for state in STATES:
            holder = holder_in(state, has_agent=state in HELD)
            assert (holder == "agent") == (state in HELD or state == "wechat_serving")
            assert (holder == "bot") == (state == "closed")


class TestACitizenAtTheDesk:
    async def test_may_step_out_of_the_queue(self, stage: Stage) -> None:
        citizen = stage.citizen()
        await citizen.calls_for_a_human()
        assert "不转人工" in await citizen.says("不转了", option="cancel_human")
        assert (await citizen.case()).state == "closed"
        assert await citizen.holder() == "bot"

    async def test_is_served_again_by_the_same_agent_after_a_snooze(self, stage: Stage) -> None:
        citizen, agent = stage.citizen(), await stage.agent("小李")
        case = await citizen.calls_for_a_human()
        await agent.claims(citizen)
        assert (await agent.does("snooze", case, minutes=60)).status == 200
        assert (await citizen.case()).state == "snoozed"
        await citizen.says("还在吗")
        assert ((await citizen.case()).state, (await citizen.case()).agent_id) == ("serving", agent.id)

    async def test_who_writes_back_makes_no_line_but_their_own(self, stage: Stage) -> None:
        citizen, agent = stage.citizen(), await stage.agent("小李")
        case = await citizen.calls_for_a_human()
        await agent.claims(citizen)
        await agent.says(citizen, "您好")
        await citizen.says("我试过了")
        assert (await citizen.case()).state == "serving"
        await agent.opens(f"/desk/case/{case.id}/log")
        assert "我试过了" in agent.text
        assert "会话继续" not in agent.text
        await agent.does("snooze", await citizen.case(), minutes=60)
        await citizen.says("还在吗")
        await agent.opens(f"/desk/case/{case.id}/log")
        assert agent.text.count("用户又来消息，会话继续") == 1

    async def test_goes_to_the_queue_when_their_agent_has_gone(self, stage: Stage) -> None:
        citizen, agent = stage.citizen(), await stage.agent("小李")
        case = await citizen.calls_for_a_human()
        await agent.claims(citizen)
        await agent.does("snooze", case, minutes=60)
        stage.clock.passes(minutes=10)
        await citizen.says("还在吗")
        again = await citizen.case()
        assert (again.state, again.agent_id, again.prefers) == ("waiting", None, agent.id)

    async def test_waits_for_the_citizen_after_48_hours_and_comes_back(self, stage: Stage) -> None:
        citizen, agent = stage.citizen(), await stage.agent("小李")
        await citizen.calls_for_a_human()
        await agent.claims(citizen)
        stage.clock.passes(hours=49)
        assert await stage.desk.rounds.expire_windows() == 1
        assert (await citizen.case()).state == "window_expired"
        assert (await agent.says(citizen, "您好")).status in (401, 409)
        await citizen.says("我又来了")
        assert (await citizen.case()).state == "waiting"

    async def test_can_be_opened_again_by_the_agent_who_closed_by_mistake(self, stage: Stage) -> None:
        citizen, agent = stage.citizen(), await stage.agent("小李")
        case = await citizen.calls_for_a_human()
        await agent.claims(citizen)
        await agent.does("close", case, outcome="answered")
        other = await stage.agent("小王")
        assert (await other.does("reopen", case)).status == 403
        assert (await agent.does("reopen", case)).status == 200
        assert await citizen.holder() == "agent"

    async def test_prefers_the_agent_of_yesterday(self, stage: Stage) -> None:
        citizen, agent = stage.citizen(), await stage.agent("小李")
        case = await citizen.calls_for_a_human()
        await agent.claims(citizen)
        await agent.does("close", case, outcome="answered")
        stage.clock.passes(hours=24)
        again = await citizen.calls_for_a_human()
        assert again.prefers == agent.id
        stage.clock.at += timedelta(days=7)
        await citizen.says("不转了", option="cancel_human")
        assert (await citizen.calls_for_a_human()).prefers is None
