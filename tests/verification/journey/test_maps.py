"""A map that would lose a citizen on the way is refused where it is loaded."""

from pathlib import Path

import pytest

from verification import drawing, maps
from verification.checks import VOCABULARY
from verification.maps import BadMap, load
from verification.rendering import PAGES

CHECKS = {"ask": frozenset({"yea", "nay"})}
SHOWN = frozenset({"ask", "end"})
SOUND = """
journey: tiny
title: Tiny
start: first
steps:
  first: {title: First, page: ask, check: ask, scene: input, then: {yea: end, nay: first}}
ends:
  end: {title: End, page: end, scene: finish}
"""


def loaded(tmp_path: Path, text: str) -> maps.Journey:
    file = tmp_path / "tiny.yml"
    file.write_text(text, encoding="utf-8")
    return load(file, CHECKS, SHOWN)


def refusal(tmp_path: Path, text: str) -> str:
    with pytest.raises(BadMap) as refused:
        loaded(tmp_path, text)
    assert loaded(tmp_path, SOUND).start == "first"
    return str(refused.value)


class TestASoundMap:
    def test_is_loaded(self, tmp_path: Path) -> None:
        assert loaded(tmp_path, SOUND).steps["first"].then["yea"] == "end"

    def test_is_the_one_that_citizens_walk(self) -> None:
        journey = load(maps.FOLDER / "identity.yml", VOCABULARY, PAGES)
        assert {"entry", "face", "sign"} <= journey.steps.keys()

    def test_is_drawn_as_it_stands_in_the_documentation(self) -> None:
        journey = load(maps.FOLDER / "identity.yml", VOCABULARY, PAGES)
        page = Path(__file__).parents[3] / "docs" / "journey.md"
        assert drawing.drawn(journey) == page.read_text(encoding="utf-8")


class TestAMapWithAFault:
    @pytest.mark.parametrize(
        ("old", "new", "fault"),
        [
            ("nay: first", "nay: frist", "leads to 'frist': no such place"),
            ("start: first", "start: fist", "starts at 'fist'"),
            ("check: ask", "check: axe", "no such check"),
            ("page: ask", "page: aks", "no such template"),
            (", nay: first", "", "does not say where 'nay' leads"),
            ("nay: first", "nay: first, maybe: end", "never answers 'maybe'"),
            ("scene: input, ", "", "no scene"),
            (", scene: finish", "", "end 'end' has no scene"),
            ("title: First, page: ask, ", "title: First, ", "would never end"),
            ("yea: end", "yea: first", "dead end"),
            ("ends:", "ends:\n  lost: {title: Lost, page: end, scene: enter}", "'lost' cannot be reached"),
            (
                "title: First,",
                "title: First, tries: {limit: 3, words: [no_word], then: end},",
                "counts tries",
            ),
            ("title: First,", "title: First, tries: {limit: 3, words: [nay], then: gone},", "'gone'"),
            ("title: First,", "title: First, title: Second,", "written twice"),
            ("nay: first", "no: first", "read as a boolean"),
            ("journey: tiny", "name: tiny", "journey"),
            ("steps:", "steps: [", "not readable"),
        ],
    )
    def test_is_refused_with_its_place(self, tmp_path: Path, old: str, new: str, fault: str) -> None:
        assert fault in refusal(tmp_path, SOUND.replace(old, new))

    def test_that_is_no_mapping_is_refused(self, tmp_path: Path) -> None:
        assert "must be a mapping" in refusal(tmp_path, "- a list")
