"""The room with a real store and sealer, a clock moved by hand, and a marked test engine for the face."""

import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
from aiohttp import web
from sqlalchemy import Connection

from bot.audit import Audit
from bot.keys import KeyRing
from bot.records import metadata as house_metadata
from bot.sealer import Sealer
from bot.store import Store
from verification import building, links, matters, people
from verification.asides import Advice
from verification.building import Choice
from verification.cases import untold_verdicts
from verification.engines.captures import Capture, PortraitKind, Template
from verification.engines.challenge import Challenge
from verification.engines.outcomes import Check, FaceOutcome, PoorPicture
from verification.matters import Business, Order
from verification.pages import Pages
from verification.people import Identity
from verification.ports import BankCards, Face, IdentityRegistry, Sms
from verification.provided import Provided
from verification.records import metadata
from verification.verifier import Verifier
from verification.way_in import OAuth

ROOT = Path(__file__).parents[3]
FRONT = ROOT / "var" / "front"
CANARY = "11010519491231002X"
PERSON = Identity("resident_id", CANARY, "张小明")
PASSPORT = Identity("foreign_passport", "P1234567", "ANNA SMITH")
CARD, PHONE = "6222020000000000000", "13800138000"


class Clock:
    """Time that passes when it is told to."""

    def __init__(self, now: datetime | None = None) -> None:
        self.now = now or datetime(2026, 11, 23, 1, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def passes(self, **span: float) -> None:
        self.now += timedelta(**span)


@dataclass
class TestFace:
    """A TEST ENGINE: looks at nothing and says what it was told to say, else "match"."""

    __test__ = False
    script: list[FaceOutcome | Exception] = field(default_factory=list)
    portrait: Template | PoorPicture | None = None
    seen: list[Capture] = field(default_factory=list)

    async def check(
        self, capture: Capture, template: Template | None, challenge: Challenge | None = None
    ) -> FaceOutcome:
        self.seen.append(capture)
        done = {Check.QUALITY, Check.LIKENESS} | ({Check.CHALLENGE} if challenge else set())
        said = self.script.pop(0) if self.script else FaceOutcome("match", (), frozenset(done), 0)
        if isinstance(said, Exception):
            raise said
        return said

    async def enrol(self, picture: bytes, kind: PortraitKind = "portrait") -> Template | PoorPicture:
        return self.portrait or a_template()


def a_template() -> Template:
    vector = np.zeros(128, dtype="<f4")
    vector[0] = 1
    return Template(vector.tobytes())


@dataclass
class World:
    """The room, built as the house builds it."""

    store: Store
    clock: Clock
    house: Provided
    face: Any
    verifier: Verifier
    app: web.Application
    public_url: str
    scenes: list[str] = field(default_factory=list)
    gives_codes: bool = True
    advice: dict[str, Advice] = field(default_factory=dict)

    async def link(self, openid: str = "o-citizen") -> str:
        made = links.Links(self.public_url, self.clock)
        return await self.store.write(lambda tx: made.link_for(tx, openid))

    async def enrol(self, who: Identity = PERSON, template: Template | None = None, **more: Any) -> None:
        one = template or a_template()
        await self.store.write(lambda tx: people.enrol(tx, who, one, self.house, **more))

    async def push(
        self, title: str = "公司设立登记确认", who: Identity = PERSON, **more: Any
    ) -> matters.Matter:
        lines = (("公司名称", "杭州好运来商贸有限公司"), ("登记事项", title), ("您的身份", "股东"))
        order = Order(
            "registry", secrets.token_hex(8), secrets.token_hex(32), who, Business(title, lines), **more
        )
        return (await self.store.write(lambda tx: matters.receive(tx, order, self.house)))[0]

    async def read(self, work: Callable[[Connection], Any]) -> Any:
        return await self.store.read(work)


async def build(
    folder: Path,
    *,
    url: str = "",
    face: Face | None = None,
    public_url: str = "http://127.0.0.1:8080",
    choice: Choice | None = None,
    sms: Sms | None = None,
    registry: IdentityRegistry | None = None,
    cards: BankCards | None = None,
    oauth: OAuth | None = None,
    clock: Clock | None = None,
) -> World:
    """Everything, on a fresh database."""
    store, clock = Store(url or f"sqlite+aiosqlite:///{folder / 'house.db'}"), clock or Clock()
    sealer = Sealer(KeyRing.grown_from(secrets.token_urlsafe(48)))
    await store.write(metadata.create_all)
    await store.write(house_metadata.create_all)
    house = Provided(
        store.write,
        store.read,
        clock,
        sealer.seal_bytes,
        sealer.open_bytes,
        sealer.blind_index,
        Audit(clock).note,
    )
    engine = face or TestFace()
    verifier = building.build(
        house,
        engine,
        public_url=public_url,
        receipt_seeds=[bytes(32)],
        choice=choice or Choice(),
        sms=sms,
        registry=registry,
        cards=cards,
        rng=Random(7),
    )

    app = web.Application()
    world = World(store, clock, house, engine, verifier, app, public_url)

    async def scene_url(scene: str) -> str:
        world.scenes.append(scene)
        return f"{public_url}/simulator/scan?scene={scene}" if world.gives_codes else ""

    pages = Pages(verifier, scene_url=scene_url, advice=world.advice.get, front=FRONT, oauth=oauth)
    app.add_routes(pages.routes())
    return world


@asynccontextmanager
async def opened(folder: Path, **more: Any) -> AsyncIterator[World]:
    world = await build(folder, **more)
    try:
        yield world
    finally:
        await world.store.close()


async def outcomes(world: World) -> list[str]:
    """What waits to be told in the chat."""
    return [one.outcome for one in await world.read(untold_verdicts)]
