"""Cases: one citizen's way through a journey, as rows.

Events are only ever added. Facts are sealed JSON, bound to their event.
"""

import json
import secrets
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, Row, exists, insert, select, update
from sqlalchemy.exc import IntegrityError

from verification.journey import Event, Facts, Place, stand
from verification.maps import Journey
from verification.records import case, event, place, review, verdict

Seal = Callable[[bytes, str], bytes]
ABANDONED_AFTER = timedelta(hours=24)
DECIDED_LASTS = timedelta(days=7)
MOST_FOUND = 50


class Overtaken(Exception):
    """Another answer was there first; what the page of the current step says is now true."""


@dataclass(frozen=True, slots=True)
class Case:
    """One way through a journey; `person` is masked."""

    id: int
    ref: str
    openid: str = field(repr=False)
    purpose: str
    opened_at: datetime
    last_at: datetime
    person: str
    ended_at: datetime | None
    outcome: str | None


@dataclass(frozen=True, slots=True)
class Verdict:
    """Something about a case that the citizen should hear in the chat.

    `reasons` are keys of refusals; of a review, the words of the colleague who decided it.
    """

    id: int
    case_ref: str
    openid: str = field(repr=False)
    outcome: str
    reasons: tuple[str, ...]
    at: datetime


def open_case(tx: Connection, openid: str, purpose: str, journey: str, now: datetime) -> Case:
    """The citizen's open case for this purpose, or a new one."""
    theirs = (case.c.openid == openid) & (case.c.purpose == purpose) & case.c.ended_at.is_(None)
    newest = select(case).where(theirs, ~_is_abandoned(now)).order_by(case.c.id.desc())
    row = tx.execute(newest.limit(1)).first()
    if row is not None:
        return _case(row)
    values = {"ref": secrets.token_hex(8), "openid": openid, "journey": journey, "purpose": purpose}
    number = tx.execute(
        insert(case).values(**values, opened_at=now, last_at=now, person="")
    ).inserted_primary_key
    return case_by_id(tx, number[0] if number else 0)


def case_by_id(tx: Connection, number: int) -> Case:
    return _case(tx.execute(select(case).where(case.c.id == number)).one())


def latest_case(tx: Connection, openid: str) -> Case | None:
    """The case the citizen touched last, open or ended."""
    asked = select(case).where(case.c.openid == openid).order_by(case.c.last_at.desc(), case.c.id.desc())
    row = tx.execute(asked.limit(1)).first()
    return _case(row) if row else None


def events_of(tx: Connection, case_id: int, unseal: Seal | None = None) -> list[Event]:
    """The events of a case, oldest first; without `unseal`, without their facts."""
    rows = tx.execute(select(event).where(event.c.case_id == case_id).order_by(event.c.number))
    return [_event(row, unseal) for row in rows]


def latest_refused(tx: Connection, openid: str, steps: Collection[str], limit: int = 20) -> list[Event]:
    """The citizen's answers at these steps that were refused with reasons, the latest first; no facts."""
    theirs = (case.c.openid == openid) & event.c.step.in_(steps) & (event.c.reasons != _json(()))
    asked = select(event).join(case, case.c.id == event.c.case_id).where(theirs)
    rows = tx.execute(asked.order_by(event.c.at.desc(), event.c.number.desc()).limit(limit))
    return [_event(row, None) for row in rows]


def append(tx: Connection, case_id: int, one: Event, seal: Seal) -> None:
    """Add one event.

    Raises:
        Overtaken: an event of this number is there already, or the case has ended.
    """
    facts = seal(_json(one.facts).encode(), facts_place(case_id, one.number)) if one.facts else None
    still_open = (case.c.id == case_id) & case.c.ended_at.is_(None)
    if not tx.execute(update(case).where(still_open).values(last_at=one.at)).rowcount:
        raise Overtaken(Overtaken.__doc__)
    row = {"case_id": case_id, "number": one.number, "step": one.step, "word": one.word, "at": one.at}
    try:
        with tx.begin_nested():
            tx.execute(insert(event).values(**row, reasons=_json(one.reasons), facts_sealed=facts))
    except IntegrityError:
        raise Overtaken(Overtaken.__doc__) from None


def settle(tx: Connection, journey: Journey, the_case: Case, where: Place, now: datetime) -> None:
    """Close the case when `where` is an end, and leave the verdict for the floor above."""
    if where.name in journey.ends:
        end(tx, the_case, where.name, where.reasons, now)


def end(tx: Connection, the_case: Case, outcome: str, reasons: Sequence[str], now: datetime) -> None:
    """End a case once; the second time nothing happens."""
    still_open = (case.c.id == the_case.id) & case.c.ended_at.is_(None)
    if tx.execute(update(case).where(still_open).values(ended_at=now, outcome=outcome)).rowcount:
        leave_verdict(tx, the_case, outcome, reasons, now)


def leave_verdict(
    tx: Connection, the_case: Case, outcome: str, reasons: Sequence[str], now: datetime
) -> None:
    """Something for the floor above to tell the citizen."""
    row = {"case_id": the_case.id, "openid": the_case.openid, "outcome": outcome, "at": now}
    tx.execute(insert(verdict).values(**row, reasons=_json(tuple(reasons))))


def name_person(tx: Connection, case_id: int, masked: str, number_index: bytes | None = None) -> None:
    """Whom the case is about: masked for reading, and the blind index for finding."""
    tx.execute(update(case).where(case.c.id == case_id).values(person=masked, number_index=number_index))


def openids_about(tx: Connection, number_indexes: Sequence[bytes]) -> list[str]:
    """The citizens whose cases are about one of these documents, the latest first."""
    about = select(case.c.openid).where(case.c.number_index.in_(number_indexes))
    return list(dict.fromkeys(tx.scalars(about.order_by(case.c.last_at.desc()).limit(MOST_FOUND))))


def place_of(tx: Connection, journey: Journey, case_id: int, unseal: Seal | None = None) -> Place:
    """Where the citizen of this case stands.

    Raises:
        HistoryDoesNotFit: the case was begun on another map.
    """
    return stand(journey, events_of(tx, case_id, unseal))


def untold_verdicts(tx: Connection, limit: int = 20) -> list[Verdict]:
    """Verdicts that nobody has brought yet, oldest first; call `told` in the transaction that tells them."""
    asked = select(verdict, case.c.ref).join(case, case.c.id == verdict.c.case_id)
    rows = tx.execute(asked.where(verdict.c.told_at.is_(None)).order_by(verdict.c.id).limit(limit))
    return [_verdict(row) for row in rows]


def told(tx: Connection, verdict_id: int, now: datetime) -> bool:
    """Mark as told; False when somebody was faster."""
    untold = (verdict.c.id == verdict_id) & verdict.c.told_at.is_(None)
    return tx.execute(update(verdict).where(untold).values(told_at=now)).rowcount == 1


def close_abandoned(tx: Connection, now: datetime) -> int:
    """End the cases that nobody came back to; how many."""
    old = case.c.ended_at.is_(None) & _is_abandoned(now)
    return tx.execute(update(case).where(old).values(ended_at=now, outcome="abandoned")).rowcount


def facts_place(case_id: int, number: int) -> str:
    return place(event, "facts_sealed", f"{case_id}.{number}")


def _is_abandoned(now: datetime) -> ColumnElement[bool]:
    """Left for a day; those under review, or told of its decision within a week, are not."""
    fresh = review.c.decided_at.is_(None) | (review.c.decided_at > now - DECIDED_LASTS)
    under_review = exists().where(review.c.case_id == case.c.id, fresh)
    return (case.c.last_at <= now - ABANDONED_AFTER) & ~under_review


def _case(row: Row[*tuple[object, ...]]) -> Case:
    return Case(*(getattr(row, name) for name in Case.__slots__))


def _event(row: Row[*tuple[object, ...]], unseal: Seal | None) -> Event:
    facts: Facts = {}
    if unseal and row.facts_sealed is not None:
        facts = json.loads(unseal(row.facts_sealed, facts_place(row.case_id, row.number)))
    return Event(row.number, row.step, row.word, row.at, tuple(json.loads(row.reasons)), facts)


def _verdict(row: Row[*tuple[object, ...]]) -> Verdict:
    return Verdict(row.id, row.ref, row.openid, row.outcome, tuple(json.loads(row.reasons)), row.at)


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
