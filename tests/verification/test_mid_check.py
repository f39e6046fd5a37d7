"""The house is killed, or loses its database, while a face is checked: no event is lost, no try charged."""

import asyncio
import resource
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
import psutil
import pytest

from bench.serving import Serving
from tests.verification.journey.phone import who
from tests.verification.portraits import People
from tests.verification.street import PATIENCE_S, House, standing
from verification.records import event

__all__ = ["who"]

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]


@pytest.fixture
async def house(tmp_path: Path, sqlite_url: str, who: People) -> AsyncIterator[House]:
    async with standing(tmp_path, sqlite_url, who) as built:
        yield built


@pytest.fixture
async def house_on_postgres(tmp_path: Path, postgres_url: str, who: People) -> AsyncIterator[House]:
    async with standing(tmp_path, postgres_url, who) as built:
        yield built


class TestAHouseThatIsKilledDuringACheck:
    async def test_finds_the_citizen_where_they_stood_and_takes_the_next_try_as_the_first(
        self, house: House
    ) -> None:
        citizen, events = house.citizen, await house.rows(event.c.number)
        path, mark = citizen.path, citizen.mark
        worker = house.face_process()
        worker.suspend()
        checking = asyncio.create_task(citizen.looks_into_the_camera())
        await house.is_checking()
        house.serving.kill()
        with pytest.raises(aiohttp.ClientError):
            await checking
        worker.resume()
        await asyncio.to_thread(worker.wait, PATIENCE_S)  # nobody is left behind

        house.serving = await asyncio.to_thread(Serving, house.command)
        await house.has_loaded()
        await citizen.goes_to(path)
        assert (citizen.mark, await house.rows(event.c.number)) == (mark, events)
        assert "还可以试" not in citizen.html
        await citizen.looks_into_the_camera()
        assert citizen.step == "face_confirm", citizen.wrong


class TestADatabaseThatGoesAwayDuringACheck:
    async def test_is_apologised_for_and_charges_nothing(self, house_on_postgres: House) -> None:
        house = house_on_postgres
        citizen, events = house.citizen, await house.rows(event.c.number)
        path, mark = citizen.path, citizen.mark
        worker = house.face_process()
        worker.suspend()
        checking = asyncio.create_task(citizen.looks_into_the_camera())
        await house.is_checking()
        close_the_doors(house.store.url.render_as_string(hide_password=False))
        worker.resume()
        await checking
        assert citizen.status == 500
        assert "不是您的错" in citizen.html

        open_the_doors(house.store.url.render_as_string(hide_password=False))
        await citizen.goes_to(path)
        assert (citizen.mark, await house.rows(event.c.number)) == (mark, events)
        assert "还可以试" not in citizen.html
        await citizen.looks_into_the_camera()
        assert citizen.step == "face_confirm", citizen.wrong

    async def test_that_is_full_is_no_different(self, house: House) -> None:
        citizen, events = house.citizen, await house.rows(event.c.number)
        path, mark, pid = citizen.path, citizen.mark, house.serving.process.pid
        worker = house.face_process()
        worker.suspend()
        checking = asyncio.create_task(citizen.looks_into_the_camera())
        await house.is_checking()
        before = resource.prlimit(pid, resource.RLIMIT_FSIZE)
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (1, before[1]))
        worker.resume()
        await checking
        assert citizen.status == 500

        resource.prlimit(pid, resource.RLIMIT_FSIZE, before)
        await citizen.goes_to(path)
        assert (citizen.mark, await house.rows(event.c.number)) == (mark, events)
        await citizen.looks_into_the_camera()
        assert citizen.step == "face_confirm", citizen.wrong


class TestAFaceProcessThatIsKilledDuringACheck:
    async def test_is_replaced_and_the_citizen_notices_nothing(self, house: House) -> None:
        worker = house.face_process()
        worker.suspend()
        checking = asyncio.create_task(house.citizen.looks_into_the_camera())
        await house.is_checking()
        worker.kill()
        await checking
        assert house.citizen.step == "face_confirm", house.citizen.wrong
        assert not psutil.pid_exists(worker.pid)


def close_the_doors(url: str) -> None:
    """Nobody gets in any more, and who was inside is put out."""
    server, name = _server_and_name(url)
    _sql(server, f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
    _sql(server, f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")


def open_the_doors(url: str) -> None:
    server, name = _server_and_name(url)
    _sql(server, f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')


def _server_and_name(url: str) -> tuple[str, str]:
    plain = urlsplit(url.replace("+asyncpg", ""))
    return plain._replace(path="/postgres").geturl(), plain.path.removeprefix("/")


def _sql(server: str, words: str) -> None:
    subprocess.run(["psql", "-q", server, "-c", words], check=True, capture_output=True)
