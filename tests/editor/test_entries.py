"""The content taken apart, put together, and sent through every form, is the very same content."""

import pytest

from bot.rights import Role
from faq.content_models import Content
from faq.editor.entries import MODELS, SINGLE, UnknownKey, apart, kind_of, together
from tests.editor.stage import Stage


class TestTheContent:
    def test_is_the_same_after_being_taken_apart(self, shipped: Content) -> None:
        again = together(apart(shipped))
        assert again.fingerprint() == shipped.fingerprint()
        assert again == shipped

    def test_has_entries_of_every_kind(self, shipped: Content) -> None:
        assert {entry.kind for entry in apart(shipped).values()} == set(MODELS)

    @pytest.mark.parametrize("key", ["topics:fee", "topic", "menu:x", "", "topic;fee"])
    def test_has_no_entries_under_other_keys(self, key: str) -> None:
        with pytest.raises(UnknownKey):
            kind_of(key)


class TestAFormThatIsSavedAsItStands:
    async def test_changes_nothing_of_any_entry(self, stage: Stage, shipped: Content) -> None:
        editor = await stage.writer("小文", Role.EDITOR)
        every = apart(shipped)
        one_of_each = {entry.kind: key for key, entry in every.items()} | {key: key for key in SINGLE}
        for key in one_of_each.values():
            await editor.saves(key)
            assert "已保存" in editor.text, key
        await editor.opens("/content/changes")
        assert "编辑保存过的内容都已经上线" in editor.text
