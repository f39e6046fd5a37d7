"""Rasa beside the embedded ear, where the settings want it: asked in time, taught every release."""

import asyncio

import structlog

from bot.settings import Settings
from nlu.ear import Ear
from nlu.engines.rasa import RasaEngine
from nlu.engines.rasa_door import RasaRefused
from nlu.hearing import Disagreement, Hearing
from nlu.training import TrainingContent

log = structlog.get_logger()
_lessons: set[asyncio.Task[None]] = set()


def rasa_of(settings: Settings) -> RasaEngine | None:
    """The engine that talks to the Rasa server; None when nothing is to be asked of it."""
    wanted = settings.nlu
    if not wanted.rasa_url or (wanted.engine == "embedded" and wanted.shadow == "off"):
        return None
    return RasaEngine(
        wanted.rasa_url,
        wanted.rasa_token.get_secret_value(),
        config=wanted.rasa_pipeline.read_text(encoding="utf-8"),
        models=wanted.rasa_models,
        budget=wanted.rasa_budget,
    )


def beside(ear: Ear, lessons: TrainingContent, rasa: RasaEngine, settings: Settings) -> Hearing:
    """The ear of one release with Rasa beside it."""
    note = _note if settings.nlu.shadow == "on" else None
    return Hearing(ear, lessons, rasa, engine=settings.nlu.engine, note=note)


def teach(rasa: RasaEngine, lessons: TrainingContent) -> None:
    """Train Rasa on a release in the background; until it knows it, the embedded ear answers."""
    task = asyncio.create_task(_teach(rasa, lessons))
    _lessons.add(task)
    task.add_done_callback(_lessons.discard)


async def _teach(rasa: RasaEngine, lessons: TrainingContent) -> None:
    try:
        await rasa.health()
        if rasa.model != await asyncio.to_thread(rasa.name_for, lessons):
            await rasa.retrain(lessons)
    except RasaRefused as refused:
        log.warning("rasa_not_taught", why=str(refused))


def _note(seen: Disagreement) -> None:
    """Where the engines disagree; the words are masked."""
    log.info(
        "engines_disagree",
        words=seen.text,
        embedded=seen.embedded.topic,
        rasa=seen.rasa.topic,
        answered=seen.answered,
    )
