"""The desk of these tests, opened and closed around each of them."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from faq.library import Library
from faq.loading import load_content
from handlers.reception import Live
from nlu.ear import Ear, EarSettings
from tests.desk.stage import Builds, Clock, Stage, build

CONTENT = Path(__file__).parents[2] / "faq" / "content"

MONDAY_MORNING = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
"""Ten o'clock in Beijing on a workday."""


@pytest.fixture(scope="session")
def live() -> Live:
    """The shipped content and an ear trained on it."""
    library = Library(load_content(CONTENT), 1)
    return Live(library, Ear.train(library.training(), EarSettings(encoder=False)))


@pytest.fixture
async def opened(live: Live, tmp_path: Path) -> AsyncIterator[Builds]:
    """Builds stages and closes them."""
    stages: list[Stage] = []

    async def opens(url: str, clock: Clock | None = None, settings=None, port=None) -> Stage:
        stage = build(url, live, clock or Clock(MONDAY_MORNING), tmp_path / "anchors", settings)
        stages.append(await stage.opens(port))
        return stage

    yield opens
    for stage in stages:
        await stage.closes()


@pytest.fixture
async def stage(opened: Builds, sqlite_url: str) -> Stage:
    return await opened(sqlite_url)
