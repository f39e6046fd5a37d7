"""Somebody with a phone, without its browser: opens links, reads pages, presses buttons."""

import html
import io
import re
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
from aiohttp.test_utils import TestClient, TestServer
from PIL import Image

from tests.verification.journey.world import CARD, PERSON, PHONE, World
from verification.people import Identity

PNG = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9"
    "awAAAABJRU5ErkJggg=="
)


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
