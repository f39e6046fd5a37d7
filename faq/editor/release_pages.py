"""The releases: what was live when, what each changed, and the way back to an older one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from aiohttp import web
from sqlalchemy import Connection, select

from faq import records as releases
from faq.editor import candidates
from faq.editor.candidates import Candidate, Refused
from faq.editor.entries import Entry, apart
from faq.editor.history_pages import differences
from faq.editor.rights import Reach, reach_of
from faq.editor.workroom import Workroom, fields_of, number_in

SHOWN = 50


@dataclass(frozen=True, slots=True)
class Listed:
    """A release without its content."""

    number: int
    created_at: datetime
    created_by: str
    note: str


class ReleasePages:
    """Everything under /content/releases."""

    def __init__(self, room: Workroom) -> None:
        self._room = room

    def routes(self) -> list[web.RouteDef]:
        """Going back needs the right to release."""
        reads, releases_ = self._room.require("content.read"), self._room.require("content.release")
        one = r"/content/releases/{number:\d{1,9}}"
        return [
            web.get("/content/releases", reads(self.show_all)),
            web.get(one, reads(self.show)),
            web.post(f"{one}/live", releases_(self.go_back)),
        ]

    async def show_all(self, request: web.Request) -> web.Response:
        """GET /content/releases"""
        return await self._page(request)

    async def show(self, request: web.Request) -> web.Response:
        """GET /content/releases/{number}: what it changed against the one before, and its test report."""
        number = number_in(request, "number")

        def ask(tx: Connection) -> tuple[Any, dict[str, Entry], Candidate | None, int | None]:
            before = releases.release(tx, number - 1)
            return (
                releases.release(tx, number),
                apart(before.content) if before else {},
                candidates.of_release(tx, number),
                releases.live_number(tx),
            )

        release, before, candidate, live = await self._room.store.read(ask)
        if release is None:
            raise web.HTTPNotFound
        after, reach = apart(release.content), await self._room.reach(request)
        keys = [key for key in dict.fromkeys((*before, *after)) if before.get(key) != after.get(key)]
        both = [(before.get(key), after.get(key)) for key in keys]
        seen = [pair for pair in both if reach.sees(*pair)]
        pairs: Sequence[Any] = [(was, is_now, differences(was, is_now)) for was, is_now in seen]
        return self._room.page(
            request,
            "release",
            tab="releases",
            release=release,
            candidate=candidate,
            live=live,
            pairs=pairs if before else [],
            hidden=len(both) - len(seen) if before else 0,
            count=len(after),
        )

    async def go_back(self, request: web.Request) -> web.Response:
        """POST …/live: point at this release; as fast as any release, and as easily undone."""
        room, number, fields = self._room, number_in(request, "number"), await fields_of(request)
        actor, now, reason = room.author(request).name, room.clock(), fields.text("reason")[:200]
        person = room.who(request)

        def work(tx: Connection) -> None:
            was = releases.hold_live(tx)
            if not _may_all(tx, reach_of(tx, person), was, number):
                raise Refused("not_your_category")
            releases.point_to(tx, number, now)
            room.note(tx, actor, "content.go_back", f"release:{number}", reason=reason, detail={"from": was})

        try:
            await room.store.write(work)
        except releases.NoSuchRelease:
            raise web.HTTPNotFound from None
        except Refused as refused:
            return await self._page(request, refused.code, 409)
        room.went_live()
        raise web.HTTPSeeOther("/content/releases?done=gone_back")

    async def _page(self, request: web.Request, refused: str = "", status: int = 200) -> web.Response:
        live, listed = await self._room.store.read(lambda tx: (releases.live_number(tx), _listed(tx)))
        return self._room.page(
            request,
            "releases",
            status=status,
            tab="releases",
            refused=refused,
            live=live,
            serving=self._room.live().library.number,
            releases=listed,
        )


def _may_all(tx: Connection, reach: Reach, *numbers: int | None) -> bool:
    """Whether everything in which these releases differ lies in categories that the person reviews."""
    if reach.is_whole:
        return True
    found = [releases.release(tx, number) for number in numbers if number is not None]
    one, *others = [apart(release.content) if release else {} for release in found]
    return all(
        reach.may_review(entry.category)
        for other in others
        for key in {*one, *other}
        if one.get(key) != other.get(key)
        for entry in (one.get(key), other.get(key))
        if entry is not None
    )


def _listed(tx: Connection) -> list[Listed]:
    columns = (getattr(releases.faq_release.c, name) for name in Listed.__slots__)
    rows = select(*columns).order_by(releases.faq_release.c.number.desc()).limit(SHOWN)
    return [Listed(*row) for row in tx.execute(rows)]
