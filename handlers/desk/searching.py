"""Searching the conversations: the words are masked as stored; by a document's number only with the right.

An agent finds what they may read anyway: their own and who waits; a supervisor finds everything.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, or_, select, true

from handlers import wire
from handlers.desk.agents import Someone
from handlers.desk.cases import CASES, Case
from handlers.desk.records import desk_note
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
    """Conversations of the last 90 days in which citizen or colleagues wrote this, newest first, each once.

    The bot's own words are left out: they say the same to everybody.
    """
    if len(sought) < SHORTEST:
        return []
    theirs = select(hand_over.c.openid).where(_readable(someone))
    by_agents = said.c.author.like("agent:%")
    sources = (
        (heard.c.openid, heard.c.at, heard.c.words, true()),
        (desk_note.c.openid, desk_note.c.at, desk_note.c.words, true()),
        (said.c.openid, said.c.at, said.c.body, by_agents),
    )
    told: list[_Told] = []
    for openid, at, kept, only in sources:
        fits = kept.icontains(sought, autoescape=True) & (at > now - SEARCHED) & openid.in_(theirs)
        for row in tx.execute(select(openid, at, kept).where(fits, only).order_by(at.desc()).limit(MOST * 4)):
            words = _words(row[2])
            if sought.casefold() in words.casefold():
                told.append(_Told(row[0], row[1], _around(words, sought)))
    return _with_cases(tx, _hits(tx, someone, told))


def by_people(tx: Connection, someone: Someone, openids: Sequence[str], now: datetime) -> list[Found]:
    """The cases of these citizens."""
    theirs = select(hand_over.c.id, hand_over.c.at).where(hand_over.c.openid.in_(openids), _readable(someone))
    recent = theirs.where(hand_over.c.at > now - SEARCHED)
    return _with_cases(tx, {row.id: ("", row.at) for row in tx.execute(recent.limit(MOST))})


def _readable(someone: Someone) -> ColumnElement[bool]:
    if someone.may(SUPERVISE):
        return hand_over.c.id.is_not(None)
    return or_(hand_over.c.agent_id == someone.id, hand_over.c.state.in_(QUEUED))


@dataclass(frozen=True, slots=True)
class _Told:
    openid: str
    at: datetime
    words: str


def _hits(tx: Connection, someone: Someone, told: Sequence[_Told]) -> dict[int, tuple[str, datetime]]:
    """What was said belongs to the call for a human before it; what came before the first, to the first.

    What an agent closed they read up to its end, whoever serves the citizen since.
    """
    openids = {each.openid for each in told}
    asked = select(hand_over.c.id, hand_over.c.openid, hand_over.c.at, hand_over.c.closed_at).order_by(
        hand_over.c.at
    )
    calls: dict[str, list[Any]] = {}
    for row in tx.execute(asked.where(hand_over.c.openid.in_(openids), _readable(someone))):
        calls.setdefault(row.openid, []).append(row)
    hits: dict[int, tuple[str, datetime]] = {}
    for each in sorted(told, key=lambda each: each.at, reverse=True):
        theirs = calls[each.openid]
        before = [row for row in theirs if row.at <= each.at]
        call = before[-1] if before else theirs[0]
        if someone.may(SUPERVISE) or call.closed_at is None or each.at <= call.closed_at:
            hits.setdefault(call.id, (each.words, each.at))
    return hits


def _with_cases(tx: Connection, hits: dict[int, tuple[str, datetime]]) -> list[Found]:
    newest = sorted(hits, key=lambda number: hits[number][1], reverse=True)[:MOST]
    rows: dict[int, Any] = {row.id: Case(*row) for row in tx.execute(CASES.where(hand_over.c.id.in_(newest)))}
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
