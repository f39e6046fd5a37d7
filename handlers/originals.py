"""What the thread covers of a push, sealed beside it for a while: numbers, and the way to a picture.

Nothing here can be read without the key of the house; who may look is decided at the desk
(desk/revealing.py). Rows are forgotten after `handlers.keep_originals`, ways to pictures after three days.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    Index,
    LargeBinary,
    String,
    Table,
    and_,
    delete,
    false,
    or_,
    select,
    update,
)
from sqlalchemy_utc import UtcDateTime

from handlers.records import OPENID, insert_new, metadata
from nlu.entities import PERSONAL
from nlu.understanding import Entity

Kind = Literal["numbers", "picture"]

PICTURES_LAST = timedelta(days=3)
"""WeChat keeps what citizens send for three days; after that a media id leads nowhere."""

original = Table(
    "original",
    metadata,
    Column("key", String(255), primary_key=True),
    Column("openid", OPENID, nullable=False),
    Column("kind", String(8), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    # A picture that was read as a page without any number or name on it.
    Column("clear", Boolean, nullable=False, server_default=false()),
    Column("sealed", LargeBinary, nullable=False),
    Index(None, "at"),
)


@dataclass(frozen=True, slots=True)
class Original:
    """What is kept of one push; it opens only for this push's key."""

    kind: Kind
    sealed: bytes = field(repr=False)
    clear: bool = False


@dataclass(frozen=True, slots=True)
class Number:
    """A number as it was typed."""

    kind: str
    typed: str = field(repr=False)


def numbers_in(text: str, entities: Iterable[Entity]) -> tuple[Number, ...]:
    """The numbers of people in a text, as they were typed."""
    return tuple(Number(e.kind, text[e.start : e.end]) for e in entities if e.kind in PERSONAL)


def pack(numbers: Iterable[Number]) -> str:
    """The numbers as one line, to be sealed."""
    return json.dumps([[each.kind, each.typed] for each in numbers], ensure_ascii=False)


def unpack(line: str) -> tuple[Number, ...]:
    """The numbers that `pack` wrote."""
    return tuple(Number(kind, typed) for kind, typed in json.loads(line))


def keep(tx: Connection, key: str, openid: str, kept: Original, at: datetime) -> None:
    """Keep what is covered of a push; it is kept once, however often the push is heard."""
    insert_new(tx, original, key=key, openid=openid, kind=kept.kind, at=at, clear=False, sealed=kept.sealed)


def of_push(tx: Connection, key: str, openid: str) -> Original | None:
    """What is kept of this citizen's push; None when nothing ever was, or it is forgotten."""
    asked = select(original).where(original.c.key == key, original.c.openid == openid)
    row = tx.execute(asked).first()
    return Original(row.kind, row.sealed, row.clear) if row else None


def kept_of(tx: Connection, keys: Iterable[str]) -> Mapping[str, bool]:
    """Of which pushes something is kept, and whether it is a clear page."""
    asked = select(original.c.key, original.c.clear).where(original.c.key.in_(list(keys)))
    return {row.key: row.clear for row in tx.execute(asked)}


def mark_clear(tx: Connection, key: str) -> None:
    """The picture of this push shows a page without any number or name."""
    tx.execute(update(original).where(original.c.key == key).values(clear=True))


def forget(tx: Connection, now: datetime, keep_for: timedelta) -> int:
    """Delete what was kept long enough; how many rows went."""
    dead = and_(original.c.kind == "picture", original.c.at <= now - PICTURES_LAST)
    old = original.c.at <= now - keep_for
    return tx.execute(delete(original).where(or_(old, dead))).rowcount
