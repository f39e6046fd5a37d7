"""The left pane: who waits, who is mine, what is put off, what is closed; and the counts above them.

Everything a line shows stands in the case's own row, so a list is one question, whatever its length.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Connection, Select, and_, func, or_, select

from handlers.desk.agents import Someone
from handlers.desk.cases import CASES, Case
from handlers.desk.mentions import asked_of
from handlers.desk.serving import SUPERVISE
from handlers.desk.states import BUSY, HELD, OPEN, WITH_WECHAT
from handlers.desk.waiting import order_of_queue
from handlers.records import hand_over

Tab = Literal["queue", "mine", "later", "closed", "all"]

LONGEST = 100
"""Lines that are drawn; the rest of a longer queue is counted only."""

NEVER = datetime.max.replace(tzinfo=UTC)


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


def listing(
    tx: Connection, someone: Someone, tab: Tab, now: datetime, due: Callable[[Case], datetime | None] | None
) -> Listing:
    """The lines of one tab, the most pressing first; with `due`, whoever is due first."""
    question = _question(someone, tab, now)
    total = tx.scalar(select(func.count()).select_from(question.order_by(None).subquery())) or 0
    found = _first_due(tx, question, due) if due else _cases(tx, question)
    return Listing(tab, found, total)


def _question(someone: Someone, tab: Tab, now: datetime) -> Select[Any]:
    own = hand_over.c.agent_id == someone.id
    first_unanswered = (hand_over.c.waiting_since.is_(None), hand_over.c.waiting_since, hand_over.c.last_at)
    lines = CASES
    match tab:
        case "mine":
            offered = hand_over.c.offered_to == someone.id
            mine = or_(offered, and_(own, hand_over.c.state.in_(BUSY)), asked_of(someone))
            lines = lines.where(hand_over.c.state.in_(OPEN), mine)
            return lines.order_by(func.coalesce(offered, False).desc(), *first_unanswered)
        case "later":
            asleep = hand_over.c.state.in_(("snoozed", "window_expired"))
            return lines.where(own, asleep).order_by(hand_over.c.wake_at)
        case "closed":
            recent = (hand_over.c.state == "closed") & (hand_over.c.closed_at > now - timedelta(days=7))
            return lines.where(own, recent).order_by(hand_over.c.closed_at.desc())
        case "all" if someone.may(SUPERVISE):
            held = hand_over.c.state.in_((*HELD, *WITH_WECHAT, "window_expired"))
            return lines.where(held).order_by(*first_unanswered)
        case _:
            queued = hand_over.c.state.in_(("waiting", "offered", "after_hours"))
            return lines.where(queued).order_by(hand_over.c.state == "after_hours", *order_of_queue())


def _first_due(
    tx: Connection, question: Select[Any], due: Callable[[Case], datetime | None]
) -> Sequence[Case]:
    """By the moment at which an answer is due, which no column holds because it counts opening hours.

    Of all with the same target, whoever waits longest is due first: the head of each such list is enough.
    """
    longest = question.order_by(None).order_by(hand_over.c.waiting_since, hand_over.c.last_at)
    waits, answered = hand_over.c.waiting_since.is_not(None), hand_over.c.first_reply_at.is_not(None)
    found = [
        case
        for those in (waits & ~answered, waits & answered, ~waits)
        for case in _cases(tx, longest.where(those))
    ]
    return sorted(found, key=lambda case: due(case) or NEVER)[:LONGEST]


def _cases(tx: Connection, question: Select[Any]) -> list[Case]:
    return [Case(*row) for row in tx.execute(question.limit(LONGEST))]
