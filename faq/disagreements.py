"""Where two engines would have told a citizen different things: what shadow mode finds, for the editor.

Masked words and what each engine made of them; nothing of who asked. Kept for thirty days, and never more
than the newest five thousand.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy_utc import UtcDateTime

from faq.records import metadata
from nlu.hearing import Disagreement, Engine, Told

KEPT_FOR = timedelta(days=30)
MOST = 5_000
LONGEST = 400
"""Letters that are kept of a message; the engines look at the first 600."""

ZONE, TOPIC = sa.String(10), sa.String(64)

faq_disagreement = sa.Table(
    "faq_disagreement",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("words", sa.String(LONGEST), nullable=False),
    sa.Column("answered", sa.String(10), nullable=False),
    sa.Column("embedded_zone", ZONE, nullable=False),
    sa.Column("embedded_topic", TOPIC),
    sa.Column("embedded_confidence", sa.Float, nullable=False),
    sa.Column("rasa_zone", ZONE, nullable=False),
    sa.Column("rasa_topic", TOPIC),
    sa.Column("rasa_confidence", sa.Float, nullable=False),
    sa.Column("at", UtcDateTime, nullable=False, index=True),
)


@dataclass(frozen=True, slots=True)
class Difference:
    """A message that the engines took differently, and which of them answered it."""

    words: str
    answered: Engine
    embedded: Told
    rasa: Told
    at: datetime

    @property
    def told(self) -> Told:
        """What the citizen was told."""
        return self.rasa if self.answered == "rasa" else self.embedded

    @property
    def untold(self) -> Told:
        """What the other engine would have told."""
        return self.embedded if self.answered == "rasa" else self.rasa


def keep(tx: sa.Connection, seen: Sequence[tuple[Disagreement, datetime]]) -> None:
    """Write down what was seen, each at its time; the words are masked already."""
    if seen:
        tx.execute(sa.insert(faq_disagreement), [_row(one, at) for one, at in seen])


def forget(tx: sa.Connection, now: datetime) -> int:
    """Let go of what is older than thirty days or beyond the newest five thousand; how many there were."""
    table = faq_disagreement.c
    newest = sa.select(table.id).order_by(table.id.desc()).limit(1).offset(MOST)
    last_too_many = tx.scalar(newest) or 0
    gone = (table.at < now - KEPT_FOR) | (table.id <= last_too_many)
    return tx.execute(sa.delete(faq_disagreement).where(gone)).rowcount


def differences(tx: sa.Connection, since: datetime) -> list[Difference]:
    """What the engines took differently since then, newest first."""
    table = faq_disagreement
    rows = tx.execute(
        sa.select(table).where(table.c.at >= since).order_by(table.c.at.desc(), table.c.id.desc())
    )
    return [
        Difference(
            row.words,
            row.answered,
            Told(row.embedded_zone, row.embedded_topic, row.embedded_confidence),
            Told(row.rasa_zone, row.rasa_topic, row.rasa_confidence),
            row.at,
        )
        for row in rows
    ]


def _row(seen: Disagreement, at: datetime) -> dict[str, object]:
    row: dict[str, object] = {"words": seen.text[:LONGEST], "answered": seen.answered, "at": at}
    for name, told in (("embedded", seen.embedded), ("rasa", seen.rasa)):
        row |= {f"{name}_zone": told.zone, f"{name}_topic": told.topic, f"{name}_confidence": told.confidence}
    return row
