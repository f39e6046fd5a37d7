"""The house of these tests: a database on disk, a clock that is moved by hand, and its staff."""

import getpass
import os
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, create_engine

from bot.audit import guard
from bot.records import metadata
from bot.store import Store

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


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A real PostgreSQL in a folder of its own, reached by a socket; it does not run as root."""
    if not shutil.which("initdb") or not shutil.which("pg_ctl"):
        pytest.skip("PostgreSQL is not installed here (initdb, pg_ctl): its rules are NOT tested")
    user = "postgres" if os.geteuid() == 0 else getpass.getuser()
    as_user = ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups"] if os.geteuid() == 0 else []
    folder = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))
    shutil.chown(folder, user)
    data = str(folder / "data")
    control = [*as_user, "pg_ctl", "-D", data, "-w", "-s"]
    quick = f"-c listen_addresses='' -c fsync=off -k {folder}"
    settle = {"check": True, "stdout": subprocess.DEVNULL, "cwd": folder}
    try:
        subprocess.run([*as_user, "initdb", "-D", data, "-A", "trust", "-N"], **settle)
        subprocess.run([*control, "-l", str(folder / "log"), "-o", quick, "start"], **settle)
        yield f"postgresql+asyncpg://{user}@/postgres?host={folder}"
        subprocess.run([*control, "-m", "immediate", "stop"], **settle)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
