"""The way in: the link from the chat, and WeChat's sign-in where there is one."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from aiohttp import web

from verification import links
from verification.frame import ROOT, Frame
from verification.links import LinkRefused


@dataclass(frozen=True, slots=True)
class OAuth:
    """WeChat's sign-in, where it is set up: where to send the citizen, and who comes back.

    `openid_of(code)` gives None for somebody on a 快照页, who has no identity.
    """

    address: Callable[[str, str], str]
    openid_of: Callable[[str], Awaitable[str | None]]


class WayIn:
    """Lets in whoever holds a fresh link; with OAuth, only the citizen for whom it was made."""

    def __init__(self, frame: Frame, oauth: OAuth | None) -> None:
        self._frame = frame
        self._house = frame.house
        self._oauth = oauth

    def routes(self) -> list[web.RouteDef]:
        return [self._frame.get("/open/{ticket}", self.open), self._frame.get("/back", self.come_back)]

    async def open(self, request: web.Request) -> web.StreamResponse:
        """The link from the chat: to WeChat's sign-in where there is one, else straight in."""
        secret, token = request.match_info["ticket"], self._frame.cookie.read(request)
        if await self._house.read(lambda tx: links.is_own_ticket(tx, token, secret)):
            raise web.HTTPSeeOther(f"{ROOT}/")
        try:
            found = await self._house.read(lambda tx: links.ticket_of(tx, secret, self._house.clock()))
            if self._oauth:
                raise web.HTTPSeeOther(
                    self._oauth.address(f"{self._frame.room.public_url}{ROOT}/back", secret)
                )
            return await self._let_in(found)
        except LinkRefused as refusal:
            return self._frame.closed(f"link_{refusal.why}")

    async def come_back(self, request: web.Request) -> web.StreamResponse:
        """From WeChat's sign-in: only the citizen for whom the link was made comes in."""
        if self._oauth is None:
            raise web.HTTPNotFound
        secret, token = request.query.get("state", ""), self._frame.cookie.read(request)
        if await self._house.read(lambda tx: links.is_own_ticket(tx, token, secret)):
            raise web.HTTPSeeOther(f"{ROOT}/")
        try:
            found = await self._house.read(lambda tx: links.ticket_of(tx, secret, self._house.clock()))
            openid = await self._oauth.openid_of(request.query.get("code", ""))
            if openid is None:
                return self._frame.closed("link_snapshot")
            if openid != found.openid:
                return self._frame.closed("link_foreign")
            return await self._let_in(found)
        except LinkRefused as refusal:
            return self._frame.closed(f"link_{refusal.why}")

    async def _let_in(self, found: links.Ticket) -> web.Response:
        name, now = self._frame.verifier.journey.name, self._house.clock()
        visit = await self._house.write(lambda tx: links.open_visit(tx, found, name, now))
        response = web.Response(status=303, headers={"Location": f"{ROOT}/"})
        self._frame.cookie.put(response, visit.token)
        return response
