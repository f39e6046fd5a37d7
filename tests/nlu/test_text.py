import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlu.text import LONGEST, clauses, normalise, plain, without_fillers, words_only


class TestNormalising:
    def test_makes_scripts_and_widths_equal(self) -> None:
        assert normalise("請問ＡＰＰ　怎麼用？").text == normalise("请问app 怎么用?").text

    def test_drops_what_cannot_be_seen(self) -> None:
        assert normalise("刷\u200b脸\ufeff").text == "刷脸"

    @given(st.text(max_size=100))
    def test_every_character_knows_its_place(self, text: str) -> None:
        line = normalise(text)
        assert len(line.places) == len(line.text)
        assert list(line.places) == sorted(line.places)
        assert all(0 <= place < len(text) for place in line.places)

    def test_gives_spans_on_the_original(self) -> None:
        said = "㊗我用ｉｏｓ"
        line = normalise(said)
        start = line.text.index("ios")
        assert said[slice(*line.span(start, start + 3))] == "ｉｏｓ"

    def test_stops_at_its_limit(self) -> None:
        assert len(normalise("脸" * 5000).text) == LONGEST
        assert len(normalise("脸" * 5000, longest=None).text) == 5000


class TestWhatTheEngineReads:
    def test_has_no_long_numbers(self) -> None:
        assert plain("我的号110101199003071233") == "我的号#"

    def test_keeps_versions(self) -> None:
        assert plain("安卓4.2") == "安卓4.2"

    def test_has_no_punctuation_in_its_words(self) -> None:
        assert words_only("怎么, 刷脸?!") == "怎么刷脸"


class TestFillers:
    @pytest.mark.parametrize("said", ["那个那个我想问一下刷脸", "你好请问刷脸", "嗯嗯刷脸"])
    def test_go(self, said: str) -> None:
        assert words_only(without_fillers(said)) == "刷脸"

    def test_stay_when_there_is_nothing_else(self) -> None:
        assert without_fillers("你好") == "你好"


class TestClauses:
    def test_end_at_punctuation(self) -> None:
        assert clauses("我刷脸没过,怎么办呢?好") == ("我刷脸没过", "怎么办呢")
