"""The tables of the doors: who works here, who is signed in, what was done, and WeChat's access token.

Every room has its own MetaData; no foreign key crosses rooms.
"""

from sqlalchemy import (
    Column,
    ForeignKey,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
)
from sqlalchemy_utc import UtcDateTime

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


staff = Table(
    "staff",
    metadata,
    Column("id", Integer, primary_key=True),
    # What they sign in with and what citizens and colleagues see, such as 小李.
    Column("name", String(40), nullable=False),
    # The name folded, so that 小Li and 小li are one person.
    Column("name_key", String(80), nullable=False, unique=True),
    Column("role", String(20), nullable=False),
    Column("password_hash", String(200), nullable=False),
    Column("password_at", UtcDateTime, nullable=False),
    Column("totp_sealed", LargeBinary),
    # The last 30-second step whose code was used: a code that was looked over the shoulder is worth nothing.
    Column("totp_step", Integer, nullable=False, default=0),
    Column("created_at", UtcDateTime, nullable=False),
    Column("disabled_at", UtcDateTime),
)

staff_session = Table(
    "staff_session",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("token_hash", String(64), nullable=False, unique=True),
    Column("staff_id", ForeignKey("staff.id"), nullable=False, index=True),
    Column("created_at", UtcDateTime, nullable=False),
    # When the password was last given; reveals and exports want it fresh.
    Column("signed_in_at", UtcDateTime, nullable=False),
    Column("last_active_at", UtcDateTime, nullable=False),
    Column("browser", String(120), nullable=False),
    Column("address", String(45), nullable=False),
    Column("ended_at", UtcDateTime),
    Column("ended_why", String(20)),
)

# Keyed by a hash of what was typed, so that names which nobody bears are slowed in the same way.
sign_in_tries = Table(
    "sign_in_tries",
    metadata,
    Column("name_hash", String(64), primary_key=True),
    Column("tries", Integer, nullable=False),
    Column("last_at", UtcDateTime, nullable=False),
    Column("locked_until", UtcDateTime),
)

audit_entry = Table(
    "audit_entry",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("at", UtcDateTime, nullable=False),
    Column("actor", String(80), nullable=False),
    Column("action", String(80), nullable=False, index=True),
    Column("object", String(200), nullable=False, index=True),
    Column("reason", Text, nullable=False),
    # Canonical JSON as text, because its very bytes are hashed.
    Column("detail", Text, nullable=False),
    Column("prev_hash", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
)
