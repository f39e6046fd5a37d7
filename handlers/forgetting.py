"""What citizens wrote, and notes on it, are blanked after `keep`; topic and time stay for the counts."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import ColumnElement, Connection, Table, func, select, update

from handlers.desk.records import desk_event, desk_note
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
    """What a closed case quotes of its citizen: in its summary, among colleagues, and in the rating."""
    quoting = (hand_over.c.summary != "{}") | (hand_over.c.preview != "") | (hand_over.c.rating_words != "")
    closed = select(hand_over.c.id, hand_over.c.openid).where(hand_over.c.closed_at < before, quoting)
    old = tx.execute(closed.limit(BUNDLE)).all()
    ids, openids = [case.id for case in old], [case.openid for case in old]
    blank = {"summary": "{}", "preview": "", "rating_words": ""}
    tx.execute(update(hand_over).where(hand_over.c.id.in_(ids)).values(blank))

    def of_these(table: Table) -> ColumnElement[bool]:
        return table.c.openid.in_(openids) & table.c.case_id.in_(ids)

    tx.execute(update(desk_note).where(of_these(desk_note)).values(words=""))
    rated = of_these(desk_event) & (desk_event.c.kind == "rated")
    stars = func.substr(desk_event.c.reason, 1, len("5 分"))
    tx.execute(update(desk_event).where(rated).values(reason=stars))
    return len(old)
