"""The tables of the doors: who works here, who is signed in, what was done, and WeChat's access token.

Every room has its own MetaData; no foreign key crosses rooms.
"""

from datetime import UTC, datetime

from sqlalchemy import (
    Column,
    DateTime,
    Dialect,
    ForeignKey,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class UtcTime(TypeDecorator[datetime]):
    """An aware UTC time: SQLite forgets time zones, so they are refused when missing and given back."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without its time zone cannot be stored; use datetime.now(UTC)")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


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
    Column("password_at", UtcTime, nullable=False),
    Column("totp_sealed", LargeBinary),
    # The last 30-second step whose code was used: a code that was looked over the shoulder is worth nothing.
    Column("totp_step", Integer, nullable=False, default=0),
    Column("created_at", UtcTime, nullable=False),
    Column("disabled_at", UtcTime),
)

staff_session = Table(
    "staff_session",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("token_hash", String(64), nullable=False, unique=True),
    Column("staff_id", ForeignKey("staff.id"), nullable=False, index=True),
    Column("created_at", UtcTime, nullable=False),
    # When the password was last given; reveals and exports want it fresh.
    Column("signed_in_at", UtcTime, nullable=False),
    Column("last_active_at", UtcTime, nullable=False),
    Column("browser", String(120), nullable=False),
    Column("address", String(45), nullable=False),
    Column("ended_at", UtcTime),
    Column("ended_why", String(20)),
)

# Keyed by a hash of what was typed, so that names which nobody bears are slowed in the same way.
sign_in_tries = Table(
    "sign_in_tries",
    metadata,
    Column("name_hash", String(64), primary_key=True),
    Column("tries", Integer, nullable=False),
    Column("last_at", UtcTime, nullable=False),
    Column("locked_until", UtcTime),
)

audit_entry = Table(
    "audit_entry",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("at", UtcTime, nullable=False),
    Column("actor", String(80), nullable=False),
    Column("action", String(80), nullable=False, index=True),
    Column("object", String(200), nullable=False, index=True),
    Column("reason", Text, nullable=False),
    # Canonical JSON as text, because its very bytes are hashed.
    Column("detail", Text, nullable=False),
    Column("prev_hash", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
)

api_token_cache = Table(
    "api_token_cache",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("sealed", LargeBinary, nullable=False),
    Column("expires_at", UtcTime, nullable=False),
)
