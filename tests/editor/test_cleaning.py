"""What comes in from web pages, Word and files is words: no tags, no scripts, nothing that cannot be sent."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from faq.editor.cleaning import cleaned
from tests.editor.stage import Stage
from tests.editor.test_transfer import NAMES, NEW, as_csv, picked

SCRIPT = "<script>alert(1)</script>"


class TestPastedWords:
    @pytest.mark.parametrize(
        ("pasted", "words"),
        [
            (f"先人脸{SCRIPT}", "先人脸"),
            ("<p>一</p><p>二<br>三</p>", "一\n二\n三"),
            (
                '见<a href="https://a.cn/x?a=1&amp;b=2" onclick="x()"><b>说明</b></a>',
                "见[说明](https://a.cn/x?a=1&b=2)",
            ),
            ('<a href="javascript:alert(1)">点我</a>', "点我"),
            ("<b>&lt;script&gt;alert(1)&lt;/script&gt;好</b>", "好"),
            ("<i>&lt;img src=x onerror=alert(1)&gt;</i>好", "好"),
            ("\u202e倒着\u0007念\x00", "倒着念"),
            ("3 < 5，而且 a<b", "3 < 5，而且 a<b"),
        ],
    )
    def test_lose_all_but_their_words_and_links(self, pasted: str, words: str) -> None:
        assert cleaned(pasted) == words

    @given(st.text(st.sampled_from('<>/&;="abpil gtr\n好'), max_size=60))
    def test_are_the_same_when_they_are_cleaned_again(self, pasted: str) -> None:
        assert cleaned(cleaned(pasted)) == cleaned(pasted)


class TestAFormWithAScriptInEveryField:
    async def test_is_saved_and_shown_without_any(self, stage: Stage) -> None:
        editor = await stage.writer("小文")
        await editor.opens("/content/entry/topic:fee")
        texts = dict.fromkeys(("title", "owner", "source", "labels", "note"), f"{SCRIPT}\x07字")
        await editor.sends(
            "/content/entry/topic:fee", **{**editor.form(), **texts, "answers-0-text": f"{SCRIPT}免费"}
        )
        for page in ("", "/history"):
            await editor.opens(f"/content/entry/topic:fee{page}")
            assert SCRIPT not in editor.text
            assert "\x07" not in editor.text
        await editor.opens("/content/changes")
        assert SCRIPT not in editor.text


class TestAnImportedRow:
    async def test_is_cleaned_like_a_form(self, stage: Stage) -> None:
        editor = await stage.writer("小文")
        rows = [list(NEW) for _ in range(2)]
        rows[0][NAMES.index("回答")] = f"<p>全天{SCRIPT}</p><p>都可以。\x07</p>"
        rows[1][0], rows[1][NAMES.index("回答")] = "empty_inside", SCRIPT
        await editor.brings("表.csv", as_csv([NAMES, *rows]))
        assert (picked(editor.text, "新增"), picked(editor.text, "不能导入")) == (1, 1)
        assert "有一处没有字了" in editor.text
        await editor.sends(editor.path, which="all")
        await editor.opens(f"/content/entry/topic:{NEW[0]}")
        assert editor.form()["answers-0-text"] == "全天\n都可以。"
