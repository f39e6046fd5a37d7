"""The room with a real store, a real sealer and a clock moved by hand; and citizens who walk through it.

`python -m tests.verification.journey.harness [PORT]` serves it to look at; it prints a link.
"""

import asyncio
import html
import io
import re
import secrets
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import aiohttp
import numpy as np
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from PIL import Image
from sqlalchemy import Connection

from bot.audit import Audit
from bot.keys import KeyRing
from bot.records import metadata as house_metadata
from bot.sealer import Sealer
from bot.store import Store
from verification import building, links, matters, people
from verification.building import Choice
from verification.engines.face import (
    Capture,
    Challenge,
    Check,
    FaceOutcome,
    PoorPicture,
    PortraitKind,
    Template,
)
from verification.matters import Business, Order
from verification.pages import OAuth, Pages
from verification.people import Identity
from verification.ports import Face, Sms
from verification.provided import Provided
from verification.records import metadata
from verification.verifier import Verifier

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
        receipt_seed=bytes(32),
        choice=choice or Choice(),
        sms=sms,
        rng=Random(7),
    )

    async def scene_url(scene: str) -> str:
        return f"{public_url}/simulator/scan?scene={scene}"

    app = web.Application()
    app.add_routes(Pages(verifier, scene_url=scene_url, front=FRONT, oauth=oauth).routes())
    return World(store, clock, house, engine, verifier, app, public_url)


@asynccontextmanager
async def opened(folder: Path, **more: Any) -> AsyncIterator[World]:
    world = await build(folder, **more)
    try:
        yield world
    finally:
        await world.store.close()


class Citizen:
    """Somebody with a phone, without its browser: opens links, reads pages, presses buttons."""

    def __init__(self, world: World, client: "TestClient[Any, Any]", openid: str = "o-citizen") -> None:
        self.world, self.client, self.openid = world, client, openid
        self.html, self.path, self.status = "", "", 0
        self.seen: list[tuple[str, str]] = []

    async def opens(self, link: str = "") -> str:
        link = link or await self.world.link(self.openid)
        return await self.goes_to(link.removeprefix(self.world.public_url))

    async def goes_to(self, path: str) -> str:
        async with self.client.get(path) as answer:
            return await self._reads(answer)

    async def presses(self, button: str = "", files: Sequence[tuple[str, bytes]] = (), **fields: str) -> str:
        """Send the form of the page that is open; what it leads to."""
        return await self.sends(
            {"mark": self.mark, "form_key": self.form_key, "button": button, **fields}, files
        )

    async def sends(self, fields: dict[str, str], files: Sequence[tuple[str, bytes]] = ()) -> str:
        form = aiohttp.FormData(default_to_multipart=bool(files))
        for name, value in fields.items():
            form.add_field(name, value)
        for name, content in files:
            form.add_field(name, io.BytesIO(content), filename="x.jpg", content_type="image/jpeg")
        async with self.client.post(self.path, data=form) as answer:
            return await self._reads(answer)

    async def fills_in(self, who: Identity = PERSON, **other: str) -> str:
        typed = {"name": who.name, "kind": who.kind, "number": who.number} | other
        return await self.presses("next", (), **typed)

    async def looks_into_the_camera(self) -> str:
        headers = {"X-Form-Key": self.form_key}
        async with self.client.post("/verify/challenge", headers=headers) as answer:
            asked = await answer.json()
        frames = [("frame", b"\xff\xd8\xff" + bytes([n])) for n in range(5)]
        return await self.presses("capture", frames, nonce=asked["nonce"], times="0 200 400 600 800")

    async def signs(self) -> str:
        strokes = '[{"points":[' + ",".join('{"x":1,"y":2}' for _ in range(20)) + "]}]"
        return await self.presses("sign", picture=PNG, strokes=strokes)

    async def walks_to(self, step: str, who: Identity = PERSON) -> str:
        """The shortest way to a step, from wherever the page is now."""
        await self.opens()
        ways: dict[str, Callable[[], Any]] = {
            "entry": lambda: self.fills_in(who),
            "consent": lambda: self.presses("agree", agree="yes"),
            "notices": lambda: self.presses("next", read="yes"),
            "agreement": lambda: self.presses("agree"),
            "bankcard": lambda: self.presses("next", card=CARD, phone=PHONE),
            "code": lambda: self.presses("next", code=PHONE[-6:]),
            "portrait": lambda: self.presses("next", [("document", a_jpeg())]),
            "face": self.looks_into_the_camera,
            "face_confirm": lambda: self.presses("mine"),
            "todos": lambda: self.presses("", matter=self.matter),
            "business": lambda: self.presses("confirm"),
            "face_again": self.looks_into_the_camera,
            "sign": self.signs,
        }
        while self.step != step:
            here = self.step
            await ways[here]()
            assert self.step != here, f"stuck at {here}: {self.wrong}"
        return self.html

    @property
    def step(self) -> str:
        return self.path.rpartition("/")[2]

    @property
    def mark(self) -> str:
        return self._hidden("mark")

    @property
    def form_key(self) -> str:
        return self._hidden("form_key")

    @property
    def matter(self) -> str:
        found = re.search(r'name="matter" value="(\w+)"', self.html)
        return found[1] if found else ""

    @property
    def wrong(self) -> list[str]:
        """The sentences of the summary."""
        box = re.search(r'id="summary".*?</div>', self.html, re.S)
        items = re.findall(r"<li>(.*?)</li>", box[0], re.S) if box else []
        return [html.unescape(re.sub(r"<[^>]+>", "", each)).strip() for each in items]

    @property
    def heading(self) -> str:
        found = re.search(r"<h1[^>]*>(.*?)</h1>", self.html)
        return html.unescape(found[1]) if found else ""

    def _hidden(self, name: str) -> str:
        found = re.search(rf'name="{name}" value="([^"]*)"', self.html)
        return found[1] if found else ""

    async def _reads(self, answer: aiohttp.ClientResponse) -> str:
        self.html, self.path, self.status = (
            await answer.text(errors="replace"),
            answer.url.path,
            answer.status,
        )
        self.seen += [(str(each.url), "") for each in answer.history] + [(str(answer.url), self.html)]
        return self.html


PNG = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9"
    "awAAAABJRU5ErkJggg=="
)


def a_jpeg(shade: int = 128) -> bytes:
    """A small picture of one colour."""
    made = io.BytesIO()
    Image.new("RGB", (64, 64), (shade, shade, shade)).save(made, "JPEG")
    return made.getvalue()


@asynccontextmanager
async def a_citizen(world: World, openid: str = "o-citizen") -> AsyncIterator[Citizen]:
    jar = aiohttp.CookieJar(unsafe=True)
    server = TestServer(world.app)
    async with TestClient(server, cookie_jar=jar) as client:
        yield Citizen(world, client, openid)


async def serve(port: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        url = f"http://127.0.0.1:{port}"
        async with opened(Path(folder), public_url=url, clock=Clock(datetime.now(UTC))) as world:
            world.clock.__class__.__call__ = lambda self: datetime.now(UTC)  # type: ignore[method-assign]
            await world.enrol()
            await world.push()
            runner = web.AppRunner(world.app)
            await runner.setup()
            await web.TCPSite(runner, "127.0.0.1", port).start()
            print(await world.link(), flush=True)
            await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]) if len(sys.argv) > 1 else 8099))
