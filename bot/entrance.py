"""The staff entrance, built once: sign-in, rights, pages, and the gates that every request passes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from aiohttp import web

from bot import sessions
from bot.audit import Audit
from bot.audit_pages import AuditPages
from bot.audit_watch import AuditWatch
from bot.door import Door
from bot.forms import Forms
from bot.keys import derived
from bot.loops import Loop
from bot.metrics import Metrics
from bot.pages import STATIC, MenuEntry, Pages
from bot.passwords import Passwords
from bot.people_pages import PeoplePages
from bot.rights import Right
from bot.sealer import Sealer
from bot.sign_in import SignIn
from bot.staff_pages import StaffPages
from bot.store import Store
from bot.tries import forget_old_tries
from bot.web import errors, forged_requests, readable, request_log, safe_headers

MACHINES = ("/wechat", "/api", "/simulator")
"""Addresses that machines call and that prove themselves otherwise."""

CITIZENS = ("/verify",)
"""Pages of citizens, whose one-time link is their token."""

OWN_MENU = (
    MenuEntry("人员", "/staff/people", Right.MANAGE_STAFF),
    MenuEntry("审计记录", "/staff/audit", Right.READ_AUDIT),
)


@dataclass(frozen=True, slots=True)
class Entrance:
    """What the rooms need of the entrance: `door` says who is there, `pages` renders, `audit` notes."""

    store: Store
    metrics: Metrics
    clock: Callable[[], datetime]
    public_url: str
    anchors: Path
    audit: Audit
    passwords: Passwords
    forms: Forms
    door: Door
    pages: Pages
    sign_in: SignIn

    def application(self, body_cap_bytes: int) -> web.Application:
        """An empty application behind the gates."""
        guard = forged_requests(self.forms, self.public_url, exempt=MACHINES, origin_only=CITIZENS)
        legible = readable(exempt=(*MACHINES, *CITIZENS))
        gates = [request_log(self.metrics), errors(self.pages.error), guard, legible]
        made = web.Application(client_max_size=body_cap_bytes, middlewares=gates)
        made.on_response_prepare.append(safe_headers(secure=self.public_url.startswith("https")))
        return made

    def add_to(self, application: web.Application) -> None:
        """The staff's own pages."""
        StaffPages(
            self.store,
            self.sign_in,
            door=self.door,
            forms=self.forms,
            pages=self.pages,
            metrics=self.metrics,
            clock=self.clock,
        ).add_to(application)
        PeoplePages(
            self.store, self.passwords, self.audit, door=self.door, pages=self.pages, clock=self.clock
        ).add_to(application)
        AuditPages(self.store, self.audit, self.anchors, door=self.door, pages=self.pages).add_to(application)
        application.router.add_static("/static/", STATIC)

    async def forget_old(self) -> int:
        """Delete sessions and tries of long ago; says how many rows."""
        now = self.clock()
        return await self.store.write(lambda tx: sessions.forget_old(tx, now) + forget_old_tries(tx, now))


def build(
    store: Store,
    *,
    secret: str,
    sealer: Sealer,
    metrics: Metrics,
    clock: Callable[[], datetime],
    public_url: str,
    anchors: Path,
    codes_required: bool,
    folders: Sequence[Path] = (),
    menu: Sequence[MenuEntry] = (),
) -> Entrance:
    """Build the entrance; `folders` and `menu` are the templates and places of the rooms below."""
    audit, passwords = Audit(clock), Passwords()
    forms = Forms(derived(secret, "csrf", 32), secure=public_url.startswith("https"))
    return Entrance(
        store,
        metrics,
        clock,
        public_url,
        anchors,
        audit,
        passwords,
        forms,
        Door(store, forms, clock, codes_required=codes_required),
        Pages(forms, folders=folders, menu=(*menu, *OWN_MENU)),
        SignIn(store, passwords, sealer, audit, clock),
    )


def loops(staff: Entrance) -> tuple[Loop, ...]:
    """Whoever watches the audit trail, and forgets how people came in long ago."""
    watch = AuditWatch(staff.store, staff.anchors, staff.metrics)
    return (
        Loop("watch_audit", watch.look, every_s=3600),
        Loop("forget_sign_ins", staff.forget_old, every_s=3600),
    )
