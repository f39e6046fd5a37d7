"""kill -9 at any moment: every message is answered, and none twice."""

import asyncio
import math
import random
import sqlite3
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import aiohttp
import pytest

from bench import wordings
from tests.crash.forked import Forked, forked
from tests.crash.house import SLOW
from tests.processes.wechat import Sent, WeChat, api

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

HOUSES, KILLS_EACH = 2, 25
FASTEST_PACE = 0.1
"""WeChat's five seconds become half a second, and our own times shrink alike; slower on a busy machine."""

BETWEEN_KILLS_S = (21, 29)
"""At pace 1: longer than the life of a message, so that each sees one kill at most."""

RESTART_S, LATE_RESTART_S = 4.0, 8.0
"""At pace 1: how fast a restart is meant to be; past the other one WeChat may already have given up."""

BURST = 12
SLOW_SHARE = 0.02
"""Of the messages: each occupies the ear for longer than a response may wait, so more would pile up."""

STUCK_AFTER_S = 20.0
"""A busy machine may need long for what piled up; one that works gets something done in this time."""

UNSETTLED = (
    "SELECT (SELECT count(*) FROM heard WHERE state = 'accepted')"
    " + (SELECT count(*) FROM said WHERE state IN ('riding', 'due', 'sending'))"
)
FATES = "SELECT openid, state FROM said WHERE place = 0"


@dataclass
class Street:
    """A house, its citizens, and somebody who pulls the plug. `late`: when nobody was at home."""

    house: Forked
    pace: float
    wechat: WeChat
    chance: random.Random
    words: tuple[str, ...] = field(default_factory=wordings.known)
    talking: dict[asyncio.Task[Sent], float] = field(default_factory=dict)
    late: list[tuple[float, float]] = field(default_factory=list)

    async def suffers(self, kills: int) -> None:
        for _ in range(kills):
            await self._talks_for(self.chance.uniform(*BETWEEN_KILLS_S) * self.pace)
            for _ in range(BURST):
                self._says_something()
            await asyncio.sleep(self.chance.uniform(0, 0.03))
            self.house.kill()
            killed = time.monotonic()
            if await self.house.start(self.pace) > LATE_RESTART_S * self.pace:
                self.late.append((killed, time.monotonic()))
        await asyncio.gather(*self.talking)

    def could_be_reached(self, since: float) -> bool:
        """Whether WeChat's three tries of a message said then were all that was needed."""
        life = 2 * LATE_RESTART_S * self.pace
        return not any(killed - life < since < back for killed, back in self.late)

    async def _talks_for(self, span_s: float) -> None:
        ends = time.monotonic() + span_s
        while time.monotonic() < ends:
            self._says_something()
            await asyncio.sleep(self.chance.expovariate(2 / self.pace))

    def _says_something(self) -> None:
        words = self.chance.choice(self.words)
        if self.chance.random() < SLOW_SHARE:
            words += SLOW
        self.talking[asyncio.create_task(self.wechat.says(words))] = time.monotonic()


async def comfortable_pace(house: Forked) -> float:
    """The pace at which this machine brings the house back within a few of WeChat's seconds."""
    await house.start(FASTEST_PACE)
    restarts = []
    for _ in range(3):
        house.kill()
        restarts.append(await house.start(FASTEST_PACE))
    pace = max(FASTEST_PACE, max(restarts) / RESTART_S)
    house.kill()
    await house.start(pace)
    return pace


async def settled(database: Path) -> None:
    """Wait until every message met its fate; fails when their number stops falling."""
    fewest, since = math.inf, time.monotonic()
    while left := cast("int", ask(database, UNSETTLED)[0][0]):
        if left < fewest:
            fewest, since = left, time.monotonic()
        assert time.monotonic() < since + STUCK_AFTER_S, f"{left} messages are still on their way"
        await asyncio.sleep(0.1)


def ask(database: Path, question: str) -> list[tuple[object, ...]]:
    asking = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    found: list[tuple[object, ...]] = asking.execute(question).fetchall()
    asking.close()
    return found


async def one_street(folder: Path, seed: int, tally: "Tally") -> None:
    async with api() as counting, forked(folder, counting.url) as house, aiohttp.ClientSession() as session:
        pace = await comfortable_pace(house)
        street = Street(house, pace, WeChat([house.url], session, pace), random.Random(seed))
        await street.suffers(KILLS_EACH)
        await settled(folder / "house.db")
        house.stop()
        said, late = len(street.wechat.sent), len(street.late)
        print(f"seed {seed}: pace {pace:.2f}, {said} messages, {late} late starts")
        fates = dict(ask(folder / "house.db", FATES))
        for task, since in street.talking.items():
            sent = task.result()
            if street.could_be_reached(since):
                fate = fates.get(sent.push.openid)
                tally.count(sent, counting.pushed[sent.push.openid], str(fate) if fate else None)
            else:
                tally.kinds["nobody at home"] += 1


@dataclass
class Tally:
    """What became of all messages."""

    kinds: Counter[str] = field(default_factory=Counter)
    wrong: list[tuple[int, int, str | None]] = field(default_factory=list)

    def count(self, sent: Sent, pushed: int, fate: str | None) -> None:
        """One message: told once, or nobody can know, or three tries met no bot at all."""
        rode = len(sent.answers)
        if rode + pushed == 1:
            self.kinds["rode home" if rode else "pushed"] += 1
        elif rode + pushed == 0 and fate == "unknown":
            self.kinds["push cut short"] += 1
        elif rode + pushed == 0 and fate is None and not sent.taken:
            self.kinds["never heard"] += 1
        else:
            self.wrong.append((rode, pushed, fate))


class TestAHouseThatIsKilledFiftyTimes:
    async def test_answers_every_message_exactly_once(self, tmp_path_factory: pytest.TempPathFactory) -> None:
        seeds = random.Random().sample(range(10**6), HOUSES)
        tally = Tally()
        folders = {seed: tmp_path_factory.mktemp(f"house{seed}") for seed in seeds}
        await asyncio.gather(*(one_street(folder, seed, tally) for seed, folder in folders.items()))
        print(f"{HOUSES * KILLS_EACH} kills: {tally.kinds}")
        everything = sum(tally.kinds.values())
        assert not tally.wrong, f"seeds {seeds}: {tally.wrong} of {tally.kinds}"
        assert tally.kinds["push cut short"] <= 10
        assert tally.kinds["never heard"] <= everything / 100
        assert tally.kinds["nobody at home"] <= everything / 4, "the machine is too busy to prove anything"
