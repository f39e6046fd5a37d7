"""The desk of these tests, opened and closed around each of them."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot import migrations
from bot.store import Store
from faq.library import Library
from faq.loading import load_content
from handlers.reception import Live
from nlu.ear import Ear, EarSettings
from nlu.together import Together
from tests.desk.stage import Builds, Clock, Stage, build

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
