"""The left pane: who waits, who is mine, what is put off, what is closed; and the counts above them.

Everything a line shows stands in the case's own row, so a list is one question, whatever its length.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Connection, and_, func, or_, select

from handlers.desk.agents import Someone
from handlers.desk.cases import COLUMNS, Case
from handlers.desk.mentions import asked_of
from handlers.desk.serving import SUPERVISE
from handlers.desk.states import BUSY, HELD, OPEN, WITH_WECHAT
from handlers.desk.waiting import order_of_queue
from handlers.records import hand_over

Tab = Literal["queue", "mine", "later", "closed", "all"]

LONGEST = 100
"""Lines that are drawn; the rest of a longer queue is counted only."""


@dataclass(frozen=True, slots=True)
class Counts:
    """How many stand behind each tab; `unread` is what of mine is unread, and who is offered to me."""

    queue: int
    mine: int
    later: int
    unread: int


@dataclass(frozen=True, slots=True)
class Listing:
    """One tab's lines."""

    tab: Tab
    cases: Sequence[Case]
    total: int


def counts(tx: Connection, someone: Someone) -> Counts:
    """In one question."""
    own = hand_over.c.agent_id == someone.id
    offered = hand_over.c.offered_to == someone.id
    unread = func.sum(hand_over.c.unread).filter(and_(own, hand_over.c.state.in_(HELD)))

    def number(condition: Any) -> Any:
        return func.count().filter(condition)

    row = tx.execute(
        select(
            number(hand_over.c.state.in_(("waiting", "offered", "after_hours"))),
            number(or_(offered, and_(own, hand_over.c.state.in_(BUSY)))),
            number(and_(own, hand_over.c.state.in_(("snoozed", "window_expired")))),
            func.coalesce(unread, 0) + number(offered),
        ).where(hand_over.c.state.in_(OPEN))
    ).one()
    return Counts(*(int(value) for value in row))


def listing(tx: Connection, someone: Someone, tab: Tab, now: datetime) -> Listing:
    """The lines of one tab, the most pressing first."""
    own = hand_over.c.agent_id == someone.id
    first_unanswered = (hand_over.c.waiting_since.is_(None), hand_over.c.waiting_since, hand_over.c.last_at)
    match tab:
        case "mine":
            held = and_(own, hand_over.c.state.in_(BUSY))
            mine = or_(hand_over.c.offered_to == someone.id, held, asked_of(someone))
            offered = hand_over.c.offered_to == someone.id
            question = select(*COLUMNS).where(hand_over.c.state.in_(OPEN), mine)
            question = question.order_by(func.coalesce(offered, False).desc(), *first_unanswered)
        case "later":
            asleep = hand_over.c.state.in_(("snoozed", "window_expired"))
            question = select(*COLUMNS).where(own, asleep).order_by(hand_over.c.wake_at)
        case "closed":
            recent = (hand_over.c.state == "closed") & (hand_over.c.closed_at > now - timedelta(days=7))
            question = select(*COLUMNS).where(own, recent).order_by(hand_over.c.closed_at.desc())
        case "all" if someone.may(SUPERVISE):
            held = hand_over.c.state.in_((*HELD, *WITH_WECHAT, "window_expired"))
            question = select(*COLUMNS).where(held).order_by(*first_unanswered)
        case _:
            queued = hand_over.c.state.in_(("waiting", "offered", "after_hours"))
            later = (hand_over.c.state == "after_hours", *order_of_queue())
            question = select(*COLUMNS).where(queued).order_by(*later)
    total = tx.scalar(select(func.count()).select_from(question.order_by(None).subquery())) or 0
    return Listing(tab, [Case(*row) for row in tx.execute(question.limit(LONGEST))], total)
