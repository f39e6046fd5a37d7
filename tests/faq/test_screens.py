"""The wordings of error pages are checked like everything else that editors write."""

import json
from collections.abc import Callable

import pytest

from faq.content_models import Content
from faq.findings import Finding
from faq.library import Library
from tests.faq.conftest import Editing

SHOWN = "没有找到相关小程序"


class TestWordingsOfErrorPages:
    @pytest.mark.parametrize(
        ("wrong", "code"),
        [
            ("网络错", "screen_short"),
            ("没有找到", None),
            (f"{SHOWN}, {SHOWN}！", "screen_twice"),
        ],
    )
    def test_are_long_enough_and_stand_once(
        self, edit: Editing, found: Callable[[], list[Finding]], wrong: str, code: str | None
    ) -> None:
        edit("screens.yml", f"[{SHOWN}]", f"[{wrong}]")
        assert [finding.code for finding in found()] == ([code] if code else [])

    def test_lead_to_a_topic_that_exists(self, edit: Editing, found: Callable[[], list[Finding]]) -> None:
        edit("screens.yml", "how_open", "how_opne")
        (finding,) = found()
        assert (finding.code, finding.line) == ("unknown_topic", 2)
        edit("screens.yml", "how_opne", "how_open")
        assert found() == []

    def test_are_part_of_the_release(self, content: Content) -> None:
        again = Content.model_validate_json(content.to_json())
        assert Library(again).screens.find(f"抱歉，{SHOWN}。") == ("how_open", SHOWN)

    def test_may_be_absent_from_a_release_of_earlier_days(self, content: Content) -> None:
        earlier = content.model_dump(mode="json", by_alias=True, exclude_defaults=True, exclude={"screens"})
        assert Library(Content.model_validate_json(json.dumps(earlier))).screens.find(SHOWN) is None
