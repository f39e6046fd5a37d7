"""The history of an entry: every version, two side by side, and the way back to an older one."""

from typing import Any

from aiohttp import web
from sqlalchemy import Connection

from faq.editor import drafts
from faq.editor.addresses import key_in, number_of, shelf_of
from faq.editor.drafts import Revision
from faq.editor.entries import Entry, apart
from faq.editor.merging import DiffLine, compare
from faq.editor.saving import write_revision
from faq.editor.workroom import Workroom, fields_of, refuse_unless


class HistoryPages:
    """Everything under /content/entry/{key}/history, and restoring."""

    def __init__(self, room: Workroom) -> None:
        self._room = room

    def routes(self) -> list[web.RouteDef]:
        """Reading needs the right to read, restoring the right to write."""
        reads, writes = self._room.require("content.read"), self._room.require("content.write")
        return [
            web.get("/content/entry/{key}/history", reads(self.show)),
            web.post("/content/entry/{key}/restore", writes(self.restore)),
        ]

    async def show(self, request: web.Request) -> web.Response:
        """GET …/history?n=…&with=…"""
        key, room = key_in(request), self._room

        def ask(tx: Connection) -> tuple[list[Revision], Entry | None]:
            return drafts.history(tx, key), apart(drafts.live_content(tx)[1]).get(key)

        past, live = await room.store.read(ask)
        latest = past[0] if past else live
        if latest is None:
            raise web.HTTPNotFound
        refuse_unless((await room.reach(request)).may_see(latest.category))
        by_number = {one.n: one for one in past}
        chosen = by_number.get(number_of(request.query.get("n", "")), past[0] if past else None)
        before = chosen.n - 1 if chosen else 0
        other = by_number.get(number_of(request.query.get("with", "")) or before)
        return room.page(
            request,
            "history",
            tab=shelf_of(key),
            key=key,
            kind=key.partition(":")[0],
            title=latest.title,
            past=past,
            live=live,
            chosen=chosen,
            other=other,
            shown=differences(other.entry if other else None, chosen.entry if chosen else None),
        )

    async def restore(self, request: web.Request) -> web.Response:
        """POST …/restore: an older version becomes the newest one; nothing is lost."""
        key, fields, room = key_in(request), await fields_of(request), self._room
        n = fields.number("n")
        old = await room.store.read(lambda tx: drafts.revision(tx, key, n))
        if old is None or old.entry is None:
            raise web.HTTPNotFound
        refuse_unless((await room.reach(request)).may_edit(old.category))
        try:
            await write_revision(room, request, old.entry, fields.number("seen"), f"恢复第 {n} 版")
        except drafts.ChangedMeanwhile:
            raise web.HTTPSeeOther(f"/content/entry/{key}/history?done=changed_meanwhile") from None
        raise web.HTTPSeeOther(f"/content/entry/{key}?done=restored")


def differences(before: Entry | None, after: Entry | None) -> list[tuple[str, list[DiffLine]]]:
    """The fields in which two versions differ, each line by line."""
    old: dict[str, Any] = before.data if before else {}
    new: dict[str, Any] = after.data if after else {}
    fields = dict.fromkeys((*old, *new))
    return [
        (name, compare(old.get(name), new.get(name))) for name in fields if old.get(name) != new.get(name)
    ]
