"""What an agent's browser goes through: the server dies under it, WeChat's window closes while one types."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from playwright.async_api import Browser, expect
from sqlalchemy import select, update

from bench.pushes import Account
from bench.serving import Command, Serving, bot_environment, free_port
from bot import migrations
from bot.rights import Role
from bot.store import Store
from handlers.desk.settings import DeskSettings
from handlers.records import citizen as citizens
from handlers.records import hand_over
from tests.desk.conftest import MONDAY_MORNING
from tests.desk.screen import BY_HAND, Screen, heard
from tests.desk.stage import Builds, Running, Stage
from tests.house.people import PASSWORD, hired
from tests.processes.wechat import SMALL_EAR, WeChat

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.xdist_group("browser"),
    pytest.mark.timeout(300),
]

CONTRAST = """button => {
  const light = colour => {
    const parts = colour.match(/[0-9.]+/g).slice(0, 3).map(part => part / 255);
    const [r, g, b] = parts.map(part => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const style = getComputedStyle(button);
  const [low, high] = [light(style.color), light(style.backgroundColor)].sort((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
}"""
"""WCAG 2.2, 1.4.3: relative luminance of the words against what is behind them."""


@dataclass
class Phones:
    """api.weixin.qq.com: `got` is what was pushed to citizens, in order."""

    url: str = ""
    got: list[str] = field(default_factory=list)

    async def token(self, _request: web.Request) -> web.Response:
        return web.json_response({"access_token": "token-of-the-tests", "expires_in": 7200})

    async def send(self, request: web.Request) -> web.Response:
        pushed = await request.json()
        self.got.append(pushed.get("text", {}).get("content", pushed["msgtype"]))
        return web.json_response({"errcode": 0, "errmsg": "ok"})

    def times(self, words: str) -> int:
        return sum(words in got for got in self.got)


@asynccontextmanager
async def phones() -> AsyncIterator[Phones]:
    made, application = Phones(), web.Application()
    application.add_routes(
        [web.post("/cgi-bin/stable_token", made.token), web.post("/cgi-bin/message/custom/send", made.send)]
    )
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    made.url = "http://{}:{}".format(*runner.addresses[0][:2])
    yield made
    await runner.cleanup()


@dataclass
class Street:
    """A house in a process of its own, and the WeChat before it."""

    command: Command
    serving: Serving
    store: Store
    wechat: WeChat
    phones: Phones

    async def says(self, openid: str, *words: str) -> None:
        """A citizen writes; WeChat tries three times, as it does."""
        for each in words:
            sent = self.wechat.write(each)
            push = self.wechat.account.text(openid, sent.push.message_id, each)
            for _ in range(30):
                sent.push = push
                if await self.wechat.tries(sent):
                    break
                await asyncio.sleep(0.5)
            assert sent.taken, each

    async def dies(self) -> None:
        await asyncio.to_thread(self.serving.kill)

    async def comes_back(self) -> None:
        self.serving = await asyncio.to_thread(Serving, self.command)


@pytest.fixture
async def street(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Street]:
    store = Store(sqlite_url)
    await migrations.upgrade(store)
    await store.write(hired(Role.AGENT, "小李", lambda: datetime.now(UTC)))
    async with phones() as api, aiohttp.ClientSession() as session:
        settings = bot_environment(sqlite_url, Account().environment(), api.url)
        command = Command(free_port(), tmp_path / "log", SMALL_EAR, settings)
        serving = await asyncio.to_thread(Serving, command)
        made = Street(command, serving, store, WeChat([serving.url], session), api)
        yield made
        await asyncio.to_thread(made.serving.kill)
    await store.close()


class TestAServerThatIsKilled:
    async def test_costs_no_message_and_repeats_none_in_the_open_browser(
        self, street: Street, chromium: Browser
    ) -> None:
        openid = "oKilled0001"
        await street.says(openid, "要注册吗", "转人工")
        # Whatever the hour at which these tests run, somebody waits now.
        waits = update(hand_over).where(hand_over.c.openid == openid).values(state="waiting")
        await street.store.write(lambda tx: tx.execute(waits) and None)
        page = await (await chromium.new_context(locale="zh-CN")).new_page()
        await page.goto(f"{street.serving.url}/staff/sign-in")
        await page.fill("#name", "小李")
        await page.fill("#password", PASSWORD)
        await page.click("button.main")
        await page.wait_for_url("**/desk*")
        await page.click("a[data-case]:has-text('0001')")
        await page.click("#claim")
        await expect(page.locator("#words")).to_be_focused(timeout=15_000)
        await street.says(openid, "断线之前")
        await expect(page.locator("#latest .citizen").last).to_contain_text("断线之前", timeout=15_000)
        await page.fill("#words", "请您稍等。")
        await page.press("#words", "Control+Enter")
        await expect(page.locator("#words")).to_have_value("")
        await street.dies()
        await expect(page.locator("#line-state")).to_be_visible(timeout=15_000)
        written = asyncio.create_task(street.says(openid, "断线时 0", "断线时 1", "断线时 2"))
        await street.comes_back()
        await written
        await street.says(openid, "恢复之后")
        await expect(page.locator("#latest .citizen").last).to_contain_text("恢复之后", timeout=30_000)
        await expect(page.locator("#line-state")).to_be_hidden()
        seen = await page.locator("#latest .bubble.citizen .said").all_inner_texts()
        assert seen[-5:] == ["断线之前", "断线时 0", "断线时 1", "断线时 2", "恢复之后"]
        await expect(page.locator("#latest .agent footer").last).to_have_text("已送达", timeout=30_000)
        assert await page.locator("#latest .bubble.agent").count() == 1
        await page.fill("#words", "我回来了。")
        await page.press("#words", "Control+Enter")
        await expect(page.locator("#latest .bubble.agent")).to_have_count(2)
        await expect(page.locator("#latest .agent footer").last).to_have_text("已送达", timeout=30_000)
        assert [street.phones.times(words) for words in ("请您稍等", "我回来了")] == [1, 1]
        serving = select(hand_over.c.state).where(hand_over.c.openid == openid)
        assert await street.store.read(lambda tx: tx.scalars(serving).all()) == ["waiting_citizen"]


async def sits(stage: Stage, chromium: Browser, **context) -> Screen:
    """小李 in a browser of their own."""
    if not stage.agents:
        await stage.hires("小李")
    page = await (await chromium.new_context(locale="zh-CN", **context)).new_page()
    return await Screen(stage, page).signs_in("小李")


class TestTheWindowOfFortyEightHours:
    async def test_that_closes_while_one_types_keeps_the_words_until_the_citizen_writes(
        self, opened: Builds, sqlite_url: str, chromium: Browser
    ) -> None:
        stage = await opened(sqlite_url, clock=Running(MONDAY_MORNING), settings=BY_HAND)
        stage.runs()
        citizen = stage.citizen()
        await citizen.calls_for_a_human()
        li = await sits(stage, chromium)
        await li.claims("0001")
        await li.page.fill("#words", "请问您还在吗？")
        long_ago = update(citizens).values(window_at=stage.clock() - timedelta(hours=48))
        await stage.store.write(lambda tx: tx.execute(long_ago) and None)
        await li.page.press("#words", "Control+Enter")
        await expect(li.page.locator("#guard")).to_contain_text("48 小时")
        assert await li.page.input_value("#words") == "请问您还在吗？"
        assert await li.bubbles("agent") == []
        await citizen.says("我又来了")
        await expect(li.page.locator("#meter")).to_contain_text("还能发 5 条")
        await li.page.press("#words", "Control+Enter")
        await expect(li.page.locator("#guard")).to_contain_text("再按一次发送")
        await li.page.press("#words", "Control+Enter")
        await heard(stage, citizen.openid, "请问您还在吗？")

    async def test_that_is_over_shows_the_conversation_under_later_and_brings_it_back(
        self, opened: Builds, sqlite_url: str, chromium: Browser
    ) -> None:
        patient = DeskSettings(offers="off", undo=timedelta(0), gone_after=timedelta(days=9))
        stage = await opened(sqlite_url, clock=Running(MONDAY_MORNING), settings=patient)
        citizen = stage.citizen()
        await citizen.calls_for_a_human()
        li = await sits(stage, chromium)
        await li.claims("0001")
        stage.clock.passes(hours=48)
        assert await stage.desk.rounds.expire_windows() == 1
        stage.runs()
        li = await sits(stage, chromium)
        await li.opens("0001", tab="later")
        await expect(li.page.locator("#head")).to_contain_text("超过 48 小时")
        await expect(li.page.locator("#meter")).to_contain_text("现在不能发消息，要等用户再说话")
        await citizen.says("我又来了")
        await expect(li.page.locator(".tabs [data-tab=mine]")).to_contain_text("1")
        await expect(li.page.locator("#meter")).to_contain_text("还能发 5 条")
        await li.says("您好，请讲。")
        await heard(stage, citizen.openid, "您好，请讲。")


class TestAButtonThatCannotBePressedNow:
    @pytest.mark.parametrize("scheme", ["light", "dark"])
    async def test_can_still_be_read(
        self, opened: Builds, sqlite_url: str, chromium: Browser, scheme: str
    ) -> None:
        stage = await opened(sqlite_url, clock=Running(MONDAY_MORNING), settings=BY_HAND)
        li = await sits(stage, chromium, color_scheme=scheme)
        await expect(li.page.locator("#next")).to_be_disabled()
        assert await li.page.locator("#next").evaluate(CONTRAST) >= 4.5
        await stage.citizen().calls_for_a_human()
        await li.page.reload()
        await expect(li.page.locator("#next")).to_be_enabled()
        assert await li.page.locator("#next").evaluate(CONTRAST) >= 4.5
