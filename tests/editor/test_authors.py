"""Whose words a release holds: they may not review it, and nobody else is kept from it."""

import dataclasses
import json

import pytest
from sqlalchemy import Connection

from faq.content_models import Content
from faq.editor import drafts
from faq.editor.drafts import Author, authors_of, changes, live_content, newest, save
from faq.editor.entries import Entry, apart
from tests.editor.conftest import MORNING
from tests.editor.stage import Stage

KEY = "topic:verify_items"
WEN, CHEN, LI = Author(1, "小文"), Author(2, "小陈"), Author(3, "小李")


def writes(tx: Connection, author: Author, words: str | None, key: str = KEY) -> None:
    """A version with these words; None: as it is live."""
    before = apart(live_content(tx)[1])[key]
    body = before.data if words is None else {**before.data, "answers": [{"text": words}]}
    text = json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    last = newest(tx, key)
    entry: Entry = dataclasses.replace(before, body=text)
    save(tx, entry, seen=last.n if last else 0, note="", author=author, at=MORNING, before=before)


def authors(tx: Connection) -> set[int]:
    return authors_of(tx, changes(tx, live_content(tx)[1]))


@pytest.fixture(params=[1000, 0], ids=["named", "the whole table"], autouse=True)
def most_named(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """A few changes are asked for by name, very many are not; both must say the same."""
    monkeypatch.setattr(drafts, "MOST_NAMED", request.param)


class TestAChangeThatSeveralHaveWritten:
    async def test_holds_the_words_of_all_of_them(self, stage: Stage) -> None:
        def work(tx: Connection) -> set[int]:
            writes(tx, WEN, "一。")
            writes(tx, CHEN, "二。")
            return authors(tx)

        assert await stage.store.write(work) == {WEN.id, CHEN.id}

    async def test_holds_nothing_of_who_wrote_before_it_was_as_it_is_live(self, stage: Stage) -> None:
        def work(tx: Connection) -> set[int]:
            writes(tx, WEN, "一。")
            writes(tx, CHEN, None)
            writes(tx, LI, "三。")
            return authors(tx)

        assert await stage.store.write(work) == {LI.id}

    async def test_holds_nothing_of_who_changed_another_entry_back(
        self, stage: Stage, shipped: Content
    ) -> None:
        other = next(f"topic:{topic.id}" for topic in shipped.topics if f"topic:{topic.id}" != KEY)

        def work(tx: Connection) -> set[int]:
            writes(tx, WEN, "一。")
            writes(tx, CHEN, "二。", other)
            writes(tx, LI, None, other)
            return authors(tx)

        assert await stage.store.write(work) == {WEN.id}
