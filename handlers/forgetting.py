"""What citizens wrote, and notes on it, are blanked after `keep`; topic and time stay for the counts."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import Connection, select, update

from handlers.desk import quotes
from handlers.reception import Keeps
from handlers.records import hand_over, heard

BUNDLE = 500
"""Rows a transaction: a citizen who writes meanwhile waits for no more than these."""


class Forgetting:
    """Forgets what was said in the chat, and what cases that were closed since then quote of it."""

    def __init__(self, store: Keeps, keep: timedelta, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._keep = keep
        self._clock = clock

    async def forget_old(self) -> int:
        """Blank what is older than `keep`; says how many messages and cases."""
        before, forgotten = self._clock() - self._keep, 0
        for blank in (_blank_words, _blank_cases):
            while blanked := await self._store.write(partial(blank, before=before)):
                forgotten += blanked
        return forgotten


def _blank_words(tx: Connection, before: datetime) -> int:
    said = select(heard.c.key).where(heard.c.at < before, heard.c.words != "", heard.c.kind == "Words")
    old = tx.scalars(said.limit(BUNDLE)).all()
    tx.execute(update(heard).where(heard.c.key.in_(old)).values(words=""))
    return len(old)


def _blank_cases(tx: Connection, before: datetime) -> int:
    old = tx.execute(quotes.quoting().where(hand_over.c.closed_at < before).limit(BUNDLE)).all()
    return quotes.blank(tx, old)
