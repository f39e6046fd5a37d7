"""Stopped in the middle, a locked database, a full disk: nothing is lost, nothing falsely claimed."""

import asyncio
import resource
import sqlite3
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest

from bench.pushes import Account
from bench.serving import Command, Serving, bot_environment, free_port
from tests.processes.wechat import SMALL_EAR, Api, WeChat, api

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]

LOAD = 60
LOCKED_S = 3.0


@dataclass
class House:
    """A real server process on a SQLite file, and WeChat."""

    command: Command
    database: Path
    wechat: WeChat
    counting: Api
    serving: Serving

    def rows(self, table: str) -> int:
        asking = sqlite3.connect(self.database)
        (found,) = asking.execute(f"SELECT count(*) FROM {table}").fetchone()
        asking.close()
        return int(found)


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with api() as counting, aiohttp.ClientSession() as session:
        database = tmp_path / "house.db"
        url = f"sqlite+aiosqlite:///{database}"
        settings = bot_environment(url, Account().environment(), counting.url)
        command = Command(free_port(), tmp_path / "log", SMALL_EAR, settings)
        serving = await asyncio.to_thread(Serving, command)
        wechat = WeChat([serving.url], session)
        built = House(command, database, wechat, counting, serving)
        yield built
        await asyncio.to_thread(built.serving.kill)


@pytest.fixture
def full_disk(house: House) -> Iterator[None]:
    """No file of the server may grow, as on a full disk."""
    pid = house.serving.process.pid
    before = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (1, before[1]))
    yield
    resource.prlimit(pid, resource.RLIMIT_FSIZE, before)


class TestAServerThatIsStoppedDuringLoad:
    async def test_loses_nothing_and_repeats_nothing(self, house: House) -> None:
        talking = [asyncio.create_task(house.wechat.says("要注册吗")) for _ in range(LOAD)]
        await asyncio.wait(talking, return_when=asyncio.FIRST_COMPLETED)
        began = time.monotonic()
        await asyncio.to_thread(house.serving.stop)
        stopped_s = time.monotonic() - began
        house.serving = await asyncio.to_thread(Serving, house.command)
        sent = await asyncio.gather(*talking)
        assert [len(each.answers) for each in sent] == [1] * LOAD
        assert not house.counting.pushed
        assert house.rows("heard") == house.rows("said") == LOAD
        assert house.serving.process.poll() is None
        assert stopped_s < 5


class TestADatabaseThatIsLockedForThreeSeconds:
    async def test_only_delays_the_answer(self, house: House) -> None:
        intruder = sqlite3.connect(house.database, isolation_level=None)
        intruder.execute("BEGIN IMMEDIATE")
        talking = asyncio.create_task(house.wechat.says("要注册吗"))
        await asyncio.sleep(LOCKED_S)
        intruder.execute("ROLLBACK")
        intruder.close()
        sent = await talking
        assert len(sent.answers) == 1
        assert house.rows("heard") == house.rows("said") == 1


class TestADiskThatIsFull:
    async def test_never_says_success_for_what_it_could_not_keep(
        self, house: House, request: pytest.FixtureRequest
    ) -> None:
        await house.wechat.says("要注册吗")
        kept = house.rows("heard")
        request.getfixturevalue("full_disk")
        sent = house.wechat.write("收费吗")
        contented = await house.wechat.tries(sent)
        assert (contented, sent.taken, sent.answers) == (False, False, [])
        assert house.rows("heard") == kept

    async def test_answers_again_when_there_is_room(self, house: House) -> None:
        pid = house.serving.process.pid
        before = resource.prlimit(pid, resource.RLIMIT_FSIZE)
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (1, before[1]))
        sent = house.wechat.write("收费吗")
        assert not await house.wechat.tries(sent)
        resource.prlimit(pid, resource.RLIMIT_FSIZE, before)
        assert await house.wechat.tries(sent)
        assert len(sent.answers) == 1
