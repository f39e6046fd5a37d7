"""The desk in real browsers: the line to the server, the way back, and an agent whose browser is gone."""

import asyncio
import re
from datetime import timedelta

import pytest
from playwright.async_api import Browser, expect
from sqlalchemy import update

from bot.records import staff_session
from handlers.desk.settings import DeskSettings
from tests.conftest import free_port
from tests.desk.conftest import MONDAY_MORNING
from tests.desk.screen import BY_HAND, Screen, heard
from tests.desk.stage import Builds, Running, Stage

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

HIDDEN = """() => {
  Object.defineProperty(document, "hidden", { value: true, configurable: true });
  Object.defineProperty(document, "visibilityState", { value: "hidden", configurable: true });
  document.dispatchEvent(new Event("visibilitychange"));
}"""
"""What Chromium tells the page of a tab behind another; without a window every page counts as looked at."""


@pytest.fixture
async def stage(opened: Builds, sqlite_url: str) -> Stage:
    stage = await opened(sqlite_url, clock=Running(MONDAY_MORNING), settings=BY_HAND)
    stage.runs()
    return stage


class TestTheLine:
    async def test_comes_back_after_the_server_went_away(
        self, opened: Builds, sqlite_url: str, chromium: Browser
    ) -> None:
        port = free_port()
        first = await opened(sqlite_url, clock=Running(MONDAY_MORNING), settings=BY_HAND, port=port)
        first.runs()
        await first.hires("小李")
        await first.citizen().calls_for_a_human()
        li = await Screen(first, await chromium.new_page()).signs_in("小李")
        await li.claims("0001")
        await first.citizen().says("断线之前")
        await expect(li.page.locator("#latest .citizen").last).to_contain_text("断线之前")
        await first.server.close()
        await expect(li.page.locator("#line-state")).to_be_visible()
        for n in range(3):
            await first.citizen().says(f"断线时 {n}")
        again = await opened(sqlite_url, clock=first.clock, settings=BY_HAND, port=port)
        again.numbers = first.numbers
        again.runs()
        await again.citizen().says("恢复之后")
        await expect(li.page.locator("#latest .citizen").last).to_contain_text("恢复之后", timeout=15000)
        words = await li.bubbles("citizen")
        assert words[-5:] == ["断线之前", "断线时 0", "断线时 1", "断线时 2", "恢复之后"]
        await expect(li.page.locator("#line-state")).to_be_hidden()

    async def test_that_is_cut_keeps_a_reply_and_says_what_to_do(self, stage: Stage, sits_down) -> None:
        await stage.citizen().calls_for_a_human()
        li = await sits_down("小李")
        await li.claims("0001")
        await li.page.route("**/reply", lambda route: route.abort())
        await li.page.fill("#words", "请稍等")
        await li.page.press("#words", "Control+Enter")
        await expect(li.page.locator("#guard")).to_contain_text("没有连上服务器")
        await expect(li.page.locator("#words")).to_have_value("请稍等")
        await li.page.unroute("**/reply")
        await li.says("请稍等")
        await heard(stage, stage.citizen().openid, "请稍等")

    async def test_that_ends_with_the_session_says_to_sign_in(self, stage: Stage, sits_down) -> None:
        li = await sits_down("小李")
        ended = update(staff_session).values(ended_at=stage.clock())
        async with li.page.expect_response(lambda each: "/desk/stream" in each.url and each.status == 401):
            async with li.page.expect_response(lambda each: "/desk/beat" in each.url and each.status == 401):
                await stage.store.write(lambda tx: tx.execute(ended))
            await stage.desk.hang_up(None)
        await expect(li.page.locator("#line-state")).to_contain_text("请重新登录", timeout=1)

    async def test_rings_in_a_hidden_tab_and_is_shared_by_tabs(self, stage: Stage, sits_down) -> None:
        citizen = stage.citizen()
        await citizen.calls_for_a_human()
        li = await sits_down("小李")
        await li.claims("0001")
        streams: list[str] = []
        second = await li.page.context.new_page()
        second.on(
            "request", lambda request: streams.append(request.url) if "/stream?" in request.url else None
        )
        await second.goto(str(stage.server.make_url("/desk")))
        await li.page.evaluate(HIDDEN)
        await citizen.says("有人吗")
        for page in (li.page, second):
            await expect(page.locator("html")).to_have_attribute("data-rung", re.compile(r"\d+"))
        assert streams == []
        await expect(second).to_have_title("(1) 客服台 · 你呼我应")

    async def test_releases_an_agent_whose_browser_is_gone(
        self, opened: Builds, sqlite_url, chromium
    ) -> None:
        quick = DeskSettings(offers="off", gone_after=timedelta(seconds=2))
        stage = await opened(sqlite_url, clock=Running(MONDAY_MORNING), settings=quick)
        await stage.hires("小李")
        await stage.citizen().calls_for_a_human()
        li = await Screen(stage, await chromium.new_page()).signs_in("小李")
        await li.claims("0001")
        await li.page.close()
        stage.runs()
        for _ in range(80):
            if (await stage.citizen().case()).state == "waiting":
                return
            await asyncio.sleep(0.1)
        raise AssertionError("nobody took the conversation back")


class TestGoingBack:
    async def test_leads_from_a_conversation_to_the_lists_and_forward_again(
        self, stage: Stage, sits_down
    ) -> None:
        await stage.citizen().calls_for_a_human()
        li = await sits_down("小李")
        await li.opens("0001")
        await li.page.go_back()
        await expect(li.page.locator("#head")).to_have_count(0)
        await expect(li.page.locator("#thread")).to_contain_text("从左边选一位用户")
        await li.page.go_forward()
        await expect(li.page.locator("#head h2")).to_contain_text("0001")
