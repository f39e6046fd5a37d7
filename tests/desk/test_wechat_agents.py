"""WeChat's own agents in place of our desk: handed over by the answer, kept in the thread, the bot silent.

WeChat is the stand-in, behind the real webhook: it hands over, plays the sessions, and keeps messages back.
"""

import asyncio
import dataclasses
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer

from bot.channels.wechat_api import WeChatApi
from bot.channels.wechat_door import WeChatDoor
from bot.rights import Role
from bot.simulator.app import create
from bot.simulator.settings import SimulatorSettings
from handlers.desk import wechat_sessions
from handlers.desk.cases import Case
from handlers.messages import Heard, MenuTapped, Notice, Words
from tests.conftest import free_port
from tests.desk.conftest import MONDAY_MORNING
from tests.desk.stage import Builds, Clock, Stage

OPENID, APP_ID, TOKEN = "oCitizen0001", "wx5a3c9e1f7b2d4860", "stagetoken"
KEY = "q1Os1ZMe0nG28KUEx9lg3HjK7V5QyXvi212fzsgDqgz"
SECOND = "kf2@gh_x"


@dataclass
class Account:
    """A house that hands over to WeChat's agents, and the citizen's phone."""

    stage: Stage
    server: TestServer
    http: ClientSession

    async def post(self, path: str, **sent: object) -> dict[str, Any]:
        url = self.server.make_url(f"/simulator/control/{path}")
        async with self.http.post(url, json=sent) as answer:
            assert answer.status == 200, await answer.text()
            return dict(await answer.json())

    async def acts(self, do: str, **sent: object) -> str:
        """What came of it: replied, silence, transferred, or "" when WeChat kept it from us."""
        done = await self.post("act", openid=OPENID, do=do, **sent)
        self.stage.clock.passes(seconds=1)
        return "".join(one["outcome"] for one in done["exchanges"])

    async def says(self, text: str) -> str:
        return await self.acts("text", text=text)

    async def agent(self, do: str, **more: object) -> None:
        await self.post("agents", do=do, openid=OPENID, **more)
        self.stage.clock.passes(seconds=1)

    async def chat(self) -> list[str]:
        """The words of the account that reached the citizen."""
        if self.stage.reception._marking is not None:
            await self.stage.reception._marking  # what rode home goes before what is pushed
        await self.stage.delivers()
        url = self.server.make_url("/simulator/control/chat").with_query(openid=OPENID)
        async with self.http.get(url) as answer:
            bubbles = (await answer.json())["bubbles"]
        return [_words(one["body"]) for one in bubbles if one["who"] == "account"]

    async def case(self) -> Case:
        return await self.stage.citizen(OPENID).case()

    async def kinds(self) -> list[str]:
        """What the desk noted of the citizen, in order."""
        return [str(row["kind"]) for row in await self.stage.rows("desk_event")]


def _words(body: dict[str, Any]) -> str:
    return "".join(run.get("text", "") for run in body.get("runs", ()))


def with_wechats(stage: Stage) -> None:
    stage.reception._one_turn = dataclasses.replace(stage.reception._one_turn, wechat_agents=True)


@pytest.fixture
async def account(opened: Builds, sqlite_url: str) -> AsyncIterator[Account]:
    port, clock, http = free_port(), Clock(MONDAY_MORNING), ClientSession()
    base = f"http://127.0.0.1:{port}"
    api = WeChatApi(
        app_id=APP_ID, app_secret="stage-secret", session=http, base_url=f"{base}/simulator/api", clock=clock
    )
    stage = await opened(sqlite_url, clock, api=api)
    with_wechats(stage)
    door = WeChatDoor(
        app_id=APP_ID, token=TOKEN, encoding_aes_keys=[KEY], mode="safe", clock=clock,
        hear=stage.reception.hear,
    )  # fmt: skip
    settings = SimulatorSettings(
        webhook_url=f"{base}/wechat", app_id=APP_ID, app_secret="stage-secret", token=TOKEN,
        encoding_aes_key=KEY, public_url=base, mode="safe",
    )  # fmt: skip
    app = web.Application()
    app.add_routes([web.post("/wechat", door.post)])
    app.add_subapp("/simulator", create(settings, clock))
    server = TestServer(app, port=port)
    await server.start_server()
    made = Account(stage, server, http)
    await made.post("citizens", openid=OPENID, following=True)
    yield made
    await server.close()
    await http.close()


class TestACitizenWhoWantsAHuman:
    async def test_is_handed_over_by_the_answer_itself(self, account: Account) -> None:
        assert await account.says("转人工") == "transferred"
        case = await account.case()
        assert (case.state, case.reason) == ("wechat_serving", "asked")
        assert await account.kinds() == ["called", "wechat_opened"]

    async def test_is_heard_by_the_agent_and_not_by_the_bot(self, account: Account) -> None:
        await account.says("转人工")
        before = await account.chat()
        assert await account.says("收费吗") == ""
        assert await account.chat() == before
        assert await account.stage.citizen(OPENID).holder() == "agent"

    async def test_is_not_answered_by_the_bot_when_they_tap_the_menu_meanwhile(
        self, account: Account
    ) -> None:
        await account.says("转人工")
        citizen = account.stage.citizen(OPENID)
        assert await citizen.does(MenuTapped("faq")) == ""
        assert (await account.case()).state == "wechat_serving"

    async def test_has_the_bot_again_when_the_session_is_closed(self, account: Account) -> None:
        await account.says("转人工")
        await account.agent("close")
        case = await account.case()
        assert (case.state, case.outcome) == ("closed", "wechat")
        assert await account.says("收费吗") == "replied"

    async def test_has_the_bot_again_when_nobody_closed_it_for_half_an_hour(self, account: Account) -> None:
        await account.says("转人工")
        account.stage.clock.passes(minutes=31)
        assert await account.says("收费吗") == "replied"
        assert (await account.case()).state == "closed"
        assert (await account.kinds())[-1] == "wechat_over"

    async def test_may_be_passed_on_among_wechats_agents(self, account: Account) -> None:
        await account.says("转人工")
        await account.post("agents", do="hire", account=SECOND, nick="小言")
        await account.agent("switch", account=SECOND)
        await account.agent("close", account=SECOND)
        assert await account.kinds() == ["called", "wechat_opened", "wechat_switched", "wechat_closed"]
        reasons = [row["reason"] for row in await account.stage.rows("desk_event")]
        assert reasons[1].startswith("kf2001@")  # type: ignore[attr-defined]
        assert reasons[2:] == [SECOND, SECOND]

    async def test_keeps_the_bots_company_until_an_agent_is_there(self, account: Account) -> None:
        await account.post("agents", do="offline")
        assert await account.says("转人工") == "transferred"
        assert (await account.case()).state == "wechat_waiting"
        assert any("正在为您接通" in words for words in await account.chat())
        assert await account.says("收费吗") == "replied"
        assert await account.says("转人工") == "transferred"
        assert any("已经在为您接通" in words for words in await account.chat())
        await account.post("agents", do="online")
        await account.agent("accept")
        assert (await account.case()).state == "wechat_serving"
        assert await account.says("您好") == ""

    async def test_may_step_out_and_be_called_by_the_agent_after_all(self, account: Account) -> None:
        await account.post("agents", do="offline")
        await account.says("转人工")
        assert await account.acts("tap", text="不转了", option="cancel_human") == "replied"
        assert (await account.case()).state == "closed"
        await account.post("agents", do="online")
        await account.agent("accept")
        case = await account.case()
        assert (case.state, case.reason) == ("wechat_serving", "wechat")

    async def test_by_the_menu_is_asked_for_one_tap_because_an_event_hands_nobody_over(
        self, account: Account
    ) -> None:
        citizen = account.stage.citizen(OPENID)
        assert "点一下" in await citizen.does(MenuTapped("human"))
        assert await citizen.holder() == "bot"
        assert await account.acts("tap", text="转人工", option="human") == "transferred"

    async def test_after_hours_is_told_so_and_not_handed_over(self, account: Account) -> None:
        account.stage.clock.passes(hours=12)
        assert await account.says("转人工") == "replied"
        assert "现在人工客服不在" in (await account.chat())[-1]
        assert await account.stage.rows("hand_over") == []

    async def test_is_handed_over_first_and_asked_for_privacy_beside_it(self, account: Account) -> None:
        await account.post("agents", do="offline")
        assert await account.says("转人工，我的号码110101199003070134") == "transferred"
        assert any("遮住" in words for words in await account.chat())

    async def test_whose_answer_got_lost_is_put_through_to_the_agent(self, account: Account) -> None:
        await self._lost(account)
        for _ in range(100):  # the stand-in tells of the session by itself
            if (await account.case()).state == "wechat_serving":
                break
            await asyncio.sleep(0.02)
        assert (await account.case()).state == "wechat_serving"
        assert await account.says("您好") == ""

    async def test_whose_answer_got_lost_while_nobody_is_there_can_ask_again(self, account: Account) -> None:
        await account.post("agents", do="offline")
        await self._lost(account)
        handed = [row for row in await account.stage.rows("said") if "PassToWeChatAgents" in str(row["body"])]
        assert [(row["state"], row["fault"]) for row in handed] == [("refused", "nobody_online")]
        await account.post("agents", do="online")
        assert await account.says("转人工") == "transferred"
        assert (await account.case()).state == "wechat_serving"

    async def _lost(self, account: Account) -> None:
        """The answer that hands over is made, and nobody carries it home."""
        stage = account.stage
        reply = await stage.reception.hear(Heard("msg:lost", OPENID, stage.clock(), Words("转人工")))
        assert reply is not None
        stage.clock.passes(seconds=21)
        assert await stage.reception.settle_rides() == 1
        await stage.delivers()

    async def test_too_late_to_ride_home_gets_the_button_instead(self, account: Account) -> None:
        stage = account.stage
        agents = stage.reception._one_turn._agents
        late = Heard("msg:late", OPENID, stage.clock(), Words("转人工"))
        assert agents(late, rides=False) == "wechat_later"
        assert agents(late, rides=True) == "wechat"


class TestTheDeskBesideIt:
    async def test_offers_such_a_citizen_to_nobody(self, account: Account) -> None:
        agent = await account.stage.agent("小李")
        await account.post("agents", do="offline")
        await account.says("转人工")
        case = await account.case()
        assert await account.stage.desk.rounds.offer_next() == 0
        assert (await agent.does("claim", case)).status == 409
        await agent.opens("/desk/lists?tab=queue")
        assert "没有人在排队" in agent.text

    async def test_shows_a_supervisor_the_session_in_words(self, account: Account) -> None:
        chief = await account.stage.agent("王主管", Role.SUPERVISOR)
        await account.says("转人工")
        case = await account.case()
        await chief.opens(f"/desk/case/{case.id}/thread")
        assert "微信客服 kf2001@" in chief.text
        assert "kf_create_session" not in chief.text
        assert "这里只能看" in chief.text
        assert "转接到微信客服" in chief.text
        assert (await chief.does("take-over", case, reason="看看")).status == 409
        await chief.opens("/desk/lists?tab=all")
        assert "微信客服接待中" in chief.text
        await account.agent("close")
        await chief.opens(f"/desk/case/{case.id}/thread")
        assert "结束会话" in chief.text

    async def test_closes_what_wechat_never_took_up(self, account: Account) -> None:
        await account.post("agents", do="offline")
        await account.says("转人工")
        account.stage.clock.passes(hours=49)
        assert await account.stage.desk.rounds.expire_windows() == 1
        assert (await account.case()).state == "closed"
        assert await account.stage.citizen(OPENID).holder() == "bot"


class TestASessionEvent:
    async def test_of_a_stranger_or_without_a_case_breaks_nothing(self, account: Account) -> None:
        stranger = account.stage.citizen("oStranger001")
        for event in (wechat_sessions.CLOSED, wechat_sessions.SWITCHED, "kf_unknown"):
            assert await stranger.does(Notice(event, "kf1@gh_x")) == ""
        assert await account.stage.rows("hand_over") == []

    async def test_is_kept_once_however_often_wechat_tells_it(self, account: Account) -> None:
        await account.says("转人工")
        first = await account.kinds()
        (told,) = [row for row in await account.stage.rows("heard") if row["kind"] == "Notice"]
        again = Heard(
            str(told["key"]), OPENID, account.stage.clock(), Notice(wechat_sessions.OPENED, "kf1@x")
        )
        await account.stage.reception.hear(again)
        assert await account.kinds() == first

    async def test_while_our_own_agent_holds_is_noted_and_takes_nothing_away(self, account: Account) -> None:
        stage = account.stage
        stage.reception._one_turn = dataclasses.replace(stage.reception._one_turn, wechat_agents=False)
        agent, citizen = await stage.agent("小李"), stage.citizen(OPENID)
        await citizen.calls_for_a_human()
        await agent.claims(citizen)
        for event in (wechat_sessions.OPENED, wechat_sessions.CLOSED):
            stage.clock.passes(seconds=1)
            await citizen.does(Notice(event, "kf1@gh_x"))
        case = await citizen.case()
        assert (case.state, case.agent) == ("serving", "小李")
        assert (await account.kinds())[-2:] == ["wechat_opened", "wechat_closed"]

    async def test_from_before_a_late_message_does_not_end_with_it(self, account: Account) -> None:
        begun = account.stage.clock()
        await account.says("转人工")
        late = Heard("msg:late", OPENID, begun, Words("收费吗"))
        assert await account.stage.reception.hear(late) is None
        assert (await account.case()).state == "wechat_serving"


class TestOurOwnDesk:
    async def test_is_asked_when_nothing_else_is_configured(self, stage: Stage) -> None:
        citizen = stage.citizen()
        await citizen.says("转人工")
        assert (await citizen.case()).state == "waiting"
        assert "PassToWeChatAgents" not in "".join(citizen.heard)
