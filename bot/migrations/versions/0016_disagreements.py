"""Where the engines disagree"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "faq_disagreement",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("words", sa.String(length=400), nullable=False),
        sa.Column("answered", sa.String(length=10), nullable=False),
        sa.Column("embedded_zone", sa.String(length=10), nullable=False),
        sa.Column("embedded_topic", sa.String(length=64), nullable=True),
        sa.Column("embedded_confidence", sa.Float(), nullable=False),
        sa.Column("rasa_zone", sa.String(length=10), nullable=False),
        sa.Column("rasa_topic", sa.String(length=64), nullable=True),
        sa.Column("rasa_confidence", sa.Float(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_faq_disagreement")),
    )
    op.create_index(op.f("ix_faq_disagreement_at"), "faq_disagreement", ["at"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_faq_disagreement_at"), table_name="faq_disagreement")
    op.drop_table("faq_disagreement")
