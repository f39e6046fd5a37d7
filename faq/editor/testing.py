"""The regression set: questions with the topic that must answer them, or none; it grows from real talks."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from faq.checks import fold
from faq.editor.drafts import Author
from faq.editor.records import faq_test_case
from faq.editor.report import Case


@dataclass(frozen=True, slots=True)
class Kept:
    """A test question as it is kept; `topic` None means that nobody here should answer it."""

    id: int
    words: str
    topic: str | None
    source: str
    by: str
    at: datetime


def cases(tx: sa.Connection) -> list[Case]:
    """Every test question, oldest first."""
    return [Case(words=kept.words, topic=kept.topic) for kept in every(tx)]


def every(tx: sa.Connection) -> list[Kept]:
    """Every test question with where it came from."""
    columns = (getattr(faq_test_case.c, name) for name in Kept.__slots__)
    return [Kept(*row) for row in tx.execute(sa.select(*columns).order_by(faq_test_case.c.id))]


def keep(tx: sa.Connection, words: str, topic: str | None, *, source: str, by: Author, at: datetime) -> bool:
    """Add a test question, or give one that is there another expectation; says whether it is new."""
    folded = fold(words)[:400]
    same = faq_test_case.c.folded == folded
    changed = tx.execute(sa.update(faq_test_case).where(same).values(topic=topic))
    if changed.rowcount:
        return False
    values = {"words": words[:400], "folded": folded, "topic": topic, "source": source}
    tx.execute(sa.insert(faq_test_case).values(values | {"by_id": by.id, "by": by.name, "at": at}))
    return True


def drop(tx: sa.Connection, id_: int) -> None:
    """Take a test question out of the set."""
    tx.execute(sa.delete(faq_test_case).where(faq_test_case.c.id == id_))
