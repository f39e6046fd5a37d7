"""The engines that understand citizens: the embedded ear of each release, and Rasa beside it where wanted.

Rasa is taught every release in the background; until it has learnt it, or when it does not answer in time,
the embedded ear answers. Where the two disagree is kept for the editor.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from weakref import WeakSet

import structlog

from bot.engine_figures import EngineFigures
from bot.settings_sections import Nlu
from bot.store import Store
from faq import disagreements
from nlu.engines.breaker import Breaker
from nlu.engines.rasa import RasaEngine
from nlu.engines.rasa_door import RasaRefused
from nlu.hearing import Disagreement, Hearing
from nlu.together import Listens
from nlu.training import TrainingContent

log = structlog.get_logger()

FORGET_EVERY = timedelta(hours=1)
REST = timedelta(minutes=10)
"""After a lesson that failed: training anew every half minute would help nobody."""

UNWRITTEN = 500
"""Disagreements that wait to be written; in a flood the oldest are dropped."""


def rasa_of(wanted: Nlu, figures: EngineFigures) -> RasaEngine | None:
    """The engine that talks to the Rasa server; None when nothing is to be asked of it."""
    if not wanted.rasa_url or (wanted.engine == "embedded" and wanted.shadow == "off"):
        return None
    figures.breaker_is("closed")
    return RasaEngine(
        wanted.rasa_url,
        wanted.rasa_token.get_secret_value(),
        config=wanted.rasa_pipeline.read_text(encoding="utf-8"),
        models=wanted.rasa_models,
        budget=wanted.rasa_budget,
        breaker=Breaker(changed=figures.breaker_is),
        observe=figures.parsed,
    )


class Ears:
    """What hears for each release. `teach_newest` and `keep` are steps of loops, and wait for no lesson."""

    def __init__(
        self, wanted: Nlu, store: Store, figures: EngineFigures, clock: Callable[[], datetime]
    ) -> None:
        self._wanted, self._store, self._figures, self._clock = wanted, store, figures, clock
        self._rasa = rasa_of(wanted, figures)
        self._newest: TrainingContent | None = None
        self._lesson: asyncio.Task[None] | None = None
        self._rests_until = self._forgot_at = datetime.min.replace(tzinfo=clock().tzinfo)
        self._seen: deque[tuple[Disagreement, datetime]] = deque(maxlen=UNWRITTEN)
        self._hearings: WeakSet[Hearing] = WeakSet()

    async def hearing(self, ear: Listens, lessons: TrainingContent) -> Hearing:
        """What hears for a release; `ear` was trained on its `lessons`."""
        self._newest, self._rests_until = lessons, self._clock()
        both = partial(
            Hearing,
            worker=self._store.worker,
            engine=self._wanted.engine,
            note=self._note if self._wanted.shadow == "on" else None,
            agreed=partial(self._figures.compared, agree=True),
            heard_by=self._figures.heard_by,
        )
        hearing = await asyncio.to_thread(both, ear, lessons, self._rasa)
        self._hearings.add(hearing)
        return hearing

    async def teach_newest(self) -> None:
        """Ask Rasa what it answers from; begin a lesson when that is not the newest release."""
        rasa, lessons = self._rasa, self._newest
        if rasa is None or lessons is None or (self._lesson is not None and not self._lesson.done()):
            return
        health = await rasa.health()
        is_due = health.listens and not health.training and self._clock() >= self._rests_until
        if is_due and health.model != await asyncio.to_thread(rasa.name_for, lessons):
            self._lesson = asyncio.create_task(self._teach(rasa, lessons))

    async def keep(self) -> None:
        """Write down where the engines disagreed, and once an hour let go of what is old."""
        seen = list(self._seen)
        self._seen.clear()
        if seen:
            await self._store.write(lambda tx: disagreements.keep(tx, seen))
        now = self._clock()
        if now - self._forgot_at >= FORGET_EVERY:
            await self._store.write(lambda tx: disagreements.forget(tx, now))
            self._forgot_at = now

    async def close(self) -> None:
        """Give up lessons and comparisons, write what was seen, and let go of the connections."""
        if self._lesson is not None:
            self._lesson.cancel()
            await asyncio.gather(self._lesson, return_exceptions=True)
        for hearing in list(self._hearings):
            await hearing.close()
        if self._seen:
            await self.keep()
        if self._rasa is not None:
            await self._rasa.close()

    async def _teach(self, rasa: RasaEngine, lessons: TrainingContent) -> None:
        self._rests_until = self._clock() + REST
        try:
            await rasa.retrain(lessons)
        except RasaRefused as refused:
            log.warning("rasa_not_taught", why=str(refused))

    def _note(self, seen: Disagreement) -> None:
        """Where the engines disagree; the words are masked."""
        self._figures.compared(agree=False)
        self._seen.append((seen, self._clock()))
