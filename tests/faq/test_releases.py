"""Releases are immutable rows; one of them is live."""

import asyncio
from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy.exc import IntegrityError, StatementError
from sqlalchemy.ext.asyncio import create_async_engine

from bot.store import Store
from faq import records
from faq.library import Library
from faq.loading import ContentRefused
from faq.seeding import SHIPPED_BY, completed, seed

AT = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


@pytest.fixture
async def store(database_url):
    store = Store(database_url)
    await store.write(records.metadata.create_all)
    yield store
    await store.close()


class TestPublishing:
    async def test_makes_a_numbered_release_live(self, store, content):
        number = await store.write(lambda tx: records.publish(tx, content, "小王", "第一版", AT))
        live = await store.read(records.live_release)
        assert number == live.number == 1
        assert live.content == content
        assert (live.created_by, live.note, live.created_at) == ("小王", "第一版", AT)
        assert live.fingerprint == content.fingerprint()

    async def test_teaches_the_ear_the_same_from_the_database_as_from_the_files(self, store, content):
        groups = {"weather": ("下雨吗",), "bank": ("怎么还信用卡", "利息多少"), "a_b": ("讲个笑话",)}
        written = content.model_copy(update={"out_of_scope": groups})
        await store.write(lambda tx: records.publish(tx, written, "小王", "", AT))
        live = await store.read(records.live_release)
        assert Library(live.content, 1).training() == Library(written, 1).training()

    async def test_counts_on_and_keeps_the_older_ones(self, store, content):
        await store.write(lambda tx: records.publish(tx, content, "小王", "", AT))
        other = content.model_copy(update={"out_of_scope": {}})
        assert await store.write(lambda tx: records.publish(tx, other, "小李", "", AT)) == 2
        assert await store.read(records.live_number) == 2
        first = await store.read(lambda tx: records.release(tx, 1))
        assert first.content == content

    async def test_is_undone_whole_when_the_transaction_fails(self, store, content):
        def publish_then_fail(tx):
            records.publish(tx, content, "小王", "", AT)
            raise RuntimeError("the power went off")

        with pytest.raises(RuntimeError, match="power"):
            await store.write(publish_then_fail)
        assert await store.read(records.live_release) is None
        assert await store.write(lambda tx: records.publish(tx, content, "小王", "", AT)) == 1

    async def test_may_write_a_release_that_is_not_live_yet(self, store, content):
        await store.write(lambda tx: records.publish(tx, content, "小王", "", AT))
        assert await store.write(lambda tx: records.write_release(tx, content, "小王", "下周", AT)) == 2
        assert await store.read(records.live_number) == 1

    async def test_gives_a_library_of_that_number(self, store, content):
        await store.write(lambda tx: records.publish(tx, content, "小王", "", AT))
        live = await store.read(records.live_release)
        assert Library(live.content, live.number).number == 1


class TestGoingBack:
    async def test_is_pointing_at_an_older_release(self, store, content):
        for _ in range(2):
            await store.write(lambda tx: records.publish(tx, content, "小王", "", AT))
        await store.write(lambda tx: records.point_to(tx, 1, AT))
        assert await store.read(records.live_number) == 1

    async def test_to_a_release_that_is_not_there_changes_nothing(self, store, content):
        await store.write(lambda tx: records.publish(tx, content, "小王", "", AT))
        with pytest.raises(records.NoSuchRelease, match="no release 9"):
            await store.write(lambda tx: records.point_to(tx, 9, AT))
        assert await store.read(records.live_number) == 1

    async def test_leaves_one_live_row(self, store, content):
        await store.write(lambda tx: records.publish(tx, content, "小王", "", AT))
        with pytest.raises(IntegrityError):
            await store.write(
                lambda tx: tx.execute(records.faq_live.insert().values(id=2, number=1, changed_at=AT))
            )
        assert await store.read(records.live_number) == 1


class TestARollbackInTheInstantOfARelease:
    async def test_waits_and_is_not_undone_by_it(self, postgres_url, content):
        store, engine = Store(postgres_url), create_async_engine(postgres_url)
        await store.write(records.metadata.create_all)
        await store.write(lambda tx: records.publish(tx, content, "小王", "", AT))
        async with engine.begin() as releasing:
            assert await releasing.run_sync(records.hold_live) == 1
            going_back = asyncio.create_task(store.write(lambda tx: goes_back(tx, 1)))
            await asyncio.wait([going_back], timeout=0.3)
            assert not going_back.done()
            await releasing.run_sync(lambda tx: records.publish(tx, content, "小王", "", AT))
        assert await going_back == 2
        assert await store.read(records.live_number) == 1
        await engine.dispose()
        await store.close()


def goes_back(tx, number):
    """Point at a release; which one was live comes back."""
    was = records.hold_live(tx)
    records.point_to(tx, number, AT)
    return was


class TestTimes:
    async def test_come_back_in_utc_whatever_zone_they_were_given_in(self, store, content):
        beijing = AT.astimezone(timezone(timedelta(hours=8)))
        await store.write(lambda tx: records.publish(tx, content, "小王", "", beijing))
        live = await store.read(records.live_release)
        assert live.created_at == AT
        assert live.created_at.utcoffset() == timedelta(0)

    async def test_without_a_zone_are_refused(self, store, content):
        naive = datetime(2026, 11, 24, 9, 0)
        with pytest.raises(StatementError, match="naive datetime"):
            await store.write(lambda tx: records.publish(tx, content, "小王", "", naive))
        assert await store.write(lambda tx: records.publish(tx, content, "小王", "", AT)) == 1


class TestTheShippedContent:
    async def test_becomes_release_1(self, store, folder):
        assert await store.write(lambda tx: seed(tx, folder, AT)) == 1
        assert (await store.read(records.live_release)).created_by == SHIPPED_BY

    async def test_is_not_published_again_at_the_next_start(self, store, folder):
        await store.write(lambda tx: seed(tx, folder, AT))
        assert await store.write(lambda tx: seed(tx, folder, AT)) is None
        assert await store.read(records.live_number) == 1

    async def test_follows_the_product_while_nobody_has_edited(self, store, folder, edit):
        await store.write(lambda tx: seed(tx, folder, AT))
        edit("topics/entering.yml", "咋进去", "咋个进去")
        assert await store.write(lambda tx: seed(tx, folder, AT)) == 2
        assert await store.read(records.live_number) == 2

    async def test_never_replaces_what_editors_published(self, store, folder, edit, content):
        await store.write(lambda tx: seed(tx, folder, AT))
        await store.write(lambda tx: records.publish(tx, content, "小王", "", AT))
        edit("topics/entering.yml", "咋进去", "咋个进去")
        assert await store.write(lambda tx: seed(tx, folder, AT)) is None
        assert await store.read(records.live_number) == 2

    async def test_does_not_overrule_an_operator_who_went_back(self, store, folder, edit):
        await store.write(lambda tx: seed(tx, folder, AT))
        edit("topics/entering.yml", "咋进去", "咋个进去")
        await store.write(lambda tx: seed(tx, folder, AT))
        await store.write(lambda tx: records.point_to(tx, 1, AT))
        assert await store.write(lambda tx: seed(tx, folder, AT)) is None
        assert await store.read(records.live_number) == 1

    async def test_with_an_error_changes_nothing(self, store, folder, edit):
        await store.write(lambda tx: seed(tx, folder, AT))
        edit("menu.yml", "key: human", "key: humen")
        with pytest.raises(ContentRefused, match="humen"):
            await store.write(lambda tx: seed(tx, folder, AT))
        assert await store.read(records.live_number) == 1


class TestTwoProcessesThatStartTogether:
    async def test_seed_one_release(self, postgres_url, folder):
        import asyncio

        stores = [Store(postgres_url) for _ in range(4)]
        await stores[0].write(records.metadata.create_all)
        try:
            numbers = await asyncio.gather(*(s.write(lambda tx: seed(tx, folder, AT)) for s in stores))
            assert sorted(n or 0 for n in numbers) == [0, 0, 0, 1]
            assert await stores[0].read(records.live_number) == 1
        finally:
            for store in stores:
                await store.close()


class TestAReleaseThatEditorsMadeWithAnOlderVersion:
    def test_says_what_is_new_in_the_shipped_words_and_the_rest_in_its_own(self, content, folder):
        replies = content.replies
        fewer = {key: words for key, words in replies.sentences.items() if key != "farewell"}
        fewer["welcome"] = "编辑写的欢迎"
        labels = {key: words for key, words in replies.labels.items() if key != "done"}
        theirs = content.model_copy(
            update={"replies": replies.model_copy(update={"sentences": fewer, "labels": labels})}
        )
        library = Library(completed(theirs, folder))
        assert library.reply("farewell") == replies.sentences["farewell"]
        assert library.label("done") == replies.labels["done"]
        assert library.reply("welcome") == "编辑写的欢迎"

    def test_that_lacks_nothing_stays_as_it_is(self, content, tmp_path):
        assert completed(content, tmp_path / "nowhere") is content
