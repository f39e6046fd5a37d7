"""Proof of identity"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "proof_callback",
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("client", sa.String(length=40), nullable=False),
        sa.Column("url", sa.String(length=500), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("last_error", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_proof_callback")),
    )
    with op.batch_alter_table("proof_callback", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_proof_callback_state"), ["state"], unique=False)

    op.create_table(
        "proof_case",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ref", sa.String(length=32), nullable=False),
        sa.Column("openid", sa.String(length=64), nullable=False),
        sa.Column("journey", sa.String(length=40), nullable=False),
        sa.Column("purpose", sa.String(length=40), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("person", sa.String(length=120), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.String(length=20), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proof_case")),
        sa.UniqueConstraint("ref", name=op.f("uq_proof_case_ref")),
    )
    with op.batch_alter_table("proof_case", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_proof_case_ended_at"), ["ended_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_proof_case_openid"), ["openid"], unique=False)

    op.create_table(
        "proof_consent",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("openid", sa.String(length=64), nullable=False),
        sa.Column("version", sa.String(length=20), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("person_sealed", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proof_consent")),
    )
    with op.batch_alter_table("proof_consent", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_proof_consent_openid"), ["openid"], unique=False)

    op.create_table(
        "proof_knock",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proof_knock")),
    )
    with op.batch_alter_table("proof_knock", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_proof_knock_at"), ["at"], unique=False)
        batch_op.create_index("ix_proof_knock_key_at", ["key", "at"], unique=False)

    op.create_table(
        "proof_matter",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ref", sa.String(length=32), nullable=False),
        sa.Column("client", sa.String(length=40), nullable=False),
        sa.Column("idempotency_key", sa.String(length=80), nullable=False),
        sa.Column("body_sha256", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("number_index", sa.LargeBinary(), nullable=False),
        sa.Column("name_index", sa.LargeBinary(), nullable=False),
        sa.Column("title", sa.String(length=80), nullable=False),
        sa.Column("details_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("callback_url", sa.String(length=500), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("refusal", sa.Text(), nullable=True),
        sa.Column("receipt", sa.String(length=32), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proof_matter")),
        sa.UniqueConstraint("client", "idempotency_key", name=op.f("uq_proof_matter_client_idempotency_key")),
        sa.UniqueConstraint("ref", name=op.f("uq_proof_matter_ref")),
    )
    with op.batch_alter_table("proof_matter", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_proof_matter_expires_at"), ["expires_at"], unique=False)
        batch_op.create_index("ix_proof_matter_person", ["kind", "number_index"], unique=False)
        batch_op.create_index(batch_op.f("ix_proof_matter_state"), ["state"], unique=False)

    op.create_table(
        "proof_person",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("number_index", sa.LargeBinary(), nullable=False),
        sa.Column("name_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("name_index", sa.LargeBinary(), nullable=False),
        sa.Column("card_index", sa.LargeBinary(), nullable=True),
        sa.Column("phone_index", sa.LargeBinary(), nullable=True),
        sa.Column("template_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("template_model", sa.String(length=80), nullable=False),
        sa.Column("is_demo", sa.Boolean(), nullable=False),
        sa.Column("enrolled_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proof_person")),
        sa.UniqueConstraint("kind", "number_index", name=op.f("uq_proof_person_kind_number_index")),
    )
    op.create_table(
        "proof_signature_seen",
        sa.Column("client", sa.String(length=40), nullable=False),
        sa.Column("nonce", sa.String(length=80), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("client", "nonce", name=op.f("pk_proof_signature_seen")),
    )
    with op.batch_alter_table("proof_signature_seen", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_proof_signature_seen_at"), ["at"], unique=False)

    op.create_table(
        "proof_ticket",
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("openid", sa.String(length=64), nullable=False),
        sa.Column("purpose", sa.String(length=40), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_proof_ticket")),
    )
    with op.batch_alter_table("proof_ticket", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_proof_ticket_expires_at"), ["expires_at"], unique=False)

    op.create_table(
        "proof_challenge",
        sa.Column("nonce_hash", sa.String(length=64), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("actions", sa.String(length=80), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["proof_case.id"], name=op.f("fk_proof_challenge_case_id")),
        sa.PrimaryKeyConstraint("nonce_hash", name=op.f("pk_proof_challenge")),
    )
    with op.batch_alter_table("proof_challenge", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_proof_challenge_case_id"), ["case_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_proof_challenge_issued_at"), ["issued_at"], unique=False)

    op.create_table(
        "proof_event",
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("step", sa.String(length=40), nullable=False),
        sa.Column("word", sa.String(length=40), nullable=False),
        sa.Column("reasons", sa.Text(), nullable=False),
        sa.Column("facts_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["proof_case.id"], name=op.f("fk_proof_event_case_id")),
        sa.PrimaryKeyConstraint("case_id", "number", name=op.f("pk_proof_event")),
    )
    op.create_table(
        "proof_evidence",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("media_type", sa.String(length=40), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("forget_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["proof_case.id"], name=op.f("fk_proof_evidence_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proof_evidence")),
    )
    with op.batch_alter_table("proof_evidence", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_proof_evidence_case_id"), ["case_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_proof_evidence_forget_at"), ["forget_at"], unique=False)

    op.create_table(
        "proof_receipt",
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("matter_id", sa.Integer(), nullable=True),
        sa.Column("token_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("forget_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["proof_case.id"], name=op.f("fk_proof_receipt_case_id")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_proof_receipt")),
    )
    with op.batch_alter_table("proof_receipt", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_proof_receipt_case_id"), ["case_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_proof_receipt_forget_at"), ["forget_at"], unique=False)

    op.create_table(
        "proof_review",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("openid", sa.String(length=64), nullable=False),
        sa.Column("cause", sa.String(length=20), nullable=False),
        sa.Column("person", sa.String(length=120), nullable=False),
        sa.Column("pictures", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decision", sa.String(length=10), nullable=True),
        sa.Column("decided_by", sa.String(length=80), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["proof_case.id"], name=op.f("fk_proof_review_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proof_review")),
    )
    with op.batch_alter_table("proof_review", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_proof_review_case_id"), ["case_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_proof_review_decided_at"), ["decided_at"], unique=False)

    op.create_table(
        "proof_verdict",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("openid", sa.String(length=64), nullable=False),
        sa.Column("outcome", sa.String(length=20), nullable=False),
        sa.Column("reasons", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["proof_case.id"], name=op.f("fk_proof_verdict_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proof_verdict")),
    )
    with op.batch_alter_table("proof_verdict", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_proof_verdict_case_id"), ["case_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_proof_verdict_told_at"), ["told_at"], unique=False)

    op.create_table(
        "proof_visit",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("ticket_hash", sa.String(length=64), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("openid", sa.String(length=64), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["proof_case.id"], name=op.f("fk_proof_visit_case_id")),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_proof_visit")),
    )
    with op.batch_alter_table("proof_visit", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_proof_visit_case_id"), ["case_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_proof_visit_last_at"), ["last_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_proof_visit_ticket_hash"), ["ticket_hash"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("proof_visit", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_proof_visit_ticket_hash"))
        batch_op.drop_index(batch_op.f("ix_proof_visit_last_at"))
        batch_op.drop_index(batch_op.f("ix_proof_visit_case_id"))

    op.drop_table("proof_visit")
    with op.batch_alter_table("proof_verdict", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_proof_verdict_told_at"))
        batch_op.drop_index(batch_op.f("ix_proof_verdict_case_id"))

    op.drop_table("proof_verdict")
    with op.batch_alter_table("proof_review", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_proof_review_decided_at"))
        batch_op.drop_index(batch_op.f("ix_proof_review_case_id"))

    op.drop_table("proof_review")
    with op.batch_alter_table("proof_receipt", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_proof_receipt_forget_at"))
        batch_op.drop_index(batch_op.f("ix_proof_receipt_case_id"))

    op.drop_table("proof_receipt")
    with op.batch_alter_table("proof_evidence", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_proof_evidence_forget_at"))
        batch_op.drop_index(batch_op.f("ix_proof_evidence_case_id"))

    op.drop_table("proof_evidence")
    op.drop_table("proof_event")
    with op.batch_alter_table("proof_challenge", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_proof_challenge_issued_at"))
        batch_op.drop_index(batch_op.f("ix_proof_challenge_case_id"))

    op.drop_table("proof_challenge")
    with op.batch_alter_table("proof_ticket", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_proof_ticket_expires_at"))

    op.drop_table("proof_ticket")
    with op.batch_alter_table("proof_signature_seen", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_proof_signature_seen_at"))

    op.drop_table("proof_signature_seen")
    op.drop_table("proof_person")
    with op.batch_alter_table("proof_matter", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_proof_matter_state"))
        batch_op.drop_index("ix_proof_matter_person")
        batch_op.drop_index(batch_op.f("ix_proof_matter_expires_at"))

    op.drop_table("proof_matter")
    with op.batch_alter_table("proof_knock", schema=None) as batch_op:
        batch_op.drop_index("ix_proof_knock_key_at")
        batch_op.drop_index(batch_op.f("ix_proof_knock_at"))

    op.drop_table("proof_knock")
    with op.batch_alter_table("proof_consent", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_proof_consent_openid"))

    op.drop_table("proof_consent")
    with op.batch_alter_table("proof_case", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_proof_case_openid"))
        batch_op.drop_index(batch_op.f("ix_proof_case_ended_at"))

    op.drop_table("proof_case")
    with op.batch_alter_table("proof_callback", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_proof_callback_state"))

    op.drop_table("proof_callback")
