"""Where the time of a turn goes: each phase alone, in this process, in microseconds of CPU."""

import asyncio
import secrets
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from itertools import islice
from pathlib import Path

from rich.table import Table
from sqlalchemy import Connection

from bench import wordings
from bench.door import ANSWER
from bench.figures import Bench, Figure, Result
from bench.serving import ROOT
from bot import app, learning, migrations
from bot.channels import wechat_words
from bot.engine_figures import EngineFigures
from bot.hearing import Ears
from bot.metrics import Metrics
from bot.settings import Settings
from bot.store import Store
from faq import seeding
from handlers.chain import chain
from handlers.messages import Heard, Words
from handlers.one_turn import Listened, OneTurn
from handlers.reception import Live
from handlers.turn import Outcome, Turn
from nlu.ear import Ear
from nlu.entities import mask

TURNS = 640
AT_ONCE = 32


def run(step: Callable[[], None]) -> Result:
    """The phases one after the other."""
    with tempfile.TemporaryDirectory() as folder:
        phases = asyncio.run(_phases(Path(folder), step))
    table = Table(
        "phase", "CPU µs/turn", title="Where the time of a turn goes (beside HTTP and the envelope)"
    )
    for name, spent in phases.items():
        table.add_row(name, f"{spent:,.0f}")
    figures = [Figure(f"phases.{name.replace(' ', '_')}", spent, "us/turn") for name, spent in phases.items()]
    return Result(figures, [table])


BENCH = Bench("phases", 4, run)


async def _phases(folder: Path, step: Callable[[], None]) -> dict[str, float]:
    store = Store(f"sqlite+aiosqlite:///{folder / 'phases.db'}")
    settings = Settings()
    try:
        await migrations.upgrade(store)
        await store.write(lambda tx: seeding.seed(tx, ROOT / settings.faq.content, app.now()))
        ears = Ears(settings.nlu, store, EngineFigures(Metrics()), app.now)
        live = await learning.learn(settings, store, ears, 1)
        spent, listened = _ear(live)
        step()
        lane = await _cpu_us(lambda _: store.write(_nothing))
        step()
        rows = await _turns(store, live, listened, _one_sentence)
        step()
        whole = await _turns(store, live, listened, chain)
        step()
    finally:
        await store.close()
    return {
        "ear, words never heard": spent,
        "conversation": max(0.0, whole - rows),
        "rows": rows - lane,
        "write lane and commit": lane,
    }


def _ear(live: Live) -> tuple[float, list[Listened]]:
    said = list(islice(wordings.unheard(seed=2), TURNS))
    live.ear.understand(said[0])
    began = time.process_time()
    understood = [live.ear.understand(words) for words in said]
    spent = (time.process_time() - began) / TURNS * 1e6
    masked = [mask(words, each.entities) for words, each in zip(said, understood, strict=True)]
    return spent, [Listened(words, False, each) for words, each in zip(masked, understood, strict=True)]


def _nothing(_tx: Connection) -> None:
    """What a turn costs that does nothing."""


def _one_sentence(turn: Turn) -> Outcome:
    return Outcome((ANSWER,), turn.memory)


async def _turns(
    store: Store, live: Live, listened: list[Listened], decide: Callable[[Turn], Outcome | None]
) -> float:
    one_turn = OneTurn(decide, wechat_words.parts, Ear.in_context, timedelta(minutes=30))

    async def take(number: int) -> object:
        token, at, words = secrets.token_hex(8), app.now(), listened[number]
        heard = Heard(f"msg:{token}", f"o{token}", at, Words(words.words))
        return await store.write(lambda tx: one_turn.take(tx, heard, words, live.library, at=at, rides=True))

    return await _cpu_us(take)


async def _cpu_us(work: Callable[[int], Awaitable[object]]) -> float:
    """CPU of this process, all its threads, per piece of work, with some waiting at any time."""
    numbers = iter(range(TURNS))

    async def one_after_another() -> None:
        for number in numbers:
            await work(number)

    began = time.process_time()
    await asyncio.gather(*(one_after_another() for _ in range(AT_ONCE)))
    return (time.process_time() - began) / TURNS * 1e6
