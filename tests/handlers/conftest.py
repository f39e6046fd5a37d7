"""A house without walls: the real reception, chain, content, ear and database; only WeChat is absent."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import select

from bot import migrations
from bot.channels import wechat_words
from bot.keys import KeyRing
from bot.sealer import Sealer, place
from bot.store import Store
from faq.library import Library
from faq.loading import load_content
from handlers import outbox, records
from handlers.chain import chain
from handlers.messages import Act, Heard, Saying, Text, Words
from handlers.one_turn import OneTurn
from handlers.reception import Live, Reception
from nlu.ear import Ear, EarSettings
from nlu.keeping import learn
from nlu.together import Together

CONTENT = Path(__file__).parents[2] / "faq" / "content"
EARS = Path(__file__).parents[2] / "var" / "ears"

MONDAY_MORNING = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
"""Ten o'clock in Beijing on a workday."""


class Clock:
    """The time, moved by hand."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at

    def passes(self, **time: float) -> None:
        self.at += timedelta(**time)


@dataclass
class Citizen:
    """Somebody with a phone; what they heard in responses is in `heard`."""

    house: "House"
    openid: str
    heard: list[Saying] = field(default_factory=list)

    async def says(self, text: str, *, option: str | None = None, key: str | None = None) -> str:
        """Send words; what came back in the response, as text ("" for nothing)."""
        return await self.does(Words(text, "tapped" if option else "typed", option), key=key)

    async def taps(self, label: str) -> str:
        """Tap an option of the last message by its label."""
        option = next(option for option in self.last.options if label in option.label)
        return await self.says(option.label, option=option.id)

    async def does(self, act: Act, *, key: str | None = None) -> str:
        push = Heard(key or f"msg:{next(self.house.numbers)}", self.openid, self.house.clock(), act)
        reply = await self.house.reception.hear(push)
        self.house.clock.passes(seconds=4)
        if reply is None:
            return ""
        reply.carried()
        self.heard.append(reply.saying)
        return reply.saying.words if isinstance(reply.saying, Text) else repr(reply.saying)

    @property
    def last(self) -> Text:
        said = self.heard[-1]
        assert isinstance(said, Text)
        return said

    @property
    def options(self) -> list[str]:
        return [option.label for option in self.last.options]


@dataclass
class House:
    """The rooms and the clock."""

    store: Store
    reception: Reception
    library: Library
    clock: Clock
    numbers: "count[int]" = field(default_factory=lambda: count(1))

    def citizen(self, openid: str = "oCitizen0001") -> Citizen:
        return Citizen(self, openid)

    async def rows(self, table: str) -> list[dict[str, object]]:
        chosen = records.metadata.tables[table]
        found = await self.store.read(lambda tx: tx.execute(select(chosen)).mappings().all())
        return [dict(row) for row in found]

    async def row(self, table: str) -> dict[str, object]:
        (only,) = await self.rows(table)
        return only

    async def leaving(self) -> list[outbox.Leaving]:
        return await self.store.write(lambda tx: outbox.claim_due(tx, self.clock()))


@pytest.fixture(scope="session")
def live() -> Live:
    """The shipped content and an ear trained on it, as the bot has them."""
    library = Library(load_content(CONTENT), 1)
    ear = learn(library.training(), EarSettings(), EARS)
    return Live(library, ear, Together(ear))


@pytest.fixture
def build_house(live: Live) -> Callable[[str], House]:
    def build(url: str) -> House:
        store, clock = Store(url), Clock(MONDAY_MORNING)
        sealer = Sealer(KeyRing.grown_from("a secret for tests, long enough 0123456789"))
        reception = Reception(
            store,
            OneTurn(chain, wechat_words.parts, Ear.in_context, timedelta(minutes=30)),
            lambda: live,
            clock=clock,
            budget=timedelta(seconds=4),
            seal=lambda plain, key: sealer.seal(plain, place("heard", "sealed", key)),
            unseal=lambda sealed, key: sealer.open(sealed, place("heard", "sealed", key)),
            wake=lambda: None,
            observe=lambda taken, seconds: None,
            cache=100,
            cover=lambda plain, key: sealer.seal(plain, place("original", "sealed", key)),
        )
        return House(store, reception, live.library, clock)

    return build


@pytest.fixture
async def house(build_house: Callable[[str], House], sqlite_url: str) -> AsyncIterator[House]:
    built = build_house(sqlite_url)
    await migrations.upgrade(built.store)
    yield built
    await built.reception.close()
    await built.store.close()
