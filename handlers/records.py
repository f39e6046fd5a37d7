"""The conversation's tables, and every question asked of them.

`citizen` one row a person: whose turn it is to speak (`holder`), the memory, the push windows;
`heard` one row a push, by its key; `said` one row a message of ours and its fate; `hand_over` one row
a call for a human; `feedback` one row a "解决了吗".
"""

from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    Executable,
    Float,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    bindparam,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy_utc import UtcDateTime

from handlers.messages import Heard

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

OPENID = String(128)

ASKABLE = "askable"
"""Noted with a reply that outlived its house while WeChat could still ask for it."""

citizen = Table(
    "citizen",
    metadata,
    Column("openid", OPENID, primary_key=True),
    Column("holder", String(8), nullable=False, server_default="bot"),
    Column("following", Boolean, nullable=False),
    Column("memory", Text, nullable=False, server_default="{}"),
    Column("first_at", UtcDateTime, nullable=False),
    Column("last_at", UtcDateTime, nullable=False),
    Column("window_at", UtcDateTime),
    Column("window_used", Integer, nullable=False, server_default="0"),
    Column("burst_at", UtcDateTime),
    Column("burst_used", Integer, nullable=False, server_default="0"),
)

heard = Table(
    "heard",
    metadata,
    Column("key", String(255), primary_key=True),
    Column("openid", OPENID, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("words", Text, nullable=False, server_default=""),
    Column("topic", String(64)),
    Column("zone", String(16)),
    Column("confidence", Float),
    Column("by", String(32)),
    Column("state", String(8), nullable=False),
    Column("sealed", LargeBinary),
    Index(None, "openid", "at"),
    Index(
        "ix_heard_accepted",
        "at",
        sqlite_where=Column("state") == "accepted",
        postgresql_where=Column("state") == "accepted",
    ),
)

said = Table(
    "said",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("openid", OPENID, nullable=False),
    Column("heard_key", String(255)),
    Column("place", Integer, nullable=False, server_default="0"),
    Column("author", String(64), nullable=False),
    Column("body", Text, nullable=False),
    Column("state", String(10), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("not_before", UtcDateTime, nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("fault", String(64)),
    Index(None, "openid", "at"),
    Index(None, "heard_key"),
    Index(
        "ix_said_unsent",
        "not_before",
        sqlite_where=Column("state").in_(("due", "riding", "sending")),
        postgresql_where=Column("state").in_(("due", "riding", "sending")),
    ),
)

hand_over = Table(
    "hand_over",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("openid", OPENID, nullable=False),
    Column("reason", String(32), nullable=False),
    Column("topic", String(64)),
    Column("summary", Text, nullable=False),
    Column("state", String(16), nullable=False),
    Column("version", Integer, nullable=False, server_default="0"),
    Column("agent_id", Integer),
    Column("agent", String(64)),
    Column("team", String(32), nullable=False, server_default=""),
    # An offer from the queue, or a transfer that is not accepted yet; who let it pass as "|3|7|".
    Column("offered_to", Integer),
    Column("offered_until", UtcDateTime),
    Column("passed_by", Text, nullable=False, server_default=""),
    Column("prefers", Integer),
    Column("at", UtcDateTime, nullable=False),
    Column("claimed_at", UtcDateTime),
    Column("first_reply_at", UtcDateTime),
    # Since when the citizen waits for words of ours; None when it is their turn.
    Column("waiting_since", UtcDateTime),
    Column("last_at", UtcDateTime),
    Column("preview", String(80), nullable=False, server_default=""),
    Column("unread", Integer, nullable=False, server_default="0"),
    Column("heard_seq", Integer, nullable=False, server_default="0"),
    Column("wake_at", UtcDateTime),
    Column("closed_at", UtcDateTime),
    Column("outcome", String(16)),
    Column("solved", Boolean),
    Column("labels", Text, nullable=False, server_default=""),
    Column("follow_up", Text, nullable=False, server_default=""),
    Column("rating_token", String(43)),
    Column("rating", Integer),
    Column("rating_words", Text, nullable=False, server_default=""),
    Column("rated_at", UtcDateTime),
    Index(None, "state", "at"),
    Index(None, "openid"),
    Index(None, "agent_id", "state"),
    Index(None, "closed_at"),
    Index(None, "rating_token", unique=True),
)

feedback = Table(
    "feedback",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("openid", OPENID, nullable=False),
    Column("topic", String(64), nullable=False),
    Column("solved", Boolean, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Index(None, "topic", "at"),
)


# A statement that is built once costs a turn a quarter of one that is built anew.
_LOCKED_CITIZEN = select(citizen).where(citizen.c.openid == bindparam("mine")).with_for_update()
_UPDATE_CITIZEN = update(citizen).where(citizen.c.openid == bindparam("mine"))
_INSERT_SAID = insert(said)
_MARK_CARRIED = (
    update(said)
    .where(said.c.id.in_(bindparam("ids", expanding=True)), said.c.state == "riding")
    .values(state="carried")
)
_NOTE_ANSWER = (
    update(heard)
    .where(heard.c.key == bindparam("mine"))
    .values(by=bindparam("who"), topic=func.coalesce(bindparam("what"), heard.c.topic))
)


@cache
def _insert_unless_there(table: Table, dialect_name: str) -> postgresql.Insert | sqlite.Insert:
    if dialect_name == "postgresql":
        return postgresql.insert(table).on_conflict_do_nothing()
    return sqlite.insert(table).on_conflict_do_nothing()


@cache
def _new_citizen(dialect_name: str) -> Executable:
    return _insert_unless_there(citizen, dialect_name).returning(citizen)


def insert_new(tx: Connection, table: Table, **values: Any) -> bool:
    """Insert a row unless its key is taken; says whether it was inserted. Waits for a rival to commit."""
    return tx.execute(_insert_unless_there(table, tx.dialect.name), values).rowcount == 1


def new_citizen(tx: Connection, openid: str, at: datetime) -> Any | None:
    """The row of somebody who was never here; None when a rival was faster, whose commit is waited for."""
    row = {"openid": openid, "following": True, "memory": "{}", "first_at": at, "last_at": at}
    return tx.execute(_new_citizen(tx.dialect.name), row).first()


def locked_citizen(tx: Connection, openid: str) -> Any | None:
    """The citizen's row, locked until the end of the transaction; None for a stranger."""
    return tx.execute(_LOCKED_CITIZEN, {"mine": openid}).first()


def update_citizen(tx: Connection, openid: str, **values: Any) -> None:
    """Write what a turn changed of the citizen."""
    tx.execute(_UPDATE_CITIZEN, {"mine": openid, **values})


def note_answer(tx: Connection, key: str, by: str, topic: str | None) -> None:
    """Keep how a push was answered, and with which topic when it was not the one that was understood."""
    tx.execute(_NOTE_ANSWER, {"mine": key, "who": by[:32], "what": topic})


def insert_said(tx: Connection, **values: Any) -> int:
    """Keep a message of ours; gives the number of its row."""
    key = tx.execute(_INSERT_SAID, values).inserted_primary_key
    assert key is not None  # noqa: S101 - an autoincrement row always has one
    return int(key[0])


def first_said(tx: Connection, key: str) -> Any | None:
    """The first message that answered the push `key`: its id, body and state."""
    question = select(said.c.id, said.c.body, said.c.state).where(said.c.heard_key == key)
    return tx.execute(question.order_by(said.c.place).limit(1)).first()


def take_accepted(tx: Connection, key: str, **meant: Any) -> bool:
    """Make an accepted push ours to answer, with what it `meant`; False when somebody else has it."""
    claim = update(heard).where(heard.c.key == key, heard.c.state == "accepted")
    return tx.execute(claim.values(state="done", sealed=None, **meant)).rowcount == 1


def accepted_before(tx: Connection, at: datetime, limit: int = 50) -> list[tuple[str, bytes]]:
    """Pushes that were accepted before `at` and are not answered: key and sealed payload."""
    question = select(heard.c.key, heard.c.sealed).where(heard.c.state == "accepted", heard.c.at < at)
    return [(row.key, row.sealed) for row in tx.execute(question.order_by(heard.c.at).limit(limit))]


def push_instead(tx: Connection, key: str) -> None:
    """What was to ride home in the response of `key` goes out as a push."""
    ride = update(said).where(said.c.heard_key == key, said.c.state == "riding")
    tx.execute(ride.values(state="due"))


def mark_carried(tx: Connection, ids: list[int]) -> None:
    """These messages went home in a response."""
    tx.execute(_MARK_CARRIED, {"ids": ids})


def hold(tx: Connection, openid: str, holder: str) -> None:
    """Say who may speak to the citizen from now on: the only place where that changes."""
    update_citizen(tx, openid, holder=holder)


def accept(tx: Connection, push: Heard, sealed: bytes, at: datetime) -> bool:
    """Keep a push whose turn is not ready; False when it has just become ready."""
    return insert_new(
        tx,
        heard,
        key=push.key,
        openid=push.openid,
        at=at,
        kind=type(push.act).__name__,
        words="",
        state="accepted",
        sealed=sealed,
    )


def settle_rides(tx: Connection, *, before: datetime, opened_at: datetime, last_retry: timedelta) -> int:
    """Replies from before `before` that did not ride home become due; says how many.

    Those from before `opened_at` that WeChat could have asked for again after it are taken as carried;
    that is noted at the first look, for the house may fall again before `before` comes.
    """
    riding = said.c.state == "riding"
    askable = riding & (said.c.at < opened_at) & (said.c.at > opened_at - last_retry)
    tx.execute(update(said).where(askable).values(fault=ASKABLE))
    old = riding & (said.c.at < before)
    tx.execute(update(said).where(old, said.c.fault == ASKABLE).values(state="carried", fault=None))
    return tx.execute(update(said).where(old).values(state="due")).rowcount
