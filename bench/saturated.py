"""How long citizens in the chat wait while every face process is busy, beside the same load without."""

import os
import re
import signal
import tempfile
import time
import urllib.request
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path

from rich.table import Table

from bench import wordings
from bench.figures import Bench, Figure, Result, median, percentile
from bench.load import Cell, play
from bench.pushes import Account
from bench.serving import ROOT, Command, Serving, bot_environment, free_port
from verification import models

PICTURES = ROOT.parent / "shared" / "faces" / "pairs"
CLIENTS = 4
"""Each says the next thing as soon as it has its answer: far more than a town's citizens do."""

ROUNDS = 4
LASTS_S = 4.0
MOST = 4000
SETTLES_S = 1.0
TARGET_P99_MS = 100.0


@dataclass(slots=True)
class Rounds:
    """What came of the rounds with or without face work."""

    p50_ms: list[float] = field(default_factory=list)
    p99_ms: list[float] = field(default_factory=list)
    turns_per_s: list[float] = field(default_factory=list)
    checks_per_s: list[float] = field(default_factory=list)


def run(step: Callable[[], None]) -> Result:
    """Rounds with and without face work in turn, on one server."""
    missing = [state for state in models.check(ROOT / "var" / "models") if not state.is_well]
    if missing or not PICTURES.is_dir():
        return Result(
            (), words=(f"The chat beside face checks was not measured: no {PICTURES.name} or models",)
        )
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        pool = stack.enter_context(ProcessPoolExecutor(1, mp_context=get_context("spawn")))
        house = _house(folder)
        stack.callback(house.stop)
        _until_loaded(house)
        _round(house, pool, Rounds())
        rounds = {"without": Rounds(), "with": Rounds()}
        for _ in range(ROUNDS):
            for name in rounds:
                _toggle(house, name)
                _round(house, pool, rounds[name])
                _toggle(house, name)
                step()
    return Result(_figures(rounds), [_table(rounds)], [_verdict(rounds["with"])])


BENCH = Bench("saturated", 2 * ROUNDS, run)


def _house(folder: Path) -> Serving:
    account = Account().environment()
    settings = bot_environment(f"sqlite+aiosqlite:///{folder / 'house.db'}", account)
    settings["FACE_PICTURES"] = str(PICTURES)
    return Serving(Command(free_port(), folder / "log", ("-m", "bench.busy_house"), settings))


def _until_loaded(house: Serving) -> None:
    ends = time.monotonic() + 60
    while _figure(house, "nihu_face_workers_alive") < _figure(house, "nihu_face_workers_wanted"):
        if time.monotonic() > ends:
            raise TimeoutError("the face processes did not start within a minute")
        time.sleep(0.2)
    time.sleep(SETTLES_S)


def _toggle(house: Serving, name: str) -> None:
    if name == "with":
        os.kill(house.process.pid, signal.SIGUSR1)
        time.sleep(SETTLES_S)


def _round(house: Serving, pool: ProcessPoolExecutor, kept: Rounds) -> None:
    words = wordings.many(wordings.known(), MOST)
    began, checks = time.monotonic(), _figure(house, "nihu_face_checks_total")
    played = pool.submit(play, Cell(house.url, CLIENTS, words, LASTS_S)).result()
    checked = _figure(house, "nihu_face_checks_total") - checks
    kept.checks_per_s.append(checked / (time.monotonic() - began))
    kept.turns_per_s.append(played.per_s)
    kept.p50_ms.append(percentile(played.latencies_ms, 0.5))
    kept.p99_ms.append(percentile(played.latencies_ms, 0.99))


def _figure(house: Serving, name: str) -> float:
    with urllib.request.urlopen(f"{house.url}/metrics", timeout=10) as answer:  # noqa: S310 - our own address
        found = re.search(rf"^{name} (\S+)$", answer.read().decode(), re.MULTILINE)
    return float(found[1]) if found else 0.0


def _figures(rounds: dict[str, Rounds]) -> list[Figure]:
    return [
        Figure(f"saturated.{name}.{what}", median(getattr(kept, what)), unit)
        for name, kept in rounds.items()
        for what, unit in (
            ("p50_ms", "ms"),
            ("p99_ms", "ms"),
            ("turns_per_s", "1/s"),
            ("checks_per_s", "1/s"),
        )
    ]


def _table(rounds: dict[str, Rounds]) -> Table:
    table = Table("face work", "p50 ms", "p99 ms", "turns/s", "face checks/s")
    table.title = (
        f"The chat beside busy face processes, {CLIENTS} clients, {ROUNDS} rounds of {LASTS_S:g} s, medians"
    )
    for name, kept in rounds.items():
        each = (kept.p50_ms, kept.p99_ms, kept.turns_per_s, kept.checks_per_s)
        table.add_row(name, *(f"{median(values):,.1f}" for values in each))
    return table


def _verdict(busy: Rounds) -> str:
    p99_ms = median(busy.p99_ms)
    reached = "reached" if p99_ms < TARGET_P99_MS else "MISSED"
    return f"While every face process is busy: p99 {p99_ms:.1f} ms (target {TARGET_P99_MS:g}: {reached})."
