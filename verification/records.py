"""The tables of this room. No foreign key leaves it; what is personal is sealed or a blind index.

A sealed value is bound to its place, "table:column:row" (see `place`).
"""

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy_utc import UtcDateTime

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def place(table: Table, column: str, row: object) -> str:
    """Where a sealed value belongs; it opens nowhere else."""
    return f"{table.name}:{column}:{row}"


case = Table(
    "proof_case",
    metadata,
    Column("id", Integer, primary_key=True),
    # What pages, receipts and colleagues may name the case by.
    Column("ref", String(32), nullable=False, unique=True),
    Column("openid", String(64), nullable=False, index=True),
    Column("journey", String(40), nullable=False),
    Column("purpose", String(40), nullable=False),
    Column("opened_at", UtcDateTime, nullable=False),
    Column("last_at", UtcDateTime, nullable=False),
    # Masked, such as 张*（居民身份证 1101**********1234): the desk shows it without opening anything.
    Column("person", String(120), nullable=False, default=""),
    # By which a colleague with the right finds whoever gave this document.
    Column("number_index", LargeBinary, index=True),
    Column("ended_at", UtcDateTime, index=True),
    Column("outcome", String(20)),
)

event = Table(
    "proof_event",
    metadata,
    Column("case_id", ForeignKey("proof_case.id"), primary_key=True),
    # Unique with the case: a double tap breaks the key.
    Column("number", Integer, primary_key=True),
    Column("step", String(40), nullable=False),
    Column("word", String(40), nullable=False),
    # Keys of the refusals, as JSON; never what was typed.
    Column("reasons", Text, nullable=False),
    Column("facts_sealed", LargeBinary),
    Column("at", UtcDateTime, nullable=False),
)

# What the floor above comes to fetch: an end, or a decision that the citizen should hear of.
verdict = Table(
    "proof_verdict",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("case_id", ForeignKey("proof_case.id"), nullable=False, index=True),
    Column("openid", String(64), nullable=False),
    Column("outcome", String(20), nullable=False),
    Column("reasons", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("told_at", UtcDateTime, index=True),
)

ticket = Table(
    "proof_ticket",
    metadata,
    Column("hash", String(64), primary_key=True),
    Column("openid", String(64), nullable=False),
    Column("purpose", String(40), nullable=False),
    Column("expires_at", UtcDateTime, nullable=False, index=True),
    Column("used_at", UtcDateTime),
)

visit = Table(
    "proof_visit",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("ticket_hash", String(64), nullable=False, index=True),
    Column("case_id", ForeignKey("proof_case.id"), nullable=False, index=True),
    Column("openid", String(64), nullable=False),
    Column("opened_at", UtcDateTime, nullable=False),
    Column("last_at", UtcDateTime, nullable=False, index=True),
)

consent = Table(
    "proof_consent",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("openid", String(64), nullable=False, index=True),
    Column("version", String(20), nullable=False),
    Column("given_at", UtcDateTime, nullable=False),
    Column("withdrawn_at", UtcDateTime),
    # Name, kind and number as authorised, to fill them in next time.
    Column("person_sealed", LargeBinary),
)

# One row for each attempt that is limited: of this openid, this number, this address.
knock = Table(
    "proof_knock",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("key", LargeBinary, nullable=False),
    Column("at", UtcDateTime, nullable=False, index=True),
    Index("ix_proof_knock_key_at", "key", "at"),
)

challenge = Table(
    "proof_challenge",
    metadata,
    Column("nonce_hash", String(64), primary_key=True),
    Column("case_id", ForeignKey("proof_case.id"), nullable=False, index=True),
    Column("actions", String(80), nullable=False),
    Column("issued_at", UtcDateTime, nullable=False, index=True),
    Column("used_at", UtcDateTime),
)

evidence = Table(
    "proof_evidence",
    metadata,
    # Random, because the page of the citizen names its picture by it.
    Column("id", String(32), primary_key=True),
    Column("case_id", ForeignKey("proof_case.id"), nullable=False, index=True),
    Column("kind", String(20), nullable=False),
    Column("media_type", String(40), nullable=False),
    Column("sha256", String(64), nullable=False),
    # Gone once forgotten; that it was there, and its sha256, stays.
    Column("sealed", LargeBinary),
    Column("at", UtcDateTime, nullable=False),
    Column("forget_at", UtcDateTime, nullable=False, index=True),
)

person = Table(
    "proof_person",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("kind", String(20), nullable=False),
    Column("number_index", LargeBinary, nullable=False),
    Column("name_sealed", LargeBinary, nullable=False),
    Column("name_index", LargeBinary, nullable=False),
    Column("card_index", LargeBinary),
    Column("phone_index", LargeBinary),
    Column("template_sealed", LargeBinary),
    Column("template_model", String(80), nullable=False, default=""),
    Column("is_demo", Boolean, nullable=False, default=False),
    Column("enrolled_at", UtcDateTime, nullable=False),
    UniqueConstraint("kind", "number_index"),
)

review = Table(
    "proof_review",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("case_id", ForeignKey("proof_case.id"), nullable=False, index=True),
    Column("openid", String(64), nullable=False),
    Column("cause", String(20), nullable=False),
    Column("person", String(120), nullable=False),
    Column("pictures", Text, nullable=False),
    Column("opened_at", UtcDateTime, nullable=False),
    # What a first colleague thinks, where a second one must confirm it.
    Column("proposal", String(10)),
    Column("proposed_by", String(80)),
    Column("proposed_why", Text),
    Column("decided_at", UtcDateTime, index=True),
    Column("decision", String(10)),
    Column("decided_by", String(80)),
    Column("reason", Text),
)

matter = Table(
    "proof_matter",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("ref", String(32), nullable=False, unique=True),
    Column("client", String(40), nullable=False),
    Column("idempotency_key", String(80), nullable=False),
    Column("body_sha256", String(64), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("number_index", LargeBinary, nullable=False),
    Column("name_index", LargeBinary, nullable=False),
    Column("title", String(80), nullable=False),
    Column("details_sealed", LargeBinary, nullable=False),
    Column("callback_url", String(500), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False, index=True),
    Column("state", String(10), nullable=False, index=True),
    Column("decided_at", UtcDateTime),
    Column("refusal", Text),
    Column("receipt", String(32)),
    UniqueConstraint("client", "idempotency_key"),
    Index("ix_proof_matter_person", "kind", "number_index"),
)

# Signatures already seen, so that none is taken twice.
signature_seen = Table(
    "proof_signature_seen",
    metadata,
    Column("client", String(40), primary_key=True),
    Column("nonce", String(80), primary_key=True),
    Column("at", UtcDateTime, nullable=False, index=True),
)

# Callbacks yet to be delivered: at least once, with a key by which the receiver knows a repetition.
callback = Table(
    "proof_callback",
    metadata,
    Column("key", String(40), primary_key=True),
    Column("client", String(40), nullable=False),
    Column("url", String(500), nullable=False),
    Column("body", Text, nullable=False),
    Column("attempts", Integer, nullable=False, default=0),
    Column("not_before", UtcDateTime, nullable=False),
    Column("state", String(10), nullable=False, index=True),
    Column("last_error", String(200), nullable=False, default=""),
)

receipt = Table(
    "proof_receipt",
    metadata,
    Column("code", String(32), primary_key=True),
    Column("case_id", ForeignKey("proof_case.id"), nullable=False, index=True),
    Column("matter_id", Integer),
    # The signed words themselves, sealed; the public page opens them to show the masked part.
    Column("token_sealed", LargeBinary),
    Column("at", UtcDateTime, nullable=False),
    Column("forget_at", UtcDateTime, nullable=False, index=True),
)
