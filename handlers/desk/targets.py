"""When an answer is due: targets count only the time in which somebody is there."""

from datetime import datetime, timedelta

from faq.hours import OpeningHours
from handlers.desk.cases import Case
from handlers.desk.settings import DeskSettings


def deadline(hours: OpeningHours, since: datetime, target: timedelta) -> datetime | None:
    """The moment at which `target` of opening time has passed since `since`; None when it never comes."""
    at, left = since, target
    while (start := hours.next_opening(at)) is not None:
        end = hours.closing(start)
        if end is None:
            return None
        if start + left <= end:
            return start + left
        left -= end - start
        at = end
    return None


def due_at(case: Case, hours: OpeningHours, settings: DeskSettings) -> datetime | None:
    """Until when the citizen of this case should have an answer; None when it is their turn."""
    if case.waiting_since is None:
        return None
    target = settings.first_reply if case.first_reply_at is None else settings.next_reply
    return deadline(hours, case.waiting_since, target)
