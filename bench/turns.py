"""Turns per second and CPU per turn of the whole path, beside a bare server, an echo and the door alone.

Every server is a real process and keeps running; rounds are interleaved, because the machine may be
shared, and CPU time per turn is the figure that bears that best.
"""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path

from rich.table import Table

from bench import wordings
from bench.figures import Bench, Figure, Result, median, percentile
from bench.load import Cell, Round, play
from bench.pushes import Account
from bench.serving import Command, Serving, bot_environment, free_port

CLIENTS = (1, 32, 128)
ROUNDS = 3
LASTS_S = 2.0
MOST = {1: 900, 32: 4000, 128: 4000}
"""Pushes that are made before a round; the bare server may use them up before its time."""

TARGET_PER_S, TARGET_P99_MS, TARGET_RSS_MB = 500.0, 100.0, 150.0


@dataclass(slots=True)
class Contestant:
    """A server and what it did at each number of clients."""

    name: str
    what: str
    serving: Serving
    words: Callable[[int], list[str]]
    echoes: bool = True
    rounds: dict[int, list[Round]] = field(default_factory=lambda: {clients: [] for clients in CLIENTS})
    cpu_us: dict[int, list[float]] = field(default_factory=lambda: {clients: [] for clients in CLIENTS})

    def take(self, pool: ProcessPoolExecutor, clients: int, lasts_s: float = LASTS_S) -> None:
        """One round of this server."""
        cell = Cell(self.serving.url, clients, self.words(MOST[clients]), lasts_s, self.echoes)
        before = self.serving.cpu_s
        played = pool.submit(play, cell).result()
        self.cpu_us[clients].append((self.serving.cpu_s - before) / played.turns * 1e6)
        self.rounds[clients].append(played)

    def per_s(self, clients: int) -> float:
        """The median over the rounds."""
        return median(played.per_s for played in self.rounds[clients])

    @property
    def late(self) -> int:
        """Turns of all rounds that did not ride home."""
        return sum(played.late for rounds in self.rounds.values() for played in rounds)

    def latency_ms(self, clients: int, share: float) -> float:
        """The median over the rounds of this percentile."""
        return median(percentile(played.latencies_ms, share) for played in self.rounds[clients])

    def cpu(self, clients: int) -> float:
        """Microseconds of CPU per turn, the median over the rounds."""
        return median(self.cpu_us[clients])


def run(step: Callable[[], None]) -> Result:
    """All contestants at all numbers of clients, round after round."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        pool = stack.enter_context(ProcessPoolExecutor(1, mp_context=get_context("spawn")))
        contestants = _contestants(folder, stack)
        for each in contestants:
            _warm_up(each, pool)
            step()
        for _ in range(ROUNDS):
            for clients in CLIENTS:
                for each in contestants:
                    each.take(pool, clients)
                    step()
        bot = contestants[-1].serving
        return Result(
            list(_figures(contestants, bot)), [_table(contestants)], [_verdict(contestants[-1], bot)]
        )


BENCH = Bench("turns", 5 * (1 + ROUNDS * len(CLIENTS)), run)


def _contestants(folder: Path, stack: ExitStack) -> list[Contestant]:
    unheard, known = wordings.unheard(seed=1), wordings.known()

    def serve(name: str, words: Sequence[str], environment: dict[str, str] | None = None) -> Serving:
        command = Command(free_port(), folder / f"{name}.log", words, environment or {})
        serving = Serving(command)
        stack.callback(serving.stop)
        return serving

    def repeat(how_many: int) -> list[str]:
        return wordings.many(known, how_many)

    def new_words(how_many: int) -> list[str]:
        return [next(unheard) for _ in range(how_many)]

    bot = serve(
        "bot",
        ("-m", "bot", "serve"),
        bot_environment(f"sqlite+aiosqlite:///{folder / 'house.db'}", Account().environment()),
    )
    return [
        Contestant("bare", 'aiohttp, "success"', serve("bare", ("-m", "bench.bare")), repeat, echoes=False),
        Contestant("echo", "aiohttp + wechatpy, echo", serve("echo", ("-m", "bench.echo")), repeat),
        Contestant("door", "our door alone", serve("door", ("-m", "bench.door")), repeat),
        Contestant("repeated", "whole turn, words heard before", bot, repeat),
        Contestant("unheard", "whole turn, words never heard", bot, new_words),
    ]


def _warm_up(contestant: Contestant, pool: ProcessPoolExecutor) -> None:
    contestant.take(pool, 32, lasts_s=0.5)
    for kept in (contestant.rounds, contestant.cpu_us):
        kept[32].clear()


def _figures(contestants: Sequence[Contestant], bot: Serving) -> Iterator[Figure]:
    bare = contestants[0]
    for each in contestants:
        for clients in CLIENTS:
            where = f"turns.{each.name}.c{clients}"
            yield Figure(f"{where}.per_s", each.per_s(clients), "turns/s")
            yield Figure(f"{where}.cpu", each.cpu(clients), "us/turn")
            yield Figure(f"{where}.p50", each.latency_ms(clients, 0.5), "ms")
            yield Figure(f"{where}.p99", each.latency_ms(clients, 0.99), "ms")
            yield Figure(f"{where}.cpu_to_bare", each.cpu(clients) / bare.cpu(clients), "times")
        yield Figure(f"turns.{each.name}.late", each.late, "turns")
    yield Figure("turns.rss", bot.rss_mb, "MB")
    yield Figure("turns.start", bot.start_s, "s")


def _table(contestants: Sequence[Contestant]) -> Table:
    table = Table("server", "clients", "turns/s", "CPU µs/turn", "p50 ms", "p99 ms", "CPU to bare")
    table.title = f"Turns in safe mode, {ROUNDS} interleaved rounds of {LASTS_S:g} s, medians"
    for each in contestants:
        for clients in CLIENTS:
            table.add_row(
                each.what if clients == CLIENTS[0] else "",
                str(clients),
                f"{each.per_s(clients):,.0f}",
                f"{each.cpu(clients):,.0f}",
                f"{each.latency_ms(clients, 0.5):.1f}",
                f"{each.latency_ms(clients, 0.99):.1f}",
                f"{each.cpu(clients) / contestants[0].cpu(clients):.1f}",
            )
        table.add_section()
    return table


def _verdict(bot: Contestant, serving: Serving) -> str:
    reached = (
        ("turns/s", bot.per_s(32), TARGET_PER_S, bot.per_s(32) >= TARGET_PER_S),
        ("ms p99", bot.latency_ms(32, 0.99), TARGET_P99_MS, bot.latency_ms(32, 0.99) < TARGET_P99_MS),
        ("MB resident", serving.rss_mb, TARGET_RSS_MB, serving.rss_mb < TARGET_RSS_MB),
    )
    said = ", ".join(
        f"{value:,.0f} {unit} (target {target:g}: {'reached' if ok else 'MISSED'})"
        for unit, value, target, ok in reached
    )
    return (
        f"With 32 clients and words never heard: {said}; started in {serving.start_s:.1f} s; {bot.late} late."
    )
