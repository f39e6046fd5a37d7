"""Canned replies: everybody's and one's own, in folders, found by `/`; variables are filled when used."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, delete, exists, insert, or_, select, update

from handlers.desk.agents import Someone
from handlers.desk.records import canned, canned_picture
from handlers.desk.refusals import NotYours, Unusable
from handlers.desk.serving import SUPERVISE
from handlers.desk.speaking import refuse_numbers

MOST_FOUND = 20
LONGEST = 1500

VARIABLES = ("{客服}", "{上班时间}", "{下次上班}")
"""What may stand in a canned reply and is filled in for the citizen at hand."""


@dataclass(frozen=True, slots=True)
class Canned:
    """One reply; `mine` when only its owner sees it."""

    id: int
    folder: str
    title: str
    words: str
    mine: bool
    has_picture: bool


def found(tx: Connection, someone: Someone, sought: str = "", limit: int = MOST_FOUND) -> list[Canned]:
    """What this agent may use and holds the sought words, own ones first."""
    pictured = exists().where(canned_picture.c.id == canned.c.id).label("has_picture")
    question = select(canned, pictured).where(_usable(someone))
    if sought.strip():
        columns = (canned.c.title, canned.c.words, canned.c.folder)
        question = question.where(
            or_(*(column.icontains(sought.strip(), autoescape=True) for column in columns))
        )
    rows = tx.execute(question.order_by(canned.c.owner.is_(None), canned.c.folder, canned.c.title))
    return [_canned(row) for row in rows.fetchmany(limit)]


def add(
    tx: Connection,
    someone: Someone,
    *,
    folder: str,
    title: str,
    words: str,
    shared: bool,
    now: datetime,
    picture: bytes | None = None,
) -> None:
    """Keep a reply for reuse, perhaps with a picture (JPEG); for everybody only by a supervisor.

    Raises:
        NotYours, Unusable, PersonalNumber
    """
    if shared and not someone.may(SUPERVISE):
        raise NotYours
    owner = None if shared else someone.id
    row = insert(canned).values(owner=owner, at=now, **_checked(folder, title, words))
    key = tx.execute(row).inserted_primary_key
    assert key is not None  # noqa: S101 - an autoincrement row always has one
    _picture(tx, int(key[0]), picture)


def change(
    tx: Connection,
    someone: Someone,
    canned_id: int,
    *,
    folder: str,
    title: str,
    words: str,
    picture: bytes | None = None,
) -> None:
    """Word a reply anew: one's own, or everybody's by a supervisor. Without a new picture the old one stays.

    Raises:
        NotYours, Unusable, PersonalNumber
    """
    mine = update(canned).where(canned.c.id == canned_id, _owned(someone))
    if not tx.execute(mine.values(**_checked(folder, title, words))).rowcount:
        raise NotYours
    if picture is not None:
        tx.execute(delete(canned_picture).where(canned_picture.c.id == canned_id))
        _picture(tx, canned_id, picture)


def picture_of(tx: Connection, someone: Someone, canned_id: int) -> bytes | None:
    """The picture of a reply that this agent may use."""
    asked = select(canned_picture.c.jpeg).join(canned, canned.c.id == canned_picture.c.id)
    return tx.scalar(asked.where(canned.c.id == canned_id, _usable(someone)))


def remove(tx: Connection, someone: Someone, canned_id: int) -> None:
    """Throw one away: one's own, or everybody's by a supervisor.

    Raises:
        NotYours
    """
    if not tx.execute(delete(canned).where(canned.c.id == canned_id, _owned(someone))).rowcount:
        raise NotYours
    tx.execute(delete(canned_picture).where(canned_picture.c.id == canned_id))


def filled(words: str, values: Mapping[str, str]) -> str:
    """The words with their variables filled in; an unknown one stays as it was written."""
    for name, value in values.items():
        words = words.replace(name, value)
    return words


def _canned(row: Any) -> Canned:
    return Canned(row.id, row.folder, row.title, row.words, row.owner is not None, row.has_picture)


def _checked(folder: str, title: str, words: str) -> dict[str, str]:
    folder, title, words = folder.strip(), title.strip(), words.strip()
    if not title or not words or len(title) > 60 or len(words) > LONGEST or len(folder) > 40:
        raise Unusable
    refuse_numbers(f"{folder}\n{title}\n{words}")
    return {"folder": folder, "title": title, "words": words}


def _picture(tx: Connection, canned_id: int, jpeg: bytes | None) -> None:
    if jpeg is not None:
        tx.execute(insert(canned_picture).values(id=canned_id, jpeg=jpeg))


def _owned(someone: Someone) -> ColumnElement[bool]:
    own = canned.c.owner == someone.id
    return or_(own, canned.c.owner.is_(None)) if someone.may(SUPERVISE) else own


def _usable(someone: Someone) -> ColumnElement[bool]:
    return or_(canned.c.owner.is_(None), canned.c.owner == someone.id)
