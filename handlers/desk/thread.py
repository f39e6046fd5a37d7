"""The thread of one citizen, a page at a time: what both sides said, notes, and what the desk did.

Five questions a page, however long the thread is. Stored words are masked already.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, Table, select

from handlers import originals, wire
from handlers.desk import agents, wechat_sessions
from handlers.desk.records import desk_event, desk_note
from handlers.desk.speaking import HOUSE
from handlers.messages import Card, Illustration, Image, Text
from handlers.records import heard, said

PAGE = 50

SILENT = ("heard", "answered", "replied", "withdrawn", "fate", "note", "whisper")
"""Events that are seen in the messages themselves."""

_LINK = re.compile(r"\[([^\]]+)\]\(https?://[^)\s]+\)")

Covered = Literal["", "numbers", "picture", "clear", "gone", "own"]
Who = Literal["citizen", "bot", "agent", "desk", "note", "whisper", "event"]


@dataclass(frozen=True, slots=True)
class Item:
    """One line of the thread. `kind` is the act, the saying or the event; `state` a message's fate.

    `original` says what can be opened of it: covered numbers, a picture, a picture that is clear of numbers
    or is our own; or that the picture is gone.
    """

    at: datetime
    who: Who
    kind: str
    id: str
    name: str = ""
    words: str = ""
    options: tuple[str, ...] = ()
    state: str = ""
    fault: str = ""
    until: datetime | None = None
    by: int | None = None
    detail: str = ""
    original: Covered = ""


@dataclass(frozen=True, slots=True)
class Page:
    """Items, oldest first; `before` is where the page before this one ends, None at the beginning."""

    items: tuple[Item, ...]
    before: datetime | None


def page(tx: Connection, openid: str, before: datetime | None = None, size: int = PAGE) -> Page:
    """The `size` newest items before a moment; what happened at the same moment is not torn apart."""
    names = agents.names(tx)
    rows = (
        *_all_heard(tx, (row for row in _rows(tx, heard, openid, before, size) if not _is_session(row))),
        *(_said(row, names) for row in _rows(tx, said, openid, before, size)),
        *(_note(row, names) for row in _rows(tx, desk_note, openid, before, size)),
        *(_event(row, names) for row in _rows(tx, desk_event, openid, before, size) if _tells(row)),
    )
    newest_first = sorted(rows, key=lambda item: (item.at, _ORDER[item.who]), reverse=True)
    if len(newest_first) <= size:
        return Page(tuple(reversed(newest_first)), None)
    oldest = newest_first[size - 1].at
    kept = [item for item in newest_first if item.at >= oldest]
    return Page(tuple(reversed(kept)), oldest)


_ORDER = {"citizen": 0, "bot": 1, "desk": 1, "agent": 1, "note": 2, "whisper": 2, "event": 3}


def _rows(tx: Connection, table: Table, openid: str, before: datetime | None, size: int) -> Iterable[Any]:
    question = select(table).where(table.c.openid == openid).order_by(table.c.at.desc())
    if before is not None:
        question = question.where(table.c.at < before)
    if "id" in table.c:
        question = question.order_by(table.c.id.desc())
    return tx.execute(question.limit(size + 20))


def _is_session(row: Any) -> bool:
    """A session event of WeChat's agents, which the desk tells in its own words."""
    return row.kind == "Notice" and row.words in wechat_sessions.EVENTS


def _tells(row: Any) -> bool:
    return row.kind not in SILENT


def without_links(words: str) -> str:
    """The words with the labels of links alone: a link may open in the citizen's name, once."""
    return _LINK.sub(r"［\1］", words)


def _all_heard(tx: Connection, rows: Iterable[Any]) -> Iterable[Item]:
    found = list(rows)
    covered = [row.key for row in found if row.kind == "Picture" or "*" in row.words]
    kept = originals.kept_of(tx, covered) if covered else {}
    return [_heard(row, kept) for row in found]


def _heard(row: Any, kept: Mapping[str, bool]) -> Item:
    return Item(
        row.at,
        "citizen",
        row.kind,
        f"h{row.key}",
        words=row.words,
        detail=row.topic or "",
        original=_picture(row.key, kept) if row.kind == "Picture" else "numbers" if row.key in kept else "",
    )


def _picture(key: str, kept: Mapping[str, bool]) -> Covered:
    if key not in kept:
        return "gone"
    return "clear" if kept[key] else "picture"


def _said(row: Any, names: dict[int, str]) -> Item:
    saying = wire.unpack(row.body)
    words, options = _shown(saying)
    who, number = _author(row.author)
    until = row.not_before if row.state == "due" and row.not_before > row.at else None
    return Item(
        row.at,
        who,
        type(saying).__name__,
        f"s{row.id}",
        name=names.get(number, "") if number is not None else "",
        words=words,
        options=options,
        state=row.state,
        fault=row.fault or "",
        until=until,
        by=number,
        original="own" if isinstance(saying, Image | Illustration) else "",
    )


def _author(author: str) -> tuple[Who, int | None]:
    if author.startswith("agent:"):
        return "agent", int(author.removeprefix("agent:"))
    return ("desk" if author == HOUSE else "bot"), None


def _shown(saying: Any) -> tuple[str, tuple[str, ...]]:
    match saying:
        case Text(words, options):
            return without_links(words), tuple(option.label for option in options)
        case Card(title, words):
            return f"{title}\n{words}", ()
        case Illustration(name):
            return name, ()
        case _:
            return "", ()


def _note(row: Any, names: dict[int, str]) -> Item:
    who: Who = "whisper" if row.whisper else "note"
    return Item(row.at, who, "note", f"n{row.id}", name=names.get(row.author, ""), words=row.words)


def _event(row: Any, names: dict[int, str]) -> Item:
    actor = names.get(row.actor, "") if row.actor is not None else ""
    target = names.get(row.target, "") if row.target is not None else ""
    return Item(row.at, "event", row.kind, f"e{row.id}", name=actor, words=row.reason, detail=target)
