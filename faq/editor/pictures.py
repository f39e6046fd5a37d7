"""The pictures of answers and of steps, by name: uploaded, drawn anew, looked for, and thrown away unused.

A picture never changes under its name: whoever wants another one gives it another name. So what was
reviewed is what citizens see, in older releases too.
"""

import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from faq.editor.candidates import OPEN
from faq.editor.drafts import Author
from faq.editor.entries import Entry
from faq.editor.records import faq_candidate, faq_picture
from faq.records import faq_release
from faq.redrawing import Drawn, redraw

FORMATS = ("JPEG", "PNG", "WEBP")
"""What an editor may bring."""

NAME = re.compile(r"[\w-]{1,60}")
"""Letters of any script, digits, _ and -: it stands in addresses and names a file of an export."""


class PictureRefused(ValueError):
    """The picture was not kept, or not thrown away; `code` names the reason."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture without its bytes; its size in pixels and bytes."""

    name: str
    width: int
    height: int
    size_bytes: int
    by: str
    at: datetime


def drawn_anew(data: bytes) -> Drawn:
    """What may be kept of an uploaded file; off the loop.

    Raises:
        PictureRefused: it is none of the formats, damaged, or too large.
    """
    drawn = redraw(data, FORMATS)
    if drawn is None:
        raise PictureRefused("not_a_picture")
    return drawn


def add(tx: sa.Connection, name: str, drawn: Drawn, *, by: Author, at: datetime) -> None:
    """Keep a picture under a new name.

    Raises:
        PictureRefused: the name is taken, or cannot be one.
    """
    if not NAME.fullmatch(name):
        raise PictureRefused("bad_name")
    if name in names(tx):
        raise PictureRefused("name_taken")
    size = {"bytes": drawn.jpeg, "width": drawn.width, "height": drawn.height}
    tx.execute(sa.insert(faq_picture).values(name=name, **size, by_id=by.id, by=by.name, at=at))


def remove(tx: sa.Connection, name: str, working: Mapping[str, Entry]) -> None:
    """Throw a picture away that nobody can come to see any more.

    Raises:
        PictureRefused: the working copy, a candidate or a release uses it; one may go back to any release.
    """
    if name in used_in(working) or _may_come_back(tx, name):
        raise PictureRefused("in_use")
    tx.execute(sa.delete(faq_picture).where(faq_picture.c.name == name))


def every(tx: sa.Connection) -> list[Picture]:
    """All of them, newest first."""
    table = faq_picture.c
    size = sa.func.length(table.bytes)
    rows = sa.select(table.name, table.width, table.height, size, table.by, table.at)
    return [Picture(*row) for row in tx.execute(rows.order_by(table.at.desc(), table.name))]


def names(tx: sa.Connection) -> frozenset[str]:
    """The names of all pictures."""
    return frozenset(tx.scalars(sa.select(faq_picture.c.name)))


def jpeg_of(tx: sa.Connection, name: str) -> bytes | None:
    """A picture by its name."""
    return tx.scalar(sa.select(faq_picture.c.bytes).where(faq_picture.c.name == name))


def uploaded_at(tx: sa.Connection, name: str) -> datetime | None:
    """Since when this is the picture of that name; None when there is none."""
    return tx.scalar(sa.select(faq_picture.c.at).where(faq_picture.c.name == name))


def fingerprints(tx: sa.Connection) -> dict[str, str]:
    """The fingerprint of every picture, by name."""
    rows = tx.execute(sa.select(faq_picture.c.name, faq_picture.c.bytes))
    return {name: fingerprint(jpeg) for name, jpeg in rows}


def fingerprint(jpeg: bytes) -> str:
    """What two files share only when they are the same."""
    return hashlib.sha256(jpeg).hexdigest()


def jpegs(tx: sa.Connection, wanted: Iterable[str]) -> dict[str, bytes]:
    """Those of the wanted pictures that are there."""
    rows = sa.select(faq_picture.c.name, faq_picture.c.bytes).where(faq_picture.c.name.in_(set(wanted)))
    return {row.name: row.bytes for row in tx.execute(rows)}


def used_in(entries: Mapping[str, Entry]) -> dict[str, list[Entry]]:
    """Which entries show which picture."""
    found: defaultdict[str, list[Entry]] = defaultdict(list)
    for entry in entries.values():
        for name in dict.fromkeys(pictures_of(entry)):
            found[name].append(entry)
    return dict(found)


def pictures_of(entry: Entry) -> Iterator[str]:
    """The names of the pictures in the answers of a topic, or in the steps of a guide."""
    if '"picture"' not in entry.body or entry.kind not in ("topic", "guide"):
        return
    parts: list[Mapping[str, Any]] = entry.data["answers"] if entry.kind == "topic" else entry.data["steps"]
    yield from (part["picture"] for part in parts if part.get("picture"))


def _may_come_back(tx: sa.Connection, name: str) -> bool:
    written = f'"picture":{json.dumps(name, ensure_ascii=False)}'
    released = sa.select(faq_release.c.number).where(faq_release.c.content.contains(written, autoescape=True))
    waiting = sa.select(faq_candidate.c.id).where(
        faq_candidate.c.state.in_(OPEN), faq_candidate.c.content.contains(written, autoescape=True)
    )
    return any(tx.execute(question.limit(1)).first() for question in (released, waiting))
