"""The desk of these tests, opened and closed around each of them."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.async_api import Browser, async_playwright

from bot import migrations
from bot.rights import Role
from bot.store import Store
from faq.library import Library
from faq.loading import load_content
from handlers.reception import Live
from nlu.ear import Ear, EarSettings
from nlu.together import Together
from tests.desk.screen import Screen
from tests.desk.stage import Agent, Builds, Citizen, Clock, Stage, build

CHROMIUM = shutil.which("chromium") or ""
CONTENT = Path(__file__).parents[2] / "faq" / "content"

MONDAY_MORNING = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
"""Ten o'clock in Beijing on a workday."""


@pytest.fixture(scope="session")
def live() -> Live:
    """The shipped content and an ear trained on it."""
    library = Library(load_content(CONTENT), 1)
    ear = Ear.train(library.training(), EarSettings(encoder=False))
    return Live(library, ear, Together(ear))


@pytest.fixture(scope="session")
def blueprint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with the schema of today, made once."""
    file = tmp_path_factory.mktemp("desk") / "blueprint.db"

    async def make() -> None:
        store = Store(f"sqlite+aiosqlite:///{file}")
        await migrations.upgrade(store)
        await store.close()

    asyncio.run(make())
    return file


@pytest.fixture
def sqlite_url(blueprint: Path, tmp_path: Path) -> str:
    """A copy of it for one test."""
    return f"sqlite+aiosqlite:///{shutil.copy(blueprint, tmp_path / 'house.db')}"


@pytest.fixture
async def opened(live: Live, tmp_path: Path) -> AsyncIterator[Builds]:
    """Builds stages and closes them."""
    stages: list[Stage] = []

    async def opens(url: str, clock: Clock | None = None, settings=None, port=None, api=None) -> Stage:
        stage = build(url, live, clock or Clock(MONDAY_MORNING), tmp_path / "anchors", settings, api)
        stages.append(await stage.opens(port))
        return stage

    yield opens
    for stage in stages:
        await stage.closes()


@pytest.fixture
async def stage(opened: Builds, sqlite_url: str) -> Stage:
    return await opened(sqlite_url)


@pytest.fixture
async def li(stage: Stage) -> Agent:
    return await stage.agent("小李")


@pytest.fixture
async def citizen(stage: Stage, li: Agent) -> Citizen:
    """Somebody whom 小李 serves."""
    somebody = stage.citizen()
    await somebody.calls_for_a_human()
    await li.claims(somebody)
    await stage.delivers()
    return somebody


@pytest.fixture
async def chromium() -> AsyncIterator[Browser]:
    """A browser without a window."""
    if not CHROMIUM:
        pytest.skip("NOT RUN: chromium is not installed")
    async with async_playwright() as running:
        browser = await running.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
        )
        yield browser
        await browser.close()


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
