"""The desk's own tables. The cases themselves are the hand_over rows of the conversation.

`desk_agent` one row an agent: whether they are there, what they look at; `desk_event` append-only, one
row a transition or a message, whose number is the cursor of the screens; `desk_note` words among
colleagues; `desk_draft` what was typed and not sent; `canned` replies kept for reuse, `canned_picture`
what goes with some of them.
"""

from sqlalchemy import Boolean, Column, Index, Integer, LargeBinary, MetaData, String, Table, Text
from sqlalchemy_utc import UtcDateTime

from handlers.records import OPENID

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

desk_agent = Table(
    "desk_agent",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("name", String(64), nullable=False),
    Column("status", String(8), nullable=False),
    Column("capacity", Integer, nullable=False),
    Column("team", String(32), nullable=False, server_default=""),
    Column("seen_at", UtcDateTime, nullable=False),
    Column("looking_at", Integer),
    Column("typing_at", UtcDateTime),
    Column("last_offer_at", UtcDateTime),
    Column("missed", Integer, nullable=False, server_default="0"),
)

desk_event = Table(
    "desk_event",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("case_id", Integer, nullable=False),
    Column("openid", OPENID, nullable=False),
    Column("kind", String(20), nullable=False),
    Column("state", String(16), nullable=False),
    Column("actor", Integer),
    Column("target", Integer),
    Column("reason", Text, nullable=False, server_default=""),
    Column("at", UtcDateTime, nullable=False),
    # Who is told, as "|3|7|", and whether the queue of everybody changed.
    Column("agents", Text, nullable=False),
    Column("queue", Boolean, nullable=False),
    Index(None, "openid", "at"),
    Index(None, "at"),
    sqlite_autoincrement=True,
)

desk_note = Table(
    "desk_note",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("case_id", Integer, nullable=False),
    Column("openid", OPENID, nullable=False),
    Column("author", Integer, nullable=False),
    Column("words", Text, nullable=False),
    Column("whisper", Boolean, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Index(None, "openid", "at"),
)

desk_draft = Table(
    "desk_draft",
    metadata,
    Column("case_id", Integer, primary_key=True, autoincrement=False),
    Column("agent_id", Integer, primary_key=True, autoincrement=False),
    Column("words", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
)

canned = Table(
    "canned",
    metadata,
    Column("id", Integer, primary_key=True),
    # None: for everybody.
    Column("owner", Integer),
    Column("folder", String(40), nullable=False, server_default=""),
    Column("title", String(60), nullable=False),
    Column("words", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Index(None, "owner"),
)

canned_picture = Table(
    "canned_picture",
    metadata,
    # The reply's own number.
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("jpeg", LargeBinary, nullable=False),
)
