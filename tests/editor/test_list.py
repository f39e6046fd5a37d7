"""The list of entries: found by what can be read in them, and nothing of other people's categories."""

import pytest
from sqlalchemy import Connection

from faq.editor import drafts
from faq.editor.drafts import Author
from faq.editor.entries import apart
from faq.editor.rights import set_right
from tests.editor.stage import Stage

FEE = 'href="/content/entry/topic:fee"'


class TestASearch:
    @pytest.mark.parametrize("words", ["收费吗", "操作指南没有写收费", "fee", "FEE", "“认证费”“押金”"])
    async def test_finds_what_can_be_read_in_an_entry(self, stage: Stage, words: str) -> None:
        editor = await stage.writer("小文")
        await editor.opens(f"/content?q={words}")
        assert FEE in editor.text

    @pytest.mark.parametrize("words", ["questions", "answers", '":"', "valid_until"])
    async def test_finds_nothing_by_how_entries_are_kept(self, stage: Stage, words: str) -> None:
        editor = await stage.writer("小文")
        await editor.opens(f"/content?q={words}")
        assert FEE not in editor.text

    async def test_keeps_its_filters_on_the_next_page(
        self, stage: Stage, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("faq.editor.list_pages.ON_A_PAGE", 1)
        editor = await stage.writer("小文")
        for key in ("topic:fee", "topic:privacy"):
            await editor.saves(key, owner="小文")
        await editor.opens("/content?only=changed")
        assert "第 1 / 2 页" in editor.text
        assert "only=changed&amp;page=2" in editor.text


class TestADeletedEntry:
    async def test_is_named_on_its_own_list_to_those_who_may_see_it(self, stage: Stage) -> None:
        editor, other = await stage.writer("小文"), await stage.writer("小周")
        await editor.opens("/content/entry/topic:fee")
        await editor.sends("/content/entry/topic:fee/delete", seen=editor.form()["seen"], note="不要了")
        assert "已删除，发布之前市民还能看到" in editor.text
        await editor.opens("/content?shelf=guide")
        assert "已删除，发布之前市民还能看到" not in editor.text

        def keeps_away(tx: Connection) -> None:
            category = apart(drafts.live_content(tx)[1])["topic:fee"].category
            by = Author(editor.staff.id, "小文")
            set_right(tx, other.staff.id, category, "none", by=by, at=stage.clock())

        await stage.store.write(keeps_away)
        await other.opens("/content")
        assert "收费" not in other.text
