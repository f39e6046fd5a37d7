"""A house that can be killed and stands again in a moment: a parent that has learnt everything forks it.

All of the product's own times that belong to WeChat's five seconds are shortened by the same pace, so
that what happens between two kills is what happens within half a minute of real time. Every line on
standard input is a pace and starts the house once more; its process id is answered.
"""

import asyncio
import dataclasses
import os
import sys
import time
from collections.abc import Sequence
from functools import partial

from bot import app, logs, proof
from bot.channels import wechat_door
from bot.commands import serve
from bot.loops import Loop
from bot.settings import Settings, load
from bot.store import Store
from faq import records, seeding
from faq.library import Library
from faq.loading import load_content
from handlers import outbox, reception
from handlers.reception import Live
from nlu import keeping
from nlu.ear import Ear, EarSettings
from nlu.together import Together
from nlu.understanding import Understanding

SLOW = "慢"
"""Words that hold this take longer to understand than the response may wait."""


class SlowEar:
    """The real ear, slow for some words."""

    def __init__(self, ear: Ear, takes_s: float) -> None:
        self._ear = ear
        self._takes_s = takes_s

    def understand_all(self, texts: Sequence[str]) -> list[Understanding]:
        if any(SLOW in text for text in texts):
            time.sleep(self._takes_s)
        return self._ear.understand_all(texts)


def hurry(pace: float, settings: Settings) -> Settings:
    """Shorten every time that belongs to WeChat's five seconds."""
    reception.CUT *= pace
    reception.RIDE_LASTS *= pace
    reception.LAST_RETRY *= pace
    outbox.LEASE *= pace
    outbox.BACKOFF = tuple(seconds * pace for seconds in outbox.BACKOFF)
    cut = wechat_door.CUT_AFTER * pace
    wechat_door.WeChatDoor.__init__.__kwdefaults__["cut_after"] = cut
    patient = Loop.__init__
    Loop.__init__ = lambda loop, name, step, every_s: patient(loop, name, step, every_s * pace)
    budget = settings.handlers.passive_budget * pace
    hurried = settings.handlers.model_copy(update={"passive_budget": budget})
    return settings.model_copy(update={"handlers": hurried})


async def learnt(live: Live, _settings: Settings, store: Store, _rasa: object, number: int) -> Live:
    """A later release with the ear that is there: what these tests release changes answers only."""
    if number == live.library.number:
        return live
    release = await store.read(lambda tx: records.release(tx, number))
    assert release is not None
    return dataclasses.replace(live, library=Library(release.content, number))


async def resting(_proof: proof.Proof) -> None:
    """No face processes: a house that dies fifty times would load them fifty times."""


def main() -> None:
    settings = load()
    proof.Proof.start = resting
    logs.configure(settings.bot.log_level)
    content = load_content(settings.faq.content)
    seeding.load_content = lambda _folder: content
    library = Library(content, 1)
    ear = keeping.learn(library.training(), EarSettings(encoder=False), settings.bot.var / "ears")
    child = 0
    for pace in map(float, sys.stdin):
        if child:
            os.waitpid(child, 0)
        child = os.fork()
        if not child:
            os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
            app.learn = partial(learnt, Live(library, ear, Together(SlowEar(ear, takes_s=6 * pace))))
            asyncio.run(serve._serve(hurry(pace, settings)))
            os._exit(0)
        print(child, flush=True)


if __name__ == "__main__":
    main()
