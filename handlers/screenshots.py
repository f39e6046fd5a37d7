"""Reads the pictures that citizens sent: fetch, read, recognise, answer by a push. One at a time.

The picture is held in memory while it is read and nowhere else; of its words only what is covered is
kept. A job that is cut short, at whatever point, is taken up again and answered once.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Literal

import structlog
from sqlalchemy import Connection, update

from handlers import originals, pictures, records, screenshot_records, wire
from handlers.desk import cases, events
from handlers.memory import Memory
from handlers.messages import Picture, Saying
from handlers.reception import Keeps, Live
from handlers.screenshot_records import TRIES, Job
from handlers.turn import Outcome, Turn
from nlu.entities import find_entities
from nlu.picture_reader import ReaderLost
from nlu.screenshots import Recognised, Sight, recognised

log = structlog.get_logger()

Fetched = bytes | Literal["refused", "gone", "later"]
"""A picture; or it is too large or none, or it is no longer there, or WeChat did not answer."""

SLOTS = ("error", "phone_system")
"""What a page tells of the citizen's case; the other names on it may be those of its buttons."""

KEPT_LETTERS = 600
SAME_AGAIN = timedelta(minutes=1)
"""Nine pictures of one error, sent together, are answered once: pushes are few."""


@dataclass(frozen=True, slots=True)
class _Seen:
    """What came of looking: `sight` is None when the picture cannot be read."""

    sight: Sight | None
    page: Recognised = field(default_factory=Recognised)

    @property
    def words(self) -> str:
        """The covered words that may be kept: those of a page, never of papers or of a person."""
        if self.sight is None or self.sight.kind != "page":
            return ""
        return self.sight.text[:KEPT_LETTERS]

    @property
    def is_clear(self) -> bool:
        """Whether this is a page on which nothing had to be covered: any agent may see it."""
        return self.sight is not None and self.sight.kind == "page" and "*" not in self.sight.text


class Screenshots:
    """The loop's step. `fetch` gives a picture by its media id, `see` reads it, `fit` splits what is said."""

    def __init__(
        self,
        store: Keeps,
        fetch: Callable[[str], Awaitable[Fetched]],
        see: Callable[[bytes], Awaitable[Sight]],
        live: Callable[[], Live],
        *,
        fit: Callable[[Saying], Sequence[Saying]],
        memory_lasts: timedelta,
        clock: Callable[[], datetime],
        wake: Callable[[], None],
    ) -> None:
        self._store = store
        self._fetch = fetch
        self._see = see
        self._live = live
        self._fit = fit
        self._memory_lasts = memory_lasts
        self._clock = clock
        self._wake = wake

    async def read_due(self) -> int:
        """Read and answer the picture that has waited longest; says how many there were: 0 or 1."""
        if not await self._store.read(lambda tx: screenshot_records.is_due(tx, self._clock())):
            return 0
        job = await self._store.write(lambda tx: screenshot_records.claim(tx, self._clock()))
        if job is None:
            return 0
        live = self._live()
        seen = await self._look(job, live) if job.tries <= TRIES else _Seen(None)
        if seen is None:
            await self._store.write(lambda tx: screenshot_records.put_back(tx, job, self._clock()))
        elif await self._store.write(lambda tx: self._answer(tx, job, seen, live)):
            self._wake()
        return 1

    async def forget_old(self) -> int:
        """Forget the pictures that came long ago; how many."""
        return await self._store.write(lambda tx: screenshot_records.forget_old(tx, self._clock()))

    async def _look(self, job: Job, live: Live) -> _Seen | None:
        """What is in the picture; None when it is worth another try."""
        picture = await self._fetch(job.media_id)
        if picture == "refused":
            return _Seen(Sight("nothing"))
        if picture == "gone":
            return _Seen(None)
        try:
            if isinstance(picture, bytes):
                sight = await self._see(picture)
                understand = live.ear.understand
                page = await asyncio.to_thread(recognised, sight.lines, live.library.screens, understand)
                return _Seen(sight, page)
        except ReaderLost as lost:
            log.warning("picture_not_read", tries=job.tries, why=str(lost))
        return _Seen(None) if job.tries >= TRIES else None

    def _answer(self, tx: Connection, job: Job, seen: _Seen, live: Live) -> bool:
        """Write what was seen and say what helps; False when another process has done so."""
        at = self._clock()
        person = records.locked_citizen(tx, job.openid)
        if person is None:
            return False
        memory = Memory.from_json(person.memory).aged(at, self._memory_lasts)
        named = find_entities(seen.words) if seen.words else ()
        memory = memory.knowing({entity.kind: entity.value for entity in named if entity.kind in SLOTS})
        turn = Turn(Picture(""), at, memory, live.library, seen.words, holder=person.holder)
        outcome = pictures.answer(turn, seen.sight, seen.page)
        topic = seen.page.topic
        said_before = screenshot_records.told_since(tx, job, outcome.by, topic, at - SAME_AGAIN)
        if not screenshot_records.finish(tx, job, outcome.by, topic, at):
            return False
        tx.execute(
            update(records.heard).where(records.heard.c.key == job.key).values(words=seen.words, topic=topic)
        )
        if outcome.topic and person.holder == "bot":
            records.note_answer(tx, job.key, "screenshot", outcome.topic)
        if seen.is_clear:
            originals.mark_clear(tx, job.key)
        if person.holder != "bot":
            _show_the_agent(tx, job.openid, at)
        if person.holder == "agent" or said_before:
            return False
        self._say(tx, job, outcome, at)
        return True

    def _say(self, tx: Connection, job: Job, outcome: Outcome, at: datetime) -> None:
        messages = [part for saying in outcome.sayings for part in self._fit(saying)]
        for place, message in enumerate(messages, start=1):  # 0 is what was said at once
            records.insert_said(
                tx, openid=job.openid, heard_key=job.key, place=place, author="bot",
                body=wire.pack(message), state="due", at=at, not_before=at,
            )  # fmt: skip
        memory = replace(outcome.memory, at=at).to_json()
        tx.execute(
            update(records.citizen).where(records.citizen.c.openid == job.openid).values(memory=memory)
        )


def _show_the_agent(tx: Connection, openid: str, at: datetime) -> None:
    """The words stand in the thread now: screens that show it are told to look again."""
    case = cases.open_of(tx, openid)
    if case is not None:
        events.tell(tx, case, "note", at)
