"""The figures as a page: what is shown, what helps, what is never asked; charts are drawn here as SVG."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from aiohttp import web
from sqlalchemy import Connection

from faq.editor.addresses import number_of, titles_of
from faq.editor.figures import Hit, bars, deflection, tallies, total
from faq.editor.grouping import grouped
from faq.editor.inbox import Asked, Group
from faq.editor.workroom import Workroom
from faq.hours import BEIJING

SPANS = (7, 14, 30, 90)
SHOWN_UNSURE = 10


class FigurePages:
    """GET /content/figures?days=…"""

    def __init__(self, room: Workroom) -> None:
        self._room = room

    def routes(self) -> list[web.RouteDef]:
        """Whoever may read the content may see how it does."""
        return [web.get("/content/figures", self._room.require("content.read")(self.show))]

    async def show(self, request: web.Request) -> web.Response:
        """One row for each topic, those that nobody asked, and what the bot was unsure of."""
        room, asked = self._room, number_of(request.query.get("days", "14"))
        days = asked if asked in SPANS else 14
        first = room.today - timedelta(days=days - 1)
        since = datetime(first.year, first.month, first.day, tzinfo=BEIJING)

        def ask(tx: Connection) -> tuple[Sequence[Hit], Sequence[Asked]]:
            return room.hits(tx, since), room.asked(tx, since)

        hits, asked_in_vain = await room.store.read(ask)
        found = tallies(hits, today=room.today, days=days)
        everything = total(found, days)
        titles = titles_of(await room.working(), "topic")
        shown = {tally.topic for tally in found if tally.shown}
        return room.page(
            request,
            "figures",
            tab="figures",
            days=days,
            spans=SPANS,
            tallies=found,
            everything=everything,
            deflection=deflection(everything),
            bars=bars(everything.by_day),
            sparks={tally.topic: bars(tally.by_day, width=112, height=24) for tally in found},
            first=first.isoformat(),
            last=room.today.isoformat(),
            most=max(everything.by_day, default=0),
            titles=titles,
            never=[id_ for id_ in titles if id_ not in shown],
            unsure=await room.in_worker(self._unsure, asked_in_vain),
        )

    def _unsure(self, asked: Sequence[Asked]) -> list[Group]:
        """What the bot asked back about most often."""
        unsure = [one for one in asked if one.why == "unsure"]
        return grouped(unsure, today=self._room.today)[:SHOWN_UNSURE]
