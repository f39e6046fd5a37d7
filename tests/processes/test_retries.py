"""WeChat's tries at 0, 5 and 10 seconds make one turn and one reply, on SQLite and on two processes."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from sqlalchemy import select

from bench.pushes import Account
from bench.serving import Command, Serving, bot_environment, free_port
from bot.store import Store
from handlers.records import heard, said
from tests.processes.wechat import CUT_S, SMALL_EAR, Api, Sent, WeChat, api

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]

MANY = 20


@dataclass
class Street:
    """One or two processes on one database, and WeChat, which tries them in turn."""

    store: Store
    serving: list[Serving]
    wechat: WeChat
    counting: Api

    def url(self, number: int) -> str:
        return self.serving[number % len(self.serving)].url

    async def turns(self, sent: Sent) -> list[tuple[Any, ...]]:
        mine = select(said.c.place, said.c.state, heard.c.state).join(heard, heard.c.key == said.c.heard_key)
        mine = mine.where(said.c.openid == sent.push.openid)
        return await self.store.read(lambda tx: [tuple(row) for row in tx.execute(mine)])


@pytest.fixture(params=["sqlite", "postgres"])
async def street(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Street]:
    url = request.getfixturevalue(f"{request.param}_url")
    processes = 1 if request.param == "sqlite" else 2
    store = Store(url)
    with ExitStack() as stack:
        async with api() as counting, aiohttp.ClientSession() as session:
            settings = bot_environment(url, Account().environment(), counting.url)
            commands = [
                Command(free_port(), tmp_path / f"{number}.log", SMALL_EAR, settings)
                for number in range(processes)
            ]
            serving = await asyncio.gather(*(asyncio.to_thread(Serving, command) for command in commands))
            for each in serving:
                stack.callback(each.kill)
            yield Street(store, serving, WeChat([each.url for each in serving], session), counting)
    await store.close()


class TestTheSamePushThreeTimes:
    async def test_makes_one_turn_when_each_line_broke_before_the_reply(self, street: Street) -> None:
        sent = street.wechat.write("要注册吗")
        for number in range(2):
            await street.wechat.is_cut_off(sent, street.url(number))
            await asyncio.sleep(CUT_S)
        assert await street.wechat.tries(sent, street.url(2))
        assert len(sent.answers) == 1
        assert await street.turns(sent) == [(0, "carried", "done")]
        assert not street.counting.pushed

    async def test_gives_the_same_reply_to_whoever_asks_again(self, street: Street) -> None:
        sent = street.wechat.write("要注册吗")
        for number in range(3):
            assert await street.wechat.tries(sent, street.url(number))
        assert len(sent.answers) == 3
        assert len(set(sent.answers)) == 1
        assert len(await street.turns(sent)) == 1

    async def test_makes_one_turn_when_all_come_at_the_same_moment(self, street: Street) -> None:
        several = [street.wechat.write("要注册吗") for _ in range(MANY)]
        tries = [street.wechat.tries(each, street.url(number)) for each in several for number in range(3)]
        assert all(await asyncio.gather(*tries))
        for each in several:
            assert len(each.answers) == 3
            assert len(set(each.answers)) == 1
            assert len(await street.turns(each)) == 1
        assert not street.counting.pushed


class TestTwoProcessesOnOnePostgres:
    @pytest.mark.parametrize("street", ["postgres"], indirect=True)
    async def test_lose_nothing_when_one_of_them_is_killed(self, street: Street) -> None:
        talking = [asyncio.create_task(street.wechat.says("要注册吗")) for _ in range(MANY)]
        await asyncio.wait(talking, return_when=asyncio.FIRST_COMPLETED)
        street.serving[0].kill()
        street.wechat.reaches([street.url(1)])
        sent = await asyncio.gather(*talking)
        assert [len(each.answers) for each in sent] == [1] * MANY
        assert [len(await street.turns(each)) for each in sent] == [1] * MANY


class TestASecondProcessOnOneSqliteFile:
    @pytest.mark.parametrize("street", ["sqlite"], indirect=True)
    async def test_is_refused_with_the_way_out(self, street: Street, tmp_path: Path) -> None:
        environment = dict(street.serving[0].command.environment)
        second = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "bot",
            "serve",
            env={**environment, "PORT": str(free_port()), "PATH": ""},
            stderr=asyncio.subprocess.PIPE,
        )
        _, told = await asyncio.wait_for(second.communicate(), 30)
        assert second.returncode == 1
        assert "PostgreSQL" in told.decode()
        assert await street.wechat.tries(street.wechat.write("要注册吗"))
