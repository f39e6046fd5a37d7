"""kill -9 at any moment: every message is answered, and none twice."""

import asyncio
import random
import sqlite3
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from statistics import median

import aiohttp
import pytest

from bench import wordings
from tests.crash.forked import Forked, forked
from tests.crash.house import SLOW
from tests.processes.wechat import Api, Sent, WeChat, api

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]

HOUSES, KILLS_EACH = 2, 25
PACE = 0.1
"""WeChat's five seconds become half a second, and our own times shrink with them."""

BETWEEN_KILLS_S = (2.1, 2.9)
"""At this pace about half a minute: longer than the life of a message, so each sees one kill at most."""

BURST = 12
SETTLED_WITHIN_S = 12.0

UNSETTLED = (
    "SELECT (SELECT count(*) FROM heard WHERE state = 'accepted')"
    " + (SELECT count(*) FROM said WHERE state IN ('riding', 'due', 'sending'))"
)
FATES = "SELECT openid, state FROM said WHERE place = 0"


class Street:
    """A house, its citizens, and somebody who pulls the plug."""

    def __init__(self, house: Forked, wechat: WeChat, seed: int) -> None:
        self._house = house
        self._wechat = wechat
        self._chance = random.Random(seed)
        self._words = wordings.known()
        self._talking: set[asyncio.Task[Sent]] = set()

    async def suffers(self, kills: int) -> None:
        await self._house.start()
        for _ in range(kills):
            await self._talks_for(self._chance.uniform(*BETWEEN_KILLS_S))
            for _ in range(BURST):
                self._says_something()
            await asyncio.sleep(self._chance.uniform(0, 0.03))
            self._house.kill()
            await self._house.start()
        await asyncio.gather(*self._talking)

    async def _talks_for(self, span_s: float) -> None:
        ends = time.monotonic() + span_s
        while time.monotonic() < ends:
            self._says_something()
            await asyncio.sleep(self._chance.expovariate(20))

    def _says_something(self) -> None:
        words = self._chance.choice(self._words)
        if self._chance.random() < 0.05:
            words += SLOW
        talking = asyncio.create_task(self._wechat.says(words))
        self._talking.add(talking)


async def settled(database: Path) -> None:
    ends = time.monotonic() + SETTLED_WITHIN_S
    while _ask(database, UNSETTLED) != [(0,)]:
        assert time.monotonic() < ends, "messages are still on their way"
        await asyncio.sleep(0.1)


def _ask(database: Path, question: str) -> list[tuple[object, ...]]:
    with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as asking:
        found: list[tuple[object, ...]] = asking.execute(question).fetchall()
    asking.close()
    return found


async def one_street(folder: Path, seed: int, counting: Api) -> tuple[Sequence[Sent], dict[str, str]]:
    async with forked(folder, PACE, counting.url) as house, aiohttp.ClientSession() as session:
        wechat = WeChat([house.url], session, PACE)
        await Street(house, wechat, seed).suffers(KILLS_EACH)
        await settled(folder / "house.db")
        house.stop()
        print(f"seed {seed}: {len(wechat.sent)} messages, a start took {median(house.starts):.2f} s")
        return wechat.sent, dict(_ask(folder / "house.db", FATES))  # type: ignore[arg-type]


class TestAHouseThatIsKilledFiftyTimes:
    async def test_answers_every_message_exactly_once(self, tmp_path_factory: pytest.TempPathFactory) -> None:
        seeds = random.Random().sample(range(10**6), HOUSES)
        folders = {seed: tmp_path_factory.mktemp(f"house{seed}") for seed in seeds}
        async with api() as counting:
            streets = await asyncio.gather(
                *(one_street(folder, seed, counting) for seed, folder in folders.items())
            )

        tally = Tally(counting)
        for sent, fates in streets:
            for each in sent:
                tally.count(each, fates.get(each.push.openid))
        print(f"{HOUSES * KILLS_EACH} kills: {tally.kinds}")
        assert not tally.wrong, f"seeds {seeds}: {tally.wrong}"
        assert tally.kinds["push cut short"] <= 10
        assert tally.kinds["never heard"] <= sum(tally.kinds.values()) / 100


class Tally:
    """What became of all messages."""

    def __init__(self, counting: Api) -> None:
        self._counting = counting
        self.kinds: Counter[str] = Counter()
        self.wrong: list[tuple[int, int, str | None]] = []

    def count(self, sent: Sent, fate: str | None) -> None:
        """One message: told once, or nobody can know, or three tries met no bot at all."""
        rode, pushed = len(sent.answers), self._counting.pushed[sent.push.openid]
        if rode + pushed == 1:
            self.kinds["rode home" if rode else "pushed"] += 1
        elif rode + pushed == 0 and fate == "unknown":
            self.kinds["push cut short"] += 1
        elif rode + pushed == 0 and fate is None and not sent.taken:
            self.kinds["never heard"] += 1
        else:
            self.wrong.append((rode, pushed, fate))
