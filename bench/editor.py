"""The content editor: bringing in, rehearsing, going live on every process, and understanding large contents.

What is learnt of the invented contents is kept in var/bench; the first run takes a minute longer.
Wall time counts, and beside it CPU time is told, which a machine that is shared bears better.
"""

import asyncio
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AsyncExitStack, ExitStack
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from aiohttp import ClientSession, ClientTimeout
from rich.table import Table
from sqlalchemy import Connection

from bench import invented, releases
from bench.figures import Bench, Figure, Result, percentile
from bench.postgres import NoPostgreSQL, postgres
from bench.pushes import Account
from bench.serving import ROOT, Command, Serving, bot_environment, free_port
from bot import migrations
from bot.store import Store
from faq import records
from faq.content_models import Content
from faq.editor import candidates, drafts, importing
from faq.editor.drafts import Author
from faq.editor.importing import Stock, judge_rows
from faq.editor.rehearsal import rehearse
from faq.editor.sheets import read_rows, write_xlsx
from faq.library import Library
from faq.loading import SHIPPED, load_content
from nlu import keeping
from nlu.ear import Ear, EarSettings

ROWS, ROWS_WITHIN_S = 5_000, 5.0
ENTRIES, CASES, REHEARSED_WITHIN_S = 1_000, 2_000, 20.0
MANY_ENTRIES, UNDERSTOOD_WITHIN_MS = 10_000, 10.0
RELEASES, LIVE_WITHIN_S = 2, 5.0
HEARD = 300
EARS = ROOT / "var" / "bench"
WRITER = Author(1, "小文")
"""Whoever brings the rows in."""


def run(step: Callable[[], None]) -> Result:
    """All of it; the servers are processes of their own."""
    shipped = load_content(SHIPPED)
    figures: list[Figure] = []
    parts: tuple[Callable[[], list[Figure]], ...] = (
        partial(_import, shipped),
        partial(_rehearsal, shipped),
        partial(_understanding, shipped, ENTRIES, 4),
        partial(_understanding, shipped, MANY_ENTRIES, 1),
        _going_live,
    )
    for part in parts:
        figures += part()
        step()
    table = Table("what", "figure", "unit", title="The content editor")
    for figure in figures:
        table.add_row(figure.name.removeprefix("editor."), f"{figure.value:,.1f}", figure.unit)
    return Result(figures, [table], list(_verdicts(figures)))


BENCH = Bench("editor", 5, run)


def _import(shipped: Content) -> list[Figure]:
    """A workbook of new entries, then the same workbook with every answer changed: dry run and applied."""
    return asyncio.run(_imported(shipped))


async def _imported(shipped: Content) -> list[Figure]:
    slug = shipped.categories[0].slug
    files = {
        name: write_xlsx(invented.table(ROWS, 4, slug, answer), "问答")
        for name, answer in (("new", "请到任意窗口办理。"), ("changed", "请先在网上预约，再到窗口办理。"))
    }
    figures = []
    with tempfile.TemporaryDirectory() as folder:
        store = Store(f"sqlite+aiosqlite:///{folder}/import.db")
        await migrations.upgrade(store)
        await store.write(lambda tx: records.publish(tx, shipped, "shipped", "", datetime.now(UTC)))
        for name, data in files.items():
            began = time.perf_counter()
            rows = await asyncio.to_thread(_judged, data, await store.read(_stock))
            kept = await store.write(partial(importing.keep, file=name, rows=rows, by=WRITER, at=_now()))
            checked = time.perf_counter()
            saved = await _applied(store, kept)
            applied = time.perf_counter()
            assert saved == ROWS, f"{saved} of {ROWS} rows were saved"  # noqa: S101
            figures += [
                Figure(f"editor.import.{name}.dry_run", checked - began, "s"),
                Figure(f"editor.import.{name}.apply", applied - checked, "s"),
            ]
        await store.close()
    return figures


def _now() -> datetime:
    return datetime.now(UTC)


def _judged(data: bytes, stock: Stock) -> list[importing.Judged]:
    return judge_rows(read_rows("rows.xlsx", data), stock)


def _stock(tx: Connection) -> Stock:
    working = drafts.working(tx, drafts.live_content(tx)[1])
    return Stock(working, drafts.newest_numbers(tx), lambda _category: True)


async def _applied(store: Store, kept: int) -> int:
    found = await store.read(lambda tx: importing.kept(tx, kept))
    assert found is not None  # noqa: S101
    live = (await store.read(drafts.live_content))[1]
    saved, _ = await store.write(lambda tx: importing.apply(tx, found, live, by=WRITER, at=_now()))
    return saved


def _rehearsal(shipped: Content) -> list[Figure]:
    """A draft with fifty changed entries among a thousand, and two thousand test questions."""
    whole = invented.content(shipped, ENTRIES, 4)
    draft, cases = invented.changed(whole, 50), invented.cases(whole, CASES)
    live = Library(whole, 1)
    with tempfile.TemporaryDirectory() as folder:
        ear = _learnt(live)
        shutil.copytree(EARS, folder, dirs_exist_ok=True)
        train = partial(keeping.learn, settings=EarSettings(), folder=Path(folder))
        began, cpu = time.perf_counter(), time.process_time()
        report = rehearse(live, ear, draft, cases=cases, train=train, today=_now().date())
        lasted, worked = time.perf_counter() - began, time.process_time() - cpu
    return [
        Figure("editor.rehearsal", lasted, "s"),
        Figure("editor.rehearsal.cpu_here", worked, "s"),
        Figure("editor.rehearsal.right", 100 * report.right_after / report.cases, "%"),
    ]


def _learnt(library: Library) -> Ear:
    return keeping.learn(library.training(), EarSettings(), EARS)


def _understanding(shipped: Content, entries: int, questions: int) -> list[Figure]:
    """Questions never heard before, over a content of so many entries."""
    ear = _learnt(Library(invented.content(shipped, entries, questions)))
    walls, cpus, right = [], [], 0
    for n in range(HEARD):
        entry = n * (entries // HEARD)
        wall, cpu = time.perf_counter(), time.thread_time()
        understood = ear.understand(invented.reworded(entry, n))
        walls.append((time.perf_counter() - wall) * 1000)
        cpus.append((time.thread_time() - cpu) * 1000)
        right += understood.guesses[0].topic == f"{invented.CATEGORY}_{entry}"
    name = f"editor.understanding.{entries}"
    walls.sort()
    return [
        Figure(f"{name}.p50", percentile(walls, 0.5), "ms"),
        Figure(f"{name}.p99", percentile(walls, 0.99), "ms"),
        Figure(f"{name}.cpu_p99", percentile(sorted(cpus), 0.99), "ms"),
        Figure(f"{name}.right", 100 * right / HEARD, "%"),
    ]


def _going_live() -> list[Figure]:
    """From the reviewer's click to the last process that answers with the new words, and back again."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        try:
            url, processes = f"{stack.enter_context(postgres())}/postgres", 2
        except NoPostgreSQL:
            url, processes = f"sqlite+aiosqlite:///{folder / 'house.db'}", 1
        settings = bot_environment(url, Account().environment())
        serving = [
            Serving(Command(free_port(), folder / f"{n}.log", environment=settings)) for n in range(processes)
        ]
        for each in serving:
            stack.callback(each.stop)
        there, back = asyncio.run(_released(url, [each.url for each in serving]))
    return [
        Figure("editor.live.processes", processes, "processes"),
        Figure("editor.live.worst", max(there), "s"),
        Figure("editor.live.back_worst", max(back), "s"),
    ]


async def _released(url: str, urls: Sequence[str]) -> tuple[list[float], list[float]]:
    there, back = [], []
    async with AsyncExitStack() as stack:
        store = Store(url)
        stack.push_async_callback(store.close)
        session = await stack.enter_async_context(ClientSession(timeout=ClientTimeout(5)))
        seat = releases.Seat.at(urls[0], await store.write(releases.hire))
        stack.push_async_callback(seat.session.close)
        before = await releases.answer(session, urls[0]) or ""
        for n in range(RELEASES):
            words = f"第 {n} 版：先人脸，再银行卡。"
            id_ = await store.write(partial(releases.approved, answer=words, question=f"到底要验第{n}样什么"))
            content = await store.read(partial(candidates.content_of, id_=id_))
            learnt = Library(content).training()
            await asyncio.to_thread(keeping.learn, learnt, EarSettings(), ROOT / "var" / "ears")
            began = time.perf_counter()
            await seat.releases(id_)
            await releases.until_all_answer(session, urls, words)
            there.append(time.perf_counter() - began)
            began = time.perf_counter()
            await seat.goes_back(1)
            await releases.until_all_answer(session, urls, before)
            back.append(time.perf_counter() - began)
    return there, back


def _verdicts(figures: Sequence[Figure]) -> Iterator[str]:
    value = {figure.name.removeprefix("editor."): figure.value for figure in figures}
    rows = [value[f"import.{name}.{part}"] for name in ("new", "changed") for part in ("dry_run", "apply")]
    reached = (
        (f"{ROWS:,} rows", max(rows), ROWS_WITHIN_S, "s"),
        (f"{CASES:,} test questions", value["rehearsal"], REHEARSED_WITHIN_S, "s"),
        ("live on every process", max(value["live.worst"], value["live.back_worst"]), LIVE_WITHIN_S, "s"),
        (f"{ENTRIES:,} entries p99", value[f"understanding.{ENTRIES}.p99"], UNDERSTOOD_WITHIN_MS, "ms"),
        (
            f"{MANY_ENTRIES:,} entries p99",
            value[f"understanding.{MANY_ENTRIES}.p99"],
            UNDERSTOOD_WITHIN_MS,
            "ms",
        ),
    )
    for what, measured, wanted, unit in reached:
        verdict = "reached" if measured <= wanted else "MISSED"
        yield f"{what}: {measured:.1f} {unit} (target {wanted:g}: {verdict})"
