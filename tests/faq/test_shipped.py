"""The content that comes with the product."""

from datetime import date, timedelta
from pathlib import Path

import chinese_calendar
import pytest
import yaml

from faq.__main__ import DRAWING, everything_about
from faq.checks import check
from faq.findings import Finding
from faq.library import Library
from faq.loading import SHIPPED, load_content
from nlu.entities import find_entities

TODAY = date(2026, 11, 24)


@pytest.fixture(scope="module")
def shipped():
    return Library(load_content(SHIPPED), 1)


class TestTheShippedAnswers:
    def test_have_no_error(self, shipped):
        errors = [f for f in check(shipped.content, today=TODAY) if f.level == "error"]
        assert errors == [], "\n".join(map(str, errors))

    def test_cover_every_topic_of_the_service(self, shipped, shared):
        topics = yaml.safe_load((shared / "topics.yml").read_text(encoding="utf-8"))
        answered = {topic for topic in topics if shipped.answer_to(topic, on=TODAY)}
        assert sorted(topics.keys() - answered) == []

    def test_are_what_the_command_checks(self, shipped):
        assert [f for f in everything_about(SHIPPED) if f.level == "error"] == []


class TestTheHelpOnThePages:
    def test_at_a_step_does_not_ask_to_write_to_a_chat_that_is_not_there(self, shipped):
        scenes = shipped.content.replies.scenes
        codes = [
            f"s_{step}{failure}"
            for step, it in scenes.items()
            for failure in ("", *map("_{}".format, it.failures))
        ]
        shown = {code: found.text for code in codes if (found := shipped.page_help(code, on=TODAY))}
        assert {"s_face_camera", "s_input_not_found", "s_business_confirm"} <= shown.keys()
        assert [code for code, text in shown.items() if "告诉我" in text or "发给我" in text] == []


class TestACitizenWhoNamesTheSystemOfTheirPhone:
    @pytest.mark.parametrize(
        ("said", "begins"),
        [
            ("安卓4.2能用吗", "您的安卓系统太旧"),
            ("安卓四点二行不行", "您的安卓系统太旧"),
            ("安卓 10", "您的安卓系统可以用"),
            ("我的手机是 iOS 12", "您的苹果系统可以用"),
            ("苹果手机系统是10.3", "您的苹果系统太旧"),
            ("安卓4", "安卓手机，系统要在"),
            ("鸿蒙4.2", "鸿蒙系统能不能用"),
        ],
    )
    def test_hears_whether_it_is_new_enough(self, shipped, said, begins):
        slots = {entity.kind: entity.value for entity in find_entities(said)}
        assert shipped.answer_to("phone_req", on=TODAY, slots=slots).text.startswith(begins)


class TestTheShippedGuides:
    @pytest.mark.parametrize("guide", ["enter", "login", "verify", "todo", "face_failed"])
    def test_are_all_there_with_help_on_every_step(self, shipped, guide):
        steps = shipped.guide(guide).steps
        assert [step.id for step in steps if not step.end and not step.stuck] == []

    def test_ask_for_each_wording_of_a_failed_face_check(self, shipped):
        first = shipped.guide("face_failed").steps[0]
        labels = {choice.label for choice in first.options}
        assert {"身份验证失败", "人像比对未通过", "请稍后重试"} <= labels

    def test_are_drawn_in_the_manual_as_they_are(self, shipped):
        from faq.__main__ import _page

        assert DRAWING.read_text(encoding="utf-8") == _page(SHIPPED), "run: python -m faq draw"


class TestTheShippedMenu:
    def test_holds_the_button_that_the_operating_guide_names(self, shipped):
        names = {sub.name: sub.key for button in shipped.menu().buttons for sub in button.sub}
        assert names["登记注册自然人身份验证系统"] == "system"

    def test_offers_a_human(self, shipped):
        assert "human" in {button.key for button in shipped.menu().buttons}


class TestTheShippedCalendar:
    def test_agrees_with_the_published_holidays_of_2026(self, shipped):
        days = (date(2026, 1, 1) + timedelta(days=n) for n in range(365))
        ranges = shipped.content.hours.ranges_on
        assert [day for day in days if bool(ranges(day)) != chinese_calendar.is_workday(day)] == []

    def test_is_warned_of_before_the_last_known_day(self, shipped):
        soon = shipped.hours.known_until - timedelta(days=20)
        findings = [f for f in check(shipped.content, today=soon) if f.code == "hours_end"]
        assert [type(f) for f in findings] == [Finding]


class TestTheShippedSupportCodes:
    def test_know_every_step_that_the_verification_names(self, shipped):
        journeys = Path(__file__).parents[2].glob("verification/journeys/*.yml")
        maps = [yaml.safe_load(journey.read_text(encoding="utf-8")) for journey in journeys]
        steps = {step["scene"] for each in maps for step in each["steps"].values() if "scene" in step}
        assert steps, "no journey names a scene"
        assert sorted(steps - shipped.content.replies.scenes.keys()) == []

    def test_offer_help_that_is_there(self, shipped):
        for step, scene in shipped.content.replies.scenes.items():
            for failure in ("anything", *scene.failures):
                help_ = shipped.scene(f"s_{step}_{failure}")
                assert help_.text, f"s_{step}_{failure}"
                if help_.topic:
                    assert shipped.answer_to(help_.topic, on=TODAY), f"s_{step}_{failure}"
