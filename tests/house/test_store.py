"""The one door to the database: what is written is kept, what fails is undone alone, nobody waits in vain."""

import asyncio
from collections.abc import AsyncIterator, Callable
from threading import Event

import pytest
from sqlalchemy import Column, Connection, Integer, MetaData, Table, insert, select

from bot.store import BATCH, Store

metadata = MetaData()
kept = Table("kept", metadata, Column("n", Integer, primary_key=True))


@pytest.fixture
async def store(database_url: str) -> AsyncIterator[Store]:
    store = Store(database_url)
    await store.write(metadata.create_all)
    yield store
    await store.close()


def keep(n: int) -> Callable[[Connection], int]:
    def work(tx: Connection) -> int:
        tx.execute(insert(kept), {"n": n})
        return n

    return work


async def all_kept(store: Store) -> list[int]:
    return list(await store.read(lambda tx: tx.scalars(select(kept.c.n).order_by(kept.c.n)).all()))


class TestWhatIsWritten:
    async def test_is_there_for_others_when_its_caller_hears_of_it(self, store: Store) -> None:
        assert await store.write(keep(1)) == 1
        assert await all_kept(store) == [1]

    async def test_is_undone_alone_when_it_fails(self, store: Store) -> None:
        def breaks(tx: Connection) -> None:
            keep(100)(tx)
            raise ArithmeticError

        pieces = [store.write(breaks if n == 5 else keep(n)) for n in range(2 * BATCH)]
        told = await asyncio.gather(*pieces, return_exceptions=True)
        assert [n for n, each in enumerate(told) if isinstance(each, ArithmeticError)] == [5]
        assert await all_kept(store) == [n for n in range(2 * BATCH) if n != 5]

    async def test_is_kept_even_if_its_caller_went_away(self, sqlite_url: str) -> None:
        store, may_go_on = Store(sqlite_url), Event()
        await store.write(metadata.create_all)
        store.worker.submit(may_go_on.wait, 20)
        writing = asyncio.create_task(store.write(keep(7)))
        await asyncio.sleep(0)
        writing.cancel()
        may_go_on.set()
        assert await store.write(keep(8)) == 8
        assert await all_kept(store) == [7, 8]
        await store.close()


class TestTheThreadThatWrites:
    async def test_computes_other_things_in_between(self, sqlite_url: str) -> None:
        store, order = Store(sqlite_url), list[str]()
        await store.write(metadata.create_all)
        may_begin = Event()
        store.worker.submit(may_begin.wait, 20)
        first = [asyncio.create_task(store.write(keep(n))) for n in range(BATCH)]
        await asyncio.sleep(0)
        store.worker.submit(order.append, "heard")
        later = [asyncio.create_task(store.write(keep(BATCH + n))) for n in range(BATCH)]
        later[-1].add_done_callback(lambda _: order.append("all written"))
        await asyncio.sleep(0)
        may_begin.set()
        await asyncio.gather(*first, *later)
        await asyncio.sleep(0)
        assert order == ["heard", "all written"]

    async def test_finishes_what_waits_before_it_ends(self, sqlite_url: str) -> None:
        store, may_begin = Store(sqlite_url), Event()
        await store.write(metadata.create_all)
        store.worker.submit(may_begin.wait, 20)
        waiting = [asyncio.create_task(store.write(keep(n))) for n in range(3 * BATCH)]
        await asyncio.sleep(0)
        closing = asyncio.create_task(store.close())
        may_begin.set()
        assert await asyncio.gather(*waiting) == [*range(3 * BATCH)]
        await closing
        await store.close()
        again = Store(sqlite_url)
        assert await all_kept(again) == [*range(3 * BATCH)]
        await again.close()

    async def test_gets_a_new_connection_when_its_own_broke(self, sqlite_url: str) -> None:
        store = Store(sqlite_url)
        await store.write(metadata.create_all)
        with pytest.raises(Exception, match="closed"):
            await store.write(lambda tx: tx.connection.driver_connection.close())  # type: ignore[union-attr]
        assert await store.write(keep(1)) == 1
        await store.close()

    async def test_refuses_whoever_comes_after_its_end(self, sqlite_url: str) -> None:
        store = Store(sqlite_url)
        await store.close()
        with pytest.raises(RuntimeError, match="shutdown"):
            await store.write(keep(1))
