"""Two versions side by side: readable, complete, and at once even when everything changed."""

import time

from hypothesis import given
from hypothesis import strategies as st

from faq.editor.merging import DiffLine, compare

LINES = st.lists(st.sampled_from(["问法一", "问法二", "问法三", "问法四"]), max_size=8)


class TestAComparison:
    def test_shows_what_went_above_what_came_instead(self) -> None:
        assert compare(["留着", "旧的一", "旧的二"], ["留着", "新的"]) == [
            DiffLine(" ", "留着"),
            DiffLine("-", "旧的一"),
            DiffLine("-", "旧的二"),
            DiffLine("+", "新的"),
        ]

    def test_of_nothing_with_something_is_all_new(self) -> None:
        assert compare(None, "第一行\n第二行") == [DiffLine("+", "第一行"), DiffLine("+", "第二行")]

    @given(LINES, LINES)
    def test_holds_every_line_of_both_in_order(self, before: list[str], after: list[str]) -> None:
        shown = compare(before, after)
        assert [line.text for line in shown if line.sign != "+"] == before
        assert [line.text for line in shown if line.sign != "-"] == after

    def test_of_hundreds_of_changed_lines_takes_no_time(self) -> None:
        before = [f"我想问第{n}种问法应该怎么办理呢" for n in range(300)]
        after = [f"请问第{n}种问法应该怎么样办理呀" for n in range(300)]
        began = time.thread_time()
        assert len(compare(before, after)) == 600
        assert time.thread_time() - began < 1
