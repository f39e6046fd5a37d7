"""Pictures of answers that were brought to WeChat"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "illustration",
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("media_id", sa.String(length=255), nullable=False),
        sa.Column("brought_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_illustration")),
    )


def downgrade() -> None:
    op.drop_table("illustration")
