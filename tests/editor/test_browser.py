"""The content editor in real browsers: an editor, a reviewer, citizens, and two processes."""

import asyncio
import csv
import io
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import aiohttp
import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Playwright, async_playwright, expect

from bench.pushes import Account
from bench.serving import Command, Serving, bot_environment
from bot.rights import Role
from bot.store import Store
from faq.editor.tables import COLUMNS
from tests.conftest import free_port
from tests.desk.stage import Running
from tests.editor.conftest import MORNING
from tests.editor.screens import CHROMIUM, Screen
from tests.editor.stage import Builds, Stage
from tests.house.people import hired
from tests.processes.wechat import SMALL_EAR, WeChat, api

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser"), pytest.mark.timeout(600)]

KEY = "topic:verify_items"
ASKED = "需要核验哪些信息？"
NEW = "核验时请把手机放平，先人脸，再银行卡。"
OF_ANOTHER = "我想问做身份验证收费吗"
LIVE_WITHIN_S = 5.0

SitsDown = Callable[..., Awaitable[Screen]]


@pytest.fixture
async def stage(opened: Builds, sqlite_url: str) -> Stage:
    stage = await opened(sqlite_url, clock=Running(MORNING))
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


@pytest.fixture
async def at_work(chromium: Browser) -> AsyncIterator[SitsDown]:
    """A browser of its own for each person at a process; none of them may report a fault."""
    screens: list[Screen] = []

    async def opens(url: str, name: str, **context) -> Screen:
        viewport = {"viewport": {"width": 1280, "height": 800}, **context}
        page = await (await chromium.new_context(locale="zh-CN", **viewport)).new_page()
        screens.append(await Screen(page, url).signs_in(name))
        return screens[-1]

    yield opens
    for screen in screens:
        assert screen.faults == []
        await screen.page.context.close()


@pytest.fixture
def sits_down(stage: Stage, at_work: SitsDown) -> SitsDown:
    async def sits(name: str, role: Role = Role.EDITOR, **context) -> Screen:
        if name not in [writer.staff.name for writer in stage.writers]:
            await stage.writer(name, role)
        return await at_work(str(stage.server.make_url("")), name, **context)

    return sits


@pytest.fixture
async def two_processes(postgres_url: str, tmp_path: Path) -> AsyncIterator[tuple[list[str], WeChat]]:
    """Two whole bots on one database, with an editor and a reviewer; and WeChat."""
    store = Store(postgres_url)
    with ExitStack() as stack:
        async with api() as counting, aiohttp.ClientSession() as session:
            settings = bot_environment(postgres_url, Account().environment(), counting.url)
            commands = [Command(free_port(), tmp_path / f"{n}.log", SMALL_EAR, settings) for n in range(2)]
            serving = await asyncio.gather(*(asyncio.to_thread(Serving, command) for command in commands))
            for each in serving:
                stack.callback(each.kill)
            for role, name in ((Role.EDITOR, "小文"), (Role.REVIEWER, "审核员")):
                await store.write(hired(role, name, lambda: datetime.now(UTC)))
            urls = [each.url for each in serving]
            yield urls, WeChat(urls, session)
    await store.close()


async def soon(happened: Callable[[], Awaitable[bool]]) -> None:
    """Within five seconds it is so."""
    began = time.monotonic()
    for _ in range(50):
        if await happened():
            assert time.monotonic() - began < LIVE_WITHIN_S
            return
        await asyncio.sleep(0.1)
    raise AssertionError(f"not within {LIVE_WITHIN_S} s")


class TestAnAnswerOnItsWay:
    @pytest.mark.slow
    async def test_is_played_by_an_editor_and_a_reviewer_until_citizens_hear_it_everywhere(
        self, two_processes: tuple[list[str], WeChat], at_work: SitsDown
    ) -> None:
        (here, there), wechat = two_processes
        editor, reviewer = await at_work(here, "小文"), await at_work(there, "审核员")

        async def hears(url: str, words: str) -> bool:
            sent = wechat.write(ASKED)
            assert await wechat.tries(sent, url)
            return any(words in answer for answer in sent.answers)

        async def everywhere(words: str) -> bool:
            return await hears(here, words) and await hears(there, words)

        await editor.goes(f"/content/entry/{KEY}")
        before = (await editor.page.input_value("[name='answers-0-text']")).splitlines()[0]
        await editor.page.fill("[name='answers-0-text']", NEW)
        await expect(editor.page.locator("#preview .bubble").first).to_contain_text(NEW)
        await expect(editor.page.locator("#preview")).to_contain_text("字节")
        lines = (await editor.page.input_value("#questions")).splitlines()
        await editor.saves(KEY, questions="\n".join((*lines, OF_ANOTHER)))
        await editor.says("已保存为新的一版")
        assert not await hears(here, NEW)

        refused = await editor.rehearses("写得更清楚")
        await editor.says("有新的问法冲突")
        await expect(editor.page.locator("section[aria-labelledby=result]")).to_contain_text(OF_ANOTHER)
        await editor.clicks("撤回这一份（修改还在，可以重新勾选）")
        await editor.says("已撤回")
        await editor.saves(KEY, questions="\n".join(lines))
        candidate = await editor.rehearses("写得更清楚")
        assert candidate != refused
        await editor.says("通过了排练")
        await editor.clicks("提交审核")
        await editor.says("等待审核")

        await reviewer.approves(candidate)
        await reviewer.releases(candidate)
        await soon(lambda: everywhere(NEW))
        await reviewer.goes("/content/releases")
        await reviewer.page.get_by_role("button", name="切换到第 1 次发布").click()
        await reviewer.says("已切换")
        await soon(lambda: everywhere(before))


class TestTwoEditorsInBrowsers:
    async def test_see_each_other_and_lose_no_words(self, sits_down: SitsDown) -> None:
        wen, chen = await sits_down("小文"), await sits_down("小陈")
        await wen.goes(f"/content/entry/{KEY}")
        await chen.goes(f"/content/entry/{KEY}")
        await expect(chen.page.locator("[data-present]")).to_contain_text("小文")
        await wen.adds_questions(KEY, "要验哪几样呢")
        await chen.saves(KEY, title="小陈改的标题？")
        await chen.says("小文 刚刚保存过这一条")
        assert await chen.page.input_value("#title") == "小陈改的标题？"
        assert "要验哪几样呢" in await chen.page.input_value("#questions")
        await chen.clicks("保存")
        await chen.says("已保存为新的一版")
        await wen.goes(f"/content/entry/{KEY}/history")
        await expect(wen.page.locator("tbody tr")).to_have_count(3)


class TestAFileInTheBrowser:
    async def test_with_mistakes_is_told_row_by_row_and_taken_in_part(self, sits_down: SitsDown) -> None:
        def row(**cells: str) -> list[str]:
            return [cells.get(key, "") for key in COLUMNS]

        good = {
            "category": "checking",
            "title": "几点可以核验？",
            "questions": "几点能核验",
            "answer": "全天。",
        }
        rows = [row(id="when", **good), row(id="x", category="没有这类"), row(**good)]
        out = io.StringIO()
        csv.writer(out).writerows([list(COLUMNS.values()), *rows])
        file = {"name": "问答.csv", "mimeType": "text/csv", "buffer": out.getvalue().encode("gb18030")}
        editor = await sits_down("小文")
        await editor.goes("/content/transfer")
        await editor.page.set_input_files("#file", file)
        await editor.clicks("检查这个文件")
        await editor.says("检查结果：问答.csv")
        for words in ("没有“没有这类”这个分类", "没有编号", "还没有保存"):
            await editor.says(words)
        await editor.clicks("导入全部 1 行")
        await editor.says("已导入 1 行")
        await editor.goes("/content/entry/topic:when")
        assert await editor.page.input_value("#title") == "几点可以核验？"


class TestAQuestionThatWasNotAnswered:
    WORDINGS = ("过堂要带啥家伙事", "过堂得带啥家伙事", "过堂都要带啥家伙事")

    async def test_becomes_a_similar_question_and_then_a_better_answer(
        self, stage: Stage, sits_down: SitsDown
    ) -> None:
        topic = next(one for one in stage.live.current.library.content.topics if one.id == "verify_items")
        answer = topic.answers[0].text.splitlines()[0]
        for n, words in enumerate(self.WORDINGS):
            assert answer not in await stage.asks(words, f"oCitizen{n:04d}"), "the bot is not to know this"
        editor, reviewer = await sits_down("小文"), await sits_down("审核员", Role.REVIEWER)
        await editor.goes("/content/inbox?q=过堂")
        for words in self.WORDINGS:
            await editor.page.get_by_role("checkbox", name=words).check()
        await editor.page.get_by_label("问答").last.select_option("verify_items")
        await editor.clicks("加为相似问法")
        await editor.says("已处理")
        candidate = await editor.rehearses("来自未答问题")
        await editor.clicks("提交审核")
        await reviewer.approves(candidate)
        await reviewer.releases(candidate)

        async def knows() -> bool:
            return answer in await stage.asks(self.WORDINGS[0], "oCitizen0009")

        await soon(knows)


class TestThePages:
    SIZES = ((1280, 800, "light"), (390, 844, "dark"))
    PAGES = (
        "/content", "/content?shelf=guide", "/content?shelf=sentence", "/content?shelf=other",
        f"/content/entry/{KEY}", "/content/entry/menu", "/content/entry/hours", "/content/entry/labels",
        "/content/new/topic", f"/content/entry/{KEY}/history", "/content/changes", "/content/candidates/1",
        "/content/releases", "/content/releases/1", "/content/tests", "/content/inbox", "/content/try",
        "/content/try?words=怎么刷脸", "/content/figures", "/content/transfer", "/content/transfer/1",
        "/content/access",
    )  # fmt: skip

    @pytest.mark.parametrize(("width", "height", "scheme"), SIZES)
    async def test_have_no_accessibility_violation_and_fit_the_screen(
        self, stage: Stage, sits_down: SitsDown, width: int, height: int, scheme: str
    ) -> None:
        reviewer = await stage.writer("审核员", Role.REVIEWER)
        await self._fill(stage)
        screen = await sits_down("审核员", viewport={"width": width, "height": height}, color_scheme=scheme)
        assert reviewer.staff.role is Role.REVIEWER
        axe = Axe()
        await screen.goes("/content/inbox")
        talk = await screen.page.get_by_text("看对话").first.get_attribute("href")
        flaws: list[str] = []
        for path in (*self.PAGES, str(talk)):
            await screen.goes(path)
            found = await axe.run(screen.page)
            if found.violations_count:
                flaws.append(f"{path}\n{found.generate_report()}")
            if await screen.page.evaluate("document.documentElement.scrollWidth > innerWidth"):
                flaws.append(f"{path} is wider than the screen")
        assert not flaws, "\n".join(flaws)

    async def _fill(self, stage: Stage) -> None:
        """Something of everything, so that no page is empty."""
        reviewer = stage.writers[0]
        for words in ("熊猫徽章哪里领", "怎么刷脸", "核验时要什么"):
            await stage.asks(words)
        await reviewer.opens("/content/tests")
        await reviewer.sends("/content/tests", words="怎么刷脸呢", topic="verify_items")
        await reviewer.saves(KEY, **{"answers-0-text": NEW, "note": "更清楚"})
        await reviewer.proposes(KEY)
        await reviewer.sends("/content/access/token", name="知识库")
        await reviewer.brings("问答.csv", await reviewer.downloads("/content/transfer/topics.csv"))
