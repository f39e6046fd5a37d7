"""A real house with a real face process, and a citizen who came from the chat to stand before the camera."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import aiohttp
import psutil
from sqlalchemy import func, select

from bench.pushes import Account
from bench.serving import Command, Serving, bot_environment, free_port
from bot.store import Store
from tests.processes.wechat import WeChat, api
from tests.verification.engines.synthesis import Puppet
from tests.verification.journey.harness import PASSPORT, Citizen
from tests.verification.journey.phone import MODELS
from tests.verification.portraits import People, as_jpeg
from verification.engines.pictures import Pixels, reduced
from verification.records import challenge

HOUSE = ("-m", "tests.verification.house")
PATIENCE_S = 60.0
POSES = {"turn_right": {"yaw": 30.0}, "turn_left": {"yaw": -32.0}, "open_mouth": {"mouth": 1.0}}
LINK = re.compile(r"http://127\.0\.0\.1:\d+/verify/open/[\w-]+")


class Said(Protocol):
    """What came of saying something: the answers that the citizen sees."""

    answers: list[str]


class Chat(Protocol):
    """A citizen's chat with the account."""

    async def says(self, words: str) -> Said: ...


@dataclass
class Answers:
    answers: list[str]


@dataclass
class StandIn:
    """The chat of one citizen in the stand-in at /simulator/."""

    session: aiohttp.ClientSession
    url: str
    openid: str = "oCitizenOfTheStandIn"

    async def follows(self) -> None:
        await self._post("citizens", {"openid": self.openid, "name": "张小明"})
        await self._post("act", {"openid": self.openid, "do": "follow"})

    async def says(self, words: str) -> Answers:
        found = await self._post("act", {"openid": self.openid, "do": "text", "text": words, "wait_s": 10})
        told = [str(bubble["body"]) for bubble in found["bubbles"] if bubble["who"] == "account"]
        return Answers(told)

    async def _post(self, path: str, body: dict[str, Any]) -> Any:
        address = f"{self.url}/simulator/control/{path}"
        async with self.session.post(address, json=body) as answer:
            assert answer.status < 300, await answer.text()
            return await answer.json()


class Actor(Citizen):
    """A citizen whose camera really sees them do what is asked; `light` is how well."""

    light: Callable[[Pixels], Pixels] = staticmethod(lambda pixels: pixels)
    portrait: Pixels
    puppet: Puppet

    async def looks_into_the_camera(self) -> str:
        """Take up a challenge, do what it asks, and send the frames."""
        headers = {"X-Form-Key": self.form_key}
        async with self.client.post("/verify/challenge", headers=headers) as answer:
            asked = await answer.json()
        poses: list[dict[str, float]] = [{}, {}]
        for step in asked["steps"]:
            poses += [POSES[step["action"]], {}]
        looks = [self.puppet.looks(**pose, shift=float(number)) for number, pose in enumerate(poses)]
        times = " ".join(str(400 * number) for number in range(len(looks)))
        frames = [("frame", as_jpeg(self.light(each))) for each in looks]
        return await self.presses("capture", frames, nonce=asked["nonce"], times=times)

    async def comes_to_the_camera(self) -> None:
        """From the chat to the face step, with the portrait on a photographed passport."""
        await self.walks_to("portrait", PASSPORT)
        await self.presses("next", [("document", as_jpeg(self.portrait))])
        assert self.step == "face", self.wrong


@dataclass
class House:
    """The server process, its database and its citizen; stands in for the room where the citizen asks it."""

    command: Command
    store: Store
    serving: Serving
    wechat: Chat
    public_url: str
    citizen: Actor = field(init=False)

    async def link(self, _openid: str = "") -> str:
        """The link that the citizen gets in the chat."""
        told = await self.wechat.says("开始身份验证")
        found = LINK.search(" ".join(told.answers))
        assert found, told.answers
        return found[0]

    async def rows(self, column: Any) -> int:
        """How many values this column has."""
        found: int = await self.store.read(lambda tx: tx.execute(select(func.count(column))).scalar())
        return found

    async def has_loaded(self) -> None:
        """Until the face process can be asked."""
        async with asyncio.timeout(PATIENCE_S), aiohttp.ClientSession() as session:
            while True:
                async with session.get(f"{self.public_url}/metrics") as answer:
                    if "nihu_face_workers_alive 1.0" in await answer.text():
                        return
                await asyncio.sleep(0.1)

    def face_process(self) -> psutil.Process:
        """The child in which faces are checked."""
        children = psutil.Process(self.serving.process.pid).children()
        return next(child for child in children if "verification.engines.worker" in child.cmdline())

    async def is_checking(self) -> None:
        """Until a challenge is used up: its check is under way."""
        async with asyncio.timeout(PATIENCE_S):
            while not await self.rows(challenge.c.used_at):  # noqa: ASYNC110 - it is another process
                await asyncio.sleep(0.02)


@asynccontextmanager
async def standing(folder: Path, url: str, who: People, *, stand_in: bool = False) -> AsyncIterator[House]:
    """A house whose citizen stands before the camera; they chat by WeChat's own wire, or in the stand-in."""
    port, store, jar = free_port(), Store(url), aiohttp.CookieJar(unsafe=True)
    public_url = f"http://127.0.0.1:{port}"
    async with (
        api() as counting,
        aiohttp.ClientSession() as session,
        aiohttp.ClientSession(public_url, cookie_jar=jar) as browser,
    ):
        environment = bot_environment(url, Account().environment(), counting.url)
        if stand_in:
            environment |= {"SIMULATOR": "on", "WECHAT_API_BASE": ""}
        serving = await asyncio.to_thread(Serving, Command(port, folder / "log", HOUSE, environment))
        chat: Chat = WeChat([public_url], session)
        house = House(serving.command, store, serving, chat, public_url)
        house.citizen = Actor(house, browser)  # type: ignore[arg-type]
        house.citizen.portrait = reduced(who.citizen, 640)
        house.citizen.puppet = Puppet(house.citizen.portrait, MODELS)
        try:
            if stand_in:
                house.wechat = StandIn(session, public_url)
                await house.wechat.follows()
            await house.has_loaded()
            await house.citizen.comes_to_the_camera()
            yield house
        finally:
            await store.close()
            await asyncio.to_thread(house.serving.kill)
