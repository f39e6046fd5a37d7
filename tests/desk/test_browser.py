"""The desk in real browsers: two agents, a citizen, and everything between them."""

import asyncio
import io
import re
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from axe_playwright_python.async_playwright import Axe
from PIL import Image
from playwright.async_api import Browser, Page, Playwright, async_playwright, expect
from sqlalchemy import insert, update

from bot.records import staff_session
from bot.rights import Role
from handlers.desk.settings import DeskSettings
from handlers.records import citizen as citizens
from handlers.records import hand_over
from handlers.records import heard as heard_rows
from tests.conftest import free_port
from tests.desk.conftest import MONDAY_MORNING
from tests.desk.stage import Builds, Running, Stage
from tests.house.people import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

CHROMIUM = "/usr/bin/chromium"
BY_HAND = DeskSettings(offers="off", undo=timedelta(seconds=1))
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


@pytest.fixture
async def playwright() -> AsyncIterator[Playwright]:
    async with async_playwright() as running:
        yield running


@pytest.fixture
async def chromium(playwright: Playwright) -> AsyncIterator[Browser]:
    browser = await playwright.chromium.launch(
        executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
    )
    yield browser
    await browser.close()


class Screen:
    """An agent's browser."""

    def __init__(self, stage: Stage, page: Page) -> None:
        self.stage, self.page = stage, page
        self.faults: list[str] = []
        page.on("pageerror", lambda fault: self.faults.append(str(fault)))
        page.on("console", self._said)

    def _said(self, message) -> None:
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.faults.append(message.text)

    async def signs_in(self, name: str) -> "Screen":
        await self.page.goto(str(self.stage.server.make_url("/staff/sign-in")))
        await self.page.fill("#name", name)
        await self.page.fill("#password", PASSWORD)
        await self.page.click("button.main")
        await self.page.wait_for_url("**/desk*")
        return self

    async def opens(self, digits: str, tab: str = "queue") -> None:
        await self.page.click(f"a[data-tab={tab}]")
        await self.page.click(f"a[data-case]:has-text('{digits}')")
        await expect(self.page.locator("#head h2")).to_contain_text(digits)

    async def claims(self, digits: str) -> None:
        await self.opens(digits)
        await self.page.click("#claim")
        await expect(self.page.locator("#words")).to_be_focused()

    async def says(self, words: str) -> None:
        await self.page.fill("#words", words)
        await self.page.press("#words", "Control+Enter")
        await expect(self.page.locator("#words")).to_have_value("")

    async def bubbles(self, who: str) -> list[str]:
        return await self.page.locator(f"#latest .bubble.{who} .said").all_inner_texts()


@pytest.fixture
async def sits_down(stage: Stage, chromium: Browser) -> AsyncIterator:
    """A browser of its own for each agent; none of them may report a fault."""
    screens: list[Screen] = []

    async def sits(name: str, role: Role = Role.AGENT, **context) -> Screen:
        if name not in [agent.name for agent in stage.agents]:
            await stage.hires(name, role)
        viewport = {"viewport": {"width": 1280, "height": 800}, **context}
        page = await (await chromium.new_context(locale="zh-CN", **viewport)).new_page()
        screens.append(await Screen(stage, page).signs_in(name))
        return screens[-1]

    yield sits
    for screen in screens:
        assert screen.faults == []
        await screen.page.context.close()


async def heard(stage: Stage, openid: str, words: str) -> None:
    """Until these words reached the citizen."""
    for _ in range(100):
        if any(words in said for said in stage.citizen(openid).heard):
            return
        await asyncio.sleep(0.1)
    raise AssertionError(f"{words} never reached {openid}: {stage.citizen(openid).heard}")


class TestTwoAgents:
    async def test_race_for_a_citizen_and_exactly_one_wins(self, stage: Stage, sits_down) -> None:
        await stage.citizen().calls_for_a_human()
        li, wang = await sits_down("小李"), await sits_down("小王")
        await asyncio.gather(li.opens("0001"), wang.opens("0001"))
        await asyncio.gather(
            li.page.click("#claim", no_wait_after=True), wang.page.click("#claim", no_wait_after=True)
        )
        await expect(li.page.locator("#claim")).to_have_count(0)
        case = await stage.citizen().case()
        winner, loser = (li, wang) if case.agent == "小李" else (wang, li)
        await expect(winner.page.locator("#words")).to_be_visible()
        await expect(loser.page.locator("#words")).to_have_count(0)
        await expect(loser.page.locator("#claim")).to_have_count(0)

    async def test_hand_a_citizen_on(self, stage: Stage, sits_down) -> None:
        citizen = stage.citizen()
        await citizen.calls_for_a_human()
        li, wang = await sits_down("小李"), await sits_down("小王")
        await li.claims("0001")
        await li.page.click("summary:has-text('转接')")
        await li.page.select_option("#to", label="小王（0/5）")
        await li.page.fill("#why", "银行卡的事您更熟")
        await li.page.click(".menu button:has-text('转接')")
        await expect(wang.page.locator(".tabs [data-tab=mine]")).to_contain_text("1")
        await wang.opens("0001", tab="mine")
        await expect(wang.page.locator("#latest")).to_contain_text("银行卡的事您更熟")
        await wang.page.click("#claim")
        await wang.says("您好，我来帮您看。")
        await heard(stage, citizen.openid, "我来帮您看")
        await expect(li.page.locator("#words")).to_have_count(0)

    async def test_see_who_else_looks(self, stage: Stage, sits_down) -> None:
        await stage.citizen().calls_for_a_human()
        li, wang = await sits_down("小李"), await sits_down("小王")
        await li.opens("0001")
        await wang.opens("0001")
        await expect(wang.page.locator("#viewers")).to_contain_text("小李 也在看")
        await expect(li.page.locator("#viewers")).to_contain_text("小王 也在看", timeout=10_000)

    async def test_see_who_types(self, stage: Stage, sits_down) -> None:
        await stage.citizen().calls_for_a_human()
        li, chief = await sits_down("小李"), await sits_down("王主管", Role.SUPERVISOR)
        await li.claims("0001")
        await chief.opens("0001", tab="all")
        await li.page.type("#words", "您好")
        await expect(chief.page.locator("#viewers")).to_contain_text("小李 正在输入", timeout=10_000)


class TestAConversation:
    async def test_reaches_the_citizen_and_silences_the_bot(self, stage: Stage, sits_down) -> None:
        citizen = stage.citizen()
        await citizen.says("刷脸通不过怎么办")
        await citizen.calls_for_a_human()
        li = await sits_down("小李")
        await li.claims("0001")
        assert await citizen.says("我在光线好的地方也不行") == ""
        await expect(li.page.locator("#latest .citizen").last).to_contain_text("光线好的地方也不行")
        await li.says("请您擦一下镜头再试。")
        await heard(stage, citizen.openid, "擦一下镜头")
        await expect(li.page.locator("#latest .agent footer").last).to_have_text("已送达")

    async def test_can_be_had_with_the_keyboard_alone(self, stage: Stage, sits_down) -> None:
        citizen = stage.citizen()
        await citizen.calls_for_a_human()
        page = (await sits_down("小李")).page
        await page.keyboard.press("j")
        await page.keyboard.press("Enter")
        await expect(page.locator("#claim")).to_be_visible()
        await page.keyboard.press("a")
        await expect(page.locator("#words")).to_be_focused()
        await page.keyboard.type("您好，请讲。")
        await page.keyboard.press("Control+Enter")
        await heard(stage, citizen.openid, "您好，请讲。")
        await page.keyboard.press("Escape")
        await page.keyboard.press("e")
        await expect(page.locator("#outcome")).to_be_focused()
        await page.keyboard.press("ArrowDown")
        await page.keyboard.press("Enter")
        await page.locator("#close button").focus()
        await page.keyboard.press("Enter")
        await heard(stage, citizen.openid, "/rate/")
        assert (await citizen.case()).state == "closed"
        assert await citizen.holder() == "bot"

    async def test_is_not_answered_by_enter_while_chinese_is_composed(self, stage: Stage, sits_down) -> None:
        citizen = stage.citizen()
        await citizen.calls_for_a_human()
        li = await sits_down("小李")
        await li.claims("0001")
        keyboard = await li.page.context.new_cdp_session(li.page)
        await keyboard.send(
            "Input.imeSetComposition", {"text": "nihao", "selectionStart": 5, "selectionEnd": 5}
        )
        enter = {"key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 229}
        for modifiers in (0, 2):
            await keyboard.send(
                "Input.dispatchKeyEvent", {"type": "rawKeyDown", "modifiers": modifiers, **enter}
            )
        assert await li.page.input_value("#words") == "nihao"
        await keyboard.send("Input.insertText", {"text": "你好"})
        assert await li.bubbles("agent") == []
        await li.page.press("#words", "Control+Enter")
        await heard(stage, citizen.openid, "你好")

    async def test_stops_when_the_five_messages_are_used_up(self, stage: Stage, sits_down) -> None:
        citizen = stage.citizen()
        await citizen.calls_for_a_human()
        li = await sits_down("小李")
        await li.claims("0001")
        for n in range(4):
            await li.says(f"第 {n} 条")
            await heard(stage, citizen.openid, f"第 {n} 条")
        await expect(li.page.locator("#meter")).to_contain_text("要等用户再说话")
        await li.page.fill("#words", "第五条")
        await li.page.press("#words", "Control+Enter")
        await expect(li.page.locator("#guard")).to_contain_text("等用户再说一句话")
        assert await li.page.input_value("#words") == "第五条"
        await heard(stage, citizen.openid, "第 3 条")
        await citizen.says("在的")
        await expect(li.page.locator("#meter")).to_contain_text("还能发 5 条")
        await li.page.press("#words", "Control+Enter")
        await expect(li.page.locator("#guard")).to_contain_text("再按一次发送")
        await li.page.press("#words", "Control+Enter")
        await heard(stage, citizen.openid, "第五条")

    async def test_that_is_looked_at_has_nothing_unread(self, stage: Stage, sits_down) -> None:
        citizen = stage.citizen()
        await citizen.calls_for_a_human()
        li = await sits_down("小李")
        await li.claims("0001")
        await citizen.says("在吗")
        await expect(li.page.locator("#latest .citizen").last).to_contain_text("在吗")
        for _ in range(100):
            if not (await citizen.case()).unread:
                break
            await asyncio.sleep(0.1)
        await expect(li.page.locator(".badge")).to_have_count(0)
        await expect(li.page).to_have_title(re.compile(r"^客服台"))
        assert not (await citizen.case()).unread

    async def test_asks_again_when_the_citizen_wrote_while_one_typed(self, stage: Stage, sits_down) -> None:
        citizen = stage.citizen()
        await citizen.calls_for_a_human()
        li = await sits_down("小李")
        await li.claims("0001")
        await li.page.fill("#words", "请您重新刷脸。")
        await citizen.says("等等，我已经好了")
        await expect(li.page.locator("#guard")).to_contain_text("刚又发来消息")
        await li.page.press("#words", "Control+Enter")
        await expect(li.page.locator("#guard")).to_contain_text("再按一次发送")
        assert await li.bubbles("agent") == []
        await li.page.press("#words", "Control+Enter")
        await heard(stage, citizen.openid, "重新刷脸")

    async def test_can_be_taken_back_in_time(self, stage: Stage, sits_down) -> None:
        citizen = stage.citizen()
        await citizen.calls_for_a_human()
        li = await sits_down("小李")
        await li.claims("0001")
        await li.page.fill("#words", "写错了")
        await li.page.press("#words", "Control+Enter")
        await li.page.click("#undo button")
        await expect(li.page.locator("#words")).to_have_value("写错了")
        await asyncio.sleep(1.5)
        assert "写错了" not in citizen.heard

    async def test_can_be_taken_back_after_a_note_too(
        self, opened: Builds, sqlite_url: str, chromium
    ) -> None:
        slow = DeskSettings(offers="off", undo=timedelta(seconds=60))
        stage = await opened(sqlite_url, clock=Running(MONDAY_MORNING), settings=slow)
        stage.runs()
        await stage.citizen().calls_for_a_human()
        await stage.hires("小李")
        page = await (await chromium.new_context(locale="zh-CN")).new_page()
        li = await Screen(stage, page).signs_in("小李")
        await li.claims("0001")
        await li.says("写错了")
        await page.click(".note-box summary")
        await page.fill("#note", "记一笔")
        await page.click(".note-box button")
        await expect(page.locator("#latest .note")).to_have_count(1)
        await page.reload()
        await page.click("[data-undo]")
        await expect(page.locator("#words")).to_have_value("写错了")
        await expect(page.locator("#latest .bubble.agent")).to_have_class(re.compile("withdrawn"))
        assert li.faults == []

    async def test_gets_an_answer_of_the_library_in_one_click(self, stage: Stage, sits_down) -> None:
        citizen = stage.citizen()
        await citizen.says("提示人像比对未通过怎么办")
        await citizen.calls_for_a_human()
        li = await sits_down("小李")
        await li.claims("0001")
        await citizen.says("提示人像比对未通过怎么办")
        await expect(li.page.locator("#latest .citizen").last).to_contain_text("人像比对未通过")
        await expect(li.page.locator("#latest .citizen")).to_have_count(3)
        await li.page.locator("[data-send]").first.click()
        await expect(li.page.locator("#latest .bubble.agent")).to_have_count(1)
        await li.page.fill("#words", "/银行卡")
        await expect(li.page.locator("#answers [aria-selected=true]")).to_be_visible()
        await li.page.press("#words", "Enter")
        assert "银行卡" in await li.page.input_value("#words")


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


class TestAPictureOfTheAgents:
    async def test_is_looked_at_once_more_sent_and_can_be_taken_back(self, stage: Stage, sits_down) -> None:
        async def takes(picture: bytes) -> str:
            assert picture.startswith(b"\xff\xd8")
            return "media-of-ours"

        object.__setattr__(stage.desk._ports, "upload_picture", takes)
        await stage.citizen().calls_for_a_human()
        li = await sits_down("小李")
        await li.claims("0001")
        await li.page.fill("#words", "请看图上红圈")
        drawn = io.BytesIO()
        Image.new("RGB", (40, 30), "green").save(drawn, "PNG")
        file = {"name": "step.png", "mimeType": "image/png", "buffer": drawn.getvalue()}
        await li.page.set_input_files("#picture", files=[file])
        await li.page.click("[data-send-picture]")
        await expect(li.page.locator("#latest .bubble.agent [data-look]")).to_be_visible()
        await expect(li.page.locator("#words")).to_have_value("请看图上红圈")
        await expect(li.page.locator("#picked")).to_be_hidden()
        await heard(stage, stage.citizen().openid, "media-of-ours")
