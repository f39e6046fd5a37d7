"""Beside the conversations, in a real browser: the calendar, and a review that waits for a second look."""

from datetime import timedelta

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, expect
from sqlalchemy import update

from bot.proof import provided
from bot.records import staff_session
from bot.rights import Role
from faq import seeding
from faq.editor.calendar_changes import live_calendar
from handlers.desk.settings import DeskSettings
from tests.desk.conftest import CONTENT, MONDAY_MORNING
from tests.desk.screen import Screen
from tests.desk.stage import SECRET, Builds, KeyRing, Running, Sealer, Stage
from tests.house.people import PASSWORD
from verification import cases, reviews

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


@pytest.fixture
async def stage(opened: Builds, sqlite_url: str) -> Stage:
    stage = await opened(sqlite_url, clock=Running(MONDAY_MORNING), settings=DeskSettings(second_look=True))
    await stage.store.write(lambda tx: seeding.seed(tx, CONTENT, stage.clock()))
    return stage


async def sits(stage: Stage, chromium: Browser, name: str, role: Role, scheme: str = "light") -> Page:
    await stage.hires(name, role)
    context = await chromium.new_context(locale="zh-CN", color_scheme=scheme)
    return (await Screen(stage, await context.new_page()).signs_in(name)).page


async def is_clean(page: Page) -> None:
    found = await Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


class TestTheCalendar:
    @pytest.mark.parametrize("scheme", ["light", "dark"])
    async def test_is_set_by_hand_and_explains_what_it_does_not_understand(
        self, stage: Stage, chromium: Browser, scheme: str
    ) -> None:
        page = await sits(stage, chromium, "王主管", Role.SUPERVISOR, scheme)
        await page.click("nav >> text=看板")
        await expect(page.locator("nav [aria-current=page]")).to_have_text("看板")
        await page.click("text=打开上班日历")
        await is_clean(page)
        await page.fill("#week-sat", "上午")
        await page.fill("#reason", "周六加班")
        await page.click("button.main")
        await expect(page.locator("[role=alert]")).to_contain_text("每周（周六）：时段写成 09:00-12:00")
        await is_clean(page)
        await page.fill("#week-sat", "9：00－11：30")
        await page.click("button.main")
        await expect(page.locator("p.good")).to_contain_text("已保存")
        await expect(page.locator("tr", has_text="11-28 周六")).to_contain_text("09:00-11:30")
        assert (await stage.store.read(live_calendar)).week["sat"] == ("09:00-11:30",)


class TestAReview:
    async def test_is_proposed_by_one_and_confirmed_by_another(self, stage: Stage, chromium: Browser) -> None:
        house = provided(stage.store, Sealer(KeyRing.grown_from(SECRET)), stage.entrance.audit, stage.clock)

        def asks_for_an_eye(tx) -> None:
            case = cases.open_case(tx, "oCitizen0001", "identity", "identity", stage.clock())
            reviews.open_review(tx, cases.case_by_id(tx, case.id), "chosen", [], house)

        await stage.store.write(asks_for_an_eye)
        first = await sits(stage, chromium, "老周", Role.SENIOR)
        await first.goto(str(stage.server.make_url("/desk/reviews/1")))
        await is_clean(first)
        await first.check("text=通过 >> nth=0")
        await first.fill("#decide-why", "证件清楚")
        await first.click("text=提交建议")
        await expect(first.locator("table")).to_contain_text("等另一位同事确认")
        await is_clean(first)
        second = await sits(stage, chromium, "王主管", Role.SUPERVISOR)
        await second.goto(str(stage.server.make_url("/desk/reviews/1")))
        await is_clean(second)
        await second.check("text=同意，就按")
        await second.fill("#decide-why", "也看过了")
        await second.click("text=提交意见")
        await expect(second.locator("main")).to_contain_text("没有等待复核的")


class TestTheExport:
    async def test_asks_for_the_password_leads_back_to_the_board_and_is_saved(
        self, stage: Stage, chromium: Browser
    ) -> None:
        page = await sits(stage, chromium, "王主管", Role.SUPERVISOR)
        await page.goto(str(stage.server.make_url("/desk/board")))
        long_ago = update(staff_session).values(signed_in_at=stage.clock() - timedelta(minutes=11))
        await stage.store.write(lambda tx: tx.execute(long_ago))
        await page.click("text=导出 CSV")
        await page.fill("#password", PASSWORD)
        await page.click("button.main")
        await page.wait_for_url("**/desk/board")
        async with page.expect_download() as saved:
            await page.click("text=导出 CSV")
        assert (await saved.value).suggested_filename == "conversations-1d.csv"


class TestTheStaffsOwnPages:
    @pytest.mark.parametrize("scheme", ["light", "dark"])
    async def test_have_no_accessibility_violation(
        self, stage: Stage, chromium: Browser, scheme: str
    ) -> None:
        for name, role, paths in (
            (
                "王主管",
                Role.SUPERVISOR,
                ("/staff/me", "/staff/code", "/staff/confirm", "/desk/board?days=30"),
            ),
            ("运维", Role.OPERATOR, ("/staff/people", "/nowhere")),
            ("审计员", Role.AUDITOR, ("/staff/audit", "/desk")),
        ):
            await stage.hires(name, role)
            context = await chromium.new_context(locale="zh-CN", color_scheme=scheme)
            page = await context.new_page()
            await page.goto(str(stage.server.make_url("/staff/sign-in")))
            await is_clean(page)
            await page.fill("#name", name)
            await page.fill("#password", "wrong, and long enough")
            await page.click("button.main")
            await expect(page.locator("[role=alert]")).to_contain_text("不对")
            await is_clean(page)
            await page.fill("#password", PASSWORD)
            await page.click("button.main")
            await page.wait_for_url(lambda address: "sign-in" not in address)
            for path in paths:
                await page.goto(str(stage.server.make_url(path)))
                await is_clean(page)
            if role is Role.AUDITOR:
                await page.goto(str(stage.server.make_url("/staff/audit")))
                await page.click("text=检查是否完整")
                await expect(page.locator("main")).to_contain_text("完整")
                await is_clean(page)
            await context.close()
