"""Pictures of canned replies"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "canned_picture",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("jpeg", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_canned_picture")),
    )


def downgrade() -> None:
    op.drop_table("canned_picture")
