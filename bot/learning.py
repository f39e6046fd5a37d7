"""How a release becomes what answers: its library, and an ear that was trained on it in another process."""

import asyncio
import gc
from pathlib import Path

from bot.hearing import Ears
from bot.settings import Settings
from bot.store import Store
from faq import records as faq_records
from faq import seeding
from faq.library import Library
from handlers.reception import Live
from nlu import keeping
from nlu.ear import EarSettings


async def learn(settings: Settings, store: Store, ears: Ears, number: int) -> Live:
    """The release `number` as it answers: its library, and an ear that was trained on it elsewhere."""
    release = await store.read(lambda tx: faq_records.release(tx, number))
    assert release is not None, f"release {number} is live but not there"  # noqa: S101
    content = await asyncio.to_thread(seeding.completed, release.content, Path(settings.faq.content))
    library = Library(content, release.number)
    lessons = library.training()
    ear_settings = EarSettings(encoder=settings.nlu.encoder == "on")
    ear = await asyncio.to_thread(keeping.learn, lessons, ear_settings, settings.bot.var / "ears")
    live = Live(library, ear, await ears.hearing(ear, lessons))
    gc.freeze()  # its last reference lets it go whole: no turn waits while the collector looks through it
    return live
