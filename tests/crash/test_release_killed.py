"""kill -9 while a release goes live: the old one or the new one, whole, and the same on every process."""

import asyncio
import random
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pytest
from aiohttp import ClientSession, ClientTimeout
from sqlalchemy import Connection, select

from bench.releases import Seat, answer, approved, hire, until_all_answer
from bench.serving import NOWHERE
from bot.audit import entries
from bot.store import Store
from faq import records
from faq.editor import candidates
from tests.crash.forked import Forked, forked

pytestmark = [pytest.mark.slow, pytest.mark.timeout(500)]

PACE = 0.25
"""The loops of the house turn four times as fast, and so does the one that follows releases."""

KILLS = 8
FOLLOWED_WITHIN_S = 120.0
"""Long past anything but never: what counts is which release is heard, not when."""


@dataclass
class Office:
    """One house on SQLite or two on PostgreSQL, and a reviewer with a browser at each of them."""

    store: Store
    houses: list[Forked]
    seats: list[Seat]
    citizens: ClientSession
    words: str = ""
    """What stands in the answer of the live release."""
    number: int = 1
    lasts_s: float = 0
    """How long a release takes that nobody disturbs."""
    outcomes: list[str] = field(default_factory=list)

    async def prepares(self, words: str) -> int:
        """An approved candidate with these words."""
        return await self.store.write(partial(approved, answer=words))

    async def releases_undisturbed(self) -> None:
        words = "没有人打扰的一版。"
        id_ = await self.prepares(words)
        form = await self.seats[0].form(page_of(id_))
        began = time.monotonic()
        assert await self.seats[0].sends(f"{page_of(id_)}/release", form) == 303
        self.lasts_s = time.monotonic() - began
        await self.has_released(id_, words)

    async def is_killed_in(self, place: int, words: str, after_s: float | None) -> bool:
        """A release that is begun at one house, which dies so much later (None: when it has said so)."""
        id_, seat, house = await self.prepares(words), self.seats[place], self.houses[place]
        form = await seat.form(page_of(id_))
        others = [each.url for each in self.houses if each is not house]
        async with self.overheard(others, words):
            releasing = asyncio.create_task(seat.sends(f"{page_of(id_)}/release", form))
            if after_s is None:
                assert await releasing == 303
            else:
                await asyncio.sleep(after_s)
            house.kill()
            await asyncio.gather(releasing, return_exceptions=True)
            await house.start(PACE)
            is_live = await self.store.read(partial(is_whole, was=self.number, id_=id_))
            if is_live:
                await self.has_released(id_, words)
            else:
                await self.all_answer(self.words)
        self.outcomes.append("new" if is_live else "old")
        if not is_live:
            assert await seat.releases(id_) == 303
            await self.has_released(id_, words)
        return is_live

    async def has_released(self, id_: int, words: str) -> None:
        """The candidate is the live release, whole, and every house answers with its words."""
        assert await self.store.read(partial(is_whole, was=self.number, id_=id_))
        await self.all_answer(words)
        self.words, self.number = words, self.number + 1

    async def all_answer(self, words: str) -> None:
        async with asyncio.timeout(FOLLOWED_WITHIN_S):
            await until_all_answer(self.citizens, [house.url for house in self.houses], words)

    def overheard(self, urls: list[str], words: str) -> "Overheard":
        return Overheard(self.citizens, urls, self.words, words)


@dataclass
class Overheard:
    """What the houses that are not killed say all the while: the old words, then perhaps the new ones."""

    citizens: ClientSession
    urls: list[str]
    old: str
    new: str
    heard: dict[str, list[str]] = field(default_factory=dict)
    tasks: list[asyncio.Task[None]] = field(default_factory=list)

    async def __aenter__(self) -> None:
        self.tasks = [asyncio.create_task(self.listens(url)) for url in self.urls]

    async def __aexit__(self, *_: object) -> None:
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        for said in self.heard.values():
            which = ["new" if self.new in words else "old" if self.old in words else words for words in said]
            assert which == sorted(which, reverse=True), "neither the old nor the new, or back again"

    async def listens(self, url: str) -> None:
        while True:
            said = await answer(self.citizens, url)
            if said is not None:
                self.heard.setdefault(url, []).append(said)
            await asyncio.sleep(0.05)


def page_of(candidate: int) -> str:
    return f"/content/candidates/{candidate}"


def is_whole(tx: Connection, was: int, id_: int) -> bool:
    """Whether the candidate is live; nothing of a release may be there by halves, whichever it is."""
    live = tx.scalars(select(records.faq_live.c.number)).all()
    assert live in ([was], [was + 1])
    is_live = live == [was + 1]
    assert records.newest_number(tx) == live[0], "a release that nobody ever made live"
    release = records.live_release(tx)
    assert release is not None
    assert release.content.fingerprint() == release.fingerprint
    found = candidates.candidate(tx, id_)
    assert (found.state, found.released) == (("released", was + 1) if is_live else ("approved", None))
    assert (found.fingerprint == release.fingerprint) == is_live
    noted = [entry.action for entry in entries(tx, about=f"candidate:{id_}")]
    assert noted == ["content.release"] * is_live
    return is_live


@pytest.fixture(params=["sqlite", "postgres"])
async def office(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Office]:
    url = request.getfixturevalue(f"{request.param}_url")
    async with AsyncExitStack() as stack:
        count = 1 if request.param == "sqlite" else 2
        houses = [await stack.enter_async_context(forked(tmp_path, NOWHERE, url)) for _ in range(count)]
        for house in houses:
            await house.start(PACE)
        store = Store(url)
        stack.push_async_callback(store.close)
        citizens = await stack.enter_async_context(ClientSession(timeout=ClientTimeout(10)))
        seats = [Seat.at(house.url, await store.write(hire)) for house in houses]
        for seat in seats:
            stack.push_async_callback(seat.session.close)
        built = Office(store, houses, seats, citizens)
        await built.releases_undisturbed()
        yield built


class TestAHouseThatIsKilledDuringARelease:
    async def test_has_the_old_release_or_the_new_one_on_every_process(self, office: Office) -> None:
        chance = random.Random()
        after_s = chance.random() * office.lasts_s
        for n in range(KILLS):
            is_live = await office.is_killed_in(n % len(office.houses), f"第 {n} 次的一版。", after_s)
            step_s = chance.random() * office.lasts_s  # earlier or later, and so ever nearer to the commit
            after_s = max(0.0, after_s - step_s if is_live else after_s + step_s)
        print(f"a release takes {office.lasts_s:.2f} s; {KILLS} kills: {office.outcomes}")

    async def test_has_the_new_one_when_it_was_killed_right_after_it_said_so(self, office: Office) -> None:
        assert await office.is_killed_in(0, "说了就算的一版。", after_s=None)
