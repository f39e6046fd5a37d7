"""The opening hours as the editors write them: the week, the holidays, the make-up workdays."""

from collections.abc import Mapping
from datetime import date, time
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEKDAYS: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

_CLOCK = r"([01]\d|2[0-3]):[0-5]\d"
Range = Annotated[str, StringConstraints(pattern=rf"^{_CLOCK}-({_CLOCK}|24:00)$")]
"""A stretch of one day, "09:00-12:00": the first minute is in it, the last is not."""

Ranges = tuple[Range, ...]
Day = Annotated[str, StringConstraints(pattern=r"^\d{4}-\d\d-\d\d$")]
Sentence = Annotated[str, StringConstraints(min_length=1, max_length=400)]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Days(_Strict):
    """Days in a row, both ends included, and what they are called."""

    first: date
    last: date
    name: Sentence

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.first > self.last:
            raise PydanticCustomError("dates_reversed", "first is after last")
        return self


class HoursWords(_Strict):
    """How a moment is told to a citizen; `day` knows {month}, {day} and {weekday}."""

    now: Sentence
    today: Sentence
    tomorrow: Sentence
    day: Sentence
    moment: Sentence
    never: Sentence
    weekdays: Annotated[tuple[Sentence, ...], Field(min_length=7, max_length=7)]


class Hours(_Strict):
    """When humans answer, in Beijing time. Special days win over make-up days, these over holidays.

    `summary` is the whole week in one sentence; holidays are complete up to `known_until`.
    """

    summary: Sentence
    week: dict[Weekday, Ranges]
    holidays: tuple[Days, ...] = ()
    makeup: Ranges
    makeup_days: tuple[Days, ...] = ()
    special: dict[Day, Ranges] = Field(default_factory=dict)
    known_until: date
    words: HoursWords

    @model_validator(mode="after")
    def _ranges_in_order(self) -> Self:
        for ranges in (*self.week.values(), self.makeup, *self.special.values()):
            edges = [edge for text in ranges for edge in text.split("-")]
            if edges != sorted(set(edges)):
                raise PydanticCustomError("hours_unordered", "ranges in order, none overlapping")
        for day in self.special:
            date.fromisoformat(day)
        return self

    def ranges_on(self, day: date) -> Ranges:
        """The stretches of `day`; empty when nobody is there."""
        if day.isoformat() in self.special:
            return self.special[day.isoformat()]
        if _within(self.makeup_days, day):
            return self.makeup
        if _within(self.holidays, day):
            return ()
        week: Mapping[Weekday, Ranges] = self.week
        return week.get(WEEKDAYS[day.weekday()], ())


def _within(stretches: tuple[Days, ...], day: date) -> bool:
    return any(days.first <= day <= days.last for days in stretches)


def start_and_end(text: str) -> tuple[time, time | None]:
    """The two ends of "09:00-12:00"; None is midnight at the end of the day."""
    start, end = text.split("-")
    return time.fromisoformat(start), None if end == "24:00" else time.fromisoformat(end)
