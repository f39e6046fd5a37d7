"""When humans are there, in Beijing time."""

from datetime import UTC, date, datetime

import pytest

from faq.hours import BEIJING


def beijing(words: str) -> datetime:
    return datetime.fromisoformat(words).replace(tzinfo=BEIJING)


@pytest.fixture
def hours(library):
    return library.hours


class TestOpeningHours:
    @pytest.mark.parametrize(
        ("at", "is_open"),
        [
            ("2026-11-24 08:59:59", False),
            ("2026-11-24 09:00", True),
            ("2026-11-24 11:59:59", True),
            ("2026-11-24 12:00", False),
            ("2026-11-24 13:30", True),
            ("2026-11-24 17:30", False),
            ("2026-11-28 10:00", False),  # Saturday
            ("2026-11-27 23:59:59", True),  # Friday goes on to midnight
            ("2026-11-28 00:00", False),
            ("2026-10-01 10:00", False),  # a holiday, Thursday
            ("2026-10-03 10:30", True),  # a special day in the holidays
            ("2026-10-10 10:00", True),  # a make-up Saturday
            ("2026-10-10 16:00", False),
            ("2026-11-23 10:00", False),  # a Monday off
            ("2027-10-01 10:00", True),  # beyond the known calendar the week holds
        ],
    )
    def test_follow_week_holidays_makeup_and_special_days(self, hours, at, is_open):
        assert hours.is_open(beijing(at)) is is_open

    def test_are_the_same_moment_in_any_zone(self, hours):
        assert hours.is_open(datetime(2026, 11, 24, 1, 0, tzinfo=UTC))
        assert not hours.is_open(datetime(2026, 11, 24, 0, 59, tzinfo=UTC))

    def test_tell_when_they_end(self, hours):
        assert hours.closing(beijing("2026-11-24 10:00")) == beijing("2026-11-24 12:00")
        assert hours.closing(beijing("2026-11-27 20:00")) == beijing("2026-11-28 00:00")
        assert hours.closing(beijing("2026-11-28 10:00")) is None

    def test_tell_up_to_when_holidays_are_known(self, hours):
        assert hours.known_until == date(2026, 12, 31)
        assert hours.summary.startswith("周一至周五")


class TestTheNextOpening:
    @pytest.mark.parametrize(
        ("at", "opening", "words"),
        [
            ("2026-11-24 10:00", "2026-11-24 10:00", "现在"),
            ("2026-11-24 07:00", "2026-11-24 09:00", "今天 09:00"),
            ("2026-11-24 12:30", "2026-11-24 13:30", "今天 13:30"),
            ("2026-11-24 20:00", "2026-11-25 09:00", "明天（11月25日 周三） 09:00"),
            ("2026-11-28 00:00", "2026-11-30 09:00", "11月30日 周一 09:00"),
            ("2026-09-30 18:00", "2026-10-03 10:00", "10月3日 周六 10:00"),
            ("2026-10-03 12:00", "2026-10-08 09:00", "10月8日 周四 09:00"),
            ("2026-12-31 20:00", "2027-01-01 09:00", "明天（1月1日 周五） 09:00"),
        ],
    )
    def test_is_found_and_told(self, hours, at, opening, words):
        assert hours.next_opening(beijing(at)) == beijing(opening)
        assert hours.words(beijing(at)) == words

    def test_is_told_from_the_citizens_day_not_from_utc(self, hours):
        late = datetime(2026, 11, 24, 17, 0, tzinfo=UTC)  # 01:00 on the 25th in Beijing
        assert hours.words(late) == "今天 09:00"

    def test_may_never_come(self, content):
        from faq.hours import OpeningHours

        closed = content.hours.model_copy(update={"week": {}, "makeup_days": (), "special": {}})
        assert OpeningHours(closed).next_opening(beijing("2026-11-24 10:00")) is None
        assert OpeningHours(closed).words(beijing("2026-11-24 10:00")) == "另行通知"
