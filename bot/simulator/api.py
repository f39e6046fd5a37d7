"""The door of api.weixin.qq.com: faults, tokens, daily limits, then the route; every call is logged.

The routes lie below `/api` exactly as WeChat's lie below its host.
"""

import asyncio
import json
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from bot.simulator.account import Account
from bot.simulator.chat import ApiCall
from bot.simulator.rules import Refusal, json_body, words

HANG_S = 60.0
BODY_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Call:
    """One API call: `id` names it in the raw view; `body` is empty for GET and for uploads."""

    id: str
    query: Mapping[str, str]
    body: dict[str, Any]
    request: web.Request


Answer = dict[str, Any] | web.Response
Route = Callable[[Account, Call], Awaitable[Answer]]
OK: dict[str, Any] = {"errcode": 0, "errmsg": "ok"}

TOKENLESS = {
    "/cgi-bin/token",
    "/cgi-bin/stable_token",
    "/cgi-bin/clear_quota/v2",
    "/cgi-bin/showqrcode",
    "/sns/oauth2/access_token",
}
UPLOADS = {"/cgi-bin/media/upload"}
# Bodies that hold the secret are not kept, not even here.
UNLOGGED = {"/cgi-bin/stable_token", "/cgi-bin/clear_quota/v2"}


def add_routes(app: web.Application, account: Account, routes: Mapping[str, tuple[str, Route]]) -> None:
    """Lay every route (`path` to method and function) below /api."""
    for path, (method, route) in routes.items():
        app.router.add_route("*", f"/api{path}", _door(account, path, method, route))


def _door(
    account: Account, path: str, method: str, route: Route
) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def handle(request: web.Request) -> web.StreamResponse:
        what = account.faults.take(path)
        if what == "timeout":
            return await _hang(account)
        if what == "http_500":
            return web.Response(status=500, text="<html><body>500 Internal Server Error</body></html>")
        call = ApiCall(f"call-{account.next_id()}", account.now(), path, "")
        account.calls.append(call)
        try:
            if isinstance(what, int):
                raise Refusal(what)
            answer = await _answer(account, path, method, route, request, call)
        except Refusal as no:
            answer = no.answer()
        if isinstance(answer, web.Response):
            return answer
        call.answer = _without_secrets(json.dumps(answer, ensure_ascii=False))
        if what == "timeout_after_accept":
            return await _hang(account)
        return web.json_response(answer, dumps=lambda found: json.dumps(found, ensure_ascii=False))

    return handle


async def _answer(
    account: Account, path: str, method: str, route: Route, request: web.Request, log: ApiCall
) -> Answer:
    if request.method != method:
        raise Refusal(43001 if method == "GET" else 43002)
    if path not in TOKENLESS:
        account.tokens.check(request.query.get("access_token", ""), account.now())
    account.meter.count(path, account.now())
    body: dict[str, Any] = {}
    if method == "POST" and path not in UPLOADS:
        raw = await _read(request)
        log.sent = "" if path in UNLOGGED else raw.decode("utf-8", "replace")
        body = json_body(raw)
    return await route(account, Call(log.id, request.query, body, request))


async def _read(request: web.Request) -> bytes:
    raw = bytearray()
    async for chunk in request.content.iter_any():
        raw += chunk
        if len(raw) > BODY_BYTES:
            raise Refusal(45002)
    return bytes(raw)


async def _hang(account: Account) -> web.Response:
    """Say nothing until the caller is surely gone, or the stand-in is."""
    try:
        async with asyncio.timeout(HANG_S):
            await account.closing.wait()
    except TimeoutError:
        pass
    return web.Response(status=504)


SECRET = re.compile(r'("(?:access_token|ticket|refresh_token)": ")[^"]+')


def _without_secrets(text: str) -> str:
    return SECRET.sub(r"\1…", text)


# ---- tokens and quota ----


async def stable_token(account: Account, call: Call) -> Answer:
    """The token that every process may ask for."""
    if words(call.body, "grant_type") != "client_credential":
        raise Refusal(40002)
    account.tokens.know(words(call.body, "appid"), words(call.body, "secret"))
    token, life = account.tokens.stable(account.now(), force=call.body.get("force_refresh") is True)
    return {"access_token": token, "expires_in": life}


async def old_token(account: Account, call: Call) -> Answer:
    """The token that kills the one before it."""
    if call.query.get("grant_type") != "client_credential":
        raise Refusal(40002)
    account.tokens.know(call.query.get("appid", ""), call.query.get("secret", ""))
    token, life = account.tokens.old(account.now())
    return {"access_token": token, "expires_in": life}


async def clear_quota(account: Account, call: Call) -> Answer:
    """Set the day's counters to zero, ten times a month."""
    if words(call.body, "appid") != account.settings.app_id:
        raise Refusal(40013)
    account.meter.clear(account.now())
    return OK


async def clear_quota_by_secret(account: Account, call: Call) -> Answer:
    """The same without a token, for when tokens are the very thing that ran out."""
    account.tokens.know(words(call.body, "appid"), words(call.body, "appsecret"))
    account.meter.clear(account.now())
    return OK


async def check_callback(_account: Account, call: Call) -> Answer:
    """callback/check: what WeChat sees of the way to the webhook (here: always well)."""
    if words(call.body, "action") not in ("dns", "ping", "all"):
        raise Refusal(40035)
    ping = {"ip": "127.0.0.1", "from_operator": "DEFAULT", "package_loss": "0%", "time": "1.000ms"}
    return {"dns": [{"ip": "127.0.0.1", "real_operator": "DEFAULT"}], "ping": [ping]}


async def callback_ips(_account: Account, _call: Call) -> Answer:
    """getcallbackip and get_api_domain_ip: this machine."""
    return {"ip_list": ["127.0.0.1"]}


TOKEN_ROUTES: dict[str, tuple[str, Route]] = {
    "/cgi-bin/stable_token": ("POST", stable_token),
    "/cgi-bin/token": ("GET", old_token),
    "/cgi-bin/clear_quota": ("POST", clear_quota),
    "/cgi-bin/clear_quota/v2": ("POST", clear_quota_by_secret),
    "/cgi-bin/callback/check": ("POST", check_callback),
    "/cgi-bin/getcallbackip": ("GET", callback_ips),
    "/cgi-bin/get_api_domain_ip": ("GET", callback_ips),
}
