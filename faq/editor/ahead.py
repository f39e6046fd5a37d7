"""What may be live in a moment is learnt before it is, by every process for itself.

A rehearsal learns a draft where it runs; another server would begin only when the release is live, and its
citizens would hear the old words for as long as learning takes. The same holds for releases to go back to.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

import sqlalchemy as sa

from faq import records as releases
from faq.content_models import Content
from faq.editor.records import faq_candidate
from faq.editor.workroom import Workroom
from faq.library import Library

FORMER = 3
"""Releases before the newest that somebody may want back in a hurry."""

WAITING = 4
"""Candidates that are learnt before they are released, the newest first."""

AGAIN_AFTER = timedelta(hours=1)
"""What is learnt is asked for again, so that it does not count as forgotten."""


class Ahead:
    """Let `learn_next` run every few seconds: one lesson at most each time."""

    def __init__(self, room: Workroom) -> None:
        self._room = room
        self._learnt: dict[str, datetime] = {}

    async def learn_next(self) -> bool:
        """Have the first content learnt that was not yet, and say whether there was one."""
        room, now = self._room, self._room.clock()
        wanted = await room.store.read(lambda tx: list(_wanted(tx)))
        self._learnt = {each: at for each, at in self._learnt.items() if now - at < AGAIN_AFTER}
        fingerprint = next((each for each in wanted if each not in self._learnt), None)
        if fingerprint is None:
            return False
        content = await room.store.read(lambda tx: _content(tx, fingerprint))
        await room.in_worker(lambda: room.learn_ahead(Library(content).training()))
        self._learnt[fingerprint] = now
        return True


def _wanted(tx: sa.Connection) -> Iterator[str]:
    """Fingerprints of what may be live next: the live one, what is handed in, and former ones."""
    live, candidate, release = releases.live_number(tx), faq_candidate.c, releases.faq_release.c
    yield from tx.scalars(sa.select(release.fingerprint).where(release.number == live))
    open_ = candidate.state.in_(("in_review", "approved")) & (candidate.base == live)
    newest = sa.select(candidate.fingerprint).where(open_).order_by(candidate.id.desc())
    yield from tx.scalars(newest.limit(WAITING))
    yield from tx.scalars(sa.select(release.fingerprint).order_by(release.number.desc()).limit(1 + FORMER))


def _content(tx: sa.Connection, fingerprint: str) -> Content:
    release, candidate = releases.faq_release.c, faq_candidate.c
    text = tx.scalar(sa.select(release.content).where(release.fingerprint == fingerprint).limit(1))
    if text is None:
        text = tx.scalar(sa.select(candidate.content).where(candidate.fingerprint == fingerprint).limit(1))
    return Content.model_validate_json(text or "")
