"""What shadow mode finds is kept for the editor, for a while, on both databases."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from bot import migrations
from bot.store import Store
from faq import disagreements
from faq.disagreements import KEPT_FOR, LONGEST, Difference, differences, forget, keep
from nlu.hearing import Disagreement, Told

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
SEEN = Disagreement("打138****8000说摄像头", Told("answer", "greet", 0.9), Told("ask", "camera", 0.6), "rasa")
LOST = Disagreement("随便问问", Told("fallback", None, 0.0), Told("answer", "fee", 0.95), "embedded")


@pytest.fixture
async def store(database_url: str) -> AsyncIterator[Store]:
    store = Store(database_url)
    await migrations.upgrade(store)
    yield store
    await store.close()


class TestWhatTheEnginesTookDifferently:
    async def test_is_read_newest_first_with_what_the_citizen_was_told(self, store: Store) -> None:
        earlier = NOW - timedelta(hours=1)
        await store.write(lambda tx: keep(tx, [(LOST, earlier), (SEEN, NOW)]))
        found = await store.read(lambda tx: differences(tx, earlier))
        assert found == [
            Difference(SEEN.text, "rasa", SEEN.embedded, SEEN.rasa, NOW),
            Difference(LOST.text, "embedded", LOST.embedded, LOST.rasa, earlier),
        ]
        assert (found[0].told, found[0].untold) == (SEEN.rasa, SEEN.embedded)
        assert (found[1].told, found[1].untold) == (LOST.embedded, LOST.rasa)

    async def test_is_read_from_a_day_on(self, store: Store) -> None:
        await store.write(lambda tx: keep(tx, [(LOST, NOW - timedelta(days=2)), (SEEN, NOW)]))
        found = await store.read(lambda tx: differences(tx, NOW - timedelta(days=1)))
        assert [one.words for one in found] == [SEEN.text]

    async def test_is_cut_when_it_is_very_long(self, store: Store) -> None:
        long = Disagreement("长" * 900, SEEN.embedded, SEEN.rasa, "rasa")
        await store.write(lambda tx: keep(tx, [(long, NOW)]))
        (found,) = await store.read(lambda tx: differences(tx, NOW))
        assert found.words == "长" * LONGEST

    async def test_may_be_nothing(self, store: Store) -> None:
        await store.write(lambda tx: keep(tx, []))
        assert await store.read(lambda tx: differences(tx, NOW - KEPT_FOR)) == []

    async def test_is_forgotten_after_thirty_days(self, store: Store) -> None:
        await store.write(lambda tx: keep(tx, [(LOST, NOW), (SEEN, NOW + timedelta(seconds=2))]))
        after = NOW + KEPT_FOR + timedelta(seconds=1)
        assert await store.write(lambda tx: forget(tx, after)) == 1
        assert await store.write(lambda tx: forget(tx, after)) == 0
        assert [one.words for one in await store.read(lambda tx: differences(tx, NOW))] == [SEEN.text]

    async def test_is_never_more_than_so_many(self, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(disagreements, "MOST", 3)
        await store.write(lambda tx: keep(tx, [(LOST, NOW)] * 5 + [(SEEN, NOW)]))
        assert await store.write(lambda tx: forget(tx, NOW)) == 3
        found = await store.read(lambda tx: differences(tx, NOW))
        assert [one.words for one in found] == [SEEN.text, LOST.text, LOST.text]
