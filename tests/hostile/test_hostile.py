"""Ten thousand malformed and hostile requests: no 5xx, nothing told, nothing leaked, and still answering."""

import asyncio
import random
import re
from collections import Counter
from collections.abc import AsyncIterator, Iterable
from pathlib import Path

import aiohttp
import pytest

from bench.serving import NOWHERE, Command, Serving, bot_environment, free_port
from tests.hostile.attacks import ACCOUNT, Attack, attacks, slow
from tests.processes.wechat import SMALL_EAR, WeChat

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]

HOW_MANY, WARM_UP = 10_000, 5_000
SEED = 20261123
AT_ONCE = 24
ANSWERS_WITHIN_S = 8.0
UNFINISHED_S = 0.05
GROWTH_MB = 12.0
"""What the interpreter may keep after the warm-up: fragmentation and the understood utterances."""

TELLS = re.compile(rb"Traceback|File \"|line \d+|sqlalchemy|aiohttp\.|/bot/|Error:|Exception")


@pytest.fixture
async def serving(tmp_path: Path) -> AsyncIterator[Serving]:
    url = f"sqlite+aiosqlite:///{tmp_path / 'house.db'}"
    settings = bot_environment(url, ACCOUNT.environment(), NOWHERE)
    command = Command(free_port(), tmp_path / "log", SMALL_EAR, settings)
    started = await asyncio.to_thread(Serving, command)
    yield started
    await asyncio.to_thread(started.kill)


class Attacker:
    """Sends raw bytes and keeps what came back."""

    def __init__(self, port: int) -> None:
        self._port = port
        self.silent = 0
        self.statuses: Counter[int] = Counter()
        self.wrong: list[tuple[str, bytes]] = []

    async def sends(self, all_of_them: Iterable[Attack]) -> None:
        waiting = iter(all_of_them)

        async def one_after_another() -> None:
            for attack in waiting:
                self._judge(attack, await self._answer_to(attack))

        await asyncio.gather(*(one_after_another() for _ in range(AT_ONCE)))

    async def _answer_to(self, attack: Attack) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        try:
            writer.write(attack.raw)
            await writer.drain()
            return await self._read(reader, UNFINISHED_S if attack.unfinished else ANSWERS_WITHIN_S)
        except (ConnectionError, OSError):
            return b""
        finally:
            writer.transport.abort()

    async def _read(self, reader: asyncio.StreamReader, within_s: float) -> bytes:
        """What comes until the server closes the line, or until the time is up."""
        answer = b""
        try:
            async with asyncio.timeout(within_s):
                while part := await reader.read(65536):
                    answer += part
        except TimeoutError:
            self.silent += within_s == ANSWERS_WITHIN_S
        return answer

    def _judge(self, attack: Attack, answer: bytes) -> None:
        status = int(answer[9:12]) if answer.startswith(b"HTTP/1.") else 0
        self.statuses[status] += 1
        body = answer.partition(b"\r\n\r\n")[2]
        if status >= 500 or TELLS.search(body):
            self.wrong.append((attack.name, answer[:300]))


class TestAServerUnderHostileRequests:
    async def test_tells_nothing_keeps_its_memory_and_goes_on_answering(self, serving: Serving) -> None:
        attacker = Attacker(serving.command.port)
        await attacker.sends(attacks(WARM_UP, SEED))
        before_mb = serving.rss_mb
        await attacker.sends(attacks(HOW_MANY - WARM_UP, SEED + 1))
        print(dict(attacker.statuses), f"{before_mb:.0f} -> {serving.rss_mb:.0f} MB")
        assert not attacker.wrong
        assert not attacker.silent
        assert attacker.statuses[200] > HOW_MANY / 10, "hardly any hostile push got past the door"
        assert serving.process.poll() is None
        assert serving.rss_mb - before_mb < GROWTH_MB
        async with aiohttp.ClientSession() as session:
            sent = await WeChat([serving.url], session).says("要注册吗")
        assert len(sent.answers) == 1

    async def test_is_not_kept_from_answering_by_those_who_never_finish(self, serving: Serving) -> None:
        chance = random.Random(SEED)
        lines = [await asyncio.open_connection("127.0.0.1", serving.command.port) for _ in range(100)]
        for _, writer in lines:
            writer.write(slow(chance).raw)
        async with aiohttp.ClientSession() as session:
            sent = await WeChat([serving.url], session).says("要注册吗")
        assert len(sent.answers) == 1
        for _, writer in lines:
            writer.transport.abort()
