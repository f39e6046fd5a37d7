"""What the screen shows: the whole page, and each of its panes on its own.

Every pane asks again whether the person may see the case; there is nothing on it that is not masked.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, get_args

from aiohttp import web
from sqlalchemy import Connection

from faq.hours import BEIJING
from handlers.desk import (
    agents,
    canned,
    card,
    cases,
    events,
    listening,
    lists,
    mentions,
    readers,
    rounds,
    speaking,
    suggestions,
    thread,
)
from handlers.desk.agents import Agent, Someone
from handlers.desk.cases import Case
from handlers.desk.lists import Counts, Listing, Tab
from handlers.desk.office import SEE_REPORTS
from handlers.desk.ports import CaseCard, Ports
from handlers.desk.reading import Readings
from handlers.desk.refusals import NotYours
from handlers.desk.requests import case_id, moment, refusing
from handlers.desk.reviews import DECIDE
from handlers.desk.serving import ANSWER, OUTCOMES, SUPERVISE, is_holder
from handlers.desk.states import QUEUED
from handlers.desk.targets import due_at
from handlers.desk.thread import Page
from handlers.outbox import QuotaLeft
from verification.reviews import open_reviews

OFFERED, MIN_ANSWERS = 7, 3
"""Lines below `/`: they fit without scrolling, and the library's answers keep some of them."""


AFTER = timedelta(seconds=1)
"""The farewell is written in the moment in which a case is closed."""


@dataclass(frozen=True, slots=True)
class Left:
    """The left pane; `by_due` when whoever is due first stands first, `about` the topics by case."""

    listing: Listing
    by_due: bool
    counts: Counts
    me: Agent | None
    due: Mapping[int, datetime | None]
    about: Mapping[int, str]
    agents: Mapping[int, str]
    reviews: int


@dataclass(frozen=True, slots=True)
class Middle:
    """The thread with everything around it; `holds` is whether this person may write to the citizen.

    `asked` is whether a colleague's note asks them for a word, `later` whether they may read what came
    after the end of a closed case.
    """

    case: Case
    page: Page
    holds: bool
    asked: bool
    later: bool
    room: QuotaLeft
    following: bool
    draft: str
    position: int
    due: datetime | None
    viewers: Sequence[tuple[str, bool]]
    colleagues: Sequence[Agent]
    agents: Mapping[int, str]
    earlier: int


class Views:
    """The GET side of the desk."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports
        self._readings = Readings()

    def routes(self) -> list[web.AbstractRouteDef]:
        """Looking at a pane again is no activity: it happens by itself."""
        by_hand = self._ports.require(ANSWER)
        by_itself = self._ports.require(ANSWER, active=False)
        return [
            web.get("/desk", by_hand(refusing(self._ports, self.show_desk))),
            web.get("/desk/case/{id}", by_hand(refusing(self._ports, self.show_desk))),
            web.get("/desk/lists", by_itself(refusing(self._ports, self.show_lists))),
            web.get("/desk/case/{id}/thread", by_hand(refusing(self._ports, self.show_thread))),
            web.get("/desk/case/{id}/log", by_itself(refusing(self._ports, self.show_log))),
            web.get("/desk/case/{id}/side", by_itself(refusing(self._ports, self.show_side))),
            web.get("/desk/answers", by_hand(refusing(self._ports, self.show_answers))),
        ]

    async def show_desk(self, request: web.Request) -> web.Response:
        """GET /desk, /desk/case/{id}: the whole page, with a case opened or without."""
        me, now = await self._ports.me(request), self._ports.clock()
        opened = case_id(request) if "id" in request.match_info else None

        def open_desk(tx: Connection) -> int:
            agents.arrive(tx, me, self._ports.settings, now)
            return events.newest(tx)

        cursor = await self._ports.store.write(open_desk)
        left = await self._ports.store.read(lambda tx: self._left(tx, me, request, now))
        middle = await self._open(me, opened, now) if opened is not None else None
        side = await self._side(middle) if middle is not None else {}
        return self._ports.render(
            request, "desk/desk.html", left=left, middle=middle, now=now, cursor=cursor, me=me, **side,
            supervises=me.may(SUPERVISE), sees_reports=me.may(SEE_REPORTS), decides=self._decides(me),
        )  # fmt: skip

    async def show_lists(self, request: web.Request) -> web.Response:
        """GET /desk/lists?tab=…"""
        me, now = await self._ports.me(request), self._ports.clock()
        left = await self._ports.store.read(lambda tx: self._left(tx, me, request, now))
        return self._ports.render(
            request, "desk/lists.html", left=left, now=now, me=me, middle=None,
            supervises=me.may(SUPERVISE), sees_reports=me.may(SEE_REPORTS), decides=self._decides(me),
        )  # fmt: skip

    async def show_thread(self, request: web.Request) -> web.Response:
        """GET /desk/case/{id}/thread: somebody opens a case."""
        me, now = await self._ports.me(request), self._ports.clock()
        middle = await self._open(me, case_id(request), now)
        return self._ports.render(
            request, "desk/thread.html", middle=middle, now=now, me=me, supervises=me.may(SUPERVISE)
        )

    async def show_log(self, request: web.Request) -> web.Response:
        """GET /desk/case/{id}/log: its newest page again, or with `before` an older one."""
        me, now, asked = await self._ports.me(request), self._ports.clock(), case_id(request)
        before = moment(request.query["before"]) if "before" in request.query else None
        middle = await self._look_again(me, asked, now, before)
        template = "desk/log.html" if before is None else "desk/older.html"
        return self._ports.render(
            request, template, middle=middle, now=now, me=me, supervises=me.may(SUPERVISE)
        )

    async def show_side(self, request: web.Request) -> web.Response:
        """GET /desk/case/{id}/side: the card, the suggestions, the close form."""
        me, now, asked = await self._ports.me(request), self._ports.clock(), case_id(request)
        middle = await self._look_again(me, asked, now)
        side = await self._side(middle)
        return self._ports.render(request, "desk/side.html", middle=middle, now=now, me=me, **side)

    async def show_answers(self, request: web.Request) -> web.Response:
        """GET /desk/answers?q=…: canned replies and the library, for `/` in the composer."""
        me, now, sought = await self._ports.me(request), self._ports.clock(), request.query.get("q", "")[:40]
        library = self._ports.live().library
        replies = await self._ports.store.read(lambda tx: canned.found(tx, me, sought))
        today = now.astimezone(BEIJING).date()
        answers = suggestions.search(library, sought, today) if sought.strip() else []
        own = replies[: OFFERED - MIN_ANSWERS] if answers else replies[:OFFERED]
        return self._ports.render(
            request,
            "desk/answers.html",
            replies=own,
            answers=answers[: OFFERED - len(own)],
            sought=sought,
        )

    async def _open(self, me: Someone, opened: int, now: datetime) -> Middle:
        """Look at a case: colleagues see it, the trail keeps it, the holder has read it."""

        def look(tx: Connection) -> Middle:
            middle = self._middle(tx, me, opened, now, None)
            agents.arrive(tx, me, self._ports.settings, now)
            agents.beat(tx, me.id, now, looking_at=opened, typing=False)
            speaking.mark_read(tx, opened, me, middle.case.heard_seq)
            if self._readings.begins(me.id, opened, now):
                self._note_reading(tx, me, opened)
            return middle

        middle = await self._ports.store.write(look)
        self._readings.goes_on(me.id, opened, now)
        return middle

    async def _look_again(
        self, me: Someone, asked: int, now: datetime, before: datetime | None = None
    ) -> Middle:
        """A pane of a case that is open already; of any other one, its reading begins here."""
        middle: Middle = await self._ports.store.read(lambda tx: self._middle(tx, me, asked, now, before))
        if self._readings.begins(me.id, asked, now):
            await self._ports.store.write(lambda tx: self._note_reading(tx, me, asked))
        self._readings.goes_on(me.id, asked, now)
        return middle

    def _note_reading(self, tx: Connection, me: Someone, case: int) -> None:
        self._ports.note(tx, me.name, "thread.open", f"case:{case}")

    def _left(self, tx: Connection, me: Someone, request: web.Request, now: datetime) -> Left:
        library, by_due = self._ports.live().library, request.query.get("sort") == "due"

        def due(case: Case) -> datetime | None:
            return due_at(case, library.hours, self._ports.settings)

        listing = lists.listing(tx, me, _tab(request), now, due if by_due else None)
        dues = {case.id: due(case) for case in listing.cases}
        about = {case.id: library.title(case.topic) for case in listing.cases if case.topic}
        reviews = len(open_reviews(tx)) if self._decides(me) else 0
        counts, names = lists.counts(tx, me), agents.names(tx)
        return Left(listing, by_due, counts, agents.one(tx, me.id), dues, about, names, reviews)

    def _middle(
        self, tx: Connection, me: Someone, asked: int, now: datetime, before: datetime | None
    ) -> Middle:
        case, person = cases.look(tx, asked)
        if not readers.may_read(tx, case, me):
            raise NotYours
        later = readers.reads_on(tx, case, me)
        if not later and case.closed_at is not None:
            end = case.closed_at + AFTER
            before = end if before is None else min(before, end)
        there = agents.everybody(tx)
        gone_after, hours = self._ports.settings.gone_after, self._ports.live().library.hours
        return Middle(
            case,
            thread.page(tx, case.openid, before),
            is_holder(case, me),
            not is_holder(case, me) and mentions.is_asked(tx, case, me),
            later,
            speaking.room(tx, person, now),
            person.following,
            speaking.draft(tx, case.id, me),
            rounds.position(tx, case) if case.state in QUEUED else 0,
            due_at(case, hours, self._ports.settings),
            readers.beside(there, case, me, now, gone_after),
            [agent for agent in there if agent.id != me.id and agent.is_there(now, gone_after)],
            {agent.id: agent.name for agent in there},
            cases.number_of(tx, case.openid) - 1,
        )

    def _decides(self, me: Someone) -> bool:
        return self._ports.proofs is not None and me.may(DECIDE)

    async def _side(self, middle: Middle) -> dict[str, Any]:
        case, library = middle.case, self._ports.live().library
        words = await self._ports.store.read(lambda tx: listening.last_question(tx, case.openid))
        found = await suggestions.for_words(self._ports, words, case.topic) if middle.holds else []
        proof: CaseCard | None = None
        if middle.later:
            proof = await self._ports.store.read(lambda tx: self._ports.case_of(tx, case.openid))
        return {
            "card": card.of(case, library),
            "last": await self._ports.store.read(lambda tx: cases.last_before(tx, case)),
            "proof": proof,
            "suggestions": found,
            "outcomes": OUTCOMES,
            "topics": [(topic.id, topic.title) for topic in library.content.topics],
            "guides": library.content.guides,
            "sends_links": self._ports.link_for is not None,
        }


def _tab(request: web.Request) -> Tab:
    asked = request.query.get("tab", "queue")
    return next((tab for tab in get_args(Tab) if tab == asked), "queue")
