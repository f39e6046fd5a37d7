"""What would confuse the ear or the citizen is told before it goes live."""

from datetime import date

import pytest

from faq.checks import check, fold
from faq.loading import Folder

TOPICS = "topics/entering.yml"
TODAY = date(2026, 3, 10)


@pytest.fixture
def told(folder):
    """The codes that the checks find, with the topic they are about."""

    def run(**options):
        read = Folder(folder)
        assert read.content is not None, [str(finding) for finding in read.findings]
        options = {"today": TODAY, "fewest": 1} | options
        findings = list(read.placed(check(read.content, **options)))
        assert all(finding.words for finding in findings)
        return [(finding.code, finding.entry) for finding in findings]

    return run


class TestContentThatIsRight:
    def test_is_told_only_what_expires_soon(self, told):
        assert told() == [("expires_soon", "old_rule")]


class TestAnAnswerThatNobodyHears:
    def test_is_told_when_an_earlier_one_is_always_taken(self, told, edit):
        edit(TOPICS, "for: {phone_system: ios}", "for: {phone_system: ios, document: hkmt}")
        assert ("answer_never_used", "id_types") in told()
        edit(TOPICS, "for: {document: hkmt}", "for: {document: hkmt, step: face}")
        assert "answer_never_used" not in [code for code, _ in told()]

    def test_is_none_where_the_earlier_one_is_of_another_channel(self, told, edit):
        edit(TOPICS, "for: {phone_system: ios}", "for: {phone_system: ios, document: hkmt}")
        edit(TOPICS, "text: 港澳通行证可以。", "text: 港澳通行证可以。\n        channels: [agent]")
        assert "answer_never_used" not in [code for code, _ in told()]

    def test_is_told_for_a_channel_on_which_nothing_is_answered_to_everybody(self, told, edit):
        edit(TOPICS, "港澳通行证等。", "港澳通行证等。\n        channels: [wechat, agent]")
        assert ("no_answer_h5", "id_types") in told()


class TestAPictureThatNobodyUploaded:
    def test_is_told_for_answers_and_for_steps(self, told, edit):
        edit(TOPICS, "身份验证小程序”。", "身份验证小程序”。\n        picture: 首页")
        edit("guides/enter.yml", "text: 请点开支付宝。", "text: 请点开支付宝。\n    picture: 首页")
        found = [one for one in told(pictures=frozenset()) if one[0] == "no_picture"]
        assert found == [("no_picture", "how_open"), ("no_picture", "alipay")]
        assert "no_picture" not in [code for code, _ in told(pictures={"首页"})]

    def test_is_nothing_where_nobody_knows_the_pictures(self, told, edit):
        edit(TOPICS, "身份验证小程序”。", "身份验证小程序”。\n        picture: 首页")
        assert "no_picture" not in [code for code, _ in told()]


class TestQuestionsThatClash:
    @pytest.mark.parametrize("same", ["怎么打开小程序？", "怎麼打開小程序", " 怎么 打开小程序！"])
    def test_the_same_question_in_two_topics_is_an_error_however_it_is_written(self, told, edit, same):
        edit(TOPICS, "护照行不行", f"'{same}'")
        assert ("same_question", "id_types") in told()

    def test_the_standard_question_of_another_topic_is_one_of_them(self, told, edit):
        edit(TOPICS, "title: 支持哪些证件？", "title: 小程序在哪里？")
        assert ("same_question", "how_open") in told()

    def test_the_same_question_twice_in_one_topic_is_told(self, told, edit):
        edit(TOPICS, "咋进去", "怎么打开小程序？")
        assert ("same_twice", "how_open") in told()

    def test_one_character_more_in_another_topic_is_told_once(self, told, edit):
        edit(TOPICS, "护照行不行", "怎么打开小程序呢")
        assert told().count(("near_question", "id_types")) == 1

    def test_one_character_changed_in_another_topic_is_told(self, told, edit):
        edit(TOPICS, "护照行不行", "怎么打开小程厅")
        assert ("near_question", "id_types") in told()

    def test_short_questions_may_differ_by_one_character(self, told, edit):
        edit(TOPICS, "护照行不行", "咋回去")
        assert told() == [("expires_soon", "old_rule")]

    def test_a_negative_that_is_a_question_of_its_own_topic_is_an_error(self, told, edit):
        edit(TOPICS, "negatives: [小程序打不开了]", "negatives: [咋进去？]")
        assert ("negative_is_question", "how_open") in told()

    def test_a_question_that_is_also_none_of_ours_is_an_error(self, told, edit):
        edit("out_of_scope.yml", "今天天气怎么样", "咋进去")
        assert ("in_scope_and_out", "how_open") in told()

    def test_signs_alone_are_not_all_the_same_question(self):
        assert fold("？？") != fold("!!!!")


class TestWhatIsMissing:
    def test_a_required_topic_is_named(self, told):
        assert ("required_topic_missing", "sign_how") in told(required={"sign_how": "怎么签字"})

    def test_a_topic_with_few_questions_is_told(self, told):
        assert ("few_questions", "id_types") in told(fewest=3)
        assert ("few_questions", "how_open") not in told(fewest=3)


class TestAnAnswer:
    @pytest.mark.parametrize(
        ("text", "code"),
        [
            ("见[说明](http://example.com/a)", "insecure_link"),
            ("见[说明](example.com)", "insecure_link"),
            ("见 https://example.com/a", "broken_link"),
            ("见[说明](https://example.com/a", "broken_link"),
        ],
    )
    def test_links_must_be_whole_and_https(self, told, edit, text, code):
        edit(TOPICS, "只在这几天有效。", f"'{text}'")
        assert (code, "old_rule") in told()

    def test_a_right_link_passes(self, told, edit):
        edit(TOPICS, "只在这几天有效。", "'见[说明](https://example.com/a?b=1)和[这里](https://example.com)'")
        assert told() == [("expires_soon", "old_rule")]

    def test_longer_than_one_wechat_message_is_told(self, told, edit):
        edit(TOPICS, "只在这几天有效。", "字" * 683)
        assert ("long_answer", "old_rule") in told()

    def test_exactly_one_wechat_message_is_fine(self, told, edit):
        edit(TOPICS, "只在这几天有效。", "字" * 682)
        assert ("long_answer", "old_rule") not in told()

    def test_a_title_too_long_to_tap_is_told(self, told, edit):
        edit(TOPICS, "title: 旧的规定", f"title: {'长' * 21}")
        assert ("title_long", "old_rule") in told()


class TestDates:
    def test_an_expired_answer_is_told(self, told):
        assert told(today=date(2026, 4, 1)) == [("expired", "old_rule")]

    def test_an_answer_far_from_its_end_is_not(self, told):
        assert told(today=date(2026, 2, 1)) == []

    def test_a_calendar_that_is_about_to_end_is_told(self, told):
        assert ("hours_end", "") in told(today=date(2026, 12, 20))
