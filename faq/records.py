"""The releases in the database: immutable numbered rows, and one row that says which of them is live."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy_utc import UtcDateTime

from faq.content_models import Content

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(column_0_label)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


faq_release = sa.Table(
    "faq_release",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("content", sa.Text, nullable=False),
    sa.Column("fingerprint", sa.String(64), nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("created_by", sa.String(100), nullable=False),
    sa.Column("note", sa.Text, nullable=False),
)

faq_live = sa.Table(
    "faq_live",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("number", sa.Integer, sa.ForeignKey("faq_release.number"), nullable=False),
    sa.Column("changed_at", UtcDateTime, nullable=False),
    sa.CheckConstraint("id = 1", name="one_row"),
)


@dataclass(frozen=True, slots=True)
class Release:
    """One numbered set of content. It is never changed; going back means pointing at an older one."""

    number: int
    content: Content
    fingerprint: str
    created_at: datetime
    created_by: str
    note: str


class NoSuchRelease(LookupError):
    """There is no release with this number."""


def publish(
    tx: sa.Connection, content: Content, by: str, note: str, at: datetime, *, after: int | None = None
) -> int:
    """Write the content as a new release and make it live, both or neither; its number comes back.

    Raises:
        IntegrityError: as `write_release`.
    """
    number = write_release(tx, content, by, note, at, after=after)
    point_to(tx, number, at)
    return number


def write_release(
    tx: sa.Connection, content: Content, by: str, note: str, at: datetime, *, after: int | None = None
) -> int:
    """Write the content as the next release without making it live.

    `after` is the newest release that the writer has seen; None takes whichever is newest now.

    Raises:
        IntegrityError: somebody else wrote a release meanwhile.
    """
    newest = newest_number(tx) if after is None else after
    row = {
        "number": newest + 1,
        "content": content.to_json(),
        "fingerprint": content.fingerprint(),
        "created_at": at,
        "created_by": by,
        "note": note,
    }
    tx.execute(sa.insert(faq_release).values(row))
    return newest + 1


def point_to(tx: sa.Connection, number: int, at: datetime) -> None:
    """Make an existing release the live one.

    Raises:
        NoSuchRelease: nothing was changed.
    """
    known = tx.scalar(sa.select(faq_release.c.number).where(faq_release.c.number == number))
    if known is None:
        raise NoSuchRelease(f"no release {number}: nothing was changed")
    changed = tx.execute(sa.update(faq_live).values(number=number, changed_at=at))
    if changed.rowcount == 0:
        tx.execute(sa.insert(faq_live).values(id=1, number=number, changed_at=at))


def newest_number(tx: sa.Connection) -> int:
    """The number of the newest release, live or not; 0 before the first one."""
    return tx.scalar(sa.select(sa.func.max(faq_release.c.number))) or 0


def live_number(tx: sa.Connection) -> int | None:
    """The number of the live release; None before the first one. Cheap enough to ask every second."""
    return tx.scalar(sa.select(faq_live.c.number))


def hold_live(tx: sa.Connection) -> int | None:
    """The number of the live release, which nobody else moves until this transaction ends."""
    return tx.scalar(sa.select(faq_live.c.number).with_for_update())


def live_release(tx: sa.Connection) -> Release | None:
    """The live release with its content; None before the first one."""
    number = live_number(tx)
    return release(tx, number) if number is not None else None


def release(tx: sa.Connection, number: int) -> Release | None:
    """A release by its number."""
    row = tx.execute(sa.select(faq_release).where(faq_release.c.number == number)).one_or_none()
    if row is None:
        return None
    content = Content.model_validate_json(row.content)
    return Release(row.number, content, row.fingerprint, row.created_at, row.created_by, row.note)


def newest_by(tx: sa.Connection, by: str) -> str | None:
    """The fingerprint of the newest release that `by` wrote."""
    rows = sa.select(faq_release.c.fingerprint).where(faq_release.c.created_by == by)
    return tx.scalar(rows.order_by(faq_release.c.number.desc()).limit(1))


def author_of_live(tx: sa.Connection) -> str | None:
    """Who wrote the live release; None before the first one."""
    both = faq_live.join(faq_release, faq_live.c.number == faq_release.c.number)
    return tx.scalar(sa.select(faq_release.c.created_by).select_from(both))
