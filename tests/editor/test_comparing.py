"""Two versions side by side: what changed is seen, and what did not is only counted."""

import pytest

from faq.editor.merging import compare

TEN = [f"问法{n}" for n in range(10)]


def shown(before: list[str], after: list[str]) -> list[tuple[str, str]]:
    return [(line.sign, line.text) for line in compare(before, after)]


class TestAComparison:
    def test_shows_what_was_added_with_two_lines_around_it(self) -> None:
        after = [*TEN[:5], "新的", *TEN[5:]]
        around = [(" ", "问法3"), (" ", "问法4"), ("+", "新的"), (" ", "问法5"), (" ", "问法6")]
        assert shown(TEN, after) == [("…", "3"), *around, ("…", "3")]

    def test_shows_two_lines_beside_what_was_added_at_an_end(self) -> None:
        assert shown(TEN, [*TEN, "新的"]) == [("…", "8"), (" ", "问法8"), (" ", "问法9"), ("+", "新的")]
        assert shown(TEN, ["新的", *TEN]) == [("+", "新的"), (" ", "问法0"), (" ", "问法1"), ("…", "8")]

    def test_hides_no_single_line(self) -> None:
        after = ["甲", *TEN[1:6], "乙", *TEN[7:]]
        assert "…" not in [sign for sign, _ in shown(TEN, after)]

    @pytest.mark.parametrize(("before", "after"), [(TEN, TEN[1:]), (TEN, []), ([], TEN), (TEN, TEN[::-1])])
    def test_accounts_for_every_line(self, before: list[str], after: list[str]) -> None:
        told = shown(before, after)
        hidden = sum(int(text) for sign, text in told if sign == "…")
        kept = sum(sign == " " for sign, _ in told)
        assert hidden + kept + sum(sign == "-" for sign, _ in told) == len(before)
        assert hidden + kept + sum(sign == "+" for sign, _ in told) == len(after)

    def test_of_the_same_words_only_counts(self) -> None:
        assert shown(TEN, TEN) == [("…", "10")]
