"""A real house with a real face process, and a citizen who came from the chat to stand before the camera."""

import asyncio
import re
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import psutil
from sqlalchemy import func, select

from bench.serving import Command, Serving
from bot.store import Store
from tests.processes.wechat import WeChat
from tests.verification.engines.synthesis import Puppet
from tests.verification.journey.harness import PASSPORT, Citizen
from tests.verification.portraits import as_jpeg
from verification.engines.pictures import Pixels
from verification.records import challenge

HOUSE = ("-m", "tests.verification.house")
PATIENCE_S = 60.0
POSES = {"turn_right": {"yaw": 30.0}, "turn_left": {"yaw": -32.0}, "open_mouth": {"mouth": 1.0}}
LINK = re.compile(r"http://127\.0\.0\.1:\d+/verify/open/[\w-]+")


class Actor(Citizen):
    """A citizen whose camera really sees them do what is asked."""

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
        frames = [("frame", as_jpeg(each)) for each in looks]
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
    wechat: WeChat
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
