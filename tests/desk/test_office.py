"""What stands beside the conversations: ratings, search, the board, the export."""

import re
from datetime import timedelta

import pytest

from bot.audit import entries
from bot.proof import provided
from bot.rights import Role
from handlers.consent import taken_back
from handlers.desk.ratings import rate
from handlers.forgetting import Forgetting
from tests.desk.stage import SECRET, Agent, Citizen, KeyRing, Sealer, Stage
from verification import cases as proofs
from verification.people import number_index_of


@pytest.fixture
async def chief(stage: Stage) -> Agent:
    return await stage.agent("王主管", Role.SUPERVISOR)


def house_of(stage: Stage):
    return provided(stage.store, Sealer(KeyRing.grown_from(SECRET)), stage.entrance.audit, stage.clock)


async def served(stage: Stage, li: Agent, openid: str = "oCitizen0001", **closing: object) -> Citizen:
    """A citizen whose conversation is over."""
    citizen = stage.citizen(openid)
    await citizen.says("刷脸通不过怎么办")
    case = await citizen.calls_for_a_human()
    await li.claims(citizen)
    stage.clock.passes(seconds=40)
    await li.says(citizen, "请到光线好的地方再刷一次。")
    stage.clock.passes(seconds=80)
    await stage.delivers()
    assert (await li.does("close", case, **{"outcome": "answered", "solved": "yes", **closing})).status == 200
    await stage.delivers()
    return citizen


class Phone(Agent):
    """A citizen's own browser, which nobody signed in."""


class TestARating:
    async def test_is_given_once_by_the_link_of_the_farewell(self, stage: Stage, li: Agent) -> None:
        citizen = await served(stage, li)
        found = re.search(r"http://127\.0\.0\.1(/rate/[\w-]+)", citizen.heard[-1])
        assert found
        phone = Phone(stage, li.staff)
        stage.agents.append(phone)
        assert (await phone.opens(found[1])).status == 200
        url, form = stage.server.make_url(found[1]), {"csrf": phone._csrf, "stars": "5"}
        said = {"Sec-Fetch-Site": "same-origin"}
        words = {"words": "小李很耐心，我的号110101199003070134"}
        async with phone.session.post(url, data={**form, **words}, headers=said) as done:
            assert done.status == 200
            assert "谢谢您" in await done.text()
        case = await citizen.case()
        assert case.rating == 5
        assert "110101199003070134" not in str(await stage.rows("hand_over"))
        async with phone.session.post(url, data={**form, "stars": "1"}, headers=said) as again:
            assert again.status == 404
        assert (await citizen.case()).rating == 5

    @pytest.mark.parametrize("token", ["x", "a" * 32, "a" * 400])
    async def test_of_an_unknown_link_is_refused(self, stage: Stage, li: Agent, token: str) -> None:
        assert (await li.opens(f"/rate/{token}")).status == 404

    async def test_costs_no_message_of_its_own(self, stage: Stage, li: Agent) -> None:
        await served(stage, li)
        farewell = [row for row in await stage.rows("said") if row["author"] == "desk"]
        assert len(farewell) == 2  # the greeting, and the farewell with the link


class TestWhatACaseQuotesOfItsCitizen:
    """In the summary, in the notes of colleagues, and in the rating."""

    async def noted_and_rated(self, stage: Stage, li: Agent) -> Citizen:
        citizen = await served(stage, li)
        await li.does("note", await citizen.case(), words="老人家耳背")
        token, now = citizen.heard[-1].partition("/rate/")[2].rstrip(")"), stage.clock()
        assert await stage.store.write(lambda tx: rate(tx, token, 4, "小李很耐心", now))
        return citizen

    async def is_forgotten(self, stage: Stage) -> None:
        kept = [await stage.rows(table) for table in ("hand_over", "desk_note", "desk_event")]
        assert "老人家" not in str(kept)
        assert "很耐心" not in str(kept)
        assert "4 分" in str(kept)

    async def test_is_forgotten_after_its_time(self, stage: Stage, li: Agent) -> None:
        await self.noted_and_rated(stage, li)
        stage.clock.passes(days=91)
        assert await Forgetting(stage.store, timedelta(days=90), stage.clock).forget_old() > 0
        await self.is_forgotten(stage)

    async def test_is_forgotten_at_once_when_they_take_their_consent_back(
        self, stage: Stage, li: Agent
    ) -> None:
        citizen = await self.noted_and_rated(stage, li)
        await stage.store.write(lambda tx: taken_back(tx, citizen.openid))
        await self.is_forgotten(stage)


class TestASearch:
    async def test_finds_what_either_side_said(self, stage: Stage, li: Agent) -> None:
        await served(stage, li)
        for sought in ("刷脸通不过", "光线好的地方"):
            await li.does("search", q=sought)
            assert "找到 1 个会话" in li.text, sought
            assert sought in li.text

    async def test_finds_notes_and_not_what_the_bot_tells_everybody(
        self, stage: Stage, li: Agent, chief: Agent
    ) -> None:
        citizen = await served(stage, li)
        await li.does("note", await citizen.case(), words="华为老手机，要换一部")
        await li.does("search", q="华为老手机")
        assert "找到 1 个会话" in li.text
        await chief.does("search", q="请不要发身份证号")
        assert "找到" not in chief.text

    async def test_shows_what_was_said_once_under_the_call_it_belongs_to(
        self, stage: Stage, li: Agent
    ) -> None:
        citizen = await served(stage, li)
        first = await citizen.case()
        stage.clock.passes(minutes=20)
        await citizen.calls_for_a_human()
        await li.claims(citizen)
        await citizen.says("照相机打不开了")
        second = await citizen.case()
        await li.does("search", q="照相机打不开")
        assert f"/desk/case/{second.id}" in li.text
        assert f'"/desk/case/{first.id}"' not in li.text
        await li.does("search", q="刷脸通不过")
        assert f'"/desk/case/{first.id}"' in li.text

    async def test_ends_for_an_agent_where_their_case_ended(
        self, stage: Stage, li: Agent, chief: Agent
    ) -> None:
        citizen, wang = await served(stage, li), await stage.agent("小王")
        first = await citizen.case()
        stage.clock.passes(minutes=20)
        await citizen.calls_for_a_human()
        await wang.claims(citizen)
        await citizen.says("照相机打不开了")
        await li.does("search", q="照相机打不开")
        assert "找到" not in li.text
        await li.opens(f"/desk/case/{first.id}")
        assert "刷脸通不过" in li.text
        assert "照相机" not in li.text
        for reader in (wang, chief):
            await reader.opens(f"/desk/case/{first.id}")
            assert "照相机" in reader.text

    async def test_finds_only_what_one_may_read(self, stage: Stage, li: Agent, chief: Agent) -> None:
        await served(stage, li)
        wang = await stage.agent("小王")
        await wang.does("search", q="刷脸通不过")
        assert "用户 0001" not in wang.text
        await chief.does("search", q="刷脸通不过")
        assert "用户 0001" in chief.text

    @pytest.mark.parametrize("sought", ["%", "_", "' OR 1=1 --", "\\", "is", "words"])
    async def test_takes_no_sign_for_a_command(self, stage: Stage, li: Agent, sought: str) -> None:
        await served(stage, li)
        answer = await li.does("search", q=sought)
        assert answer.status == 200
        assert "找到" not in li.text
        await li.does("search", q="刷脸")
        assert "找到" in li.text

    async def test_by_number_needs_a_reason_and_is_noted(self, stage: Stage, chief: Agent) -> None:
        assert (await chief.does("find", number="110101199003070134", reason="")).status == 422
        assert (await chief.does("find", number="110101199003070134", reason="家属来电")).status == 200
        (noted,) = await stage.store.read(lambda tx: entries(tx, about="person.find"))
        assert noted.reason == "家属来电"
        assert "110101199003070134" not in noted.detail + chief.text

    async def test_by_number_finds_who_gave_this_document(
        self, stage: Stage, li: Agent, chief: Agent
    ) -> None:
        citizen, other = await served(stage, li), await served(stage, li, "oCitizen0002")

        def proves(tx) -> None:
            case = proofs.open_case(tx, citizen.openid, "identity", "identity", stage.clock())
            index = number_index_of("resident_id", "110101199003070134", house_of(stage))
            proofs.name_person(tx, case.id, "王*", index)

        await stage.store.write(proves)
        await chief.does("find", number="110101 19900307 0134", reason="家属来电")
        assert "用户 0001" in chief.text
        assert "用户 0002" not in chief.text
        await chief.does("find", number="110101199003070142", reason="家属来电")
        assert "用户 0001" not in chief.text
        assert other.openid.endswith("0002")


class TestTheBoard:
    async def test_counts_the_day(self, stage: Stage, li: Agent, chief: Agent) -> None:
        await served(stage, li)
        await stage.citizen("oCitizen0002").calls_for_a_human()
        await stage.citizen("oCitizen0003").says("怎么打开小程序")
        assert (await chief.opens("/desk/board")).status == 200
        tiles = dict(re.findall(r"<dt>([^<]+)</dt><dd>([^<]+)", chief.text))
        assert (tiles["转人工"], tiles["正在排队"], tiles["已结束"]) == ("2", "1", "1")
        assert tiles["首次回复（中位）"] == "40 秒"
        assert tiles["机器人独立解决"] == "33%"

    async def test_draws_each_day_and_counts_labels_over_more_days(
        self, stage: Stage, li: Agent, chief: Agent
    ) -> None:
        await stage.citizen("oCitizen0002").calls_for_a_human()
        stage.clock.passes(days=2)
        citizen = stage.citizen()
        await citizen.calls_for_a_human()
        await li.signs_in()
        await li.claims(citizen)
        await li.does("close", await citizen.case(), outcome="guided", labels="光线，老人")
        await chief.signs_in()
        await chief.opens("/desk/board?days=7")
        assert "11-23 1 人；11-25 1 人；" in chief.text
        assert chief.text.count("<rect") == 7 + 24
        assert re.findall(r'row">(光线|老人)</th><td>(\d)', chief.text) == [("光线", "1"), ("老人", "1")]
        await chief.opens("/desk/board?days=1")
        assert "11-25 1 人" not in chief.text

    async def test_lets_a_supervisor_set_what_an_agent_takes(
        self, stage: Stage, li: Agent, chief: Agent
    ) -> None:
        assert (await chief.does("agents", id=li.id, capacity=1, team="银行卡")).status == 200
        row = next(row for row in await stage.rows("desk_agent") if row["id"] == li.id)
        assert (row["capacity"], row["team"]) == (1, "银行卡")
        assert (await chief.does("agents", id=li.id, capacity=999)).status == 422
        assert (await li.does("agents", id=li.id, capacity=9)).status == 403


class TestATeam:
    async def test_gets_what_is_passed_to_it(self, stage: Stage, li: Agent, chief: Agent) -> None:
        wang, zhao = await stage.agent("小王"), await stage.agent("小赵")
        await chief.does("agents", id=wang.id, capacity=5, team="银行卡")
        citizen = stage.citizen()
        case = await citizen.calls_for_a_human()
        await li.claims(citizen)
        assert (await li.does("transfer", case, to="team:银行卡", reason="银行卡的事")).status == 200
        await stage.desk.rounds.offer_next()
        assert (await citizen.case()).offered_to == wang.id
        assert zhao.id != wang.id

    async def test_of_which_nobody_is_there_gets_nothing(self, stage: Stage, li: Agent, chief: Agent) -> None:
        wang, citizen = await stage.agent("小王"), stage.citizen()
        await chief.does("agents", id=wang.id, capacity=5, team="银行卡")
        case = await citizen.calls_for_a_human()
        await li.claims(citizen)
        await wang.does("status", status="off")
        for team in ("银行卡", "没有这个组"):
            assert (await li.does("transfer", case, to=f"team:{team}", reason="银行卡的事")).status == 409
        assert (await citizen.case()).agent_id == li.id

    async def test_that_went_home_keeps_nobody_waiting(self, stage: Stage, li: Agent, chief: Agent) -> None:
        wang, zhao = await stage.agent("小王"), await stage.agent("小赵")
        await chief.does("agents", id=wang.id, capacity=5, team="银行卡")
        citizen = stage.citizen()
        case = await citizen.calls_for_a_human()
        await li.claims(citizen)
        await li.does("transfer", case, to="team:银行卡", reason="银行卡的事")
        await zhao.does("next")
        assert (await citizen.case()).state == "waiting"
        await wang.does("status", status="off")
        for agent in (li, chief):
            await agent.does("status", status="away")
        await stage.desk.rounds.offer_next()
        assert (await citizen.case()).offered_to == zhao.id
        await zhao.does("decline", case)
        await zhao.does("next")
        assert (await citizen.case()).agent_id == zhao.id
