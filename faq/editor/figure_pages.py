"""The figures as a page: what is shown, what helps, what is never asked; charts are drawn here as SVG."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from aiohttp import web
from sqlalchemy import Connection

from faq.editor.addresses import categories_of, number_of, titles_of
from faq.editor.figures import Hit, bars, deflection, tallies, total
from faq.editor.grouping import grouped
from faq.editor.inbox import Asked, Group
from faq.editor.workroom import Workroom
from faq.hours import BEIJING

SPANS = (7, 14, 30, 90)
SHOWN_UNSURE = 10

CONVERSATION = "daily"
"""The shipped category of greetings and thanks: its topics stand last, for editors want the answers."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What one person looks at: their categories by slug, the chosen one, and the topics in them.

    `topics` gives the category of each topic, `titles` what it is called. `everything` are all topics there
    are for whoever looks at all of them: they see the figures of deleted ones, too.
    """

    categories: Mapping[str, str]
    chosen: str
    topics: Mapping[str, str]
    titles: Mapping[str, str]
    everything: frozenset[str]

    def shows(self, topic: str | None) -> bool:
        """Whether figures of this topic, or of no topic, are shown."""
        return topic in self.topics or (bool(self.everything) and topic not in self.everything)


class FigurePages:
    """GET /content/figures?days=…&category=…"""

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
        seen = await self._seen(request)
        found = tallies([hit for hit in hits if seen.shows(hit.topic)], today=room.today, days=days)
        found.sort(key=lambda tally: seen.topics.get(tally.topic) == CONVERSATION)
        everything = total(found, days)
        unsure = [one for one in asked_in_vain if seen.shows(one.topic)]
        shown = {tally.topic for tally in found if tally.shown}
        return room.page(
            request,
            "figures",
            tab="figures",
            days=days,
            spans=SPANS,
            categories=seen.categories,
            category=seen.chosen,
            tallies=found,
            everything=everything,
            deflection=deflection(everything),
            bars=bars(everything.by_day),
            sparks={tally.topic: bars(tally.by_day, width=112, height=24) for tally in found},
            first=first.isoformat(),
            last=room.today.isoformat(),
            most=max(everything.by_day, default=0),
            titles=seen.titles,
            never=[id_ for id_ in seen.titles if id_ not in shown],
            unsure=await room.in_worker(self._unsure, unsure),
        )

    async def _seen(self, request: web.Request) -> Seen:
        working, reach = await self._room.working(), await self._room.reach(request)
        named = categories_of(working)
        mine = {slug: name for slug, name in named.items() if reach.may_see(slug)}
        chosen = wanted if (wanted := request.query.get("category", "")) in mine else ""
        asked_for = [
            entry
            for entry in working.values()
            if entry.kind == "topic" and reach.may_see(entry.category) and chosen in ("", entry.category)
        ]
        return Seen(
            mine,
            chosen,
            {entry.key.partition(":")[2]: entry.category for entry in asked_for},
            {entry.key.partition(":")[2]: entry.title for entry in asked_for},
            frozenset() if chosen or len(mine) < len(named) else frozenset(titles_of(working, "topic")),
        )

    def _unsure(self, asked: Sequence[Asked]) -> list[Group]:
        """What the bot asked back about most often."""
        unsure = [one for one in asked if one.why == "unsure"]
        return grouped(unsure, today=self._room.today)[:SHOWN_UNSURE]
