"""Pictures and signatures: sealed, each with the day it is forgotten, and every read on the audit trail."""

import hashlib
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, Connection, insert, select, update

from verification.provided import Provided
from verification.records import evidence, place


class Kind(StrEnum):
    """What is kept; the periods stand in `KEEP`."""

    SELFIE = "selfie"
    DOCUMENT = "document"
    PORTRAIT = "portrait"
    SIGNATURE = "signature"
    STROKES = "strokes"


KEEP: Mapping[Kind, timedelta] = {
    # Face pictures only as long as a review may need them (a day, more only while one is open).
    Kind.SELFIE: timedelta(hours=24),
    Kind.DOCUMENT: timedelta(hours=24),
    Kind.PORTRAIT: timedelta(hours=24),
    # What was signed must be provable as long as the business may be contested.
    Kind.SIGNATURE: timedelta(days=365 * 3),
    Kind.STROKES: timedelta(days=365 * 3),
}
WHILE_REVIEWED = timedelta(days=15)
NUMBER = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class Piece:
    """One piece of evidence, opened."""

    case_id: int
    kind: Kind
    media_type: str
    content: bytes = field(repr=False)


def new_number() -> str:
    """An id that cannot be guessed; it may stand in the address of a page."""
    return secrets.token_hex(16)


def is_number(text: str) -> bool:
    """Whether it could be one: what stands in an address may be anything."""
    return NUMBER.fullmatch(text) is not None


def keep(tx: Connection, number: str, piece: Piece, house: Provided) -> None:
    """Seal one piece under this number."""
    now = house.clock()
    row = {"id": number, "case_id": piece.case_id, "kind": piece.kind.value, "media_type": piece.media_type}
    sealed = house.seal(piece.content, place(evidence, "sealed", number))
    row |= {"sha256": hashlib.sha256(piece.content).hexdigest()}
    tx.execute(insert(evidence).values(**row, sealed=sealed, at=now, forget_at=now + KEEP[piece.kind]))


def look_at(tx: Connection, number: str, house: Provided, *, who: str, why: str) -> Piece | None:
    """Open one piece, and note who did; None when it is unknown or was forgotten."""
    row = tx.execute(select(evidence).where(evidence.c.id == number)).first()
    if row is None or row.sealed is None:
        return None
    house.note(tx, who, "evidence read", f"evidence:{number}", reason=why, detail={"kind": row.kind})
    content = house.open(row.sealed, place(evidence, "sealed", number))
    return Piece(row.case_id, Kind(row.kind), row.media_type, content)


def belongs_to(tx: Connection, number: str, case_id: int) -> bool:
    same = (evidence.c.id == number) & (evidence.c.case_id == case_id)
    return is_number(number) and tx.execute(select(evidence.c.id).where(same)).first() is not None


def keep_for_review(tx: Connection, case_id: int, now: datetime) -> None:
    """Keep the pictures of a case until a review of it can be over."""
    mine = (evidence.c.case_id == case_id) & evidence.c.sealed.is_not(None)
    later = mine & (evidence.c.forget_at < now + WHILE_REVIEWED)
    tx.execute(update(evidence).where(later).values(forget_at=now + WHILE_REVIEWED))


def forget_pictures(tx: Connection, case_id: int, now: datetime) -> None:
    """A review is over: its face pictures go with the next run of the job."""
    sooner = (evidence.c.case_id == case_id) & _is_face() & (evidence.c.forget_at > now + KEEP[Kind.SELFIE])
    tx.execute(update(evidence).where(sooner).values(forget_at=now + KEEP[Kind.SELFIE]))


def erase_faces(tx: Connection, case_ids: Sequence[int]) -> None:
    """Erase the face pictures of these cases now; signatures stay."""
    theirs = evidence.c.case_id.in_(case_ids) & _is_face()
    tx.execute(update(evidence).where(theirs).values(sealed=None))


def forget_due(tx: Connection, now: datetime) -> int:
    """Erase what is past its day; how many."""
    due = evidence.c.sealed.is_not(None) & (evidence.c.forget_at <= now)
    return tx.execute(update(evidence).where(due).values(sealed=None)).rowcount


def _is_face() -> ColumnElement[bool]:
    return evidence.c.kind.in_([Kind.SELFIE, Kind.DOCUMENT, Kind.PORTRAIT])
