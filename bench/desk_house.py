"""A house with nothing but the desk, filled with invented conversations, and agents who look at it."""

import asyncio
import json
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from aiohttp import ClientSession, CookieJar, web
from argon2 import PasswordHasher
from sqlalchemy import Connection, insert, select

from bench.serving import ROOT, SECRET, free_port
from bot import entrance, logs, migrations, sessions, staff
from bot.channels import wechat_words
from bot.keys import KeyRing
from bot.metrics import Metrics
from bot.rights import Role
from bot.sealer import Sealer
from bot.store import Store
from faq.library import Library
from faq.loading import load_content
from handlers import records, wire
from handlers.desk import agents, listening
from handlers.desk.desk import TEMPLATES, Desk
from handlers.desk.ports import Ports
from handlers.desk.settings import DeskSettings
from handlers.messages import Text
from handlers.reception import Live
from nlu.together import Together
from nlu.understanding import Understanding

BLOCK = 50_000


class Deaf:
    """An ear that suggests nothing: the desk's own time is measured."""

    def understand(self, text: str) -> Understanding:
        """Nothing understood."""
        return Understanding(text, "fallback")

    def understand_all(self, texts: Sequence[str]) -> list[Understanding]:
        """Nothing understood of any."""
        return list(map(self.understand, texts))


@dataclass(frozen=True, slots=True)
class DeskHouse:
    """The rooms that the desk needs."""

    store: Store
    desk: Desk
    settings: DeskSettings
    url: str

    def clock(self) -> datetime:
        """Now."""
        return datetime.now(UTC)

    async def citizen_says(self, openid: str, words: str, key: str) -> None:
        """What the reception does with a message while an agent holds the thread."""
        now = self.clock()
        row = {"key": key, "openid": openid, "at": now, "kind": "Words", "words": words, "state": "done"}

        def hear(tx: Connection) -> None:
            tx.execute(insert(records.heard).values(**row))
            records.locked_citizen(tx, openid)
            listening.heard(tx, openid, now, words)

        await self.store.write(hear)

    async def cases_of(self, agent: int) -> list[int]:
        """The numbers of an agent's open cases."""
        own = records.hand_over.c.agent_id == agent
        asked = select(records.hand_over.c.id).where(own, records.hand_over.c.state == "serving")
        return await self.store.read(lambda tx: list(tx.scalars(asked)))


@dataclass(slots=True)
class Seat:
    """An agent's browser: one stream, and a pane asked for at each event."""

    id: int
    openid: str
    url: str
    session: ClientSession
    case: int = 0
    ready: asyncio.Event = field(default_factory=asyncio.Event)
    rung: asyncio.Condition = field(default_factory=asyncio.Condition)
    pane: str = ""

    async def opens(self, path: str) -> str:
        """GET a page.

        Raises:
            RuntimeError: it was not given.
        """
        async with self.session.get(self.url + path) as answer:
            if answer.status != 200:
                raise RuntimeError(f"{path}: {answer.status}")
            return await answer.text()

    async def watch(self) -> None:
        """Follow the stream; ask for the thread whenever something happened in it."""
        async with self.session.get(f"{self.url}/desk/stream?after=0") as stream:
            self.ready.set()
            async for line in stream.content:
                if line.startswith(b"data: ") and json.loads(line[6:])["mine"]:
                    self.case = self.case or json.loads(line[6:])["id"]
                    pane = await self.opens(f"/desk/case/{self.case}/log")
                    async with self.rung:
                        self.pane = pane
                        self.rung.notify_all()

    async def until_told(self, words: str) -> None:
        """Until these words stand in the pane."""
        async with self.rung:
            await self.rung.wait_for(lambda: words in self.pane)


async def open_house(url: str, folder: Path, stack: AsyncExitStack) -> DeskHouse:
    """A served desk on a free port, which says nothing while all is well."""
    logs.configure("warning")
    store, settings = Store(url), DeskSettings(offers="off", capacity=1000)
    await migrations.upgrade(store)
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    doors = entrance.build(
        store, secret=SECRET, sealer=Sealer(KeyRing.grown_from(SECRET)), metrics=Metrics(),
        clock=lambda: datetime.now(UTC), public_url=address, anchors=folder / "anchors",
        codes_required=False, folders=[TEMPLATES],
    )  # fmt: skip
    live = Live(Library(load_content(ROOT / "faq" / "content"), 1), Deaf(), Together(Deaf()))
    desk = Desk(
        Ports(
            store=store, clock=lambda: datetime.now(UTC), live=lambda: live, settings=settings,
            render=doors.pages.render, require=doors.door.require, who=doors.door.signed_in,
            still_in=doors.door.is_request_still_signed_in, note=doors.audit.note,
            fit=wechat_words.parts, wake=lambda: None, public_url=address,
        )
    )  # fmt: skip
    app = doors.application(1_000_000)
    app.add_routes(desk.routes())
    app.on_shutdown.append(desk.hang_up)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=2)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    publishing = asyncio.create_task(_publish(desk))
    stack.push_async_callback(store.close)
    stack.push_async_callback(runner.cleanup)
    stack.callback(publishing.cancel)
    return DeskHouse(store, desk, settings, address)


async def people(house: DeskHouse, how_many: int) -> list[staff.Staff]:
    """So many agents who are there."""
    hashed = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash("not used in a bench 7Q")

    def hire(tx: Connection) -> list[staff.Staff]:
        hired = [staff.add(tx, f"客服{n:03d}", Role.AGENT, hashed, house.clock()) for n in range(how_many)]
        for each in hired:
            agents.arrive(tx, each, house.settings, house.clock())
        return hired

    return await house.store.write(hire)


async def agents_at(house: DeskHouse, how_many: int, stack: AsyncExitStack) -> list[Seat]:
    """So many agents, signed in, each in a browser of their own."""
    seats = []
    for n, each in enumerate(await people(house, how_many)):
        token = await house.store.write(partial(_signed_in, staff_id=each.id, now=house.clock()))
        session = ClientSession(cookies={"session": token}, cookie_jar=CookieJar(unsafe=True))
        stack.push_async_callback(session.close)
        seats.append(Seat(each.id, f"oBench{n:06d}", house.url, session))
    return seats


async def filled(
    house: DeskHouse,
    *,
    conversations: int,
    messages: int,
    waiting: int = 0,
    held_by: Sequence[int] = (),
) -> None:
    """Invented citizens with a case each: the first wait, the next are held, the others are closed."""
    now = house.clock()
    openids = [f"oBench{n:06d}" for n in range(conversations)]
    persons = [
        {
            "openid": each,
            "holder": "bot",
            "following": True,
            "first_at": now,
            "last_at": now,
            "window_at": now,
        }
        for each in openids
    ]
    cases = [_case(each, n, now, waiting, held_by) for n, each in enumerate(openids)]
    await house.store.write(lambda tx: (tx.execute(insert(records.citizen), persons), None)[1])
    await house.store.write(lambda tx: (tx.execute(insert(records.hand_over), cases), None)[1])
    body = wire.pack(Text("请到光线好的地方再试一次。"))
    for start in range(0, messages // 2, BLOCK):
        heard = [_heard(openids, n, now) for n in range(start, min(start + BLOCK, messages // 2))]
        said = [
            {"openid": row["openid"], "author": "bot", "body": body, "state": "carried", "at": row["at"],
             "not_before": row["at"]} for row in heard
        ]  # fmt: skip

        def write(tx: Connection, heard: list = heard, said: list = said) -> None:  # type: ignore[type-arg]
            tx.execute(insert(records.heard), heard)
            tx.execute(insert(records.said), said)

        await house.store.write(write)


def _case(openid: str, n: int, now: datetime, waiting: int, held_by: Sequence[int]) -> dict[str, object]:
    at = now - timedelta(minutes=n)
    held = waiting <= n < waiting + len(held_by)
    state = "waiting" if n < waiting else "serving" if held else "closed"
    is_closed = state == "closed"
    return {
        "openid": openid,
        "reason": "asked",
        "summary": "{}",
        "state": state,
        "at": at,
        "last_at": now,
        "agent_id": held_by[n - waiting] if held else None,
        "waiting_since": None if is_closed else at,
        "closed_at": at if is_closed else None,
        "outcome": "answered" if is_closed else None,
    }


def _heard(openids: Sequence[str], n: int, now: datetime) -> dict[str, object]:
    return {
        "key": f"bench:old:{n}", "openid": openids[n % len(openids)], "at": now - timedelta(seconds=n),
        "kind": "Words", "words": "刷脸还是通不过", "state": "done",
    }  # fmt: skip


def _signed_in(tx: Connection, staff_id: int, now: datetime) -> str:
    return sessions.open_session(tx, staff_id, now, browser="", address="")


async def _publish(desk: Desk) -> None:
    while True:
        await desk.publish_new()
        await asyncio.sleep(0.25)
