"""The staff entrance for all rooms: who is signed in, and what a handler requires of them."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import NoReturn
from urllib.parse import quote, urlsplit

from aiohttp import web

from bot import sessions
from bot.forms import Forms
from bot.pages import WHO
from bot.rights import Right, needs_second_factor
from bot.sessions import NOTE_ACTIVITY_EVERY, Session
from bot.staff import Staff
from bot.store import Store

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
LONGEST_TOKEN = 100


class Door:
    """Hand `signed_in` and `require` to the rooms."""

    def __init__(
        self, store: Store, forms: Forms, clock: Callable[[], datetime], *, codes_required: bool
    ) -> None:
        """`codes_required` is True in production: sensitive roles must set up a second factor first."""
        self._store = store
        self._forms = forms
        self._clock = clock
        self._codes_required = codes_required

    async def signed_in(self, request: web.Request, *, active: bool = True) -> Staff | None:
        """Who sends this request; heartbeats, polls and streams are not `active` and prolong nothing."""
        session = await self.session(request, active=active)
        return session.staff if session and not self.must_set_up_code(session.staff) else None

    async def session(self, request: web.Request, *, active: bool = True) -> Session | None:
        """The session behind this request, asked for once per request."""
        if WHO in request:
            return request[WHO]
        token, now = request.cookies.get(self._forms.session_cookie, ""), self._clock()
        if not token or len(token) > LONGEST_TOKEN:
            return None
        session = await self._store.read(lambda tx: sessions.session_of(tx, token, now))
        if session is None:
            return None
        if active and abs(now - session.last_active_at) >= NOTE_ACTIVITY_EVERY:
            await self._store.write(lambda tx: sessions.note_activity(tx, session, now))
        request[WHO] = session
        return session

    async def is_still_signed_in(self, session_id: int) -> bool:
        """For streams that stay open: whether their session was ended meanwhile."""
        now = self._clock()
        return await self._store.read(lambda tx: sessions.is_open(tx, session_id, now))

    async def is_request_still_signed_in(self, request: web.Request) -> bool:
        """The same for the request that opened the stream."""
        return WHO in request and await self.is_still_signed_in(request[WHO].id)

    def require(
        self, right: Right | str | None = None, *, fresh: bool = False, active: bool = True, back: str = ""
    ) -> Callable[[Handler], Handler]:
        """Let only staff with this right through (None: anybody signed in); `fresh` wants a recent password.

        Whoever is asked for it comes back to `back`, or where that is "" to the page that they saw.

        Raises:
            ValueError: at start, when there is no such right.
        """
        needed = None if right is None else Right(right)

        def guarded(handler: Handler) -> Handler:
            async def at_the_door(request: web.Request) -> web.StreamResponse:
                session = await self.session(request, active=active)
                if session is None:
                    _send_to(request, "/staff/sign-in", back)
                if self.must_set_up_code(session.staff):
                    _send_to(request, "/staff/code", back)
                if needed is not None and not session.staff.may(needed):
                    raise web.HTTPForbidden
                if fresh and not session.is_fresh(self._clock()):
                    _send_to(request, "/staff/confirm", back)
                return await handler(request)

            return at_the_door

        return guarded

    def must_set_up_code(self, staff: Staff) -> bool:
        """Whether this person may do nothing before their phone gives codes."""
        return self._codes_required and needs_second_factor(staff.role) and not staff.has_code


def safe_next(asked: str) -> str:
    """A path of this house to go on to, or "" when it could lead elsewhere."""
    parts = urlsplit(asked)
    leads_away = parts.scheme or parts.netloc or not asked.startswith("/") or asked.startswith(("//", "/\\"))
    if leads_away or "\\" in asked or not asked.isprintable():
        return ""
    return asked


def _send_to(request: web.Request, place: str, back: str) -> NoReturn:
    """Send a person to a page first; htmx follows HX-Redirect, other scripts get the bare status."""
    where = f"{place}?next={quote(back or _page_of(request), safe='/')}"
    if "HX-Request" in request.headers:
        raise web.HTTPUnauthorized(headers={"HX-Redirect": where})
    if "text/html" in request.headers.get("Accept", ""):
        raise web.HTTPSeeOther(where)
    raise web.HTTPUnauthorized


def _page_of(request: web.Request) -> str:
    """The page that the person sees: this one, or the one from which it was asked for."""
    if request.method in ("GET", "HEAD") and "HX-Request" not in request.headers:
        return request.path_qs
    page: str = request.headers.get("HX-Current-URL") or request.headers.get("Referer") or "/"
    seen = urlsplit(page)
    return (seen.path or "/") + (f"?{seen.query}" if seen.query else "")
