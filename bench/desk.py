"""The agents' desk: contended claims, pages over a large database, and how fast a message is on the screen.

"On the screen" is the event on the agent's stream and the pane that it asks for, as the browser gets
them; drawing it is the browser's own affair (a few milliseconds).
"""

import asyncio
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import AsyncExitStack, ExitStack, suppress
from itertools import count
from pathlib import Path

from rich.table import Table

from bench.desk_house import DeskHouse, Seat, agents_at, filled, open_house, people
from bench.figures import Bench, Figure, Result, percentile
from bench.postgres import NoPostgreSQL, postgres
from handlers.desk import serving
from handlers.desk.agents import Someone
from handlers.desk.cases import Case
from handlers.desk.refusals import DeskRefusal

CONVERSATIONS, MESSAGES = 10_000, 1_000_000
WAITING, HANDS, CLAIMED = 400, 40, 400
AGENTS, PER_S, LASTS_S = 100, 20, 10
PAGES = 60


def run(step: Callable[[], None]) -> Result:
    """All of it, in this process."""
    return asyncio.run(_run(step))


async def _run(step: Callable[[], None]) -> Result:
    figures: list[Figure] = []
    table = Table("what", "p50 ms", "p95 ms", title="The agents' desk")
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        urls = [f"sqlite+aiosqlite:///{folder}/claims.db"]
        with suppress(NoPostgreSQL):
            urls.append(f"{stack.enter_context(postgres())}/postgres")
        for url in urls:
            figures += await _claims(url, Path(folder))
            step()
        screens = await _screens(f"sqlite+aiosqlite:///{folder}/screens.db", Path(folder))
        step()
        pages = await _pages(f"sqlite+aiosqlite:///{folder}/pages.db", Path(folder), step)
    for name, times in {"message on the screen": screens, **pages}.items():
        key = f"desk.{name.replace(' ', '_')}"
        p50, p95 = percentile(times, 0.5), percentile(times, 0.95)
        table.add_row(name, f"{p50:.0f}", f"{p95:.0f}")
        figures += [Figure(f"{key}.p50", p50, "ms"), Figure(f"{key}.p95", p95, "ms")]
    return Result(figures, [table], [_words(figures)])


BENCH = Bench("desk", 7, run)


async def _claims(url: str, folder: Path) -> list[Figure]:
    """Forty agents take whoever is next until nobody waits: how fast, and whether anybody is taken twice."""
    async with AsyncExitStack() as stack:
        house = await open_house(url, folder, stack)
        hands = await people(house, HANDS)
        await filled(house, conversations=WAITING, messages=0, waiting=WAITING)
        faults: list[BaseException] = []

        async def takes(hand: Someone) -> list[int]:
            mine: list[int] = []
            misses = 0
            while misses < 3:
                try:
                    case = await house.store.write(
                        lambda tx: serving.claim_next(tx, hand, house.settings, house.clock())
                    )
                except DeskRefusal:
                    case = None
                except Exception as fault:  # noqa: BLE001 - counted: there must be none
                    faults.append(fault)
                    case = None
                misses = 0 if isinstance(case, Case) else misses + 1
                mine += [case.id] if case else []
            return mine

        began = time.perf_counter()
        taken = [number for mine in await asyncio.gather(*map(takes, hands)) for number in mine]
        seconds = time.perf_counter() - began
    kind = "sqlite" if url.startswith("sqlite") else "postgres"
    return [
        Figure(f"desk.claims.{kind}.per_s", len(taken) / seconds, "claims/s"),
        Figure(f"desk.claims.{kind}.taken", len(set(taken)), "conversations"),
        Figure(f"desk.claims.{kind}.double", len(taken) - len(set(taken)), "conversations"),
        Figure(f"desk.claims.{kind}.errors", len(faults), "errors"),
    ]


async def _screens(url: str, folder: Path) -> list[float]:
    """A hundred agents look on while citizens write twenty messages a second."""
    async with AsyncExitStack() as stack:
        house = await open_house(url, folder, stack)
        seats = await agents_at(house, AGENTS, stack)
        await filled(house, conversations=AGENTS, messages=0, held_by=[seat.id for seat in seats])
        watching = [asyncio.create_task(seat.watch()) for seat in seats]
        await asyncio.gather(*(seat.ready.wait() for seat in seats))
        times: list[float] = []
        arrivals: list[Awaitable[None]] = []
        for n in range(PER_S * LASTS_S):
            seat = seats[n % AGENTS]
            arrivals.append(asyncio.create_task(_arrives(house, seat, n, times)))
            await asyncio.sleep(1 / PER_S)
        await asyncio.gather(*arrivals)
        for task in watching:
            task.cancel()
        await asyncio.gather(*watching, return_exceptions=True)
    return sorted(times)


async def _arrives(house: DeskHouse, seat: Seat, n: int, times: list[float]) -> None:
    began = time.perf_counter()
    words = f"第 {n} 条消息"
    await house.citizen_says(seat.openid, words, key=f"bench:{n}")
    await seat.until_told(words)
    times.append((time.perf_counter() - began) * 1000)


async def _pages(url: str, folder: Path, step: Callable[[], None]) -> dict[str, list[float]]:
    """Lists and threads over ten thousand conversations and a million messages."""
    async with AsyncExitStack() as stack:
        house = await open_house(url, folder, stack)
        (seat,) = await agents_at(house, 1, stack)
        await filled(
            house, conversations=CONVERSATIONS, messages=MESSAGES, waiting=500, held_by=[seat.id] * 20
        )
        step()
        cases = count()
        own = await house.cases_of(seat.id)

        def next_case() -> int:
            return own[next(cases) % len(own)]

        measured = {}
        for name, address in (
            ("list of 500 waiting", lambda: "/desk/lists?tab=queue"),
            ("list of my own", lambda: "/desk/lists?tab=mine"),
            ("newest page of a thread", lambda: f"/desk/case/{next_case()}/log"),
            ("opening a thread", lambda: f"/desk/case/{next_case()}/thread"),
        ):
            measured[name] = await _timed(seat.opens, address)
            step()
    return measured


async def _timed(opens: Callable[[str], Awaitable[str]], address: Callable[[], str]) -> list[float]:
    times = []
    for _ in range(PAGES):
        began = time.perf_counter()
        await opens(address())
        times.append((time.perf_counter() - began) * 1000)
    return sorted(times)


def _words(figures: Sequence[Figure]) -> str:
    def lines() -> Iterator[str]:
        for figure in figures:
            if figure.name.startswith("desk.claims"):
                yield f"{figure.name.removeprefix('desk.claims.')}: {figure.value:,.0f} {figure.unit}"

    return f"{CLAIMED} claims by {HANDS} agents: " + ", ".join(lines())
