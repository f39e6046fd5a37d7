"""Beside the way: help, the citizen's own pictures, their consent, and receipts."""

import asyncio
import base64
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from urllib.parse import quote

from aiohttp import web

from verification import consents, evidence, receipt_words, receipts, support_codes, withdrawing
from verification.answers import BEIJING
from verification.door import read_form
from verification.frame import ROOT, Frame, is_own_form
from verification.verifier import ABANDONED


@dataclass(frozen=True, slots=True)
class Advice:
    """What may help at a step before anybody is asked; links in `words` are written [label](https://…)."""

    title: str
    words: str


class Asides:
    """Pages that move nobody along; each leads back to where the citizen stands."""

    def __init__(
        self,
        frame: Frame,
        scene_url: Callable[[str], Awaitable[str]],
        advice: Callable[[str], Advice | None],
    ) -> None:
        self._frame = frame
        self._verifier = frame.verifier
        self._room = frame.room
        self._house = frame.house
        self._scene_url = scene_url
        self._advice = advice

    def routes(self) -> list[web.RouteDef]:
        get, post = self._frame.get, self._frame.post
        return [
            get("/picture/{number}", self.picture),
            get("/support", self.support),
            get("/rights", self.rights),
            post("/rights", self.withdraw),
            get("/receipt/{code}", self.check_receipt),
            get("/receipt/{code}/pdf", self.receipt_pdf),
        ]

    async def picture(self, request: web.Request) -> web.StreamResponse:
        """A picture of the citizen's own case."""
        visit, number = await self._frame.visit(request), request.match_info["number"]
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
        """【技术支持】: what helps at this step, and the account's QR code, which tells it the same."""
        visit = await self._frame.visit(request)
        place = await self._verifier.where(visit.case) if visit else ABANDONED
        scene = self._verifier.journey.scene_at(place.name)
        is_camera = request.query.get("failure") == "camera"
        scene = support_codes.scene_of(scene, "camera" if is_camera else place.last_word)
        page = {
            "qr": _drawn(await self._scene_url(scene)),
            "title": "技术支持",
            "is_inside": visit is not None,
        }
        return self._frame.rendered("_support", page | {"advice": self._advice(scene) if visit else None})

    async def rights(self, request: web.Request) -> web.StreamResponse:
        """What was agreed to, and the way to take it back."""
        visit = await self._frame.visit(request)
        if visit is None:
            return self._frame.closed("visit_over")
        openid, version = visit.case.openid, self._room.rules.consent_version
        at = await self._house.read(lambda tx: consents.given_at(tx, openid, version))
        given = at.astimezone(BEIJING).strftime("%Y-%m-%d %H:%M") if at else ""
        return self._frame.rendered(
            "_rights", {"title": "我的授权", "given": given, "version": version, "form_key": visit.form_key}
        )

    async def withdraw(self, request: web.Request) -> web.StreamResponse:
        """Take the consent back: what was under way with it ends, and its pictures go."""
        visit = await self._frame.visit(request)
        if visit is None:
            return self._frame.closed("visit_over")
        fields, _ = await read_form(request)
        if is_own_form(request, visit, fields):
            await self._house.write(
                lambda tx: withdrawing.withdraw(tx, visit, self._verifier.journey.name, self._house)
            )
        raise web.HTTPSeeOther(f"{ROOT}/rights")

    async def check_receipt(self, request: web.Request) -> web.StreamResponse:
        """What the QR code of a receipt leads to: genuine or not, and its masked words."""
        found = await self._receipt(request.match_info["code"], "public")
        shown = receipt_words.lines(found) if found else []
        return self._frame.rendered("_receipt", {"title": "回执核验", "lines": shown})

    async def receipt_pdf(self, request: web.Request) -> web.StreamResponse:
        """The citizen's own receipt, to keep."""
        visit, code = await self._frame.visit(request), request.match_info["code"]
        case_id = visit.case.id if visit else 0
        if not await self._house.read(lambda tx: receipts.is_of_case(tx, code, case_id)):
            raise web.HTTPNotFound
        found = await self._receipt(code, "citizen")
        if found is None:
            raise web.HTTPNotFound
        address = f"{self._room.public_url}{ROOT}/receipt/{code}"
        made = await asyncio.to_thread(_as_pdf, found, self._room.signer.token(found), address)
        name = quote("身份核验回执.pdf")
        headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{name}"}
        return web.Response(body=made, content_type="application/pdf", headers=headers)

    async def _receipt(self, code: str, who: str) -> receipts.Receipt | None:
        token = await self._house.write(lambda tx: receipts.stored_token(tx, code, self._house, who=who))
        try:
            return self._room.signer.read(token) if token else None
        except receipts.NotGenuine:
            return None


def _as_pdf(one: receipts.Receipt, token: str, address: str) -> bytes:
    from verification.receipt_pdf import pdf  # reportlab: 3 MB that only this file needs

    return pdf(one, token, address)


def _drawn(url: str) -> str:
    """The code as the source of a picture; "" while WeChat gives none."""
    if not url:
        return ""
    picture = support_codes.drawn(url, "你呼我应公众号二维码")
    return f"data:image/svg+xml;base64,{base64.b64encode(picture.encode()).decode()}"
