"""From the call for a human to the end of the conversation."""

import re

from tests.desk.stage import Agent, Citizen, Stage


class TestACitizenWhoAsksForAHuman:
    async def test_hears_the_agent_who_claims_them(self, stage: Stage) -> None:
        citizen, agent = stage.citizen(), await stage.agent("小李")
        await citizen.calls_for_a_human()
        assert (await agent.claims(citizen)).status == 200
        assert (await agent.says(citizen, "您好，请讲。")).status == 200
        stage.clock.passes(seconds=11)
        await stage.delivers()
        assert "小李" in citizen.heard[-2]
        assert citizen.heard[-1] == "您好，请讲。"

    async def test_is_no_longer_answered_by_the_bot(self, stage: Stage) -> None:
        citizen, agent = stage.citizen(), await stage.agent("小李")
        await citizen.calls_for_a_human()
        await agent.claims(citizen)
        assert await citizen.says("怎么打开小程序？") == ""

    async def test_talks_to_the_bot_again_after_the_close(self, stage: Stage) -> None:
        citizen, agent = stage.citizen(), await stage.agent("小李")
        case = await citizen.calls_for_a_human()
        await agent.claims(citizen)
        assert (await agent.does("close", case, outcome="answered", solved="yes")).status == 200
        await stage.delivers()
        assert "/rate/" in citizen.heard[-1]
        assert await citizen.holder() == "bot"
        assert await citizen.says("怎么打开小程序？")

    async def test_is_seen_with_what_was_tried(self, stage: Stage) -> None:
        citizen, agent = stage.citizen(), await stage.agent("小李")
        await citizen.says("刷脸通不过怎么办")
        case = await citizen.calls_for_a_human()
        await agent.claims(citizen)
        await agent.opens(f"/desk/case/{case.id}")
        assert "已经回答过" in agent.text
        assert "刷脸通不过怎么办" in agent.text

    async def test_brings_answers_to_what_they_asked_and_not_to_their_call(self, stage: Stage) -> None:
        citizen, agent = stage.citizen(), await stage.agent("小李")
        await citizen.says("银行卡验证不通过怎么办")
        case = await citizen.calls_for_a_human()
        await agent.claims(citizen)
        await agent.opens(f"/desk/case/{case.id}/side")
        first = re.search(r'class="hint"><summary>([^<]+)', agent.text)
        assert first
        assert first[1] == "银行卡验证不通过怎么办？"
        await citizen.says("提示人像比对未通过")
        await agent.opens(f"/desk/case/{case.id}/side")
        first = re.search(r'class="hint"><summary>([^<]+)', agent.text)
        assert first
        assert "人像比对未通过" in first[1]

    async def test_is_known_in_the_closed_ones_by_what_they_asked(self, stage: Stage) -> None:
        citizen, agent = stage.citizen(), await stage.agent("小李")
        await citizen.says("银行卡验证不通过怎么办")
        case = await citizen.calls_for_a_human()
        await agent.claims(citizen)
        await agent.says(citizen, "请核对卡号")
        await agent.does("close", case, outcome="answered")
        await agent.opens("/desk/lists?tab=closed")
        assert 'line-words">银行卡验证不通过怎么办？' in agent.text

    async def test_is_seen_with_what_was_left_to_do_the_last_time(self, stage: Stage) -> None:
        citizen, agent, other = stage.citizen(), await stage.agent("小李"), await stage.agent("小王")
        await citizen.calls_for_a_human()
        await agent.claims(citizen)
        first = await citizen.case()
        await agent.does("close", first, outcome="fault", solved="no", follow_up="等系统修好再联系")
        await citizen.calls_for_a_human()
        await other.opens(f"/desk/case/{(await citizen.case()).id}/side")
        assert "系统故障，已记录（没解决）。后续：等系统修好再联系" in other.text
        assert (await agent.opens(f"/desk/case/{first.id}/side")).status == 200
        assert "上次" not in agent.text


class TestAMessageOfTheCitizen:
    async def test_is_unread_until_it_is_on_a_screen_that_is_looked_at(
        self, li: Agent, citizen: Citizen
    ) -> None:
        await citizen.says("在吗")
        first = await citizen.case()
        await citizen.says("喂")
        case = await citizen.case()
        await li.is_heard_of(case)  # a tab in the background
        await li.is_heard_of(case, seen=first.heard_seq)
        assert (await citizen.case()).unread == case.unread > 0
        await li.is_heard_of(case, seen=case.heard_seq)
        assert (await citizen.case()).unread == 0

    async def test_is_not_read_by_a_colleague(self, stage: Stage, citizen: Citizen) -> None:
        other = await stage.agent("小王")
        await citizen.says("在吗")
        case = await citizen.case()
        await other.is_heard_of(case, seen=case.heard_seq)
        assert (await citizen.case()).unread > 0
