"""The staff's own pages: sign in and out, confirm, password, second factor, where one is signed in."""

import base64
import io
from collections.abc import Callable
from datetime import datetime

import qrcode
from aiohttp import web
from qrcode.image.svg import SvgPathImage

from bot import sessions, totp
from bot.door import Door, safe_next
from bot.forms import Forms
from bot.known_browsers import KnownBrowsers
from bot.metrics import Metrics
from bot.pages import WHO, Pages
from bot.passwords import WeakPassword
from bot.sessions import Session
from bot.sign_in import Entered, Given, SignIn, TurnedAway
from bot.store import Store

HOUSE = "你呼我应"
STATUS_OF = {"wrong": 401, "gone": 401, "wait": 429, "busy": 503}


class StaffPages:
    """Everything under /staff that a person does for themselves."""

    def __init__(
        self,
        store: Store,
        sign_in: SignIn,
        *,
        door: Door,
        forms: Forms,
        pages: Pages,
        metrics: Metrics,
        clock: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._sign_in = sign_in
        self._door = door
        self._forms = forms
        self._known = KnownBrowsers(forms)
        self._pages = pages
        self._metrics = metrics
        self._clock = clock

    def add_to(self, app: web.Application) -> None:
        """Lay the routes."""
        own = self._door.require()
        recent = self._door.require(fresh=True)
        app.add_routes(
            [
                web.get("/staff/sign-in", self.show_sign_in),
                web.post("/staff/sign-in", self.enter),
                web.post("/staff/sign-out", self.leave),
                web.get("/staff/confirm", self.show_confirm),
                web.post("/staff/confirm", self.confirm),
                web.get("/staff/code", self.show_code),
                web.post("/staff/code", self.keep_code),
                web.get("/staff/me", own(self.show_me)),
                web.post("/staff/me/password", own(self.change_password)),
                web.post("/staff/me/sessions/end", recent(self.end_session)),
            ]
        )

    async def show_sign_in(self, request: web.Request) -> web.Response:
        """GET /staff/sign-in"""
        session = await self._door.session(request)
        onwards = safe_next(request.query.get("next", ""))
        if session is not None:
            raise web.HTTPSeeOther(onwards or self._home_of(session))
        return self._sign_in_page(request, onwards)

    async def enter(self, request: web.Request) -> web.Response:
        """POST /staff/sign-in"""
        form, onwards = await _fields(request), safe_next(request.query.get("next", ""))
        given = Given(
            name=form.get("name", "")[:100],
            password=form.get("password", ""),
            code=form.get("code", "")[:20],
            browser=_browser_of(request),
            address=request.remote or "",
            known=self._known.mark(request, form.get("name", "")[:100]),
        )
        answer = await self._sign_in.enter(given)
        self._metrics.sign_ins.labels(answer.why if isinstance(answer, TurnedAway) else "entered").inc()
        if isinstance(answer, TurnedAway):
            return self._sign_in_page(request, onwards, answer, given.name)
        # Without a place to go on to, the sign-in page itself sends whoever is signed in home.
        gone = self._onwards(answer, onwards or "/staff/sign-in")
        self._known.remember(request, gone, answer.staff.name)
        return gone

    async def leave(self, request: web.Request) -> web.Response:
        """POST /staff/sign-out: the session ends and the browser forgets what it saw.

        That somebody has signed in here it may know: otherwise a stranger's guesses would lock them out.
        """
        session = await self._door.session(request)
        if session is not None:
            await self._sign_in.leave(session)
        gone = web.Response(status=303, headers={"Location": "/staff/sign-in"})
        self._forms.drop_cookie(gone, self._forms.session_cookie)
        gone.headers["Clear-Site-Data"] = '"cache", "storage"'
        return gone

    async def show_confirm(self, request: web.Request) -> web.Response:
        """GET /staff/confirm: the password once more before something sensitive."""
        return self._confirm_page(request, await self._session_or_sign_in(request))

    async def confirm(self, request: web.Request) -> web.Response:
        """POST /staff/confirm"""
        session, form = await self._session_or_sign_in(request), await _fields(request)
        answer = await self._sign_in.confirm(session, form.get("password", ""), form.get("code", "")[:20])
        if isinstance(answer, TurnedAway):
            return self._confirm_page(request, session, answer)
        return self._onwards(answer, safe_next(request.query.get("next", "")) or self._home_of(session))

    async def show_code(self, request: web.Request) -> web.Response:
        """GET /staff/code: set up a phone as the second factor."""
        return self._code_page(request, await self._fresh_or_confirm(request), wrong=False)

    async def keep_code(self, request: web.Request) -> web.Response:
        """POST /staff/code"""
        session, form = await self._fresh_or_confirm(request), await _fields(request)
        if await self._sign_in.keep_code(session.staff, form.get("offer", ""), form.get("code", "")[:20]):
            raise web.HTTPSeeOther(safe_next(request.query.get("next", "")) or "/staff/me")
        return self._code_page(request, session, wrong=True)

    async def show_me(self, request: web.Request) -> web.Response:
        """GET /staff/me: where I am signed in, my password, my second factor."""
        return await self._me_page(request)

    async def change_password(self, request: web.Request) -> web.Response:
        """POST /staff/me/password"""
        session, form = request[WHO], await _fields(request)
        try:
            answer = await self._sign_in.change_password(session, form.get("old", ""), form.get("new", ""))
        except WeakPassword as weak:
            return await self._me_page(request, flaw=weak.flaw, status=422)
        if isinstance(answer, TurnedAway):
            return await self._me_page(request, away=answer, status=STATUS_OF[answer.why])
        return self._onwards(answer, "/staff/me?done=password")

    async def end_session(self, request: web.Request) -> web.Response:
        """POST /staff/me/sessions/end: one of mine by its number, or all others."""
        mine, form, now = request[WHO], await _fields(request), self._clock()
        which = form.get("session", "")
        if which == "others":
            await self._store.write(
                lambda tx: sessions.end_all(tx, mine.staff.id, "by hand", now, but=mine.id)
            )
        elif which.isascii() and which.isdigit() and len(which) < 10:
            await self._store.write(lambda tx: sessions.end(tx, int(which), mine.staff.id, "by hand", now))
        raise web.HTTPSeeOther("/staff/me?done=sessions")

    def _sign_in_page(
        self, request: web.Request, onwards: str, away: TurnedAway | None = None, name: str = ""
    ) -> web.Response:
        status = STATUS_OF[away.why] if away else 200
        return self._pages.render(
            request, "staff/sign_in.html", status=status, onwards=onwards, away=away, name=name
        )

    def _confirm_page(
        self, request: web.Request, session: Session, away: TurnedAway | None = None
    ) -> web.Response:
        onwards = safe_next(request.query.get("next", ""))
        status = STATUS_OF[away.why] if away else 200
        return self._pages.render(
            request, "staff/confirm.html", status=status, onwards=onwards, away=away, person=session.staff
        )

    def _code_page(self, request: web.Request, session: Session, *, wrong: bool) -> web.Response:
        secret, offer = self._sign_in.offer_code(session.staff)
        return self._pages.render(
            request,
            "staff/code.html",
            status=422 if wrong else 200,
            wrong=wrong,
            offer=offer,
            groups=[secret[i : i + 4] for i in range(0, len(secret), 4)],
            picture=_qr_picture(totp.enrolment_uri(secret, session.staff.name, HOUSE)),
            must=self._door.must_set_up_code(session.staff),
            onwards=safe_next(request.query.get("next", "")),
        )

    async def _me_page(
        self, request: web.Request, *, flaw: str = "", away: TurnedAway | None = None, status: int = 200
    ) -> web.Response:
        mine, now = request[WHO], self._clock()
        open_ones = await self._store.read(lambda tx: sessions.sessions_of(tx, mine.staff.id, now))
        return self._pages.render(
            request,
            "staff/me.html",
            status=status,
            mine=mine,
            sessions=open_ones,
            flaw=flaw,
            away=away,
            done=request.query.get("done", ""),
        )

    async def _session_or_sign_in(self, request: web.Request) -> Session:
        session = await self._door.session(request)
        if session is None:
            raise web.HTTPSeeOther("/staff/sign-in")
        return session

    async def _fresh_or_confirm(self, request: web.Request) -> Session:
        session = await self._session_or_sign_in(request)
        if not session.is_fresh(self._clock()):
            raise web.HTTPSeeOther("/staff/confirm?next=/staff/code")
        if session.staff.has_code:  # a lost phone is the operator's business, a stolen session nobody's
            raise web.HTTPSeeOther("/staff/me")
        return session

    def _onwards(self, entered: Entered, where: str) -> web.Response:
        gone = web.Response(status=303, headers={"Location": where})
        self._forms.set_cookie(gone, self._forms.session_cookie, entered.token)
        return gone

    def _home_of(self, session: Session) -> str:
        menu = self._pages.menu_for(session)
        return menu[0].path if menu else "/staff/me"


async def _fields(request: web.Request) -> dict[str, str]:
    """The text fields of the form."""
    return {name: value for name, value in (await request.post()).items() if isinstance(value, str)}


def _browser_of(request: web.Request) -> str:
    """Enough of the User-Agent for its owner to recognise it, such as "Chrome 126, Windows"."""
    said = request.headers.get("User-Agent", "")
    systems = ("HarmonyOS", "Android", "iPhone", "iPad", "Windows", "Macintosh", "Linux")
    makers = ("MicroMessenger", "Edg", "Firefox", "Chrome", "Safari")
    system = next((each for each in systems if each in said), "")
    for maker in makers:
        _, found, rest = said.partition(f"{maker}/")
        if found:
            return f"{maker} {rest.split('.')[0][:6]}, {system}".rstrip(", ")
    return system


def _qr_picture(text: str) -> str:
    drawn = io.BytesIO()
    qrcode.make(text, image_factory=SvgPathImage, border=2).save(drawn)
    return "data:image/svg+xml;base64," + base64.b64encode(drawn.getvalue()).decode()
