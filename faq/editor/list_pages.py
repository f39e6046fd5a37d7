"""The lists of entries: searched, filtered, with what changed and who is at it."""

from dataclasses import dataclass

from aiohttp import web
from sqlalchemy import Connection

from faq.editor import drafts, presence
from faq.editor.addresses import SHELVES, categories_of, number_of
from faq.editor.drafts import Change
from faq.editor.entries import Entry, apart
from faq.editor.occasions import place_of
from faq.editor.rights import Reach
from faq.editor.workroom import Workroom

ON_A_PAGE = 50


@dataclass(frozen=True, slots=True)
class Stock:
    """Everything there is: live, in the working copy, changed, and being edited."""

    live: dict[str, Entry]
    working: dict[str, Entry]
    changed: dict[str, Change]
    editing: dict[str, list[str]]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a list is asked for."""

    shelf: str
    words: str
    category: str
    only: str

    def fits(self, entry: Entry, stock: Stock, reach: Reach) -> bool:
        """Whether the entry is on the list."""
        return (
            entry.kind in SHELVES[self.shelf]
            and reach.may_see(entry.category)
            and self.category in ("", entry.category)
            and (not self.words or any(self.words.casefold() in words.casefold() for words in entry.words))
            and (self.only != "changed" or entry.key in stock.changed)
        )


class ListPages:
    """GET /content"""

    def __init__(self, room: Workroom) -> None:
        self._room = room

    def routes(self) -> list[web.RouteDef]:
        """The list of each shelf."""
        return [web.get("/content", self._room.require("content.read")(self.show))]

    async def show(self, request: web.Request) -> web.Response:
        """GET /content?shelf=…&q=…&category=…&only=…&page=…"""
        room, query = self._room, request.query
        shelf = query.get("shelf", "topic") if query.get("shelf") in SHELVES else "topic"
        words = query.get("q", "").strip()[:80]
        wanted = Wanted(shelf, words, query.get("category", ""), query.get("only", ""))
        reach, stock = await room.reach(request), await self._stock()
        listed = [entry for entry in stock.working.values() if wanted.fits(entry, stock, reach)]
        if shelf not in ("topic", "guide"):
            listed.sort(key=lambda entry: (SHELVES[shelf].index(entry.kind), place_of(entry.key)))
        number = max(1, number_of(query.get("page", "1")))
        return room.page(
            request,
            "entries",
            tab=shelf,
            wanted=wanted,
            stock=stock,
            entries=listed[(number - 1) * ON_A_PAGE : number * ON_A_PAGE],
            count=len(listed),
            number=number,
            pages=max(1, -(-len(listed) // ON_A_PAGE)),
            categories=categories_of(stock.working),
            gone=[one.before for one in stock.changed.values() if _is_gone(one, wanted, stock, reach)],
            today=room.today.isoformat(),
        )

    async def _stock(self) -> Stock:
        now = self._room.clock()

        def ask(tx: Connection) -> Stock:
            _, live = drafts.live_content(tx)
            changed = {change.key: change for change in drafts.changes(tx, live)}
            return Stock(apart(live), drafts.working(tx, live), changed, presence.everywhere(tx, now))

        return await self._room.store.read(ask)


def _is_gone(change: Change, wanted: Wanted, stock: Stock, reach: Reach) -> bool:
    """Whether something that would be on the list was deleted."""
    was = change.before
    return change.after is None and was is not None and wanted.fits(was, stock, reach)
