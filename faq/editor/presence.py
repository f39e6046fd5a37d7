"""Who edits what just now, so that two people see each other before they write the same sentence twice."""

from datetime import datetime, timedelta

import sqlalchemy as sa

from faq.editor.drafts import Author
from faq.editor.records import faq_presence

LASTS = timedelta(seconds=90)
"""A page tells every 30 s that it is open."""


def arrive(tx: sa.Connection, key: str, who: Author, at: datetime) -> list[str]:
    """Note that somebody edits an entry; the names of the others who do come back."""
    mine = (faq_presence.c.key == key, faq_presence.c.by_id == who.id)
    if tx.execute(sa.update(faq_presence).where(*mine).values(at=at)).rowcount == 0:
        tx.execute(sa.insert(faq_presence).values(key=key, by_id=who.id, by=who.name, at=at))
    tx.execute(sa.delete(faq_presence).where(faq_presence.c.at < at - LASTS))
    others = sa.select(faq_presence.c.by).where(faq_presence.c.key == key, faq_presence.c.by_id != who.id)
    return list(tx.scalars(others.order_by(faq_presence.c.by)))


def leave(tx: sa.Connection, key: str, who: Author) -> None:
    """Somebody is done with an entry."""
    tx.execute(sa.delete(faq_presence).where(faq_presence.c.key == key, faq_presence.c.by_id == who.id))


def everywhere(tx: sa.Connection, at: datetime) -> dict[str, list[str]]:
    """Who edits which entry."""
    found: dict[str, list[str]] = {}
    for key, by in tx.execute(
        sa.select(faq_presence.c.key, faq_presence.c.by).where(faq_presence.c.at >= at - LASTS)
    ):
        found.setdefault(key, []).append(by)
    return found
