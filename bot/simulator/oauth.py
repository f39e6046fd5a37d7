"""OAuth2 for web pages: "as which citizen?", then a code for one use and five minutes.

`&as=<openid>` in the address answers the question at once (`&snapshot=1`: from 快照页), for scripts.
"""

import secrets
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta

import jinja2
from aiohttp import web
from yarl import URL

from bot.simulator.account import Account
from bot.simulator.api import Answer, Call, Route
from bot.simulator.page import html
from bot.simulator.rules import Refusal

CODE_LIFE = timedelta(minutes=5)
KEPT = 1_000
SCOPES = ("snsapi_base", "snsapi_userinfo")


@dataclass(slots=True)
class Consent:
    """A code that was given to a page."""

    openid: str
    scope: str
    snapshot: bool
    since: datetime
    used: bool = False


class Consents:
    """The page that asks, and the exchange of codes."""

    def __init__(self, account: Account, templates: jinja2.Environment) -> None:
        self._account = account
        self._templates = templates
        self._given: OrderedDict[str, Consent] = OrderedDict()

    async def ask(self, request: web.Request) -> web.Response:
        """connect/oauth2/authorize: wrong parameters end here, as they do in WeChat."""
        wrong = self._wrong(request)
        if wrong:
            return html(self._templates, "authorize.html", status=400, wrong=wrong, citizens=[])
        chosen = request.query.get("as", "")
        if chosen in self._account.citizens:
            raise web.HTTPFound(self._way_back(request, chosen))
        here = request.rel_url
        last = request.cookies.get("simulator_citizen", "")
        citizens = sorted(self._account.citizens.values(), key=lambda one: one.openid != last)
        choices = [
            (
                one.name,
                str(here.update_query({"as": one.openid})),
                str(here.update_query({"as": one.openid, "snapshot": "1"})),
            )
            for one in citizens[:50]
        ]
        return html(self._templates, "authorize.html", wrong="", citizens=choices)

    def _wrong(self, request: web.Request) -> str:
        settings = self._account.settings
        back = URL(request.query.get("redirect_uri", ""))
        if request.query.get("appid") != settings.app_id:
            return "appid 参数错误"
        # One exact host is registered as 网页授权域名; anything else is error 10003.
        if back.host is None or back.host != URL(settings.public_url).host:
            return "redirect_uri 域名与后台配置不一致，错误码:10003"
        if request.query.get("scope") not in SCOPES or request.query.get("response_type") != "code":
            return "scope 参数错误，错误码:10005"
        return ""

    def _way_back(self, request: web.Request, openid: str) -> URL:
        snapshot = request.query.get("snapshot") == "1"
        # A 快照页 shows a virtual account, not the citizen.
        shown = "oSNAPSHOT" + secrets.token_urlsafe(15)[:19] if snapshot else openid
        code = "0" + secrets.token_urlsafe(24)
        self._given[code] = Consent(shown, request.query["scope"], snapshot, self._account.now())
        if len(self._given) > KEPT:
            self._given.popitem(last=False)
        back = URL(request.query["redirect_uri"])
        return back.update_query({"code": code, "state": request.query.get("state", "")})

    async def exchange(self, account: Account, call: Call) -> Answer:
        """sns/oauth2/access_token: 40029 for an unknown or old code, 40163 for a used one."""
        account.tokens.know(call.query.get("appid", ""), call.query.get("secret", ""))
        if call.query.get("grant_type") != "authorization_code":
            raise Refusal(40002)
        consent = self._given.get(call.query.get("code", ""))
        if consent is None or account.now() - consent.since >= CODE_LIFE:
            raise Refusal(40029)
        if consent.used:
            raise Refusal(40163)
        consent.used = True
        answer = {
            "access_token": secrets.token_urlsafe(64),
            "expires_in": 7200,
            "refresh_token": secrets.token_urlsafe(64),
            "openid": consent.openid,
            "scope": consent.scope,
        }
        return {**answer, "is_snapshotuser": 1} if consent.snapshot else answer

    @property
    def routes(self) -> dict[str, tuple[str, Route]]:
        """What api.weixin.qq.com has of it."""
        return {"/sns/oauth2/access_token": ("GET", self.exchange)}
