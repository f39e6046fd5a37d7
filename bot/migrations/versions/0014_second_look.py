"""Cases found by document, and a second look at reviews"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("proof_case", schema=None) as batch_op:
        batch_op.add_column(sa.Column("number_index", sa.LargeBinary(), nullable=True))
        batch_op.create_index(batch_op.f("ix_proof_case_number_index"), ["number_index"], unique=False)
    with op.batch_alter_table("proof_review", schema=None) as batch_op:
        batch_op.add_column(sa.Column("proposal", sa.String(length=10), nullable=True))
        batch_op.add_column(sa.Column("proposed_by", sa.String(length=80), nullable=True))
        batch_op.add_column(sa.Column("proposed_why", sa.Text(), nullable=True))
