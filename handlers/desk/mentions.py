"""Colleagues who are asked for a word: a note that names one opens its case to them, while it is open.

They read it, answer with a note of their own, and say nothing to the citizen.
"""

from typing import Any

from sqlalchemy import ColumnElement, Connection, exists, select

from handlers.desk.agents import Someone
from handlers.desk.cases import Case
from handlers.desk.records import desk_event
from handlers.desk.states import OPEN
from handlers.records import hand_over


def is_asked(tx: Connection, case: Case, someone: Someone) -> bool:
    """Whether a note in this case names them, and the case is still open."""
    if case.state not in OPEN:
        return False
    return bool(tx.scalar(select(_names(someone.id, case.id, case.openid))))


def asked_of(someone: Someone) -> ColumnElement[bool]:
    """The open cases of others in which a note names them, in SQL."""
    return hand_over.c.state.in_(OPEN) & _names(someone.id, hand_over.c.id, hand_over.c.openid)


def _names(agent: int, case_id: Any, openid: Any) -> ColumnElement[bool]:
    theirs = (desk_event.c.openid == openid) & (desk_event.c.case_id == case_id)
    return exists().where(theirs, desk_event.c.kind == "note", desk_event.c.target == agent)
