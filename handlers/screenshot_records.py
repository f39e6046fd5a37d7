"""The pictures that wait to be read, and every question asked of them.

A job is left in the turn that heard the picture. It holds the way to the picture, never the picture; when
it is done, only what came of it is kept.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Index,
    Integer,
    String,
    Table,
    Update,
    delete,
    exists,
    select,
    update,
)
from sqlalchemy_utc import UtcDateTime

from handlers.records import OPENID, insert_new, metadata

TRIES = 3
"""How often a picture is tried; one that ends every process that looks at it must not stay for ever."""

LEASE = timedelta(seconds=45)
"""A job that is still being read after this was cut short: fetching and reading may take 20 s each."""

BACKOFF = (timedelta(seconds=1), timedelta(seconds=8))
"""How long to wait after the first and the second try."""

KEEP = timedelta(days=7)
"""How long it is remembered that a picture came and what it showed; WeChat keeps pictures for three days."""

screenshot_job = Table(
    "screenshot_job",
    metadata,
    Column("key", String(255), primary_key=True),
    Column("openid", OPENID, nullable=False),
    Column("media_id", String(255), nullable=False),
    Column("state", String(8), nullable=False),
    Column("tries", Integer, nullable=False, server_default="0"),
    Column("at", UtcDateTime, nullable=False),
    Column("not_before", UtcDateTime, nullable=False),
    Column("outcome", String(16)),
    Column("topic", String(64)),
    Column("done_at", UtcDateTime),
    Index(None, "openid", "done_at"),
    Index(
        "ix_screenshot_job_open",
        "not_before",
        sqlite_where=Column("state") != "done",
        postgresql_where=Column("state") != "done",
    ),
)


@dataclass(frozen=True, slots=True)
class Job:
    """A picture that was claimed; `tries` counts this try, and says whose claim it is."""

    key: str
    openid: str
    media_id: str = field(repr=False)
    tries: int


def leave(tx: Connection, key: str, openid: str, media_id: str, at: datetime) -> None:
    """Leave a picture to be read; it is left once, however often it is heard."""
    insert_new(
        tx, screenshot_job, key=key, openid=openid, media_id=media_id, state="due", at=at, not_before=at
    )


def is_due(tx: Connection, at: datetime) -> bool:
    """Whether a picture waits to be read."""
    return bool(tx.scalar(select(exists().where(_open_at(at)))))


def claim(tx: Connection, at: datetime) -> Job | None:
    """The picture that has waited longest, ours until the lease ends; None when there is none."""
    oldest = select(screenshot_job).where(_open_at(at)).order_by(screenshot_job.c.not_before).limit(1)
    row = tx.execute(oldest.with_for_update(skip_locked=True)).first()
    if row is None:
        return None
    job = Job(row.key, row.openid, row.media_id, row.tries + 1)
    mine = update(screenshot_job).where(
        screenshot_job.c.key == row.key, screenshot_job.c.tries == row.tries, screenshot_job.c.state != "done"
    )
    taken = tx.execute(mine.values(state="reading", tries=job.tries, not_before=at + LEASE)).rowcount
    return job if taken else None


def put_back(tx: Connection, job: Job, at: datetime) -> None:
    """Let the picture be tried again after a while."""
    wait = BACKOFF[min(job.tries, len(BACKOFF)) - 1]
    tx.execute(_held(job).values(state="due", not_before=at + wait))


def finish(tx: Connection, job: Job, outcome: str, topic: str | None, at: datetime) -> bool:
    """Write down what came of it and forget the way to the picture; False when it is no longer ours."""
    done = _held(job).values(state="done", media_id="", outcome=outcome, topic=topic, done_at=at)
    return tx.execute(done).rowcount == 1


def told_since(tx: Connection, job: Job, outcome: str, topic: str | None, since: datetime) -> bool:
    """Whether another picture of this citizen came to the same since then."""
    c = screenshot_job.c
    same = (c.outcome == outcome) & (c.topic.is_(None) if topic is None else c.topic == topic)
    other = exists().where(c.openid == job.openid, c.key != job.key, c.done_at >= since, same)
    return bool(tx.scalar(select(other)))


def forget_old(tx: Connection, now: datetime) -> int:
    """Forget the jobs that are past their period, read or not; how many."""
    return tx.execute(delete(screenshot_job).where(screenshot_job.c.at < now - KEEP)).rowcount


def _open_at(at: datetime) -> ColumnElement[bool]:
    return (screenshot_job.c.state != "done") & (screenshot_job.c.not_before <= at)


def _held(job: Job) -> Update:
    c = screenshot_job.c
    return update(screenshot_job).where(c.key == job.key, c.state == "reading", c.tries == job.tries)
