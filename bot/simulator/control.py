"""Everything that a citizen's thumb can do, over HTTP and JSON, below /control.

People and chats
  GET  citizens                      all citizens
  POST citizens                      {name?, openid?, following?} a new one; following without a push
  POST act                           {openid, do, …, duplicates?, expect?, wait_s?} one action, see below;
                                     waits for WeChat's outcome and returns {exchanges, bubbles}.
                                     expect: also wait for so many bubbles of the account, wait_s at most
  GET  chat?openid&after&wait_s      what stands in the chat after that bubble; waits for something new
  GET  state?openid&after&seen&wait_s  all that the page shows; waits while the revision is still `seen`
  GET  raw/{name}                    one exchange (request, decrypted body, reply, steps) or API call
  GET  exchanges?openid, calls       the latest of each
  POST media?kind=image              the file as the body (image, voice, video); returns {media_id}

Actions: do =
  text {text}        emoji {text}       tap {text, option}   sticker {text?}
  image {media_id?}  voice {recognition?, media_id?}         video {short?, media_id?}
  location {latitude?, longitude?, label?}                   link {title, url, description?}
  follow             unfollow           scan {scene | ticket}
  menu {path: [0] or [0, 2], result?}   event {event, fields?}

The account and the weather
  GET|POST clock                     {forward_s} let time pass for WeChat's rules (pushes keep true time)
  GET|POST|DELETE fail               {api, what, times?} what: an errcode, timeout, timeout_after_accept,
                                     http_500; `errcode` is taken for `what`; api "*" means every API
  POST reset                         forget everything
  GET  menu, quota?openid            the menu as created; what may still be pushed
  GET|POST qrcodes                   {scene} a code that never expires
  GET|POST agents                    {do: accept | close | switch | say | hire | online |
                                     offline, openid?, account?, nick?, text?}
  POST tokens                        {expire: true} all access tokens are over (42001)
  POST verify                        WeChat's GET with an echostr; {ok}
  GET|POST settings                  {mode?, push_format?, token?, encoding_aes_key?} as on WeChat's side
  GET|POST webhooks                  {urls} tries go to them in turn, for several processes
"""

import asyncio
import json
import math
import re
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Handler

from bot.simulator.account import Account, Full
from bot.simulator.chat import Bubble, Citizen
from bot.simulator.media import LARGEST
from bot.simulator.pushes import Impossible
from bot.simulator.rules import Refusal
from bot.simulator.wechat import WeChat

LONGEST_WAIT_S = 25.0
SHOWN_CITIZENS = 100
OPENID = re.compile(r"[A-Za-z0-9_-]{6,64}")


def as_json(found: Any, status: int = 200) -> web.Response:
    """A JSON answer; times are ISO 8601."""

    def plain(value: object) -> object:
        if isinstance(value, datetime):
            return value.isoformat()
        if isinstance(value, timedelta):
            return value.total_seconds()
        raise TypeError(type(value).__name__)

    return web.json_response(
        found, status=status, dumps=lambda it: json.dumps(it, default=plain, ensure_ascii=False)
    )


async def asked(request: web.Request) -> dict[str, Any]:
    """The JSON object of a request; other content types are refused, so no foreign page can post here."""
    if request.content_type != "application/json":
        raise Impossible("send application/json")
    try:
        body = await request.json()
        json.dumps(body, ensure_ascii=False).encode()  # half a character (\ud83d) cannot travel on
    except (ValueError, LookupError, RecursionError):
        raise Impossible("the body is no JSON") from None
    if not isinstance(body, dict):
        raise Impossible("the body must be an object")
    return body


def number(found: Mapping[str, Any], name: str, default: float) -> float:
    """A number from JSON or from the query. Raises Impossible."""
    try:
        value = float(found.get(name, default))
    except (TypeError, ValueError, OverflowError):
        value = math.nan
    if not math.isfinite(value):
        raise Impossible(f"'{name}' must be a number")
    return value


@web.middleware
async def say_why(request: web.Request, handler: Handler) -> web.StreamResponse:
    """A wish that cannot be granted is answered with the reason, not with a crash."""
    try:
        return await handler(request)
    except Impossible as no:
        return as_json({"error": str(no)}, 400)
    except (Refusal, Full) as no:
        return as_json({"error": str(no)}, 409)


class People:
    """Citizens, what they do, and what they see."""

    def __init__(self, account: Account, wechat: WeChat) -> None:
        self._account = account
        self._wechat = wechat

    async def index(self, _request: web.Request) -> web.Response:
        return web.Response(text=__doc__)

    async def citizens(self, _request: web.Request) -> web.Response:
        return as_json({"citizens": [person(one) for one in self._account.citizens.values()]})

    async def add_citizen(self, request: web.Request) -> web.Response:
        body = await asked(request)
        openid = str(body.get("openid", ""))
        if openid and not OPENID.fullmatch(openid):
            raise Impossible("'openid' must be 6 to 64 letters, digits, _ or -")
        if openid in self._account.citizens:
            return as_json(person(self._account.citizens[openid]))
        citizen = self._account.add_citizen(str(body.get("name", ""))[:20], openid)
        if body.get("following"):
            citizen.following, citizen.followed_at = True, self._account.now()
        return as_json(person(citizen))

    async def act(self, request: web.Request) -> web.Response:
        wish = await asked(request)
        citizen = self._account.citizen(wish.get("openid"))
        before = last_of(citizen)
        exchanges = await self._wechat.do(citizen.openid, wish)
        expect = int(number(wish, "expect", 0))

        def heard() -> bool:
            return sum(one.who == "account" for one in after(citizen, before)) >= expect

        if expect:
            await self._account.wait_until(heard, min(number(wish, "wait_s", 5), LONGEST_WAIT_S))
        bubbles = [asdict(one) for one in after(citizen, before)]
        return as_json({"exchanges": [asdict(one) for one in exchanges], "bubbles": bubbles})

    async def chat(self, request: web.Request) -> web.Response:
        citizen = self._account.citizen(request.query.get("openid"))
        seen = int(number(request.query, "after", 0))
        wait = min(number(request.query, "wait_s", 0), LONGEST_WAIT_S)
        if wait:
            await self._account.wait_until(lambda: last_of(citizen) > seen, wait)
        return as_json({"bubbles": [asdict(one) for one in after(citizen, seen)]})

    async def state(self, request: web.Request) -> web.Response:
        account, seen = self._account, int(number(request.query, "seen", -1))
        wait = min(number(request.query, "wait_s", 0), LONGEST_WAIT_S)
        if wait:
            await account.wait_until(lambda: account.revision != seen, wait)
            # A turn changes several things at once; one answer for all of them is enough.
            await asyncio.sleep(0.02)
        citizen = account.citizens.get(request.query.get("openid", ""))
        shown = [person(one) for one in list(account.citizens.values())[:SHOWN_CITIZENS]]
        found = {
            "revision": account.revision,
            "now": account.now(),
            "moved_s": account.moved,
            "citizens": shown,
            "menu": account.menu,
            "codes": [{"scene": one.scene, "ticket": one.ticket} for one in account.live_codes()[:50]],
            "faults": [asdict(one) for one in account.faults.ordered],
            "agents": [asdict(one) for one in account.room.agents.values()],
        }
        if citizen is not None:
            seen_bubble = int(number(request.query, "after", 0))
            found["citizen"] = self._standing(citizen)
            found["bubbles"] = [asdict(one) for one in after(citizen, seen_bubble)]
        return as_json(found)

    def _standing(self, citizen: Citizen) -> dict[str, Any]:
        now = self._account.now()
        session = self._account.room.session(citizen.openid, now)
        typing = citizen.typing_until
        return {
            **person(citizen),
            "left": citizen.ledger.left(now) if citizen.following else 0,
            "windows": citizen.ledger.shown(now),
            "typing_s": max(0.0, (typing - now).total_seconds()) if typing else 0,
            "agent": self._account.room.agents[session.account].nick if session else "",
            "waiting": citizen.openid in self._account.room.waiting,
        }

    async def quota(self, request: web.Request) -> web.Response:
        return as_json(self._standing(self._account.citizen(request.query.get("openid"))))

    async def raw(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        exchange = next((one for one in self._account.exchanges if one.id == name), None)
        call = next((one for one in self._account.calls if one.id == name), None)
        if exchange is not None:
            return as_json(asdict(exchange))
        if call is not None:
            return as_json(asdict(call))
        raise web.HTTPNotFound

    async def exchanges(self, request: web.Request) -> web.Response:
        openid = request.query.get("openid")
        found = [asdict(one) for one in self._account.exchanges if openid in (None, one.openid)]
        return as_json({"exchanges": found})

    async def calls(self, _request: web.Request) -> web.Response:
        return as_json({"calls": [asdict(one) for one in self._account.calls]})

    async def media(self, request: web.Request) -> web.Response:
        if request.content_type.startswith(("text/", "multipart/", "application/x-www-form")):
            raise Impossible("send the file itself as the body, with its own content type")
        data = bytearray()
        async for chunk in request.content.iter_any():
            data += chunk
            if len(data) > LARGEST:
                raise Impossible(f"a file may have {LARGEST} bytes")
        medium = self._account.media.keep(request.query.get("kind", ""), bytes(data), self._account.now())
        return as_json({"media_id": medium.media_id})

    def lay(self, app: web.Application) -> None:
        """Lay the routes."""
        app.router.add_get("/control/", self.index)
        app.router.add_get("/control/citizens", self.citizens)
        app.router.add_post("/control/citizens", self.add_citizen)
        app.router.add_post("/control/act", self.act)
        app.router.add_get("/control/chat", self.chat)
        app.router.add_get("/control/state", self.state)
        app.router.add_get("/control/quota", self.quota)
        app.router.add_get("/control/raw/{name}", self.raw)
        app.router.add_get("/control/exchanges", self.exchanges)
        app.router.add_get("/control/calls", self.calls)
        app.router.add_post("/control/media", self.media)


def person(citizen: Citizen) -> dict[str, Any]:
    """A citizen in a list."""
    return {"openid": citizen.openid, "name": citizen.name, "following": citizen.following}


def last_of(citizen: Citizen) -> int:
    """The number of the newest bubble, 0 in an empty chat."""
    return citizen.chat[-1].id if citizen.chat else 0


def after(citizen: Citizen, seen: int) -> list[Bubble]:
    """The bubbles that are newer."""
    return [one for one in citizen.chat if one.id > seen]
