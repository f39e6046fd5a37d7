"""The desk in real browsers: what axe finds, how quick long lists are, and numbers that are uncovered."""

import asyncio
import re
from datetime import timedelta

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page, expect
from sqlalchemy import insert, update

from bot.records import staff_session
from bot.rights import Role
from handlers.records import citizen as citizens
from handlers.records import hand_over
from handlers.records import heard as heard_rows
from tests.desk.conftest import MONDAY_MORNING
from tests.desk.screen import BY_HAND, heard
from tests.desk.stage import Builds, Running, Stage
from tests.house.people import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


@pytest.fixture
async def stage(opened: Builds, sqlite_url: str) -> Stage:
    stage = await opened(sqlite_url, clock=Running(MONDAY_MORNING), settings=BY_HAND)
    stage.runs()
    return stage


class TestThePages:
    @pytest.mark.parametrize("size", [(1280, 800), (820, 1180)])
    async def test_have_no_accessibility_violation(self, stage: Stage, sits_down, size) -> None:
        for n in range(3):
            citizen = stage.citizen(f"oCitizen{n:04d}")
            await citizen.says("刷脸通不过怎么办")
            await citizen.calls_for_a_human()
        viewport = {"viewport": {"width": size[0], "height": size[1]}}
        li = await sits_down("小李", **viewport)
        await self._is_clean(Axe(), li.page)
        await li.claims("0000")
        await li.says("您好，请讲。")
        await li.page.fill("#words", "/刷脸")
        await expect(li.page.locator("#answers [aria-selected=true]")).to_be_visible()
        await self._is_clean(Axe(), li.page)
        await li.page.keyboard.press("Escape")
        await li.page.keyboard.press("Escape")
        await li.page.keyboard.press("?")
        await self._is_clean(Axe(), li.page)
        chief = await sits_down("王主管", Role.SUPERVISOR, **viewport)
        await chief.opens("0000", tab="all")
        await self._is_clean(Axe(), chief.page)

    async def test_beside_the_conversations_have_none_either(self, stage: Stage, sits_down) -> None:
        citizen = stage.citizen()
        await citizen.calls_for_a_human()
        chief = await sits_down("王主管", Role.SUPERVISOR)
        await chief.claims("0001")
        await chief.page.select_option("#outcome", "answered")
        await chief.page.click("#close button")
        await heard(stage, citizen.openid, "/rate/")
        link = re.search(r"/rate/[\w-]+", citizen.heard[-1])
        assert link
        for path in ("/desk/board", "/desk/search", "/desk/replies", "/desk/reviews", link[0]):
            await chief.page.goto(str(stage.server.make_url(path)))
            await self._is_clean(Axe(), chief.page)
        await chief.page.click("text=很满意")
        await expect(chief.page.locator("h1")).to_have_text("谢谢您！")

    async def test_let_a_canned_reply_be_worded_anew(self, stage: Stage, sits_down) -> None:
        page = (await sits_down("小李")).page
        await page.goto(str(stage.server.make_url("/desk/replies")))
        await page.click("text=新加一条")
        await page.fill("#title-new", "光线")
        await page.fill("#words-new", "请到光线好的地方再刷一次。")
        await page.click("form:has(#title-new) button")
        await page.click("summary[aria-label='修改：光线']")
        await self._is_clean(Axe(), page)
        await page.fill("td textarea", "请面向窗户再刷一次。")
        await page.click("td form:has(textarea) button")
        await expect(page.locator("td.excerpt")).to_contain_text("请面向窗户再刷一次。")

    async def _is_clean(self, axe, page: Page) -> None:
        found = await axe.run(page)
        assert found.violations_count == 0, found.generate_report()

    async def test_stay_quick_with_a_long_thread_and_a_long_queue(self, stage: Stage, sits_down) -> None:
        one, now = stage.citizen(), stage.clock()
        await one.calls_for_a_human()
        lines = [
            {"key": f"old:{n}", "openid": one.openid, "at": now - timedelta(minutes=3000 - n),
             "kind": "Words", "words": f"第 {n} 句", "state": "done"} for n in range(2000)
        ]  # fmt: skip
        people = [
            {
                "openid": f"oQueue{n:06d}",
                "holder": "queue",
                "following": True,
                "first_at": now,
                "last_at": now,
            }
            for n in range(500)
        ]
        waiting = [
            {"openid": f"oQueue{n:06d}", "reason": "asked", "summary": "{}", "state": "waiting",
             "at": now + timedelta(seconds=n), "last_at": now, "waiting_since": now} for n in range(500)
        ]  # fmt: skip

        def fill(tx) -> None:
            tx.execute(insert(heard_rows), lines)
            tx.execute(insert(citizens), people)
            tx.execute(insert(hand_over), waiting)

        await stage.store.write(fill)
        li = await sits_down("小李")
        began = asyncio.get_running_loop().time()
        await li.claims("0001")
        assert asyncio.get_running_loop().time() - began < 5
        assert await li.page.locator("#latest > *").count() <= 70
        await li.page.click("[data-before]")
        await expect(li.page.locator("#older .bubble").first).to_be_visible()
        assert await li.page.locator("#lists a[data-case]").count() == 100
        await expect(li.page.locator("p.quiet.more")).to_contain_text("400")


class TestWhatIsCovered:
    async def test_is_opened_with_a_reason_and_leaves_nothing_behind(self, stage: Stage, sits_down) -> None:
        await stage.citizen().says("我的号码110101199003070134通不过")
        await stage.citizen().calls_for_a_human()
        senior = await sits_down("陈姐", Role.SENIOR)
        await senior.claims("0001")
        await senior.page.click("[data-reveal]")
        await expect(senior.page.locator("#reveal-why")).to_be_focused()
        await senior.page.keyboard.type("核对登记号码")
        await senior.page.keyboard.press("Enter")
        await expect(senior.page.locator("#reveal .uncovered")).to_contain_text("110101199003070134")
        found = await Axe().run(senior.page)
        assert not found.response["violations"], found.generate_report()
        await senior.page.keyboard.press("Escape")
        await expect(senior.page.locator("#reveal")).to_be_hidden()
        assert "110101199003070134" not in await senior.page.content()

    async def test_disappears_when_the_time_is_over(self, stage: Stage, sits_down) -> None:
        await stage.citizen().says("我的号码110101199003070134通不过")
        await stage.citizen().calls_for_a_human()
        senior = await sits_down("陈姐", Role.SENIOR)
        await senior.claims("0001")
        await senior.page.clock.install()
        await senior.page.click("[data-reveal]")
        await senior.page.fill("#reveal-why", "核对登记号码")
        await senior.page.click("#reveal-form .main")
        await expect(senior.page.locator("#reveal .uncovered")).to_be_visible()
        await senior.page.clock.run_for(29_000)
        assert "110101199003070134" in await senior.page.content()
        await senior.page.clock.run_for(2_000)
        await expect(senior.page.locator("#reveal")).to_be_hidden()
        assert "110101199003070134" not in await senior.page.content()

    async def test_asks_for_the_password_when_it_is_long_ago_and_comes_back(
        self, stage: Stage, sits_down
    ) -> None:
        await stage.citizen().says("我的号码110101199003070134通不过")
        await stage.citizen().calls_for_a_human()
        senior = await sits_down("陈姐", Role.SENIOR)
        await senior.claims("0001")
        long_ago = update(staff_session).values(signed_in_at=stage.clock() - timedelta(minutes=11))
        await stage.store.write(lambda tx: tx.execute(long_ago))
        await senior.page.click("[data-reveal]")
        await senior.page.wait_for_url("**/staff/confirm**")
        await senior.page.fill("#password", PASSWORD)
        await senior.page.click("button.main")
        await senior.page.wait_for_url("**/desk/case/**")
        await senior.page.click("[data-reveal]")
        await expect(senior.page.locator("#reveal-why")).to_be_focused()
