"""What colleagues say to each other about a citizen, and who may read along or take over."""

import pytest

from bot.rights import Role
from handlers.desk import events
from tests.desk.stage import Agent, Citizen, Stage


class TestANote:
    async def test_is_for_colleagues_only(self, stage: Stage, li: Agent, citizen: Citizen) -> None:
        case = await citizen.case()
        assert (await li.does("note", case, words="他的手机是安卓 4.2，号110101199003070134")).status == 200
        await stage.delivers()
        assert not [words for words in citizen.heard if "安卓" in words]
        await li.opens(f"/desk/case/{case.id}/log")
        assert "安卓 4.2" in li.text
        assert "110101199003070134" not in li.text

    async def test_of_a_supervisor_is_a_whisper(self, stage: Stage, li: Agent, citizen: Citizen) -> None:
        chief = await stage.agent("王主管", Role.SUPERVISOR)
        case = await citizen.case()
        assert (await chief.does("note", case, words="请先问证件类型")).status == 200
        await li.opens(f"/desk/case/{case.id}/log")
        assert "主管悄悄话" in li.text

    async def test_is_not_written_by_a_stranger(self, stage: Stage, li: Agent, citizen: Citizen) -> None:
        other = await stage.agent("小王")
        assert (await other.does("note", await citizen.case(), words="路过")).status == 403


class TestAColleagueWhoIsMentioned:
    @pytest.fixture
    async def wang(self, stage: Stage) -> Agent:
        return await stage.agent("小王")

    async def test_finds_the_case_reads_it_and_answers(
        self, stage: Stage, li: Agent, wang: Agent, citizen: Citizen
    ) -> None:
        case = await citizen.case()
        assert (await wang.opens(f"/desk/case/{case.id}/thread")).status == 403
        await li.does("note", case, words="这个提示你见过吗？", mention=wang.id)
        await wang.opens("/desk/lists?tab=mine")
        assert "同事提到您" in wang.text
        assert (await wang.opens(f"/desk/case/{case.id}/thread")).status == 200
        assert "可以用备注回答" in wang.text
        assert (await wang.does("note", case, words="见过，重启支付宝就好")).status == 200
        await li.opens(f"/desk/case/{case.id}/log")
        assert "重启支付宝" in li.text

    async def test_is_rung_for_and_so_is_the_holder_by_the_answer(
        self, stage: Stage, li: Agent, wang: Agent, citizen: Citizen
    ) -> None:
        case = await citizen.case()
        cursor = await stage.store.read(events.newest)
        await li.does("note", case, words="只记一笔")
        await li.does("note", case, words="你见过吗？", mention=wang.id)
        await wang.does("note", case, words="见过")
        told = await stage.store.read(lambda tx: events.after(tx, cursor)) or []
        rings = [(event.rings_for(li.id), event.rings_for(wang.id)) for event in told]
        assert rings == [(False, False), (False, True), (True, False)]

    async def test_says_nothing_to_the_citizen(self, li: Agent, wang: Agent, citizen: Citizen) -> None:
        case = await citizen.case()
        await li.does("note", case, words="你见过吗？", mention=wang.id)
        assert (await wang.says(citizen, "我来说")).status == 403
        assert (await wang.does("close", case, outcome="answered")).status == 403

    async def test_reads_no_further_once_it_is_closed(self, li: Agent, wang: Agent, citizen: Citizen) -> None:
        case = await citizen.case()
        await li.does("note", case, words="你见过吗？", mention=wang.id)
        await li.does("close", case, outcome="answered")
        assert (await wang.opens(f"/desk/case/{case.id}/thread")).status == 403
        assert (await wang.does("note", case, words="见过")).status == 403
        await wang.opens("/desk/lists?tab=mine")
        assert "同事提到您" not in wang.text


class TestASupervisor:
    async def test_reads_what_others_hold_and_takes_over_with_a_reason(
        self, stage: Stage, li: Agent, citizen: Citizen
    ) -> None:
        chief, case = await stage.agent("王主管", Role.SUPERVISOR), await citizen.case()
        assert (await chief.opens(f"/desk/case/{case.id}")).status == 200
        assert "您在旁观" in chief.text
        assert (await chief.does("take-over", case, reason="")).status == 422
        assert (await chief.does("take-over", case, reason="情绪激动")).status == 200
        assert (await li.says(citizen, "我还在")).status == 403
        assert (await chief.says(citizen, "您好，我来帮您。")).status == 200
        assert [row for row in await stage.rows("desk_event") if row["kind"] == "taken_over"]
