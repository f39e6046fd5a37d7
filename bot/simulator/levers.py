"""The part of /control that is not people: the clock, faults, codes, agents, settings."""

import dataclasses
import re
from collections.abc import Mapping
from dataclasses import asdict
from datetime import timedelta
from typing import Any

from aiohttp import web
from yarl import URL

from bot.simulator.account import Account
from bot.simulator.control import as_json, asked, number
from bot.simulator.faults import BREAKAGES, Fault
from bot.simulator.pushes import Impossible
from bot.simulator.wechat import WeChat

CHANGEABLE: dict[str, tuple[str, ...]] = {
    "mode": ("plain", "compatible", "safe"),
    "push_format": ("xml", "json"),
    "token": (),
    "encoding_aes_key": (),
}
AES_KEY = re.compile(r"[A-Za-z0-9+/]{43}")


class Levers:
    """Whatever WeChat, time or bad luck can do."""

    def __init__(self, account: Account, wechat: WeChat) -> None:
        self._account = account
        self._wechat = wechat

    async def clock(self, request: web.Request) -> web.Response:
        if request.method == "POST":
            forward = number(await asked(request), "forward_s", 0)
            if not 0 <= forward <= 366 * 86_400:
                raise Impossible("'forward_s' must be 0 to a year")
            self._account.move_clock(timedelta(seconds=forward))
        return as_json({"now": self._account.now(), "moved_s": self._account.moved})

    async def fail(self, request: web.Request) -> web.Response:
        faults = self._account.faults
        if request.method == "POST":
            body = await asked(request)
            what = body.get("what", body.get("errcode"))
            if what not in BREAKAGES and type(what) is not int:
                raise Impossible(f"'what' must be an errcode or one of {', '.join(BREAKAGES)}")
            faults.order(Fault(str(body.get("api", "*")), what, max(1, int(number(body, "times", 1)))))
        if request.method == "DELETE":
            faults.ordered.clear()
        self._account.touch()
        return as_json({"faults": [asdict(one) for one in faults.ordered]})

    async def reset(self, request: web.Request) -> web.Response:
        await asked(request)
        self._account.forget()
        return as_json({})

    async def menu(self, _request: web.Request) -> web.Response:
        return as_json({"button": self._account.menu})

    async def codes(self, request: web.Request) -> web.Response:
        if request.method == "POST":
            scene = (await asked(request)).get("scene")
            if not isinstance(scene, str) or not 1 <= len(scene) <= 64:
                raise Impossible("'scene' must have 1 to 64 characters")
            self._account.add_code(scene, limited=True, life=timedelta())
        return as_json({"codes": [asdict(one) for one in self._account.live_codes()]})

    async def agents(self, request: web.Request) -> web.Response:
        if request.method == "POST":
            await self._agent_does(await asked(request))
            self._account.touch()
        room = self._account.room
        return as_json(
            {
                "agents": [asdict(one) for one in room.agents.values()],
                "waiting": [asdict(one) for one in room.waiting.values()],
                "sessions": [asdict(one) for one in room.sessions.values()],
            }
        )

    async def _agent_does(self, body: Mapping[str, Any]) -> None:
        room, now = self._account.room, self._account.now()
        if body.get("do") == "hire":
            room.hire(str(body.get("account", "")), str(body.get("nick", "")))
            return
        agent = room.known(str(body.get("account") or next(iter(room.agents), "")))
        match body.get("do"):
            case "online":
                agent.online = True
            case "offline":
                agent.online = False
            case "accept":
                openid = self._account.citizen(body.get("openid")).openid
                room.begin(openid, agent.account, now)
                await self._wechat.agent_event("kf_create_session", openid, agent.account)
            case "close":
                openid = self._account.citizen(body.get("openid")).openid
                room.end(openid, agent.account, now)
                await self._wechat.agent_event("kf_close_session", openid, agent.account)
            case "switch":
                openid = self._account.citizen(body.get("openid")).openid
                before = room.switch(openid, agent.account, now)
                await self._wechat.switch_event(openid, before, agent.account)
            case "say":
                citizen = self._account.citizen(body.get("openid"))
                if room.session(citizen.openid, now) is None:
                    raise Impossible("no agent talks to this citizen")
                said = {"runs": [{"text": str(body.get("text", ""))}], "nick": agent.nick}
                self._account.put(citizen, "agent", "text", said)
            case _:
                raise Impossible("'do' must be accept, close, switch, say, hire, online or offline")

    async def tokens(self, request: web.Request) -> web.Response:
        if (await asked(request)).get("expire"):
            self._account.tokens.expire(self._account.now())
        return as_json({})

    async def verify(self, request: web.Request) -> web.Response:
        await asked(request)
        return as_json({"ok": await self._wechat.verify_server()})

    async def settings(self, request: web.Request) -> web.Response:
        if request.method == "POST":
            wanted = await asked(request)
            for name, value in wanted.items():
                if not _may_be(name, value):
                    raise Impossible(f"'{name}' cannot be set to that")
            self._account.settings = dataclasses.replace(self._account.settings, **wanted)
        now = self._account.settings
        return as_json({"mode": now.mode, "push_format": now.push_format, "app_id": now.app_id})

    async def webhooks(self, request: web.Request) -> web.Response:
        if request.method == "POST":
            urls = (await asked(request)).get("urls")
            if not isinstance(urls, list) or not urls or not all(_is_http(url) for url in urls):
                raise Impossible("'urls' must be a list of http addresses")
            self._account.webhooks = urls
        return as_json({"urls": self._account.webhooks})

    def lay(self, app: web.Application) -> None:
        """Lay the routes."""
        for path, methods, handler in (
            ("clock", ("GET", "POST"), self.clock),
            ("fail", ("GET", "POST", "DELETE"), self.fail),
            ("reset", ("POST",), self.reset),
            ("menu", ("GET",), self.menu),
            ("qrcodes", ("GET", "POST"), self.codes),
            ("agents", ("GET", "POST"), self.agents),
            ("tokens", ("POST",), self.tokens),
            ("verify", ("POST",), self.verify),
            ("settings", ("GET", "POST"), self.settings),
            ("webhooks", ("GET", "POST"), self.webhooks),
        ):
            for method in methods:
                app.router.add_route(method, f"/control/{path}", handler)


def _may_be(name: str, value: object) -> bool:
    allowed = CHANGEABLE.get(name)
    if allowed is None or not isinstance(value, str):
        return False
    if name == "encoding_aes_key":
        return AES_KEY.fullmatch(value) is not None
    return not allowed or value in allowed


def _is_http(url: object) -> bool:
    return isinstance(url, str) and URL(url).scheme in ("http", "https")
