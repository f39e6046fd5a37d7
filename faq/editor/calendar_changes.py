"""The calendar set in one step: a release of its own in which nothing but the opening hours is new.

When people are there is a fact of the office, not wording to be reviewed, and a holiday does not wait for a
rehearsal. Everything else stays as it is live; the editors' working copy gets the same hours.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from faq import records as releases
from faq.calendar_models import Hours
from faq.editor import drafts
from faq.editor.drafts import Author
from faq.editor.entries import Entry, apart, together
from faq.editor.judging import Judged, judge

KEY = "hours"


class CalendarMoved(Exception):
    """Somebody else set the calendar since it was opened."""


def live_calendar(tx: sa.Connection) -> Hours:
    """The calendar that is live.

    Raises:
        NoSuchRelease: nothing is live yet.
    """
    return drafts.live_content(tx)[1].hours


def judged(tx: sa.Connection, data: Mapping[str, Any], today: date) -> Judged:
    """Whether these values make a calendar that fits to everything else that is live."""
    return judge(KEY, data, "", apart(drafts.live_content(tx)[1]), today)


def set_calendar(
    tx: sa.Connection, entry: Entry, *, seen: str, note: str, author: Author, at: datetime
) -> int | None:
    """Make this calendar live; the number of the release, None when it is the one that is live.

    `seen` is the body of the calendar that its author started from.

    Raises:
        CalendarMoved: nothing was changed.
        IntegrityError: somebody else wrote a release in the same instant.
    """
    releases.hold_live(tx)
    _, content = drafts.live_content(tx)
    live = apart(content)
    if live[KEY].body == entry.body:
        return None
    if live[KEY].body != seen:
        raise CalendarMoved(CalendarMoved.__doc__)
    last = drafts.newest(tx, KEY)
    start = last.n if last else 0
    drafts.save(tx, entry, seen=start, note=note, author=author, at=at, before=live[KEY])
    return releases.publish(tx, together({**live, KEY: entry}), author.name, note, at)
