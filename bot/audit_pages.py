"""The auditor's page: the trail, newest first, and whether it is whole."""

import json
from pathlib import Path

from aiohttp import web
from sqlalchemy import Connection

from bot.audit import Audit, Entry, entries, last_entry, verify
from bot.door import Door
from bot.pages import WHO, Pages
from bot.rights import Right
from bot.store import Store

ON_A_PAGE = 100


class AuditPages:
    """Everything under /staff/audit; looking at the trail is noted in it."""

    def __init__(self, store: Store, audit: Audit, anchors: Path, *, door: Door, pages: Pages) -> None:
        self._store = store
        self._audit = audit
        self._anchors = anchors
        self._door = door
        self._pages = pages

    def add_to(self, app: web.Application) -> None:
        """Lay the routes."""
        reads = self._door.require(Right.READ_AUDIT)
        app.add_routes(
            [web.get("/staff/audit", reads(self.show)), web.post("/staff/audit/verify", reads(self.check))]
        )

    async def show(self, request: web.Request) -> web.Response:
        """GET /staff/audit?before=…&about=…"""
        asked, about = request.query.get("before", ""), request.query.get("about", "").strip()[:80]
        before = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 10 else None
        actor = request[WHO].staff.name

        def work(tx: Connection) -> None:
            self._audit.note(tx, actor, "audit.read", "audit", detail={"before": before, "about": about})

        found = await self._store.read(lambda tx: entries(tx, before=before, limit=ON_A_PAGE, about=about))
        await self._store.write(work)
        older = found[-1].seq if len(found) == ON_A_PAGE else None
        return self._pages.render(
            request, "staff/audit.html", entries=found, older=older, about=about, facts=facts
        )

    async def check(self, request: web.Request) -> web.Response:
        """POST /staff/audit/verify: goes through the whole chain and compares it with the anchors."""
        broken = await self._store.read(lambda tx: verify(tx, self._anchors))
        newest = await self._store.read(last_entry)
        return self._pages.render(
            request, "staff/audit_verified.html", broken=broken, count=newest.seq if newest else 0
        )


def facts(entry: Entry) -> list[tuple[str, object]]:
    """What an entry tells beside its reason, without what is empty; as it stands if somebody altered it."""
    try:
        told = dict(json.loads(entry.detail))
    except (ValueError, TypeError):
        told = {"": entry.detail}
    return [(name, value) for name, value in told.items() if value not in ("", None)]
