"""The ear: learning, learning again after an edit, hearing one message, and what it holds in memory.

Each size is learnt in one process and heard in another. What is heard is never learnt; wall time counts, and
beside it CPU time is told, which a machine that is shared bears better.
"""

import asyncio
import pickle
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path

from rich.table import Table

from bench.figures import Bench, Figure, Result, percentile
from bench.serving import ROOT
from faq.library import Library
from faq.loading import SHIPPED, load_content
from nlu.ear import Ear
from nlu.measure import read_cases, resident_mb
from nlu.together import Together
from nlu.training import TrainingContent

UNHEARD = ROOT / "tests" / "nlu" / "unheard.jsonl"
SIZES = (2_000, 0, 20_000)
"""Examples learnt; 0: the content as it is."""
OPENINGS = ("", "请问", "你好，", "那个，", "我想问一下", "麻烦问下")
TARGETS = {"p50": 3.0, "p99": 10.0, "resident": 250.0}
RETRAINED_WITHIN_S = {2_000: 3.0, 20_000: 30.0}
LONGEST_BLOCK_MS = 5.0
TICK_S = 0.001


def run(step: Callable[[], None]) -> Result:
    """Every size in turn."""
    table = Table("examples", *NAMES, title="The ear (times in ms and s, memory in MB)")
    figures, words = [], []
    for size in SIZES:
        with tempfile.TemporaryDirectory() as folder:
            kept = Path(folder) / "ear"
            found = _alone(learnt, size, kept) | _alone(heard, kept)
        name = f"ear.{size}" if size else "ear.content"
        figures += [Figure(f"{name}.{key}", value, UNITS.get(key, "ms")) for key, value in found.items()]
        table.add_row(f"{found['examples']:.0f}", *(f"{found[key]:.1f}" for key in NAMES))
        words += _missed(size, found)
        step()
    return Result(figures, [table], words or ["The ear: every target reached."])


def _alone(work: Callable[..., dict[str, float]], *given: object) -> dict[str, float]:
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
        return process.submit(work, *given).result()


NAMES = ("first", "again", "p50", "p99", "cpu_p50", "cpu_p99", "resident", "blocked")
UNITS = {"examples": "examples", "first": "s", "again": "s", "resident": "MB"}
BENCH = Bench("ear", len(SIZES), run)


def learnt(size: int, kept: Path) -> dict[str, float]:
    """Learn, learn again after an edit, and keep the ear, as a release is learnt: in a process of its own."""
    content = of_size(Library(load_content(SHIPPED)).training(), size)
    first, _ = _timed(lambda: Ear.train(content))
    edited = replace(content, out_of_scope=(*content.out_of_scope, "这句是刚加上的"))
    again, ear = _timed(lambda: Ear.train(edited))
    kept.write_bytes(pickle.dumps(ear, protocol=5))
    return {"examples": float(ear.health()["examples"]), "first": first, "again": again}


def heard(kept: Path) -> dict[str, float]:
    """Hear with the ear that was kept, as the process does that answers citizens."""
    ear: Ear = pickle.loads(kept.read_bytes())  # noqa: S301 - our own file of a moment ago
    texts = [case.text for case in read_cases(UNHEARD)]
    for text in texts[:50]:
        ear.understand(text)
    wall, cpu = zip(*(_took(ear, text) for text in texts), strict=True)
    return {
        "p50": percentile(sorted(wall), 0.5),
        "p99": percentile(sorted(wall), 0.99),
        "cpu_p50": percentile(sorted(cpu), 0.5),
        "cpu_p99": percentile(sorted(cpu), 0.99),
        "resident": resident_mb(),
        "blocked": asyncio.run(_longest_block(ear, texts)),
    }


def of_size(content: TrainingContent, size: int) -> TrainingContent:
    """The content thinned out to so many questions, each in several openings where there are too few."""
    if not size:
        return content
    whole = sum(len(topic.questions) for topic in content.topics) + len(content.out_of_scope)
    openings = OPENINGS[: -(-size // whole)]
    every = whole * len(openings) / size

    def changed(texts: Sequence[str]) -> tuple[str, ...]:
        opened = [f"{opening}{text}" for opening in openings for text in texts]
        return tuple(opened[int(n * every)] for n in range(int(len(opened) / every)))

    topics = tuple(replace(topic, questions=changed(topic.questions)) for topic in content.topics)
    return replace(content, topics=topics, out_of_scope=changed(content.out_of_scope))


def _timed(work: Callable[[], Ear]) -> tuple[float, Ear]:
    began = time.perf_counter()
    ear = work()
    return time.perf_counter() - began, ear


def _took(ear: Ear, text: str) -> tuple[float, float]:
    began, spent = time.perf_counter(), time.process_time()
    ear.understand(text)
    return 1000 * (time.perf_counter() - began), 1000 * (time.process_time() - spent)


async def _longest_block(ear: Ear, texts: Sequence[str]) -> float:
    """How late, at the 99th percentile, a loop comes back to its other work while the ear hears, in ms."""
    together, late = Together(ear), []

    async def tick() -> None:
        while True:
            began = time.perf_counter()
            await asyncio.sleep(TICK_S)
            late.append(1000 * (time.perf_counter() - began - TICK_S))

    ticking = asyncio.create_task(tick())
    for text in texts:
        await together.understand(text)
    ticking.cancel()
    return percentile(sorted(late), 0.99)


def _missed(size: int, found: dict[str, float]) -> list[str]:
    wanted = {**TARGETS, "blocked": LONGEST_BLOCK_MS}
    if size:
        wanted["again"] = RETRAINED_WITHIN_S[size]
    return [
        f"The ear with {found['examples']:.0f} examples: {name} {found[name]:.1f}, target {most:g}: MISSED"
        for name, most in wanted.items()
        if found[name] > most
    ]
