"""The audit trail: who did what to which thing and why, as a chain that shows any later change.

Each entry holds the hash of the one before. Triggers refuse changes in the database; whoever owns the
database could still rebuild the whole chain, so its last hash is written to a file elsewhere from time to
time (`anchor`) and compared (`verify`). No personal values are kept, only ids and masked words.

Note last in a transaction: on PostgreSQL the chain is locked from the note to the commit.
"""

import hashlib
import json
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection, Row, insert, or_, select, text

from bot.records import audit_entry
from bot.redaction import redacted, redacted_value

GENESIS = "0" * 64
ANCHOR_FILE = "audit-anchors.jsonl"
# Any number that no other part of the house locks.
CHAIN_LOCK = 0x6E69_6875

GUARDS: Mapping[str, tuple[str, ...]] = {
    "sqlite": (
        "CREATE TRIGGER audit_entry_no_update BEFORE UPDATE ON audit_entry "
        "BEGIN SELECT RAISE(ABORT, 'audit_entry is append-only'); END",
        "CREATE TRIGGER audit_entry_no_delete BEFORE DELETE ON audit_entry "
        "BEGIN SELECT RAISE(ABORT, 'audit_entry is append-only'); END",
        # INSERT OR REPLACE fires no delete trigger: the next number is the only one that may come.
        "CREATE TRIGGER audit_entry_in_order BEFORE INSERT ON audit_entry "
        "WHEN NEW.seq <> (SELECT coalesce(max(seq), 0) + 1 FROM audit_entry) "
        "BEGIN SELECT RAISE(ABORT, 'audit_entry is append-only'); END",
    ),
    "postgresql": (
        "CREATE FUNCTION audit_entry_refuse() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'audit_entry is append-only'; END $$",
        "CREATE TRIGGER audit_entry_no_change BEFORE UPDATE OR DELETE ON audit_entry "
        "FOR EACH ROW EXECUTE FUNCTION audit_entry_refuse()",
        "CREATE TRIGGER audit_entry_no_truncate BEFORE TRUNCATE ON audit_entry "
        "FOR EACH STATEMENT EXECUTE FUNCTION audit_entry_refuse()",
    ),
}
"""The triggers, as statements for the migration that creates the table."""

UNGUARDS: Mapping[str, tuple[str, ...]] = {
    "sqlite": (
        "DROP TRIGGER audit_entry_no_update",
        "DROP TRIGGER audit_entry_no_delete",
        "DROP TRIGGER audit_entry_in_order",
    ),
    "postgresql": (
        "DROP TRIGGER audit_entry_no_change ON audit_entry",
        "DROP TRIGGER audit_entry_no_truncate ON audit_entry",
        "DROP FUNCTION audit_entry_refuse()",
    ),
}
"""Their removal, for the way down."""


class AnchorUnreadable(ValueError):
    """A line of the anchor file is not an anchor: compare the file with its copies."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that was done; `object` names what it was done to, such as "thread:41"."""

    seq: int
    at: datetime
    actor: str
    action: str
    object: str
    reason: str
    detail: str
    prev_hash: str
    hash: str


@dataclass(frozen=True, slots=True)
class Anchor:
    """What the last entry was at some moment, kept outside the database."""

    seq: int
    hash: str


@dataclass(slots=True)
class Walk:
    """A walk along the chain from its beginning: the number that must come next, and the hash before it."""

    promised: Mapping[int, str]
    expected: int = 1
    before: str = GENESIS

    @classmethod
    def along(cls, anchors: Path | None) -> "Walk":
        """A new walk, past the anchors of this folder.

        Raises:
            AnchorUnreadable
        """
        return cls({anchor.seq: anchor.hash for anchor in read_anchors(anchors)} if anchors else {})

    def passes(self, entry: Entry) -> bool:
        """Whether this entry is the next and as it was written; if so, go on behind it."""
        sound = entry.seq == self.expected and entry.prev_hash == self.before
        if (
            not sound
            or hash_of(entry) != entry.hash
            or self.promised.get(entry.seq, entry.hash) != entry.hash
        ):
            return False
        self.expected, self.before = entry.seq + 1, entry.hash
        return True

    def missing(self) -> int | None:
        """At the end of the chain: the first entry that an anchor promises and that is not there."""
        return self.expected if max(self.promised, default=0) >= self.expected else None


class Audit:
    """Writes the trail; its `note` is handed to every room."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock

    def note(
        self,
        tx: Connection,
        actor: str,
        action: str,
        thing: str,
        *,
        reason: str = "",
        detail: Mapping[str, object] | None = None,
    ) -> int:
        """Add one entry and return its number; reads, reveals and exports are noted like changes.

        `detail` is for ids, counts and states. Numbers of people in it or in the reason are masked first.
        """
        if tx.dialect.name == "postgresql":
            tx.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": CHAIN_LOCK})
        last = last_entry(tx)
        draft = Entry(
            seq=last.seq + 1 if last else 1,
            at=self._clock().astimezone(UTC),
            actor=actor,
            action=action,
            object=thing,
            reason=redacted(reason.strip()),
            detail=_canonical(redacted_value(detail or {})),
            prev_hash=last.hash if last else GENESIS,
            hash="",
        )
        row = {name: getattr(draft, name) for name in Entry.__slots__} | {"hash": hash_of(draft)}
        tx.execute(insert(audit_entry).values(**row))
        return draft.seq


def guard(tx: Connection) -> None:
    """Put the triggers on the table; migrations do it with `GUARDS`."""
    for statement in GUARDS[tx.dialect.name]:
        tx.exec_driver_sql(statement)


def last_entry(tx: Connection) -> Entry | None:
    """The newest entry, None while nothing was noted."""
    row = tx.execute(select(audit_entry).order_by(audit_entry.c.seq.desc()).limit(1)).first()
    return _entry(row) if row else None


def entries(tx: Connection, *, before: int | None = None, limit: int = 100, about: str = "") -> list[Entry]:
    """Entries, newest first, older than number `before`; `about` keeps one actor, action or object."""
    asked = select(audit_entry).order_by(audit_entry.c.seq.desc()).limit(limit)
    if before is not None:
        asked = asked.where(audit_entry.c.seq < before)
    if about:
        known_by = (audit_entry.c.actor, audit_entry.c.action, audit_entry.c.object)
        asked = asked.where(or_(*(column == about for column in known_by)))
    return [_entry(row) for row in tx.execute(asked)]


def entries_from(tx: Connection, seq: int, limit: int) -> list[Entry]:
    """So many entries from this number on, oldest first."""
    asked = select(audit_entry).where(audit_entry.c.seq >= seq).order_by(audit_entry.c.seq).limit(limit)
    return [_entry(row) for row in tx.execute(asked)]


def hash_of(entry: Entry) -> str:
    """SHA-256 over the hash before and the entry's own words."""
    own = [
        entry.seq,
        entry.at.isoformat(),
        entry.actor,
        entry.action,
        entry.object,
        entry.reason,
        entry.detail,
    ]
    return hashlib.sha256((entry.prev_hash + _canonical(own)).encode()).hexdigest()


def verify(tx: Connection, anchors: Path | None = None) -> int | None:
    """The number of the first entry that is altered, missing or added; None when all is well.

    With the folder of the anchors, a chain that was cut at its end or rebuilt as a whole is found too.

    Raises:
        AnchorUnreadable: the anchor file itself was damaged.
    """
    walk = Walk.along(anchors)
    for entry in _oldest_first(tx):
        if not walk.passes(entry):
            return walk.expected
    return walk.missing()


def anchor(tx: Connection, folder: Path) -> Anchor | None:
    """Write down the last hash in a folder outside the database; None when there is nothing new.

    Put the folder on another disk or machine than the database: that is the point of it.
    """
    last = last_entry(tx)
    known = read_anchors(folder)
    if last is None or (known and known[-1].seq >= last.seq):
        return None
    folder.mkdir(parents=True, exist_ok=True)
    line = json.dumps({"seq": last.seq, "hash": last.hash, "at": last.at.isoformat()})
    with (folder / ANCHOR_FILE).open("a", encoding="utf-8") as file:
        file.write(line + "\n")
        file.flush()
        os.fsync(file.fileno())
    return Anchor(last.seq, last.hash)


def read_anchors(folder: Path) -> list[Anchor]:
    """All anchors of the folder, oldest first; none when it was never used."""
    file = folder / ANCHOR_FILE
    if not file.exists():
        return []
    return [
        _anchor(number, line) for number, line in enumerate(file.read_text("utf-8").splitlines(), start=1)
    ]


def _anchor(number: int, line: str) -> Anchor:
    try:
        read = json.loads(line)
        return Anchor(int(read["seq"]), str(read["hash"]))
    except (ValueError, KeyError, TypeError):
        raise AnchorUnreadable(f"{ANCHOR_FILE}, line {number}: not an anchor; compare with a copy") from None


def _oldest_first(tx: Connection) -> Iterator[Entry]:
    asked = select(audit_entry).order_by(audit_entry.c.seq)
    for row in tx.execute(asked.execution_options(yield_per=500)):
        yield _entry(row)


def _entry(row: Row[tuple[object, ...]]) -> Entry:
    return Entry(*(getattr(row, name) for name in Entry.__slots__))


def _canonical(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
