"""The editor of these tests, opened and closed around each of them."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot import migrations
from bot.store import Store
from faq import records as releases
from faq.content_models import Content
from faq.loading import load_content
from nlu.ear import Ear, EarSettings
from nlu.training import TrainingContent
from tests.desk.stage import Clock
from tests.editor.stage import Builds, Stage, build

CONTENT = Path(__file__).parents[2] / "faq" / "content"
MORNING = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
"""Ten o'clock in Beijing on a workday."""


class Trainer:
    """Trains real ears, each content once for the whole test run; `trained` counts the lessons."""

    def __init__(self) -> None:
        self._known: dict[str, Ear] = {}

    def __call__(self, lessons: TrainingContent) -> Ear:
        name = lessons.fingerprint()
        if name not in self._known:
            self._known[name] = Ear.train(lessons, EarSettings(encoder=False))
        return self._known[name]


@pytest.fixture(scope="session")
def trainer() -> Trainer:
    return Trainer()


@pytest.fixture(scope="session")
def shipped() -> Content:
    return load_content(CONTENT)


@pytest.fixture(scope="session")
def blueprint(shipped: Content, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with the schema of today and the shipped content live, made once."""
    file = tmp_path_factory.mktemp("editor") / "blueprint.db"

    async def make() -> None:
        store = Store(f"sqlite+aiosqlite:///{file}")
        await migrations.upgrade(store)
        await store.write(lambda tx: releases.publish(tx, shipped, "shipped", "", MORNING))
        await store.close()

    asyncio.run(make())
    return file


@pytest.fixture
def sqlite_url(blueprint: Path, tmp_path: Path) -> str:
    """A copy of it for one test."""
    return f"sqlite+aiosqlite:///{shutil.copy(blueprint, tmp_path / 'house.db')}"


@pytest.fixture
async def opened(shipped: Content, trainer: Trainer, tmp_path: Path) -> AsyncIterator[Builds]:
    """Builds stages and closes them."""
    stages: list[Stage] = []

    async def opens(url: str, clock: Clock | None = None, port: int | None = None) -> Stage:
        stage = build(url, clock or Clock(MORNING), tmp_path / "anchors", trainer)
        stages.append(await stage.opens(shipped, port))
        return stage

    yield opens
    for stage in stages:
        await stage.closes()


@pytest.fixture
async def stage(opened: Builds, sqlite_url: str) -> Stage:
    return await opened(sqlite_url)
