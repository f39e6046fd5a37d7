"""The schema is what the rooms say it is, from the first step on, on both databases."""

from collections.abc import AsyncIterator

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect

from bot import migrations
from bot.store import Store


@pytest.fixture
async def any_store(database_url: str) -> AsyncIterator[Store]:
    store = Store(database_url)
    yield store
    await store.close()


class TestTheSchema:
    async def test_is_what_the_rooms_describe(self, any_store: Store) -> None:
        await migrations.upgrade(any_store)

        def differences(tx: Connection) -> list[object]:
            context = MigrationContext.configure(tx, opts={"compare_type": True})
            return compare_metadata(context, migrations.ROOMS)  # type: ignore[arg-type]

        assert await any_store.write(differences) == []

    async def test_newest_step_is_the_last_of_the_files(self, any_store: Store) -> None:
        await migrations.upgrade(any_store)
        assert await any_store.read(migrations.stands_at) == migrations.newest()
        head = await any_store.read(
            lambda tx: ScriptDirectory.from_config(migrations.config(tx)).get_current_head()
        )
        assert head == migrations.newest()

    async def test_can_be_upgraded_from_every_older_step(self, any_store: Store) -> None:
        def one_by_one(tx: Connection) -> None:
            for _ in range(50):
                try:
                    command.upgrade(migrations.config(tx), "+1")
                except command.util.CommandError:
                    return

        await any_store.write(one_by_one)
        await migrations.upgrade(any_store)
        tables = await any_store.read(lambda tx: inspect(tx).get_table_names())
        assert {table for room in migrations.ROOMS for table in room.tables} <= set(tables)

    async def test_is_left_alone_the_second_time(self, any_store: Store) -> None:
        await migrations.upgrade(any_store)
        await migrations.upgrade(any_store)
