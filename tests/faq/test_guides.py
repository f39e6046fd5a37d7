"""A citizen walks a guide, one screen at a time."""

import pytest

from faq import guides
from faq.guides import GuidePlace


@pytest.fixture
def guide(library):
    return library.guide("enter")


@pytest.fixture
def at_way(guide):
    return guides.advance(guide, guides.begin(guide))


class TestACitizenOnTheWay:
    def test_begins_at_the_start(self, guide):
        assert guides.here(guide, guides.begin(guide)).title == "打开支付宝"

    def test_goes_on_where_there_is_one_way(self, guide):
        assert guides.advance(guide, guides.begin(guide)) == GuidePlace("enter", "way", ("alipay",))

    def test_goes_the_way_that_was_chosen(self, guide, at_way):
        assert guides.advance(guide, at_way, "扫码").step == "scan"

    @pytest.mark.parametrize("choice", [None, "飞过去", ""])
    def test_stays_when_the_step_has_no_such_way(self, guide, at_way, choice):
        assert guides.advance(guide, at_way, choice) is None

    def test_is_over_at_an_end_and_goes_no_further(self, guide, at_way):
        end = guides.advance(guide, at_way, "搜索")
        assert guides.is_over(guide, end)
        assert not guides.is_over(guide, at_way)
        assert guides.advance(guide, end) is None


class TestACitizenWhoGoesBack:
    def test_comes_back_the_way_they_went(self, guide, at_way):
        by_scan = guides.advance(guide, guides.advance(guide, at_way, "扫码"))
        assert by_scan.step == "done"
        assert guides.back(by_scan).step == "scan"
        assert guides.back(guides.back(by_scan)) == at_way

    def test_stays_on_the_first_step(self, guide):
        assert guides.back(guides.begin(guide)) == guides.begin(guide)


class TestACitizenWhoIsStuck:
    def test_is_helped_at_this_step(self, guide):
        help_ = guides.stuck(guide, guides.begin(guide))
        assert (help_.words, help_.topic) == ("找家人帮忙装一个。", "how_open")

    def test_is_told_nothing_where_nothing_was_written(self, guide, at_way):
        assert guides.stuck(guide, at_way) == guides.StuckHelp("", None)


class TestAGuideThatChangedMeanwhile:
    def test_goes_on_at_the_same_step(self, guide, at_way):
        assert guides.resume(guide, at_way) == at_way

    def test_falls_back_to_the_last_step_that_is_still_there(self, guide):
        dropped = GuidePlace("enter", "gone", ("alipay", "also_gone", "way"))
        assert guides.resume(guide, dropped) == GuidePlace("enter", "way", ("alipay",))

    def test_begins_again_when_nothing_is_left(self, guide):
        assert guides.resume(guide, GuidePlace("enter", "gone", ("gone_too",))) == guides.begin(guide)


class TestTheDrawing:
    def test_shows_every_step_and_every_way(self, guide):
        drawing = guides.draw(guide)
        assert drawing.startswith("flowchart TD\n")
        assert '    alipay_["打开支付宝"]' in drawing
        assert '    way_ -->|"扫码"| scan_' in drawing
        assert "    scan_ --> done_" in drawing
        assert '    done_(["进来了"])' in drawing

    def test_keeps_quotes_in_titles_harmless(self, guide):
        assert "扫#quot;码#quot;" in guides.draw(guide)
