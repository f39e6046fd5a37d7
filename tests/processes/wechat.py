"""WeChat, as a citizen's phone has it: three tries for each push, and an API that counts what is pushed."""

import asyncio
import secrets
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import cycle

import aiohttp
from aiohttp import web

from bench.pushes import Account, Push

CUT_S = 5.0
TRIES = 3

SMALL_EAR = ("-m", "tests.processes.house")
"""What to run instead of `-m bot serve` where many servers are started."""


@dataclass
class Api:
    """api.weixin.qq.com for one account: `pushed` counts the messages for each openid."""

    url: str = ""
    pushed: Counter[str] = field(default_factory=Counter)

    async def token(self, _request: web.Request) -> web.Response:
        return web.json_response({"access_token": "token-of-the-tests", "expires_in": 7200})

    async def send(self, request: web.Request) -> web.Response:
        self.pushed[(await request.json())["touser"]] += 1
        return web.json_response({"errcode": 0, "errmsg": "ok"})


@asynccontextmanager
async def api() -> AsyncIterator[Api]:
    """The API on a free port of the loopback interface."""
    counting = Api()
    application = web.Application()
    application.add_routes(
        [
            web.post("/cgi-bin/stable_token", counting.token),
            web.post("/cgi-bin/message/custom/send", counting.send),
        ]
    )
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    counting.url = f"http://{host}:{port}"
    try:
        yield counting
    finally:
        await runner.cleanup()


@dataclass
class Sent:
    """One message of a citizen and what came back: `answers` are the replies that rode home."""

    push: Push
    answers: list[str] = field(default_factory=list)
    taken: bool = False
    """The bot said that it has the message, with words or with `success`."""


class WeChat:
    """Sends pushes to one or more processes in turn; `pace` shortens its five seconds."""

    def __init__(self, urls: Sequence[str], session: aiohttp.ClientSession, pace: float = 1.0) -> None:
        self._urls: Iterator[str] = cycle(urls)
        self._session = session
        self._cut_s = CUT_S * pace
        self.account = Account()
        self.sent: list[Sent] = []

    def reaches(self, urls: Sequence[str]) -> None:
        """From now on only these processes are there, as whatever stands before them will find."""
        self._urls = cycle(urls)

    def write(self, words: str) -> Sent:
        """A message of a citizen who has never written before, not sent yet."""
        number = secrets.randbelow(10**15)
        sent = Sent(self.account.text(f"oCitizen{number:015}", f"{10**15 + number}", words))
        self.sent.append(sent)
        return sent

    async def says(self, words: str) -> Sent:
        """One message, tried again at five and ten seconds when nothing came back."""
        sent = self.write(words)
        began = asyncio.get_running_loop().time()
        for number in range(TRIES):
            await asyncio.sleep(began + number * self._cut_s - asyncio.get_running_loop().time())
            if await self.tries(sent):
                break
        return sent

    async def tries(self, sent: Sent, url: str | None = None) -> bool:
        """One try; whether WeChat is content with what came back."""
        address = f"{url or next(self._urls)}/wechat?{sent.push.query}"
        try:
            async with (
                asyncio.timeout(self._cut_s),
                self._session.post(address, data=sent.push.body) as response,
            ):
                status, body = response.status, await response.read()
        except (TimeoutError, aiohttp.ClientError, OSError):
            return False
        if status != 200:
            return False
        sent.taken = True
        words = self.account.words_of(body, sent.push.openid)
        if words is not None:
            sent.answers.append(words)
        return True

    async def is_cut_off(self, sent: Sent, url: str) -> None:
        """One try whose line breaks right after the push was sent: nothing is heard of the answer."""
        host, port = url.removeprefix("http://").split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        size = len(sent.push.body)
        head = f"POST /wechat?{sent.push.query} HTTP/1.1\r\nHost: {host}\r\nContent-Length: {size}"
        writer.write(f"{head}\r\n\r\n".encode() + sent.push.body)
        await writer.drain()
        await reader.readexactly(1)
        writer.transport.abort()
