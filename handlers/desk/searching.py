"""Searching the conversations: the words are masked as stored; by a document's number only with the right.

An agent finds what they may read anyway: their own and who waits; a supervisor finds everything.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, or_, select

from handlers import wire
from handlers.desk.agents import Someone
from handlers.desk.cases import COLUMNS, Case
from handlers.desk.serving import SUPERVISE
from handlers.desk.states import QUEUED
from handlers.desk.thread import without_links
from handlers.records import hand_over, heard, said

MOST = 50
SEARCHED = timedelta(days=90)
SHORTEST = 2
AROUND = 40


@dataclass(frozen=True, slots=True)
class Found:
    """A case, and the words of its citizen or ours that were sought ("" when found by number)."""

    case: Case
    words: str
    at: datetime


def by_words(tx: Connection, someone: Someone, sought: str, now: datetime) -> list[Found]:
    """Conversations of the last 90 days in which these words stand, newest first, each once."""
    if len(sought) < SHORTEST:
        return []
    since = now - SEARCHED
    mine = _readable(someone)
    in_heard = (
        select(hand_over.c.id, heard.c.words, heard.c.at)
        .join(heard, heard.c.openid == hand_over.c.openid)
        .where(mine, heard.c.at > since, heard.c.words.icontains(sought, autoescape=True))
    )
    in_said = (
        select(hand_over.c.id, said.c.body, said.c.at)
        .join(said, said.c.openid == hand_over.c.openid)
        .where(mine, said.c.at > since, said.c.body.icontains(sought, autoescape=True))
    )
    hits: dict[int, tuple[str, datetime]] = {}
    for question in (in_heard.order_by(heard.c.at.desc()), in_said.order_by(said.c.at.desc())):
        for number, kept, at in tx.execute(question.limit(MOST * 4)):
            words = _words(kept)
            found = sought.casefold() in words.casefold()
            if found and (number not in hits or hits[number][1] < at):
                hits[number] = (_around(words, sought), at)
    return _with_cases(tx, hits)


def by_people(tx: Connection, someone: Someone, openids: Sequence[str], now: datetime) -> list[Found]:
    """The cases of these citizens."""
    theirs = select(hand_over.c.id, hand_over.c.at).where(hand_over.c.openid.in_(openids), _readable(someone))
    recent = theirs.where(hand_over.c.at > now - SEARCHED)
    return _with_cases(tx, {row.id: ("", row.at) for row in tx.execute(recent.limit(MOST))})


def _readable(someone: Someone) -> ColumnElement[bool]:
    if someone.may(SUPERVISE):
        return hand_over.c.id.is_not(None)
    return or_(hand_over.c.agent_id == someone.id, hand_over.c.state.in_(QUEUED))


def _with_cases(tx: Connection, hits: dict[int, tuple[str, datetime]]) -> list[Found]:
    newest = sorted(hits, key=lambda number: hits[number][1], reverse=True)[:MOST]
    rows: dict[int, Any] = {
        row.id: Case(*row) for row in tx.execute(select(*COLUMNS).where(hand_over.c.id.in_(newest)))
    }
    return [Found(rows[number], *hits[number]) for number in newest]


def _words(kept: str) -> str:
    """What stands in a row: plain words of a citizen, or a message of ours as it was packed."""
    if not kept.startswith('{"is":'):
        return kept
    return without_links(str(getattr(wire.unpack(kept), "words", "")))


def _around(words: str, sought: str) -> str:
    at = max(0, words.casefold().find(sought.casefold()))
    start = max(0, at - AROUND)
    cut = words[start : at + len(sought) + AROUND]
    return ("…" if start else "") + cut
