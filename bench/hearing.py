"""The ear: learning, learning again after an edit, hearing one message, and what it holds in memory.

Each size is measured in a process of its own, one after the other. What is heard is never learnt; wall time
counts, and beside it CPU time is told, which a machine that is shared bears better.
"""

import asyncio
import itertools
import os
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from multiprocessing import get_context

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
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as alone:
            found = alone.submit(measure, size).result()
        name = f"ear.{size}" if size else "ear.content"
        figures += [Figure(f"{name}.{key}", value, UNITS.get(key, "ms")) for key, value in found.items()]
        table.add_row(f"{found['examples']:.0f}", *(f"{found[key]:.1f}" for key in NAMES))
        words += _missed(size, found)
        step()
    return Result(figures, [table], words or ["The ear: every target reached."])


NAMES = ("first", "again", "p50", "p99", "cpu_p50", "cpu_p99", "resident", "blocked")
UNITS = {"examples": "examples", "first": "s", "again": "s", "resident": "MB"}
BENCH = Bench("ear", len(SIZES), run)


def measure(size: int) -> dict[str, float]:
    """The figures of one size, in this process."""
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
    content = of_size(Library(load_content(SHIPPED)).training(), size)
    texts = [case.text for case in read_cases(UNHEARD)]
    first, ear = _timed(lambda: Ear.train(content))
    edited = replace(content, out_of_scope=(*content.out_of_scope, "这句是刚加上的"))
    again, ear = _timed(lambda: Ear.train(edited))
    for text in texts[:50]:
        ear.understand(text)
    wall, cpu = zip(*(_heard(ear, text) for text in texts), strict=True)
    blocked = asyncio.run(_longest_block(ear, texts))
    return {
        "examples": float(ear.health()["examples"]),
        "first": first,
        "again": again,
        "p50": percentile(sorted(wall), 0.5),
        "p99": percentile(sorted(wall), 0.99),
        "cpu_p50": percentile(sorted(cpu), 0.5),
        "cpu_p99": percentile(sorted(cpu), 0.99),
        "resident": resident_mb(),
        "blocked": blocked,
    }


def of_size(content: TrainingContent, size: int) -> TrainingContent:
    """The content with every n-th question only, or with each one in several openings."""
    whole = sum(len(topic.questions) for topic in content.topics) + len(content.out_of_scope)
    if not size:
        return content
    if size < whole:
        every = whole / size
        return _changed(
            content, lambda texts: [texts[int(n * every)] for n in range(int(len(texts) / every))]
        )
    each = -(-size // whole)
    opened = itertools.islice(OPENINGS, each)
    starts = list(opened)
    return _changed(content, lambda texts: [f"{start}{text}" for start in starts for text in texts])


def _changed(content: TrainingContent, change: Callable[[Sequence[str]], Sequence[str]]) -> TrainingContent:
    topics = tuple(replace(topic, questions=tuple(change(topic.questions))) for topic in content.topics)
    return replace(content, topics=topics, out_of_scope=tuple(change(content.out_of_scope)))


def _timed(work: Callable[[], Ear]) -> tuple[float, Ear]:
    began = time.perf_counter()
    ear = work()
    return time.perf_counter() - began, ear


def _heard(ear: Ear, text: str) -> tuple[float, float]:
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
