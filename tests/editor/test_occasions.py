"""Editors read when a sentence is said and what a button means, not the codes of the program."""

import pytest

from faq.content_models import Content
from faq.editor.occasions import called
from faq.reply_keys import LABELS, SENTENCES
from tests.editor.stage import Stage


class TestEveryCode:
    @pytest.mark.parametrize(
        ("kind", "names"),
        [
            ("sentence", set(SENTENCES)),
            ("label", set(LABELS)),
            ("variable", {name.rstrip("!") for names in SENTENCES.values() for name in names.split()}),
        ],
    )
    def test_that_the_program_speaks_of_has_words(self, kind: str, names: set[str]) -> None:
        assert [name for name in sorted(names) if called(kind, name) == name] == []

    def test_of_the_shipped_scenes_and_groups_has_words(self, shipped: Content) -> None:
        failures = {name for scene in shipped.replies.scenes.values() for name in scene.failures}
        for kind, names in {
            "scene": shipped.replies.scenes,
            "failure": failures,
            "elsewhere": shipped.out_of_scope,
        }.items():
            assert [name for name in names if called(kind, name) == name] == []

    def test_that_an_editor_made_up_goes_by_itself(self) -> None:
        assert called("elsewhere", "weather") == "weather"


class TestTheListOfSentences:
    async def test_names_when_each_is_said_in_the_order_of_a_conversation(self, stage: Stage) -> None:
        editor = await stage.writer("小文")
        await editor.opens("/content?shelf=sentence")
        assert (
            editor.text.index("刚关注公众号")
            < editor.text.index("第一次没听懂")
            < editor.text.index("转人工，开始排队")
        )
        await editor.opens("/content/entry/sentence:human_queued")
        assert "固定话术：转人工，开始排队" in editor.text
        assert "<code>{position}</code> 是排在第几位" in editor.text


class TestANewEntry:
    async def test_needs_no_number_of_its_own(self, stage: Stage) -> None:
        editor = await stage.writer("小文")
        for title in ("几点可以核验？", "周末可以核验吗？"):
            await editor.opens("/content/new/topic")
            written = {
                "title": title,
                "category": "face",
                "questions": "几点能核验",
                "answers-0-text": "全天。",
            }
            await editor.sends("/content/new/topic", **{**editor.form(), **written, "id": ""})
        assert editor.path == "/content/entry/topic:topic_2"
        assert "已保存" in editor.text

    async def test_keeps_the_number_that_was_typed_when_it_is_taken(self, stage: Stage) -> None:
        editor = await stage.writer("小文")
        await editor.opens("/content/new/topic")
        answer = await editor.sends("/content/new/topic", **{**editor.form(), "id": "fee", "title": "收费吗"})
        assert answer.status == 422
        assert "编号“fee”已在" in editor.text
        assert (editor.form()["id"], editor.form()["title"]) == ("fee", "收费吗")
