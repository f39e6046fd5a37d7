"""The pages of a proof, under /verify/.

`show` always gives the page of the step where the citizen stands, whatever address was asked for;
`submit` takes one answer and leads on with 303. So going back, reloading, a stale tab and a double tap
are harmless.
"""

import base64
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from aiohttp import web

from verification import (
    challenges,
    consents,
    evidence,
    links,
    receipt_words,
    receipts,
    support_codes,
    withdrawing,
    words,
)
from verification.answers import BEIJING
from verification.cases import Overtaken
from verification.door import (
    CSP_WITH_GUIDE,
    Cookie,
    Handler,
    address_of,
    guarded,
    is_from_elsewhere,
    read_form,
)
from verification.engines.face import new_challenge
from verification.journey import Place
from verification.links import LinkRefused, Visit
from verification.receipt_pdf import pdf
from verification.rendering import rendered
from verification.sentences import own
from verification.verifier import ABANDONED, Verifier
from verification.views import VIEWS, tries_left

HERE = Path(__file__).parent
ROOT = "/verify"


@dataclass(frozen=True, slots=True)
class OAuth:
    """WeChat's sign-in, where it is set up: where to send the citizen, and who comes back.

    `openid_of(code)` gives None for somebody on a 快照页, who has no identity.
    """

    address: Callable[[str, str], str]
    openid_of: Callable[[str], Awaitable[str | None]]


class Pages:
    """The handlers; `routes` is what the house mounts."""

    def __init__(
        self,
        verifier: Verifier,
        *,
        scene_url: Callable[[str], Awaitable[str]],
        front: Path,
        oauth: OAuth | None = None,
    ) -> None:
        """`front` is the folder that holds the front-end libraries; see front.py."""
        self._verifier = verifier
        self._room = verifier.room
        self._house = verifier.room.house
        self._scene_url = scene_url
        self._front = front
        self._oauth = oauth
        self._cookie = Cookie(verifier.room.public_url)

    def routes(self) -> list[web.AbstractRouteDef]:
        """Everything under /verify/."""
        get, post = self._get, self._post
        return [
            get("/open/{ticket}", self.open),
            get("/back", self.come_back),
            get("/picture/{number}", self.picture),
            get("/support", self.support),
            get("/rights", self.rights),
            post("/rights", self.withdraw),
            get("/receipt/{code}", self.check_receipt),
            get("/receipt/{code}/pdf", self.receipt_pdf),
            post("/challenge", self.challenge),
            web.static(f"{ROOT}/static", HERE / "static"),
            *([web.static(f"{ROOT}/front", self._front)] if self._front.is_dir() else []),
            get("/step/{step}", self.show),
            post("/step/{step}", self.submit),
            get("/{anything:.*}", self.show),
        ]

    async def open(self, request: web.Request) -> web.StreamResponse:
        """The link from the chat: to WeChat's sign-in where there is one, else straight in."""
        secret, token = request.match_info["ticket"], self._cookie.read(request)
        if await self._house.read(lambda tx: links.is_own_ticket(tx, token, secret)):
            raise web.HTTPSeeOther(f"{ROOT}/")
        try:
            found = await self._house.read(lambda tx: links.ticket_of(tx, secret, self._house.clock()))
            if self._oauth:
                raise web.HTTPSeeOther(self._oauth.address(f"{self._room.public_url}{ROOT}/back", secret))
            return await self._let_in(found)
        except LinkRefused as refusal:
            return self._closed(f"link_{refusal.why}")

    async def come_back(self, request: web.Request) -> web.StreamResponse:
        """From WeChat's sign-in: only the citizen for whom the link was made comes in."""
        if self._oauth is None:
            raise web.HTTPNotFound
        secret, token = request.query.get("state", ""), self._cookie.read(request)
        if await self._house.read(lambda tx: links.is_own_ticket(tx, token, secret)):
            raise web.HTTPSeeOther(f"{ROOT}/")
        try:
            found = await self._house.read(lambda tx: links.ticket_of(tx, secret, self._house.clock()))
            openid = await self._oauth.openid_of(request.query.get("code", ""))
            if openid is None:
                return self._closed("link_snapshot")
            if openid != found.openid:
                return self._closed("link_foreign")
            return await self._let_in(found)
        except LinkRefused as refusal:
            return self._closed(f"link_{refusal.why}")

    async def show(self, request: web.Request) -> web.StreamResponse:
        """The page of the step where the citizen stands."""
        visit = await self._visit(request)
        if visit is None:
            return self._closed("visit_over")
        place = await self._verifier.where(visit.case)
        if place is ABANDONED:
            return self._closed("visit_over")
        if request.match_info.get("step") != place.name:
            raise web.HTTPSeeOther(f"{ROOT}/step/{place.name}")
        return await self._page(visit, place)

    async def submit(self, request: web.Request) -> web.StreamResponse:
        """One answer of the citizen."""
        visit = await self._visit(request)
        if visit is None:
            return self._closed("visit_over")
        fields, files = await read_form(request)
        if not _is_own_form(request, visit, fields):
            raise web.HTTPSeeOther(f"{ROOT}/")
        mark, address = fields.get("mark", ""), address_of(request)
        try:
            place = await self._verifier.take_step(visit.case, mark, fields, files, address)
        except Overtaken:
            place = await self._verifier.where(visit.case)
        now = self._house.clock()
        await self._house.write(lambda tx: links.stay(tx, visit.token, now))
        raise web.HTTPSeeOther(f"{ROOT}/step/{place.name}")

    async def challenge(self, request: web.Request) -> web.StreamResponse:
        """A new challenge for the camera: what to do, in which order, and the nonce to answer with."""
        visit = await self._visit(request)
        if visit is None or request.headers.get("X-Form-Key") != visit.form_key:
            raise web.HTTPForbidden(text="403")
        asked = new_challenge(self._room.rng, self._house.clock())
        await self._house.write(lambda tx: challenges.ask(tx, visit.case.id, asked))
        steps = [{"action": action.value, "say": words.action(action)} for action in asked.actions]
        return web.json_response({"nonce": asked.nonce, "steps": steps})

    async def picture(self, request: web.Request) -> web.StreamResponse:
        """A picture of the citizen's own case."""
        visit, number = await self._visit(request), request.match_info["number"]
        case_id = visit.case.id if visit else 0
        if not await self._house.read(lambda tx: evidence.belongs_to(tx, number, case_id)):
            raise web.HTTPNotFound
        piece = await self._house.write(
            lambda tx: evidence.look_at(tx, number, self._house, who="citizen", why="own picture")
        )
        if piece is None or not piece.media_type.startswith("image/"):
            raise web.HTTPNotFound
        return web.Response(body=piece.content, content_type=piece.media_type)

    async def support(self, request: web.Request) -> web.StreamResponse:
        """【技术支持】: the account's QR code, which tells it the step and the failure."""
        visit = await self._visit(request)
        place = await self._verifier.where(visit.case) if visit else ABANDONED
        scene = self._verifier.journey.scene_at(place.name)
        is_camera = request.query.get("failure") == "camera"
        scene = support_codes.scene_of(scene, "camera" if is_camera else place.last_word)
        page = {"qr": _drawn(await self._scene_url(scene)), "title": "技术支持", "scene": scene}
        return self._rendered("_support", page | {"is_inside": visit is not None})

    async def rights(self, request: web.Request) -> web.StreamResponse:
        """What was agreed to, and the way to take it back."""
        visit = await self._visit(request)
        if visit is None:
            return self._closed("visit_over")
        openid, version = visit.case.openid, self._room.rules.consent_version
        at = await self._house.read(lambda tx: consents.given_at(tx, openid, version))
        given = at.astimezone(BEIJING).strftime("%Y-%m-%d %H:%M") if at else ""
        return self._rendered(
            "_rights", {"title": "我的授权", "given": given, "version": version, "form_key": visit.form_key}
        )

    async def withdraw(self, request: web.Request) -> web.StreamResponse:
        """Take the consent back: what was under way with it ends, and its pictures go."""
        visit = await self._visit(request)
        if visit is None:
            return self._closed("visit_over")
        fields, _ = await read_form(request)
        if _is_own_form(request, visit, fields):
            await self._house.write(
                lambda tx: withdrawing.withdraw(tx, visit, self._verifier.journey.name, self._house)
            )
        raise web.HTTPSeeOther(f"{ROOT}/rights")

    async def check_receipt(self, request: web.Request) -> web.StreamResponse:
        """What the QR code of a receipt leads to: genuine or not, and its masked words."""
        found = await self._receipt(request.match_info["code"], "public")
        shown = receipt_words.lines(found) if found else []
        return self._rendered("_receipt", {"title": "回执核验", "lines": shown})

    async def receipt_pdf(self, request: web.Request) -> web.StreamResponse:
        """The citizen's own receipt, to keep."""
        visit, code = await self._visit(request), request.match_info["code"]
        case_id = visit.case.id if visit else 0
        if not await self._house.read(lambda tx: receipts.is_of_case(tx, code, case_id)):
            raise web.HTTPNotFound
        found = await self._receipt(code, "citizen")
        if found is None:
            raise web.HTTPNotFound
        address = f"{self._room.public_url}{ROOT}/receipt/{code}"
        made = pdf(found, self._room.signer.token(found), address)
        name = quote("身份核验回执.pdf")
        headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{name}"}
        return web.Response(body=made, content_type="application/pdf", headers=headers)

    async def _receipt(self, code: str, who: str) -> receipts.Receipt | None:
        token = await self._house.write(lambda tx: receipts.stored_token(tx, code, self._house, who=who))
        try:
            return self._room.signer.read(token) if token else None
        except receipts.NotGenuine:
            return None

    async def _let_in(self, found: links.Ticket) -> web.Response:
        name, now = self._verifier.journey.name, self._house.clock()
        visit = await self._house.write(lambda tx: links.open_visit(tx, found, name, now))
        response = web.Response(status=303, headers={"Location": f"{ROOT}/"})
        self._cookie.put(response, visit.token)
        return response

    async def _visit(self, request: web.Request) -> Visit | None:
        token = self._cookie.read(request)
        return await self._house.read(lambda tx: links.visit_of(tx, token, self._house.clock()))

    async def _page(self, visit: Visit, place: Place) -> web.Response:
        journey = self._verifier.journey
        page, step = journey.page_at(place.name), journey.steps.get(place.name)
        view = VIEWS.get(page)
        shown = await view(self._room, visit.case, place) if view else {}
        shown |= {
            "title": journey.title_at(place.name),
            "place": place,
            "form_key": visit.form_key,
            "reasons": place.reasons,
            "tries_left": tries_left(place, step),
        }
        return self._rendered(page, shown)

    def _closed(self, why: str) -> web.Response:
        return self._rendered("_closed", {"title": "无法打开", "why": own()[why]}, status=403)

    def _apology(self, _request: web.Request, why: str) -> web.Response:
        status = 413 if why == "too_large" else 500
        return self._rendered("_closed", {"title": "请再试一次", "why": own()[why]}, status=status)

    def _rendered(self, page: str, shown: Mapping[str, Any], status: int = 200) -> web.Response:
        text = rendered(page, {**shown, "root": ROOT, "is_sandbox": self._room.is_sandbox})
        headers = {"Content-Security-Policy": CSP_WITH_GUIDE} if page == "face" else {}
        return web.Response(text=text, content_type="text/html", status=status, headers=headers)

    def _get(self, path: str, handler: Handler) -> web.RouteDef:
        return web.get(ROOT + path, guarded(handler, self._apology), allow_head=False)

    def _post(self, path: str, handler: Handler) -> web.RouteDef:
        return web.post(ROOT + path, guarded(handler, self._apology))


def _is_own_form(request: web.Request, visit: Visit, fields: Mapping[str, str]) -> bool:
    """Whether this visit's own page sent the form: not another site, nor a tab of an earlier visit."""
    return not is_from_elsewhere(request) and fields.get("form_key") == visit.form_key


def _drawn(url: str) -> str:
    """The code as the source of a picture; "" while WeChat gives none."""
    if not url:
        return ""
    picture = support_codes.drawn(url, "你呼我应公众号二维码")
    return f"data:image/svg+xml;base64,{base64.b64encode(picture.encode()).decode()}"
