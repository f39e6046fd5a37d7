"""The editor's tables.

`faq_revision` every version of every entry, never changed; `faq_candidate` a set of revisions on its way
to a release, with its rehearsal and review; `faq_test_case` the regression set; `faq_unanswered` what was
decided about questions of citizens; `faq_presence` who edits what; `faq_category_right`, `faq_api_token`.
"""

from typing import Any

import sqlalchemy as sa
from sqlalchemy_utc import UtcDateTime

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

KEY = sa.String(80)
NAME = sa.String(100)


def _made() -> tuple[sa.Column[Any], ...]:
    """Who made the row, and when."""
    return (
        sa.Column("by_id", sa.Integer, nullable=False),
        sa.Column("by", NAME, nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
    )


faq_revision = sa.Table(
    "faq_revision",
    metadata,
    sa.Column("key", KEY, primary_key=True),
    sa.Column("n", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("category", sa.String(64), nullable=False),
    sa.Column("title", sa.String(200), nullable=False),
    # NULL: the entry was deleted in this version.
    sa.Column("body", sa.Text),
    sa.Column("hash", sa.String(64), nullable=False),
    sa.Column("note", sa.Text, nullable=False),
    *_made(),
)

faq_candidate = sa.Table(
    "faq_candidate",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("state", sa.String(12), nullable=False),
    sa.Column("version", sa.Integer, nullable=False, server_default="0"),
    sa.Column("note", sa.Text, nullable=False),
    sa.Column("base", sa.Integer, nullable=False),
    sa.Column("revisions", sa.Text, nullable=False),
    sa.Column("authors", sa.Text, nullable=False),
    sa.Column("content", sa.Text, nullable=False),
    sa.Column("fingerprint", sa.String(64), nullable=False),
    sa.Column("report", sa.Text),
    *_made(),
    sa.Column("reviewer_id", sa.Integer),
    sa.Column("reviewer", NAME),
    sa.Column("reviewed_at", UtcDateTime),
    sa.Column("review_note", sa.Text, nullable=False, server_default=""),
    sa.Column("overridden_by", NAME),
    sa.Column("override_reason", sa.Text, nullable=False, server_default=""),
    sa.Column("not_before", UtcDateTime),
    sa.Column("missed", sa.String(20), nullable=False, server_default=""),
    sa.Column("released", sa.Integer),
    sa.Column("released_at", UtcDateTime),
    sa.Index(None, "state"),
)

faq_test_case = sa.Table(
    "faq_test_case",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("words", sa.String(400), nullable=False),
    sa.Column("folded", sa.String(400), nullable=False, unique=True),
    # NULL: nobody here should answer it.
    sa.Column("topic", sa.String(64)),
    sa.Column("source", sa.String(20), nullable=False),
    *_made(),
)

faq_unanswered = sa.Table(
    "faq_unanswered",
    metadata,
    sa.Column("folded", sa.String(400), primary_key=True),
    sa.Column("decision", sa.String(20), nullable=False),
    sa.Column("note", sa.Text, nullable=False),
    *_made(),
)

faq_presence = sa.Table(
    "faq_presence",
    metadata,
    sa.Column("key", KEY, primary_key=True),
    sa.Column("by_id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("by", NAME, nullable=False),
    sa.Column("at", UtcDateTime, nullable=False),
)

faq_picture = sa.Table(
    "faq_picture",
    metadata,
    sa.Column("name", sa.String(80), primary_key=True),
    sa.Column("bytes", sa.LargeBinary, nullable=False),
    sa.Column("width", sa.Integer, nullable=False),
    sa.Column("height", sa.Integer, nullable=False),
    *_made(),
)

faq_category_right = sa.Table(
    "faq_category_right",
    metadata,
    sa.Column("staff_id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("category", sa.String(64), primary_key=True),
    sa.Column("level", sa.String(10), nullable=False),
    *_made(),
)

faq_import = sa.Table(
    "faq_import",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("file", sa.String(200), nullable=False),
    sa.Column("rows", sa.Text, nullable=False),
    sa.Column("state", sa.String(10), nullable=False),
    *_made(),
)

faq_api_token = sa.Table(
    "faq_api_token",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("name", sa.String(60), nullable=False),
    sa.Column("hash", sa.String(64), nullable=False, unique=True),
    *_made(),
    sa.Column("used_at", UtcDateTime),
    sa.Column("ended_at", UtcDateTime),
)
