"""Whether humans are there now, and when they will be, in Beijing time."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta, timezone

from faq.calendar_models import Hours, start_and_end

BEIJING = timezone(timedelta(hours=8), "Asia/Shanghai")
"""China has one time zone and no summer time, so no zone database is needed."""

FAR = timedelta(days=60)
"""How far ahead an opening is looked for; longer than any holiday."""


RUNS_OUT = timedelta(days=60)
"""Next year's holidays are made known in October or November: from here on somebody should enter them."""


class OpeningHours:
    """The calendar of the human desk. Every `at` is an aware time in any zone."""

    def __init__(self, hours: Hours) -> None:
        self._hours = hours

    @property
    def summary(self) -> str:
        """The whole week in one sentence."""
        return self._hours.summary

    @property
    def known_until(self) -> date:
        """The last day for which the holidays are known; later days go by the week alone."""
        return self._hours.known_until

    def days_known(self, at: datetime) -> int:
        """For how many days after today the holidays are known; negative when they ended."""
        return (self.known_until - at.astimezone(BEIJING).date()).days

    def runs_out(self, at: datetime) -> bool:
        """Whether somebody should enter the holidays that come."""
        return timedelta(days=self.days_known(at)) < RUNS_OUT

    def is_open(self, at: datetime) -> bool:
        """Whether somebody is there at this moment."""
        return self.closing(at) is not None

    def closing(self, at: datetime) -> datetime | None:
        """When the stretch that `at` lies in ends; None when nobody is there."""
        here = at.astimezone(BEIJING)
        return next((end for start, end in self._stretches(here.date()) if start <= here < end), None)

    def next_opening(self, at: datetime) -> datetime | None:
        """The first moment from `at` on when somebody is there: `at` itself when open.

        None when nobody comes within 60 days.
        """
        here = at.astimezone(BEIJING)
        if self.is_open(here):
            return here
        days = (here.date() + timedelta(days=n) for n in range(FAR.days + 1))
        starts = (start for day in days for start, _ in self._stretches(day))
        return next((start for start in starts if start > here), None)

    def words(self, at: datetime) -> str:
        """The next opening as a citizen who asks at `at` is told it: "明天（11月24日 周二）09:00"."""
        words = self._hours.words
        here, opening = at.astimezone(BEIJING), self.next_opening(at)
        if opening is None:
            return words.never
        if opening == here:
            return words.now
        return words.moment.format(day=self._day(opening.date(), here.date()), time=f"{opening:%H:%M}")

    def _day(self, day: date, today: date) -> str:
        words = self._hours.words
        told = words.day.format(month=day.month, day=day.day, weekday=words.weekdays[day.weekday()])
        match (day - today).days:
            case 0:
                return words.today
            case 1:
                return words.tomorrow.format(day=told)
            case _:
                return told

    def _stretches(self, day: date) -> Iterator[tuple[datetime, datetime]]:
        for text in self._hours.ranges_on(day):
            start, end = start_and_end(text)
            yield _moment(day, start), _moment(day, end) if end else _moment(day + timedelta(days=1), time())


def _moment(day: date, clock: time) -> datetime:
    return datetime.combine(day, clock, BEIJING)
