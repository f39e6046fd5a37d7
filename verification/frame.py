"""What every page stands in: whose visit it is, how it is filled in, and what is said when it is over."""

from collections.abc import Mapping
from typing import Any

from aiohttp import web

from verification import links
from verification.door import CSP_WITH_GUIDE, Cookie, Handler, guarded, is_from_elsewhere
from verification.links import Visit
from verification.rendering import rendered
from verification.sentences import own
from verification.verifier import Verifier

ROOT = "/verify"


class Frame:
    """Handed to each group of pages."""

    def __init__(self, verifier: Verifier) -> None:
        self.verifier = verifier
        self.room = verifier.room
        self.house = verifier.room.house
        self.cookie = Cookie(verifier.room.public_url)

    async def visit(self, request: web.Request) -> Visit | None:
        """The visit of this browser; None when it has none, or stayed away too long."""
        token = self.cookie.read(request)
        return await self.house.read(lambda tx: links.visit_of(tx, token, self.house.clock()))

    def rendered(self, page: str, shown: Mapping[str, Any], status: int = 200) -> web.Response:
        """The page as an answer."""
        text = rendered(page, {**shown, "root": ROOT, "is_sandbox": self.room.is_sandbox})
        headers = {"Content-Security-Policy": CSP_WITH_GUIDE} if page == "face" else {}
        return web.Response(text=text, content_type="text/html", status=status, headers=headers)

    def closed(self, why: str) -> web.Response:
        """Nothing to see here any more; `why` is a key of refusals.yml."""
        return self.rendered("_closed", {"title": "无法打开", "why": own()[why]}, status=403)

    def get(self, path: str, handler: Handler) -> web.RouteDef:
        return web.get(ROOT + path, guarded(handler, self._apology), allow_head=False)

    def post(self, path: str, handler: Handler) -> web.RouteDef:
        return web.post(ROOT + path, guarded(handler, self._apology))

    def _apology(self, _request: web.Request, why: str) -> web.Response:
        status = 413 if why == "too_large" else 500
        return self.rendered("_closed", {"title": "请再试一次", "why": own()[why]}, status=status)


def is_own_form(request: web.Request, visit: Visit, fields: Mapping[str, str]) -> bool:
    """Whether this visit's own page sent the form: not another site, nor a tab of an earlier visit."""
    return not is_from_elsewhere(request) and fields.get("form_key") == visit.form_key
