"""The agents' desk"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


HAND_OVER: tuple[sa.Column[object], ...] = (
    sa.Column("version", sa.Integer(), server_default="0", nullable=False),
    sa.Column("agent_id", sa.Integer(), nullable=True),
    sa.Column("team", sa.String(length=32), server_default="", nullable=False),
    sa.Column("offered_to", sa.Integer(), nullable=True),
    sa.Column("offered_until", sa.DateTime(timezone=True), nullable=True),
    sa.Column("passed_by", sa.Text(), server_default="", nullable=False),
    sa.Column("prefers", sa.Integer(), nullable=True),
    sa.Column("first_reply_at", sa.DateTime(timezone=True), nullable=True),
    sa.Column("waiting_since", sa.DateTime(timezone=True), nullable=True),
    sa.Column("last_at", sa.DateTime(timezone=True), nullable=True),
    sa.Column("preview", sa.String(length=80), server_default="", nullable=False),
    sa.Column("unread", sa.Integer(), server_default="0", nullable=False),
    sa.Column("heard_seq", sa.Integer(), server_default="0", nullable=False),
    sa.Column("wake_at", sa.DateTime(timezone=True), nullable=True),
    sa.Column("outcome", sa.String(length=16), nullable=True),
    sa.Column("solved", sa.Boolean(), nullable=True),
    sa.Column("labels", sa.Text(), server_default="", nullable=False),
    sa.Column("follow_up", sa.Text(), server_default="", nullable=False),
    sa.Column("rating_token", sa.String(length=43), nullable=True),
    sa.Column("rating", sa.Integer(), nullable=True),
    sa.Column("rating_words", sa.Text(), server_default="", nullable=False),
    sa.Column("rated_at", sa.DateTime(timezone=True), nullable=True),
)
INDEXES = (
    ("ix_hand_over_agent_id_state", ["agent_id", "state"], False),
    ("ix_hand_over_closed_at", ["closed_at"], False),
    ("ix_hand_over_rating_token", ["rating_token"], True),
)


def upgrade() -> None:
    with op.batch_alter_table("hand_over") as hand_over:
        for column in HAND_OVER:
            hand_over.add_column(column)
        hand_over.alter_column("state", existing_type=sa.String(length=10), type_=sa.String(length=16))
    for name, columns, unique in INDEXES:
        op.create_index(op.f(name), "hand_over", columns, unique=unique)
    op.create_table(
        "desk_agent",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("status", sa.String(length=8), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=False),
        sa.Column("team", sa.String(length=32), server_default="", nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("looking_at", sa.Integer(), nullable=True),
        sa.Column("typing_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_offer_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("missed", sa.Integer(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_desk_agent")),
    )
    op.create_table(
        "desk_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("openid", sa.String(length=128), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("actor", sa.Integer(), nullable=True),
        sa.Column("target", sa.Integer(), nullable=True),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("agents", sa.Text(), nullable=False),
        sa.Column("queue", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_desk_event")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_desk_event_at"), "desk_event", ["at"])
    op.create_index(op.f("ix_desk_event_openid_at"), "desk_event", ["openid", "at"])
    op.create_table(
        "desk_note",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("openid", sa.String(length=128), nullable=False),
        sa.Column("author", sa.Integer(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("whisper", sa.Boolean(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_desk_note")),
    )
    op.create_index(op.f("ix_desk_note_openid_at"), "desk_note", ["openid", "at"])
    op.create_table(
        "desk_draft",
        sa.Column("case_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("agent_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("case_id", "agent_id", name=op.f("pk_desk_draft")),
    )
    op.create_table(
        "canned",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("owner", sa.Integer(), nullable=True),
        sa.Column("folder", sa.String(length=40), server_default="", nullable=False),
        sa.Column("title", sa.String(length=60), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_canned")),
    )
    op.create_index(op.f("ix_canned_owner"), "canned", ["owner"])


def downgrade() -> None:
    for table in ("canned", "desk_draft", "desk_note", "desk_event", "desk_agent"):
        op.drop_table(table)
    for name, _, _ in INDEXES:
        op.drop_index(op.f(name), "hand_over")
    with op.batch_alter_table("hand_over") as hand_over:
        hand_over.alter_column("state", existing_type=sa.String(length=16), type_=sa.String(length=10))
        for column in HAND_OVER:
            hand_over.drop_column(column.name)
