"""A stage for tests: the stand-in, and a small real bot behind a real webhook, both on loopback."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import xmltodict
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer
from wechatpy.crypto import WeChatCrypto
from wechatpy.utils import check_signature

from bot.simulator.app import create
from bot.simulator.settings import SimulatorSettings

APP_ID = "wx5a3c9e1f7b2d4860"
SECRET = "stage-secret"
TOKEN = "stagetoken"
KEY = "q1Os1ZMe0nG28KUEx9lg3HjK7V5QyXvi212fzsgDqgz"
BEGIN = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


def text_reply(heard: dict[str, Any], content: str) -> str:
    """A passive text reply in XML."""
    content = content.replace("]]>", "]]]]><![CDATA[>")
    return (
        f"<xml><ToUserName><![CDATA[{heard['FromUserName']}]]></ToUserName>"
        f"<FromUserName><![CDATA[{heard['ToUserName']}]]></FromUserName>"
        f"<CreateTime>{heard['CreateTime']}</CreateTime><MsgType><![CDATA[text]]></MsgType>"
        f"<Content><![CDATA[{content}]]></Content></xml>"
    )


def other_reply(heard: dict[str, Any], kind: str, inner: str = "") -> str:
    """A passive reply of another type, its own elements as `inner`."""
    return (
        f"<xml><ToUserName>{heard['FromUserName']}</ToUserName>"
        f"<FromUserName>{heard['ToUserName']}</FromUserName>"
        f"<CreateTime>{heard['CreateTime']}</CreateTime><MsgType>{kind}</MsgType>{inner}</xml>"
    )


def echo(heard: dict[str, Any]) -> str:
    """Says back what was said, and nothing to events."""
    return text_reply(heard, f"你说：{heard['Content']}") if heard["MsgType"] == "text" else "success"


class EchoBot:
    """A webhook with wechatpy's crypto. `answer` makes the reply; `status` and `raw` spoil it."""

    def __init__(self, mode: str) -> None:
        self.mode = mode
        self.heard: list[dict[str, Any]] = []
        self.answer: Callable[[dict[str, Any]], str] = echo
        self.raw: Callable[[str], str] | None = None
        self.statuses: list[int] = []
        self.slow = 0
        self._crypto = WeChatCrypto(TOKEN, KEY, APP_ID)

    async def hear(self, request: web.Request) -> web.Response:
        query = request.query
        check_signature(TOKEN, query["signature"], query["timestamp"], query["nonce"])
        if request.method == "GET":
            return web.Response(text=query["echostr"])
        body = self._open(await request.text(), query)
        self.heard.append(body)
        if self.slow:
            self.slow -= 1
            await asyncio.Event().wait()
        if self.statuses:
            return web.Response(status=self.statuses.pop(0))
        reply = self.answer(body)
        if reply in ("", "success") or self.mode == "plain":
            return web.Response(text=reply)
        if self.raw is not None:
            return web.Response(text=self.raw(reply))
        return web.Response(text=self._crypto.encrypt_message(reply, query["nonce"], query["timestamp"]))

    def _open(self, text: str, query: Any) -> dict[str, Any]:
        as_json = text.startswith("{")
        body: dict[str, Any] = json.loads(text) if as_json else xmltodict.parse(text)["xml"]
        if self.mode == "plain":
            assert "encrypt_type" not in query
            return body
        assert query["encrypt_type"] == "aes"
        assert ("Content" in body) == (self.mode == "compatible" and body.get("MsgType") == "text")
        plain = self._crypto.decrypt_message(body, query["msg_signature"], query["timestamp"], query["nonce"])
        inner: dict[str, Any] = json.loads(plain) if as_json else xmltodict.parse(plain)["xml"]
        return inner


class Stage:
    """Both servers, and a script for whoever stands in front of the phone."""

    def __init__(self, bot: EchoBot, origin: str, http: ClientSession) -> None:
        self.bot = bot
        self.origin = origin
        self._http = http
        self.access_token = ""

    async def post(self, path: str, status: int = 200, /, **body: Any) -> dict[str, Any]:
        async with self._http.post(f"{self.origin}/simulator/control/{path}", json=body) as answer:
            assert answer.status == status, await answer.text()
            found: dict[str, Any] = await answer.json()
            return found

    async def get(self, path: str, **query: Any) -> dict[str, Any]:
        async with self._http.get(f"{self.origin}/simulator/control/{path}", params=query) as answer:
            assert answer.status == 200, await answer.text()
            found: dict[str, Any] = await answer.json()
            return found

    async def citizen(self, **body: Any) -> str:
        """A follower's openid."""
        return str((await self.post("citizens", **{"following": True, **body}))["openid"])

    async def act(self, openid: str, do: str, status: int = 200, **wish: Any) -> dict[str, Any]:
        return await self.post("act", status, openid=openid, do=do, **wish)

    async def says(self, openid: str, text: str, **wish: Any) -> dict[str, Any]:
        return await self.act(openid, "text", text=text, **wish)

    async def passes(self, seconds: float) -> None:
        await self.post("clock", forward_s=seconds)

    async def chat(self, openid: str) -> list[dict[str, Any]]:
        return list((await self.get("chat", openid=openid))["bubbles"])

    # ---- as the product calls api.weixin.qq.com ----

    async def token(self, *, force: bool = False, kind: str = "stable_token") -> str:
        wanted = {"grant_type": "client_credential", "appid": APP_ID, "secret": SECRET}
        if kind == "token":
            found = await self.api("GET", "/cgi-bin/token", params=wanted, bare=True)
        else:
            body = {**wanted, "force_refresh": force}
            found = await self.api("POST", "/cgi-bin/stable_token", json_body=body, bare=True)
        return str(found["access_token"])

    async def api(
        self,
        method: str,
        path: str,
        *,
        json_body: Any = None,
        raw: bytes | None = None,
        params: dict[str, str] | None = None,
        bare: bool = False,
        **more: Any,
    ) -> dict[str, Any]:
        if not bare and not self.access_token:
            self.access_token = await self.token()
        query = {**({} if bare else {"access_token": self.access_token}), **(params or {})}
        data = raw if raw is not None else json.dumps(json_body, ensure_ascii=False).encode()
        url = f"{self.origin}/simulator/api{path}"
        async with self._http.request(
            method, url, params=query, data=more.pop("data", data if method == "POST" else None), **more
        ) as answer:
            assert answer.status == 200, answer.status
            found: dict[str, Any] = await answer.json()
            return found

    async def send(self, openid: str, kind: str = "text", **inner: Any) -> int:
        """custom/send; the errcode."""
        body = {"touser": openid, "msgtype": kind, kind: inner or {"content": "您好"}}
        found = await self.api("POST", "/cgi-bin/message/custom/send", json_body=body)
        return int(found["errcode"])

    async def open(self, path: str, **more: Any) -> tuple[int, Any, bytes]:
        """Status, headers and body of any page, without following redirects."""
        async with self._http.get(f"{self.origin}{path}", allow_redirects=False, **more) as answer:
            return answer.status, answer.headers, await answer.read()


@asynccontextmanager
async def stage(mode: str = "safe", push_format: str = "xml", **settings: Any) -> AsyncIterator[Stage]:
    """A stage that cuts after 0.2 s and tries again at once."""
    bot = EchoBot(mode)
    hook = web.Application()
    hook.router.add_route("*", "/wechat", bot.hear)
    async with TestServer(hook) as webhook, ClientSession() as http:
        asked = {
            "webhook_url": str(webhook.make_url("/wechat")),
            "app_id": APP_ID,
            "app_secret": SECRET,
            "token": TOKEN,
            "encoding_aes_key": KEY,
            "public_url": "http://127.0.0.1",
            "mode": mode,
            "push_format": push_format,
            "cut_after_s": 0.2,
            "retry_after_s": 0.0,
            **settings,
        }
        root = web.Application()
        root.add_subapp("/simulator", create(SimulatorSettings(**asked), lambda: BEGIN))
        async with TestServer(root) as server:
            yield Stage(bot, str(server.make_url("")).rstrip("/"), http)


async def menu(house: Stage, *buttons: Any) -> int:
    """menu/create; the errcode."""
    answer = await house.api("POST", "/cgi-bin/menu/create", json_body={"button": list(buttons)})
    return int(answer["errcode"])


def button(name: str = "帮助", **more: Any) -> dict[str, Any]:
    """A CLICK button."""
    return {"type": "click", "name": name, "key": "help", **more}
