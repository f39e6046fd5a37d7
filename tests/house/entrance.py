"""The staff entrance as a small application of its own, and browsers that come to it."""

import re
from pathlib import Path

from aiohttp import ClientResponse, ClientSession, CookieJar, web
from aiohttp.test_utils import TestServer

from bot.audit import Audit
from bot.audit_pages import AuditPages
from bot.door import Door
from bot.forms import Forms
from bot.keys import KeyRing, derived
from bot.metrics import Metrics
from bot.pages import STATIC, MenuEntry, Pages
from bot.people_pages import PeoplePages
from bot.rights import Right
from bot.sealer import Sealer
from bot.sign_in import SignIn
from bot.staff_pages import StaffPages
from bot.store import Store
from bot.web import errors, forged_requests, readable, request_log, safe_headers
from tests.house.people import PASSWORD, quick_passwords

MENU = (
    MenuEntry("人员", "/staff/people", Right.MANAGE_STAFF),
    MenuEntry("审计记录", "/staff/audit", Right.READ_AUDIT),
)


class Entrance:
    """Built once for a test; `door` is what rooms would be given."""

    def __init__(
        self, store: Store, clock, anchors: Path, *, secret: str, codes_required: bool = False
    ) -> None:
        audit, passwords = Audit(clock), quick_passwords()
        self.forms = Forms(derived(secret, "csrf", 32), secure=False)
        self.metrics = Metrics()
        self.door = Door(store, self.forms, clock, codes_required=codes_required)
        self.pages = Pages(self.forms, menu=MENU)
        self.sign_in = SignIn(store, passwords, Sealer(KeyRing.grown_from(secret)), audit, clock)
        guard = forged_requests(
            self.forms, "https://help.example.org", exempt=("/wechat", "/api"), origin_only=("/v",)
        )
        legible = readable(exempt=("/wechat", "/api", "/v"))
        gates = [request_log(self.metrics), errors(self.pages.error), guard, legible]
        self.app = web.Application(middlewares=gates)
        self.app.on_response_prepare.append(safe_headers(secure=False))
        shared = {"door": self.door, "pages": self.pages}
        StaffPages(store, self.sign_in, forms=self.forms, metrics=self.metrics, clock=clock, **shared).add_to(
            self.app
        )
        PeoplePages(store, passwords, audit, clock=clock, **shared).add_to(self.app)
        AuditPages(store, audit, anchors, **shared).add_to(self.app)
        self.app.router.add_static("/static/", STATIC)
        self.app.router.add_get("/metrics", self.metrics.page)
        self.server = TestServer(self.app)

    async def opens(self) -> "Entrance":
        await self.server.start_server()
        return self


class Browser:
    """A browser that keeps its cookies and sends what browsers send."""

    def __init__(self, entrance: Entrance) -> None:
        self.url = entrance.server.make_url
        self.session = ClientSession(
            cookie_jar=CookieJar(unsafe=True),
            headers={"Accept": "text/html", "User-Agent": "Mozilla/5.0 (Windows NT 10.0) Firefox/140.0"},
        )
        self.text = ""

    async def opens(self, path: str, **headers: str) -> ClientResponse:
        """Go to a page, following where it leads."""
        return await self._seen(self.session.get(self.url(path), headers=headers))

    async def sends(self, path: str, fields: dict[str, str], **headers: str) -> ClientResponse:
        """Send the form of the page that was opened last."""
        filled = {"csrf": self.form_token, **fields}
        said = {"Sec-Fetch-Site": "same-origin", **headers}
        return await self._seen(self.session.post(self.url(path), data=filled, headers=said))

    async def signs_in(self, name: str, password: str = PASSWORD, code: str = "") -> ClientResponse:
        await self.opens("/staff/sign-in")
        return await self.sends("/staff/sign-in", {"name": name, "password": password, "code": code})

    async def confirms(self, path: str = "/staff/me") -> ClientResponse:
        await self.opens("/staff/confirm")
        return await self.sends(f"/staff/confirm?next={path}", {"password": PASSWORD})

    @property
    def form_token(self) -> str:
        found = re.search(r'name="csrf" value="([^"]+)"', self.text)
        return found[1] if found else ""

    @property
    def cookies(self) -> dict[str, str]:
        return {cookie.key: cookie.value for cookie in self.session.cookie_jar}

    async def _seen(self, asking) -> ClientResponse:
        async with asking as response:
            self.text = await response.text()
            return response


def add_rooms(entrance: Entrance) -> None:
    """What rooms below would add: pages that require something of whoever opens them."""

    async def says_who(request):
        return web.Response(text=(await entrance.door.signed_in(request)).name)

    async def breaks(request):
        raise RuntimeError("card 6222021234567890128 is odd")

    async def says_yes(request):
        return web.Response(text="yes")

    routes = entrance.app.router
    for right in Right:
        routes.add_get(f"/room/{right}", entrance.door.require(right)(says_who))
    routes.add_get("/room/reveal-now", entrance.door.require("person.reveal", fresh=True)(says_who))
    routes.add_get("/room/heartbeat", entrance.door.require(active=False)(says_who))
    routes.add_get("/room/acts", entrance.door.require()(says_who))
    routes.add_get("/breaks/{token}", breaks)
    for path in ("/wechat", "/api/x", "/v/x", "/apidocs"):
        routes.add_post(path, says_yes)
