import asyncio

import pytest
from sqlalchemy import text

from bot import sessions
from bot.audit import UNGUARDS, Audit, guard, verify
from bot.keys import KeyRing
from bot.records import metadata
from bot.rights import Role
from bot.sealer import Sealer
from bot.sign_in import Entered, SignIn
from bot.staff import NameTaken
from bot.store import Store
from bot.tries import FREE_TRIES
from tests.house.conftest import SECRET
from tests.house.people import given, hired, quick_passwords


@pytest.fixture
async def store(postgres_url):
    """The same house on PostgreSQL, emptied afterwards."""
    kept = Store(postgres_url)
    await kept.write(metadata.create_all)
    await kept.write(guard)
    yield kept
    for statement in UNGUARDS["postgresql"]:
        await kept.write(lambda tx, statement=statement: tx.execute(text(statement)) and None)
    await kept.write(metadata.drop_all)
    await kept.close()


@pytest.fixture
def clerk(store, clock):
    return SignIn(store, quick_passwords(), Sealer(KeyRing.grown_from(SECRET)), Audit(clock), clock)


class TestTheStaffEntranceOnPostgresql:
    async def test_opens_keeps_and_ends_sessions(self, clerk, store, clock):
        xiaoli = await store.write(hired(Role.AGENT, "小李", clock))
        entered = await clerk.enter(given("小李"))
        session = await store.read(lambda tx: sessions.session_of(tx, entered.token, clock()))
        assert (session.staff, session.last_active_at) == (xiaoli, clock.now)
        await clerk.leave(session)
        assert await store.read(lambda tx: sessions.session_of(tx, entered.token, clock())) is None
        assert await store.read(verify) is None

    async def test_counts_tries_of_one_moment_one_by_one(self, clerk, store, clock):
        await store.write(hired(Role.AGENT, "小李", clock))
        answers = await asyncio.gather(*(clerk.enter(given("小李", "guess")) for _ in range(12)))
        assert [each.why for each in answers].count("wrong") == FREE_TRIES
        clock.passes(minutes=1)
        assert isinstance(await clerk.enter(given("小李")), Entered)

    async def test_gives_a_name_once(self, store, clock):
        await store.write(hired(Role.AGENT, "小李", clock))
        with pytest.raises(NameTaken):
            await store.write(hired(Role.AGENT, "小李", clock))
