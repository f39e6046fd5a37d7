"""WeChat's side of the door: it signs, seals and posts; and a clock that is moved by hand."""

import asyncio
import json
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from bot.channels import wechat_xml
from bot.channels.wechat_crypto import PushCrypto
from bot.channels.wechat_door import Mode, WeChatDoor
from handlers.messages import Heard, Saying
from handlers.reception import Reply

SHARED = Path(os.environ.get("SHARED_DATA", Path(__file__).parents[2].parent / "shared"))
CONFORMANCE = SHARED / "wechat-conformance"

APP_ID = "wx0123456789abcdef"
TOKEN = "a-token-of-ours"
KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
OLD_KEY = "AdiqDDDvUNCeE1ZW5XJmjf9fqNBJpGBs4vL4cHKmHBS"
NOON = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)


def conformance(name: str) -> list[dict[str, Any]]:
    """One list of the conformance data; skips aloud where it is not beside the repository."""
    path = CONFORMANCE / name
    if not path.exists():
        pytest.skip(f"no WeChat conformance data: {path.name} is not in ../shared/wechat-conformance")
    return list(json.loads(path.read_text("utf-8")))


@dataclass
class Clock:
    now: datetime = NOON

    def __call__(self) -> datetime:
        return self.now

    def move(self, by: timedelta) -> None:
        self.now += by


@dataclass
class WeChat:
    """Plays the platform: pushes to the door and remembers what the conversation heard."""

    http: "TestClient[web.Request, web.Application]"
    clock: Clock
    heard: list[Heard] = field(default_factory=list)
    says: Saying | None = None
    fault: Exception | None = None
    crypto: PushCrypto = field(default_factory=lambda: PushCrypto(TOKEN, APP_ID, (KEY,)))

    carried: int = 0

    async def hear(self, heard: Heard) -> Reply | None:
        self.heard.append(heard)
        if self.fault:
            raise self.fault
        return Reply(self.says, self._carry) if self.says is not None else None

    def _carry(self) -> None:
        self.carried += 1

    async def posts(self, body: str | bytes, **changed: str) -> tuple[int, str]:
        """An open push with a right `signature`."""
        timestamp, nonce = str(int(self.clock().timestamp())), "486452656"
        query = {"timestamp": timestamp, "nonce": nonce, **changed}
        query.setdefault("signature", self.crypto.sign(query["timestamp"], query["nonce"]))
        return await self._post(body, query)

    async def seals(
        self, body: str, crypto: PushCrypto | None = None, *, as_json: bool = False, **changed: str
    ) -> tuple[int, str]:
        """A push in an envelope with a right `msg_signature`."""
        crypto = crypto or self.crypto
        timestamp, nonce = str(int(self.clock().timestamp())), "1590219412"
        encrypted = crypto.seal(body)
        query = {"timestamp": timestamp, "nonce": nonce, "encrypt_type": "aes", **changed}
        query.setdefault("signature", crypto.sign(query["timestamp"], query["nonce"]))
        query.setdefault("msg_signature", crypto.sign(query["timestamp"], query["nonce"], encrypted))
        write = wechat_xml.write_json if as_json else wechat_xml.write_xml
        return await self._post(write({"ToUserName": "gh_0", "Encrypt": encrypted}), query)

    async def _post(self, body: str | bytes, query: dict[str, str]) -> tuple[int, str]:
        data = body.encode() if isinstance(body, str) else body
        async with self.http.post("/wechat", params=query, data=data) as response:
            return response.status, await response.text()

    def opens(self, reply: str, crypto: PushCrypto | None = None) -> dict[str, Any]:
        """The fields of an enveloped reply, its signature checked."""
        crypto = crypto or self.crypto
        outer = wechat_xml.read(reply.encode())
        crypto.check(outer["MsgSignature"], str(outer["TimeStamp"]), outer["Nonce"], outer["Encrypt"])
        return wechat_xml.read(crypto.open(outer["Encrypt"]).text)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def wechat_at(clock: Clock) -> AsyncIterator[Callable[..., Awaitable[WeChat]]]:
    """Makes a WeChat that pushes to a door in the given mode."""
    clients = []

    async def make(mode: Mode = "safe", keys: tuple[str, ...] = (KEY, OLD_KEY), **other: Any) -> WeChat:
        async def hear(heard: Heard) -> Reply | None:
            return await wechat.hear(heard)

        settings = {"app_id": APP_ID, "token": TOKEN, "clock": clock, **other}
        door = WeChatDoor(encoding_aes_keys=keys, mode=mode, hear=hear, cut_after=timedelta(), **settings)
        app = web.Application(client_max_size=8 * 1024 * 1024)
        app.router.add_get("/wechat", door.get)
        app.router.add_post("/wechat", door.post)
        client = TestClient(TestServer(app))
        await client.start_server()
        clients.append(client)
        wechat = WeChat(client, clock)
        return wechat

    yield make
    await asyncio.gather(*[client.close() for client in clients])


def text_push(content: str = "人脸识别不过怎么办", **fields: Any) -> str:
    """A text message as WeChat writes it."""
    return wechat_xml.write_xml(push_fields(content, **fields))


def push_fields(content: str = "人脸识别不过怎么办", **fields: Any) -> dict[str, Any]:
    return {
        "ToUserName": "gh_7f083739789a",
        "FromUserName": "oia2TjuEGTNoeX76QEjQNrcURxG8",
        "CreateTime": int(NOON.timestamp()),
        "MsgType": "text",
        "Content": content,
        "MsgId": "6260957665266699303",
    } | fields
