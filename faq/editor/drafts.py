"""The working copy: the newest version of every entry, over what is live.

Nothing is ever overwritten: a save is one more revision, and it only succeeds on top of the version that
the editor has seen.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from faq import records as releases
from faq.content_models import Content
from faq.editor.entries import Entry, apart, together
from faq.editor.records import faq_revision

MOST_NAMED = 1000
"""Keys that are named in one question to the database; for more the whole table is read."""

ORIGIN = "（改动之前的内容）"
"""The note of the revision that keeps what was live when an entry was first edited."""


@dataclass(frozen=True, slots=True)
class Author:
    """Who does something here."""

    id: int
    name: str


NOBODY = Author(0, "—")


@dataclass(frozen=True, slots=True)
class Revision:
    """One version of one entry; `entry` is None when the entry was deleted by it."""

    key: str
    n: int
    entry: Entry | None
    title: str
    category: str
    hash: str
    note: str
    by_id: int
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Change:
    """How the working copy of one entry differs from what is live; `author` is who changed it last."""

    key: str
    before: Entry | None
    after: Entry | None
    revision: Revision

    @property
    def title(self) -> str:
        """What editors call it."""
        return self.revision.title


class ChangedMeanwhile(Exception):
    """Somebody saved this entry since it was opened: compare, merge, and save again."""

    def __init__(self, base: Revision | None, newest: Revision) -> None:
        self.base = base
        self.newest = newest
        super().__init__(newest.key)


def newest(tx: sa.Connection, key: str) -> Revision | None:
    """The newest revision of an entry; None while nobody has edited it."""
    rows = sa.select(faq_revision).where(faq_revision.c.key == key)
    row = tx.execute(rows.order_by(faq_revision.c.n.desc()).limit(1)).one_or_none()
    return _revision(row) if row else None


def newest_numbers(tx: sa.Connection) -> dict[str, int]:
    """The number of the newest revision of every entry that was ever edited."""
    rows = sa.select(faq_revision.c.key, sa.func.max(faq_revision.c.n)).group_by(faq_revision.c.key)
    return {str(key): int(n) for key, n in tx.execute(rows)}


def revision(tx: sa.Connection, key: str, n: int) -> Revision | None:
    """A revision by its number."""
    row = tx.execute(
        sa.select(faq_revision).where(faq_revision.c.key == key, faq_revision.c.n == n)
    ).one_or_none()
    return _revision(row) if row else None


def history(tx: sa.Connection, key: str) -> list[Revision]:
    """Every revision of an entry, newest first."""
    rows = sa.select(faq_revision).where(faq_revision.c.key == key).order_by(faq_revision.c.n.desc())
    return [_revision(row) for row in tx.execute(rows)]


def save(
    tx: sa.Connection,
    entry: Entry,
    *,
    seen: int,
    note: str,
    author: Author,
    at: datetime,
    before: Entry | None,
    deleted: bool = False,
) -> int:
    """Write the next revision of an entry and return its number; unchanged words write nothing.

    `seen` is the revision that the editor started from, 0 for what is live. `before` is what is live: it is
    kept as the origin when the entry is edited for the first time.

    Raises:
        ChangedMeanwhile: somebody else saved in between; nothing was written.
        IntegrityError: the same, in the same instant.
    """
    last = newest(tx, entry.key)
    if last is not None and last.n != seen:
        raise ChangedMeanwhile(_seen_version(tx, entry.key, seen), last)
    current = last.entry if last else before
    if not deleted and _words(current) == _words(entry):
        return seen
    rows = _next(entry, last, before, note=note, author=author, at=at, deleted=deleted)
    tx.execute(sa.insert(faq_revision), rows)
    n: int = rows[-1]["n"]
    return n


def save_many(
    tx: sa.Connection,
    entries: Mapping[str, tuple[Entry, int]],
    *,
    note: str,
    author: Author,
    at: datetime,
    live: Mapping[str, Entry],
) -> list[str]:
    """Save entries, each with the revision it starts from, in few statements; returns the keys left out.

    Left out is what somebody else saved in between: nothing of theirs is written over.
    """
    last = {past.key: past for past in _all_newest(tx)}
    rows, left_out = [], []
    for key, (entry, seen) in entries.items():
        past, before = last.get(key), live.get(key)
        if (past.n if past else 0) != seen:
            left_out.append(key)
        elif _words(past.entry if past else before) != _words(entry):
            rows += _next(entry, past, before, note=note, author=author, at=at)
    if rows:
        tx.execute(sa.insert(faq_revision), rows)
    return left_out


def working(tx: sa.Connection, live: Content) -> dict[str, Entry]:
    """Every entry of the working copy, in the order of the live content, new ones last."""
    entries = apart(live)
    for last in _all_newest(tx):
        if last.entry is None:
            entries.pop(last.key, None)
        else:
            entries[last.key] = last.entry
    return entries


def changes(tx: sa.Connection, live: Content) -> list[Change]:
    """What a release of the whole working copy would change."""
    before = apart(live)
    found = []
    for last in _all_newest(tx):
        was, is_now = before.get(last.key), last.entry
        if _words(was) != _words(is_now):
            found.append(Change(last.key, was, is_now, last))
    return found


def with_changes(live: Content, chosen: Iterable[Change]) -> Content:
    """The live content with the chosen changes in it."""
    entries = apart(live)
    for change in chosen:
        if change.after is None:
            entries.pop(change.key, None)
        else:
            entries[change.key] = change.after
    return together(entries)


def authors_of(tx: sa.Connection, chosen: Sequence[Change]) -> set[int]:
    """Everybody whose words stand in these changes: the authors of all revisions since what is live."""
    live = {change.key: _words(change.before) for change in chosen}
    table = faq_revision.c
    rows = sa.select(table.key, table.body, table.category, table.by_id).order_by(table.key, table.n.desc())
    if len(live) <= MOST_NAMED:
        rows = rows.where(table.key.in_(live))
    authors: set[int] = set()
    reached: set[str] = set()
    for key, body, category, by_id in tx.execute(rows):
        if key not in live or key in reached:
            continue
        if (None if body is None else (body, category)) == live[key]:
            reached.add(key)
        else:
            authors.add(by_id)
    return authors


def live_content(tx: sa.Connection) -> tuple[int, Content]:
    """The number and the content of the live release.

    Raises:
        NoSuchRelease: nothing is live yet.
    """
    found = releases.live_release(tx)
    if found is None:
        raise releases.NoSuchRelease("no release is live yet: start the house once")
    return found.number, found.content


def _seen_version(tx: sa.Connection, key: str, seen: int) -> Revision | None:
    """The version that an editor started from; what was live is kept as the origin."""
    if seen:
        return revision(tx, key, seen)
    first = revision(tx, key, 1)
    return first if first and first.note == ORIGIN else None


def _all_newest(tx: sa.Connection) -> list[Revision]:
    latest = (
        sa.select(faq_revision.c.key, sa.func.max(faq_revision.c.n).label("n"))
        .group_by(faq_revision.c.key)
        .subquery()
    )
    both = faq_revision.join(
        latest, sa.and_(faq_revision.c.key == latest.c.key, faq_revision.c.n == latest.c.n)
    )
    rows = sa.select(faq_revision).select_from(both).order_by(faq_revision.c.at, faq_revision.c.key)
    return [_revision(row) for row in tx.execute(rows)]


def _words(entry: Entry | None) -> tuple[str, str] | None:
    return (entry.body, entry.category) if entry else None


def _next(
    entry: Entry,
    last: Revision | None,
    before: Entry | None,
    *,
    note: str,
    author: Author,
    at: datetime,
    deleted: bool = False,
) -> list[dict[str, Any]]:
    """The rows of the next revision, with the origin in front of the first one."""
    origin = [_row(before, 1, ORIGIN, NOBODY, at)] if last is None and before is not None else []
    n = last.n + 1 if last else len(origin) + 1
    return [*origin, _row(entry, n, note, author, at, deleted=deleted)]


def _row(
    entry: Entry, n: int, note: str, author: Author, at: datetime, *, deleted: bool = False
) -> dict[str, Any]:
    body = None if deleted else entry.body
    return {
        "key": entry.key,
        "n": n,
        "category": entry.category,
        "title": entry.title,
        "body": body,
        "hash": hashlib.sha256(f"{entry.category}\n{body or ''}".encode()).hexdigest(),
        "note": note,
        "by_id": author.id,
        "by": author.name,
        "at": at,
    }


def _revision(row: sa.Row[tuple[object, ...]]) -> Revision:
    entry = None if row.body is None else Entry(row.key, row.title, row.category, row.body)
    return Revision(
        row.key, row.n, entry, row.title, row.category, row.hash, row.note, row.by_id, row.by, row.at
    )
