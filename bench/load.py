"""The load generator: one closed loop for each client, in a process of its own.

Pushes are made before the clock starts and replies are opened after it stops, so that the generator's
own cryptography takes no time from the server that shares the machine.
"""

import asyncio
import secrets
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import aiohttp

from bench.pushes import Account, Push


@dataclass(frozen=True, slots=True)
class Cell:
    """One round: so many clients say these words, each as a citizen of their own, for so long at most."""

    url: str
    clients: int
    words: Sequence[str] = field(repr=False)
    lasts_s: float
    echoes: bool = True
    """Whether a reply in words is due; the bare server says `success`."""


@dataclass(frozen=True, slots=True)
class Round:
    """What came of a round; `late` turns were answered `success`, and their words are pushed later."""

    turns: int
    late: int
    lasted_s: float
    latencies_ms: Sequence[float] = field(repr=False)

    @property
    def per_s(self) -> float:
        """Turns per second."""
        return self.turns / self.lasted_s


class Unanswered(AssertionError):
    """A push was refused: the figures would mean nothing."""


def play(cell: Cell) -> Round:
    """Play one round; to be called in a worker process.

    Raises:
        Unanswered: a status other than 200.
    """
    account = Account()
    pushes = [
        account.text(f"o{secrets.token_hex(13)}", str(secrets.randbits(62)), words) for words in cell.words
    ]
    return asyncio.run(_play(cell, account, pushes))


async def _play(cell: Cell, account: Account, pushes: Sequence[Push]) -> Round:
    heard: list[tuple[Push, int, bytes]] = []
    latencies: list[float] = []
    left = iter(pushes)
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector, timeout=aiohttp.ClientTimeout(20)) as session:
        began = time.perf_counter()
        ends = began + cell.lasts_s

        async def client() -> None:
            for push in _until(ends, left):
                sent = time.perf_counter()
                url = f"{cell.url}/wechat?{push.query}"
                async with session.post(
                    url, data=push.body, headers={"Content-Type": "text/xml"}
                ) as response:
                    heard.append((push, response.status, await response.read()))
                latencies.append((time.perf_counter() - sent) * 1000)

        await asyncio.gather(*(client() for _ in range(cell.clients)))
        lasted = time.perf_counter() - began
    in_time = sum(_rode_home(account, push, status, body) for push, status, body in heard)
    return Round(len(heard), len(heard) - in_time if cell.echoes else 0, lasted, sorted(latencies))


def _until(ends: float, left: Iterator[Push]) -> Iterator[Push]:
    while time.perf_counter() < ends and (push := next(left, None)):
        yield push


def _rode_home(account: Account, push: Push, status: int, body: bytes) -> bool:
    if status != 200:
        raise Unanswered(f"status {status}: {body[:80]!r}")
    return account.words_of(body, push.openid) is not None
