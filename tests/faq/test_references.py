"""Every name must lead somewhere, every walk must end, every sentence must be sayable."""

import pytest

TOPICS, GUIDE, MENU, REPLIES = "topics/entering.yml", "guides/enter.yml", "menu.yml", "replies.yml"


def codes(findings):
    """The codes of the findings, each of which can be said."""
    assert all(finding.words for finding in findings)
    return {finding.code for finding in findings}


class TestANameThatLeadsNowhere:
    @pytest.mark.parametrize(
        ("file", "old", "new", "code"),
        [
            (TOPICS, "related: [id_types]", "related: [id_typ]", "unknown_topic"),
            (TOPICS, "related: [id_types]", "related: [how_open]", "related_itself"),
            (TOPICS, "id: enter, label", "id: entre, label", "unknown_guide"),
            (TOPICS, "id: old_rule", "id: how_open", "twice_id"),
            (GUIDE, "topic: how_open", "topic: how_opn", "unknown_topic"),
            (GUIDE, "start: alipay", "start: aliipay", "unknown_step"),
            (GUIDE, "next: scan}", "next: scam}", "unknown_step"),
            (GUIDE, "id: enter\n", "id: entrance\n", "guide_file_name"),
            (MENU, "guide:enter", "guide:leave", "unknown_guide"),
            (MENU, "topic:id_types", "topic:id", "unknown_topic"),
            (MENU, "key: human", "key: humen", "unknown_menu_key"),
            (REPLIES, "topic: how_open", "topic: nothing", "unknown_topic"),
            (REPLIES, "guide: enter", "guide: nothing", "unknown_guide"),
        ],
    )
    def test_is_told_with_its_line(self, edit, found, file, old, new, code):
        edit(file, old, new)
        finding = next(finding for finding in found() if finding.code == code)
        assert finding.file == file
        assert finding.line > 0
        assert finding.words

    def test_suggests_the_name_that_was_meant(self, edit, found):
        edit(TOPICS, "related: [id_types]", "related: [id_typ]")
        assert "是不是“id_types”" in found()[0].words


class TestAGuideThatCannotBeWalked:
    def test_an_unreachable_step_is_told(self, edit, found):
        edit(GUIDE, "      - {label: 扫码, next: scan}\n", "")
        assert [(f.code, f.entry) for f in found()] == [("unreachable_step", "scan")]

    def test_a_circle_without_an_end_is_told(self, edit, found):
        edit(GUIDE, "    text: 用支付宝扫。\n    next: done", "    text: 用支付宝扫。\n    next: scan")
        assert [(f.code, f.entry) for f in found()] == [("no_end", "scan")]

    @pytest.mark.parametrize("ways", ["", "    next: way\n    end: true\n"])
    def test_a_step_leads_exactly_one_way(self, edit, found, ways):
        edit(GUIDE, "    end: true\n", ways)
        assert codes(found()) == {"step_needs_one_way"}

    def test_two_equal_options_are_told(self, edit, found):
        edit(GUIDE, "label: 扫码", "label: 搜索")
        assert codes(found()) == {"same_option"}

    def test_a_step_given_twice_is_told(self, edit, found):
        edit(GUIDE, "  - id: scan", "  - id: way")
        assert "twice_id" in codes(found())

    def test_a_screen_that_is_too_full_is_refused(self, edit, found):
        edit(GUIDE, "text: 好了。", f"text: {'好' * 121}")
        assert codes(found()) == {"too_long"}


class TestAMenuThatWechatWouldRefuse:
    def test_a_top_name_over_16_bytes(self, edit, found):
        edit(MENU, "name: 人工帮助", "name: 人工帮助您呀")
        finding = found()[0]
        assert finding.code == "name_bytes"
        assert "18 字节，最多 16" in finding.words

    def test_a_name_below_may_have_60_bytes_but_not_more(self, edit, found):
        edit(MENU, "name: 怎么进入", f"name: {'字' * 20}")
        assert found() == []
        edit(MENU, "字" * 20, "字" * 21)
        assert codes(found()) == {"name_bytes"}

    def test_a_fourth_button(self, edit, found):
        edit(MENU, "  - {name: 人工帮助, key: human}", "  - {name: 帮助, key: human}\n" * 3)
        assert codes(found()) == {"too_long"}

    def test_a_button_that_does_two_things(self, edit, found):
        edit(MENU, "key: human}", "key: human, url: 'https://example.com'}")
        assert codes(found()) == {"menu_action"}

    def test_a_third_level(self, edit, found):
        edit(MENU, "key: system}", "sub: [{name: 太深, key: human}]}")
        assert codes(found()) == {"menu_action"}

    def test_an_address_that_is_not_https(self, edit, found):
        edit(MENU, "key: human}", "url: 'http://example.com'}")
        assert codes(found()) == {"bad_address"}

    def test_an_address_over_1024_bytes(self, edit, found):
        edit(MENU, "key: human}", f"url: 'https://example.com/{'a' * 1010}'}}")
        assert codes(found()) == {"key_bytes"}


class TestAFixedSentence:
    def test_may_not_be_missing(self, edit, found):
        edit(REPLIES, "  welcome: 话\n", "")
        assert [(f.code, f.entry) for f in found()] == [("missing_reply", "welcome")]

    def test_must_be_one_that_the_conversation_says(self, edit, found):
        edit(REPLIES, "  welcome: 话\n", "  welcome: 话\n  welcom: 话\n")
        assert found()[0].code == "unknown_reply"
        assert "是不是“welcome”" in found()[0].words

    @pytest.mark.parametrize(
        ("words", "code"),
        [
            ("请稍等。", "missing_variable"),
            ("第 {position} 位，{name}。", "unknown_variable"),
            ("第 {position 位。", "bad_braces"),
            ("第 {position:>999999999} 位。", "bad_braces"),
            ("第 {position!r} 位。", "bad_braces"),
            ("第 {position.real} 位。", "unknown_variable"),
            ("第 {} {position} 位。", "unknown_variable"),
        ],
    )
    def test_names_its_variables_and_no_others(self, edit, found, words, code):
        edit(REPLIES, "human_queued: 您排在第 {position} 位。", f"human_queued: '{words}'")
        assert code in codes(found())
        assert all(finding.words for finding in found())

    def test_may_show_braces_by_doubling_them(self, edit, found):
        edit(REPLIES, "您排在第 {position} 位。", "'{{您}} {position}'")
        assert found() == []

    def test_a_button_word_may_not_be_missing(self, edit, found):
        edit(REPLIES, "  next: 下一步\n", "")
        assert codes(found()) == {"missing_label"}

    def test_a_button_word_must_be_known(self, edit, found):
        edit(REPLIES, "  next: 下一步\n", "  next: 下一步\n  nextt: 下一步\n")
        assert codes(found()) == {"unknown_label"}


class TestWordsTypedInsteadOfAButton:
    @pytest.mark.parametrize(
        ("old", "new", "code"),
        [
            ("exit: [算了]", "exti: [算了]", "unknown_label"),
            ("exit: [算了]", "exit: [继续！]", "typed_twice"),
            ("exit: [算了]", "exit: [下一步]", "typed_twice"),
            ("exit: [算了]", "exit: ['。。。']", "no_words"),
            ("distress: [不想活]", "distress: ['！']", "no_words"),
        ],
    )
    def test_mean_exactly_one_button(self, edit, found, old, new, code):
        edit(REPLIES, old, new)
        assert codes(found()) == {code}


class TestTheCalendar:
    @pytest.mark.parametrize(
        ("old", "new", "code"),
        [
            ('mon: ["09:00-12:00", "13:30-17:30"]', 'mon: ["09:00-14:00", "13:30-17:30"]', "hours_unordered"),
            ('mon: ["09:00-12:00", "13:30-17:30"]', 'mon: ["12:00-09:00"]', "hours_unordered"),
            ('mon: ["09:00-12:00", "13:30-17:30"]', 'mon: ["9-12"]', "bad_range"),
            ("last: 2026-10-07", "last: 2026-09-07", "dates_reversed"),
            ('"2026-10-03":', '"10-03":', "not_a_date"),
            ('"2026-10-03":', '"2026-13-03":', "wrong_value"),
            ('moment: "{day} {time}"', 'moment: "{day}"', "missing_variable"),
            ("明天（{day}）", "明天（{date}）", "unknown_variable"),
        ],
    )
    def test_refuses_what_makes_no_sense(self, edit, found, old, new, code):
        edit("hours.yml", old, new)
        assert codes(found()) == {code}
