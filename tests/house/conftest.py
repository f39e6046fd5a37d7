"""The house of these tests: a database on disk, a clock that is moved by hand, and its staff."""

import secrets
import shutil
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, create_engine

from bot.audit import guard
from bot.records import metadata
from bot.rights import Role
from bot.store import Store
from tests.house.entrance import Browser, Entrance, add_rooms
from tests.house.people import hired

SECRET = secrets.token_urlsafe(48)


class Clock:
    """Time that passes when it is told to."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def passes(self, **span: float) -> None:
        self.now += timedelta(**span)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="session")
def blueprint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with the tables and triggers of the doors."""
    file = tmp_path_factory.mktemp("blueprint") / "house.db"
    engine = create_engine(f"sqlite:///{file}")
    with engine.begin() as tx:
        metadata.create_all(tx)
        guard(tx)
    engine.dispose()
    return file


@pytest.fixture
def database(blueprint: Path, tmp_path: Path) -> Path:
    """A copy of it for one test."""
    return Path(shutil.copy(blueprint, tmp_path / "house.db"))


@pytest.fixture
def tx(database: Path) -> Iterator[Connection]:
    engine = create_engine(f"sqlite:///{database}")
    with engine.connect() as connection:
        yield connection
    engine.dispose()


@pytest.fixture
async def store(database: Path) -> AsyncIterator[Store]:
    kept = Store(f"sqlite+aiosqlite:///{database}")
    yield kept
    await kept.close()


@pytest.fixture
async def open_entrance(store, clock, tmp_path):
    """Opens entrances and closes them after the test."""
    opened = []

    async def opens(**how) -> Entrance:
        entrance = Entrance(store, clock, tmp_path / "anchors", secret=SECRET, **how)
        add_rooms(entrance)
        opened.append(entrance)
        return await entrance.opens()

    yield opens
    for entrance in opened:
        await entrance.server.close()


@pytest.fixture
async def entrance(open_entrance) -> Entrance:
    return await open_entrance()


@pytest.fixture
async def browser(entrance):
    browser = Browser(entrance)
    yield browser
    await browser.session.close()


@pytest.fixture
async def other_browser(entrance):
    browser = Browser(entrance)
    yield browser
    await browser.session.close()


@pytest.fixture
async def xiaoli(store, clock):
    return await store.write(hired(Role.AGENT, "小李", clock))


@pytest.fixture
async def operator(store, clock):
    return await store.write(hired(Role.OPERATOR, "运维", clock))
