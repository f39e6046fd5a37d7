import asyncio
import json

import pytest
from sqlalchemy import Connection, delete, func, insert, select, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine

from bot.audit import (
    ANCHOR_FILE,
    GUARDS,
    UNGUARDS,
    AnchorUnreadable,
    Audit,
    anchor,
    entries,
    guard,
    hash_of,
    last_entry,
    verify,
)
from bot.records import audit_entry, metadata


@pytest.fixture
def audit(clock):
    return Audit(clock)


@pytest.fixture
def chain(tx: Connection, audit, clock):
    """Five things done, one a minute."""
    for number in range(1, 6):
        audit.note(tx, "小李", "thread.read", f"thread:{number}", detail={"messages": number})
        clock.passes(minutes=1)
    tx.commit()
    return tx


def owns_the_database(tx: Connection) -> Connection:
    """What somebody with all rights over the database can do first."""
    for statement in UNGUARDS["sqlite"]:
        tx.exec_driver_sql(statement)
    return tx


class TestTheTrail:
    def test_of_an_empty_house_is_sound(self, tx):
        assert verify(tx) is None
        assert last_entry(tx) is None

    def test_is_sound_after_honest_work(self, chain):
        assert verify(chain) is None

    def test_says_who_did_what_to_which_thing_and_why(self, tx, audit, clock):
        audit.note(tx, "小李", "message.reveal", "message:9", reason=" 核对姓名 ", detail={"field": "body"})
        entry = last_entry(tx)
        assert (entry.actor, entry.action, entry.object, entry.reason) == (
            "小李",
            "message.reveal",
            "message:9",
            "核对姓名",
        )
        assert json.loads(entry.detail) == {"field": "body"}
        assert entry.at == clock.now

    def test_keeps_no_number_of_a_person(self, tx, audit):
        audit.note(
            tx,
            "小李",
            "case.reveal",
            "case:1",
            reason="他说是11010519491231002X",
            detail={"phone": "13800138000"},
        )
        row = str(tx.execute(select(audit_entry)).first())
        assert "11010519491231002" not in row
        assert "13800138000" not in row
        assert verify(tx) is None

    def test_of_work_that_was_undone_is_undone_with_it(self, chain, audit):
        audit.note(chain, "小李", "thread.close", "thread:1")
        chain.rollback()
        assert last_entry(chain).seq == 5
        assert verify(chain) is None

    def test_goes_on_when_the_clock_is_moved_back(self, chain, audit, clock):
        clock.passes(days=-2)
        audit.note(chain, "小李", "thread.read", "thread:1")
        assert verify(chain) is None

    def test_is_read_newest_first_page_by_page(self, chain):
        first = entries(chain, limit=2)
        assert [entry.seq for entry in first] == [5, 4]
        assert [entry.seq for entry in entries(chain, before=4, limit=2)] == [3, 2]

    def test_can_be_asked_about_one_thing(self, chain):
        assert [entry.seq for entry in entries(chain, about="thread:3")] == [3]


class TestTheDatabaseItself:
    @pytest.mark.parametrize(
        "change",
        [
            update(audit_entry).where(audit_entry.c.seq == 2).values(actor="别人"),
            delete(audit_entry).where(audit_entry.c.seq == 5),
            delete(audit_entry),
            text("INSERT OR REPLACE INTO audit_entry SELECT * FROM audit_entry WHERE seq = 2"),
            text("UPDATE OR REPLACE audit_entry SET seq = 1 WHERE seq = 2"),
            insert(audit_entry).values(
                seq=9, at=None, actor="", action="", object="", reason="", detail="", prev_hash="", hash=""
            ),
        ],
        ids=["alter", "cut the end", "empty", "replace", "renumber", "leave a gap"],
    )
    def test_refuses_to_change_the_trail_and_takes_the_next_note(self, chain, audit, change):
        with pytest.raises(DBAPIError, match="append-only"):
            chain.execute(change)
        chain.rollback()
        assert audit.note(chain, "小李", "thread.read", "thread:1") == 6
        assert verify(chain) is None

    def test_can_be_freed_for_the_way_down_of_a_migration(self, chain):
        owns_the_database(chain).execute(delete(audit_entry))
        guard(chain)
        assert set(GUARDS) == set(UNGUARDS)


class TestAnOwnerOfTheDatabase:
    @pytest.mark.parametrize("column", ["actor", "action", "object", "reason", "detail", "prev_hash", "hash"])
    def test_who_alters_a_word_is_found_at_that_entry(self, chain, column):
        owns_the_database(chain).execute(
            update(audit_entry).where(audit_entry.c.seq == 3).values({column: "另一个词"})
        )
        assert verify(chain) == 3

    def test_who_alters_a_time_is_found(self, chain, clock):
        owns_the_database(chain).execute(
            update(audit_entry).where(audit_entry.c.seq == 3).values(at=clock.now)
        )
        assert verify(chain) == 3

    def test_who_takes_an_entry_out_is_found(self, chain):
        owns_the_database(chain).execute(delete(audit_entry).where(audit_entry.c.seq == 3))
        assert verify(chain) == 3

    def test_who_mends_the_hash_of_an_altered_entry_is_found_at_the_next(self, chain):
        rewrite(owns_the_database(chain), 3, actor="别人")
        assert verify(chain) == 4

    def test_who_cuts_the_end_is_found_by_the_anchor(self, chain, tmp_path):
        anchor(chain, tmp_path)
        owns_the_database(chain).execute(delete(audit_entry).where(audit_entry.c.seq > 3))
        assert verify(chain) is None
        assert verify(chain, tmp_path) == 4

    def test_who_empties_the_trail_is_found_by_the_anchor(self, chain, tmp_path):
        anchor(chain, tmp_path)
        owns_the_database(chain).execute(delete(audit_entry))
        assert verify(chain, tmp_path) == 1

    def test_who_rebuilds_the_whole_chain_is_found_by_the_anchor(self, chain, tmp_path):
        anchor(chain, tmp_path)
        rewrite(owns_the_database(chain), 3, actor="别人")
        for seq in (4, 5):
            rewrite(chain, seq, prev_hash=chain.scalar(select(audit_entry.c.hash).filter_by(seq=seq - 1)))
        assert verify(chain) is None
        assert verify(chain, tmp_path) == 5


class TestAnchors:
    def test_agree_with_an_honest_chain_that_grew(self, chain, audit, tmp_path):
        assert anchor(chain, tmp_path).seq == 5
        audit.note(chain, "小李", "thread.read", "thread:1")
        assert anchor(chain, tmp_path).seq == 6
        assert verify(chain, tmp_path) is None

    def test_are_not_repeated_while_nothing_happens(self, chain, tmp_path):
        anchor(chain, tmp_path)
        assert anchor(chain, tmp_path) is None
        assert len((tmp_path / ANCHOR_FILE).read_text().splitlines()) == 1

    def test_of_an_empty_trail_are_none(self, tx, tmp_path):
        assert anchor(tx, tmp_path / "elsewhere") is None
        assert verify(tx, tmp_path / "elsewhere") is None

    @pytest.mark.parametrize("damage", ["", "{", "[]", '{"seq": 1}', '{"seq": "x", "hash": ""}'])
    def test_that_were_damaged_are_named_by_line(self, chain, tmp_path, damage):
        anchor(chain, tmp_path)
        sound = (tmp_path / ANCHOR_FILE).read_text()
        (tmp_path / ANCHOR_FILE).write_text(f"{sound}{damage}\n")
        with pytest.raises(AnchorUnreadable, match="line 2"):
            verify(chain, tmp_path)
        (tmp_path / ANCHOR_FILE).write_text(sound)
        assert verify(chain, tmp_path) is None


class TestManyWhoNoteAtOnce:
    async def test_make_one_chain_on_sqlite(self, store, audit):
        await asyncio.gather(*(store.write(noting(audit, number)) for number in range(60)))
        assert await store.read(verify) is None
        assert await store.read(lambda tx: tx.scalar(select(func.count()).select_from(audit_entry))) == 60

    async def test_make_one_chain_on_postgresql(self, postgres_url, audit):
        engine = create_async_engine(postgres_url, pool_size=8)

        async def one(number: int) -> None:
            async with engine.begin() as connection:
                await connection.run_sync(noting(audit, number))

        async with engine.begin() as connection:
            await connection.run_sync(metadata.drop_all)
            await connection.run_sync(metadata.create_all)
            await connection.run_sync(guard)
        await asyncio.gather(*(one(number) for number in range(60)))
        async with engine.connect() as connection:
            assert (await connection.run_sync(last_entry)).seq == 60
            assert await connection.run_sync(verify) is None
            for change in (
                update(audit_entry).values(actor="别人"),
                delete(audit_entry),
                text("TRUNCATE audit_entry"),
            ):
                with pytest.raises(DBAPIError, match="append-only"):
                    await connection.execute(change)
                await connection.rollback()
        async with engine.begin() as connection:
            for statement in UNGUARDS["postgresql"]:
                await connection.exec_driver_sql(statement)
            await connection.run_sync(metadata.drop_all)
        await engine.dispose()


def noting(audit: Audit, number: int):
    return lambda tx: audit.note(tx, "小李", "thread.read", f"thread:{number}")


def rewrite(tx: Connection, seq: int, **words: str) -> None:
    """Change an entry and make its own hash right again."""
    tx.execute(update(audit_entry).filter_by(seq=seq).values(**words))
    (entry,) = [each for each in entries(tx) if each.seq == seq]
    tx.execute(update(audit_entry).filter_by(seq=seq).values(hash=hash_of(entry)))
