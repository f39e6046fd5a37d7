"""The queue: who goes before whom, and who is next for an agent."""

import math
from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, or_, select

from handlers.desk import agents, cases
from handlers.desk.cases import Case
from handlers.desk.states import State
from handlers.records import hand_over

URGENT = ("distress", "complaint")
"""Reasons that go before all others."""

IN_LINE: tuple[State, ...] = ("waiting", "offered")
"""States of those whom somebody should take now."""


def order_of_queue() -> tuple[Any, ...]:
    """The order of the queue, in SQL: the urgent before the others, then by waiting time."""
    return hand_over.c.reason.in_(URGENT).desc(), hand_over.c.at, hand_over.c.id


def place_of(tx: Connection, openid: str, at: datetime, reason: str = "") -> int:
    """Where a citizen stands in the queue, 1 for the next; before the call, where `reason` would put them."""
    case = cases.open_of(tx, openid)
    urgent = reason in URGENT or (case is not None and case.reason in URGENT)
    mine = (not urgent, case.at, case.id) if case else (not urgent, at, math.inf)
    queue = select(hand_over.c.id, hand_over.c.reason, hand_over.c.at).where(
        hand_over.c.state.in_(IN_LINE), hand_over.c.openid != openid
    )
    return 1 + sum((row.reason not in URGENT, row.at, row.id) < mine for row in tx.execute(queue))


def line(tx: Connection) -> tuple[int, datetime | None]:
    """How many wait, and since when the first of them does."""
    question = select(func.count(), func.min(hand_over.c.at))
    length, since = tx.execute(question.where(hand_over.c.state.in_(IN_LINE))).one()
    return length, since


def first_waiting(tx: Connection, agent: int, staffed: Collection[str], *, state: State) -> Case | None:
    """Who is next for this agent; their citizen is locked.

    What waits for a team is left to it while anybody of it is there (`staffed`), otherwise it is everybody's.
    """
    me = agents.one(tx, agent)
    others = [team for team in staffed if me is None or team != me.team]
    for_me = or_(hand_over.c.team == "", hand_over.c.team.not_in(others))
    question = select(hand_over.c.id).where(hand_over.c.state == state, for_me)
    return cases.first_free(tx, question.order_by(*order_of_queue()))
