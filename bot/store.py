"""The one door to the database: engines, the write lane, commit, and the quirks of each dialect.

A piece of work is a synchronous function of one argument, the open transaction. On SQLite all writes
pass through one thread, several to a commit; on PostgreSQL each has its own transaction. Either way
the caller's future resolves only after the commit.
"""

import asyncio
import contextlib
import fcntl
import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from pathlib import Path
from typing import IO, Any, TypeVar

from sqlalchemy import Connection, create_engine, event, make_url, text
from sqlalchemy.engine import URL, Engine
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

T = TypeVar("T")
Work = Callable[[Connection], T]

BATCH = 16
"""Pieces of work to one commit: past 16 the throughput no longer grows (DESIGN: 5,600 turns/s)."""


class StoreRefused(RuntimeError):
    """The database cannot be used as things are; the message says what to do.

    StoreRefused
    ├── StoreBusy
    └── StoreAway
    """


class StoreBusy(StoreRefused):
    """Another process already serves this SQLite file: stop it, or move to PostgreSQL to run two."""


class StoreAway(StoreRefused):
    """The database does not answer: look at DATABASE_URL, and whether it is running."""


class Store:
    """Reads and writes of the whole house; `write` and `read` are all that the rooms are given.

    `worker` is the one thread that writes on SQLite. What else a turn computes belongs there too: threads
    that compute side by side take the interpreter from each other, which cost a turn a tenth of its CPU.
    """

    def __init__(self, url: str) -> None:
        """`url` is sqlite+aiosqlite:///path or postgresql+asyncpg://…; nothing is opened yet."""
        self.url = make_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self._async = _async_engine(self.url)
        self.worker = ThreadPoolExecutor(1, thread_name_prefix="worker")
        self._lane = _Lane(_lane_engine(self.url), self.worker) if self.is_sqlite else None
        self._claim: IO[str] | None = None

    async def write(self, work: Work[T]) -> T:
        """Run `work` in a write transaction; what it returns comes back after the commit."""
        if self._lane is not None:
            return await self._lane.run(work)
        async with self._async.begin() as conn:
            return await conn.run_sync(work)

    async def read(self, work: Work[T]) -> T:
        """Run `work` on a connection of its own; nothing that it changes is kept."""
        async with self._async.connect() as conn:
            return await conn.run_sync(work)

    async def reach(self) -> None:
        """Make sure that the database answers; the folder of an SQLite file is made where it is missing.

        Raises:
            StoreAway
        """
        self._make_folder()
        try:
            await self.read(lambda tx: tx.execute(text("SELECT 1")))
        except Exception as away:  # noqa: BLE001 - each driver has its own names for it
            raise _away(away) from None

    def claim_for_serving(self) -> None:
        """Make this process the only one that serves the SQLite file; PostgreSQL needs no claim.

        Raises:
            StoreBusy: another process holds the claim.
            StoreAway: the file has no folder and none can be made.
        """
        if not self._file:
            return
        self._make_folder()
        held = Path(f"{self._file}.lock").open("w")  # noqa: SIM115 - held as long as we serve
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as taken:
            held.close()
            raise StoreBusy(StoreBusy.__doc__) from taken
        self._claim = held

    @property
    def _file(self) -> Path | None:
        is_file = self.is_sqlite and self.url.database not in (None, "", ":memory:")
        return Path(str(self.url.database)) if is_file else None

    def _make_folder(self) -> None:
        if self._file:
            try:
                self._file.parent.mkdir(parents=True, exist_ok=True)
            except OSError as refused:
                raise _away(refused) from None

    async def close(self) -> None:
        """Finish the queued writes, then let go of every connection."""
        if self._lane is not None:
            await asyncio.to_thread(self._lane.close)
        await asyncio.to_thread(self.worker.shutdown)
        await self._async.dispose()
        if self._claim is not None:
            self._claim.close()


def _away(why: Exception) -> StoreAway:
    return StoreAway(f"{StoreAway.__doc__} ({type(why).__name__})")


class _Piece:
    """One piece of work on its way through the lane, and the future that waits for it."""

    __slots__ = ("error", "future", "loop", "result", "work")

    def __init__(self, work: Work[Any], loop: asyncio.AbstractEventLoop) -> None:
        self.work = work
        self.loop = loop
        self.future: asyncio.Future[Any] = loop.create_future()
        self.result: Any = None
        self.error: BaseException | None = None

    def settle(self) -> None:
        if self.future.done():
            return
        if self.error is not None:
            self.future.set_exception(self.error)
        else:
            self.future.set_result(self.result)


class _Lane:
    """Group commit in the one thread that writes; each piece is undone alone when it fails."""

    def __init__(self, engine: Engine, worker: Executor) -> None:
        self._engine, self._worker = engine, worker
        self._waiting: deque[_Piece] = deque()
        self._is_due = False
        self._lock = threading.Lock()
        self._conn: Connection | None = None

    async def run(self, work: Work[T]) -> T:
        piece = _Piece(work, asyncio.get_running_loop())
        with self._lock:
            self._waiting.append(piece)
            self._become_due()
        result: T = await piece.future
        return result

    def close(self) -> None:
        """Commit what waits, then let go; once more is harmless."""
        with contextlib.suppress(RuntimeError):  # the thread has ended before
            self._worker.submit(self._finish).result()

    def _become_due(self) -> None:
        """See that a commit comes, unless one is coming already; whoever calls holds the lock."""
        if not self._is_due:
            self._worker.submit(self._commit_some)
            self._is_due = True

    def _commit_some(self) -> None:
        self._commit(self._next_batch())
        with self._lock:
            self._is_due = False
            if self._waiting:
                self._become_due()  # behind whatever else the thread has to do

    def _finish(self) -> None:
        while batch := self._next_batch():
            self._commit(batch)
        if self._conn is not None:
            self._conn.close()
        self._engine.dispose()

    def _next_batch(self) -> list[_Piece]:
        with self._lock:
            return [self._waiting.popleft() for _ in range(min(BATCH, len(self._waiting)))]

    def _commit(self, batch: Sequence[_Piece]) -> None:
        try:
            if self._conn is None:
                self._conn = self._engine.connect()
            _commit_together(self._conn, batch)
        except BaseException as error:  # noqa: BLE001 - each waiting caller is told instead
            for piece in batch:
                piece.error = piece.error or error
            if self._conn is not None:
                with contextlib.suppress(Exception):
                    self._conn.close()
            self._conn = None
        _tell(batch)


def _commit_together(conn: Connection, batch: Sequence[_Piece]) -> None:
    with conn.begin():
        driver = conn.connection.driver_connection
        assert driver is not None  # noqa: S101 - it was just opened
        driver.execute("BEGIN IMMEDIATE")
        for piece in batch:
            driver.execute("SAVEPOINT piece")
            try:
                piece.result = piece.work(conn)
            except Exception as error:  # noqa: BLE001 - handed to the caller who brought the work
                driver.execute("ROLLBACK TO piece")
                piece.error = error
            driver.execute("RELEASE piece")


def _tell(batch: Sequence[_Piece]) -> None:
    """Wake the callers, with one hop to each event loop (a closed loop has nobody left to tell)."""
    for loop in {piece.loop for piece in batch}:
        mine = [piece for piece in batch if piece.loop is loop]
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(_settle, mine)


def _settle(pieces: Sequence[_Piece]) -> None:
    for piece in pieces:
        piece.settle()


def _lane_engine(url: URL) -> Engine:
    engine = create_engine(
        url.set(drivername="sqlite+pysqlite"), connect_args={"check_same_thread": False}, hide_parameters=True
    )
    _prepare_sqlite(engine)
    return engine


def _async_engine(url: URL) -> AsyncEngine:
    if url.get_backend_name() == "sqlite":
        engine = create_async_engine(url, hide_parameters=True)
        _prepare_sqlite(engine.sync_engine)

        @event.listens_for(engine.sync_engine, "begin")
        def on_begin(conn: Connection) -> None:
            conn.exec_driver_sql("BEGIN")

        return engine
    return create_async_engine(url, pool_size=8, max_overflow=8, pool_pre_ping=True, hide_parameters=True)


def _prepare_sqlite(engine: Engine) -> None:
    """WAL, foreign keys, a patient lock, and no BEGIN of the driver's: its deferred one deadlocks."""

    @event.listens_for(engine, "connect")
    def on_connect(dbapi: Any, _record: Any) -> None:
        dbapi.isolation_level = None
        cursor = dbapi.cursor()
        for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "busy_timeout=5000", "foreign_keys=ON"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()
