"""The screenshots that wait to be read"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "screenshot_job",
        sa.Column("key", sa.String(length=255), nullable=False),
        sa.Column("openid", sa.String(length=128), nullable=False),
        sa.Column("media_id", sa.String(length=255), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("tries", sa.Integer(), server_default="0", nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=True),
        sa.Column("topic", sa.String(length=64), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_screenshot_job")),
    )
    op.create_index(op.f("ix_screenshot_job_openid_done_at"), "screenshot_job", ["openid", "done_at"])
    op.create_index(
        "ix_screenshot_job_open",
        "screenshot_job",
        ["not_before"],
        sqlite_where=sa.text("state != 'done'"),
        postgresql_where=sa.text("state != 'done'"),
    )


def downgrade() -> None:
    op.drop_table("screenshot_job")
