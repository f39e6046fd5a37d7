"""What all tests share: a real SQLite file or a real PostgreSQL, and the data beside the repository."""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from playwright.async_api import expect

# How long a busy machine takes for an example, or to draw a page, says nothing about the rule.
settings.register_profile("house", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("house")
expect.set_options(timeout=30_000)

SHARED = Path(__file__).parents[1].parent / "shared"


@pytest.fixture(scope="session")
def shared() -> Path:
    if not SHARED.is_dir():
        pytest.skip("the shared test data (../shared) is not beside this repository")
    return SHARED


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The address of a real PostgreSQL server of our own, in a temporary folder, on a free port."""
    binaries = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    if not binaries:
        pytest.skip("no PostgreSQL server is installed (/usr/lib/postgresql is missing)")
    folder = Path(tempfile.mkdtemp(prefix="pg"))
    port = free_port()
    as_whom = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    if as_whom:
        shutil.chown(folder, "postgres")
    run = lambda *words: subprocess.run([*as_whom, *words], check=True, capture_output=True, cwd="/")  # noqa: E731
    run(
        str(binaries[-1] / "initdb"),
        "-D",
        str(folder / "data"),
        "-A",
        "trust",
        "-U",
        "postgres",
        "-E",
        "UTF8",
    )
    options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off -c max_connections=200"
    control = str(binaries[-1] / "pg_ctl")
    run(control, "-D", str(folder / "data"), "-l", str(folder / "log"), "-w", "-o", options, "start")
    yield f"postgresql+asyncpg://postgres@127.0.0.1:{port}"
    run(control, "-D", str(folder / "data"), "-m", "immediate", "stop")
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    return f"sqlite+aiosqlite:///{tmp_path / 'house.db'}"


@pytest.fixture
def postgres_url(postgres: str) -> Iterator[str]:
    """An empty database of its own."""
    name = f"house_{os.urandom(6).hex()}"
    server = postgres.replace("+asyncpg", "")
    subprocess.run(["psql", "-q", f"{server}/postgres", "-c", f"CREATE DATABASE {name}"], check=True)
    yield f"{postgres}/{name}"
    subprocess.run(
        ["psql", "-q", f"{server}/postgres", "-c", f"DROP DATABASE {name} WITH (FORCE)"], check=True
    )


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest) -> str:
    """Each test with this fixture runs on SQLite and on PostgreSQL."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
