"""The calendar page: when people are there, holidays, make-up workdays; what is saved is live at once.

What people write in many ways (9:00－12:00, 2026年10月1日) is brought into one before it is judged.
"""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from aiohttp import web
from multidict import MultiDict, MultiDictProxy
from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from faq.calendar_models import WEEKDAYS, Hours
from faq.editor import calendar_changes
from faq.editor.calendar_changes import CalendarMoved
from faq.editor.drafts import Author
from faq.editor.entries import body_of
from faq.editor.fields import Fields
from faq.editor.forms import read_form
from faq.findings import Finding
from faq.hours import BEIJING, OpeningHours
from handlers.desk.ports import Ports
from handlers.desk.requests import fields, refusing
from handlers.desk.speaking import refuse_numbers

SET_HOURS = "hours.set"
SHOWN_DAYS = 21
LONGEST_REASON = 200

_DATE = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?\s*")
_BETWEEN_DATES = re.compile(r"(\d{4}-\d\d-\d\d)\s*[-–—－~～至到]+\s*(?=\d{4}-\d\d-\d\d)")
_RANGE = re.compile(r"(\d{1,2})\s*[:：]\s*(\d\d)\s*[-–—－~～至到]+\s*(\d{1,2})\s*[:：]\s*(\d\d)")

_PLACE = re.compile(r"(\w+)(?:\[(\d+)\]|\.([^.\[]+))?")
"""A place inside the calendar as findings name it: holidays[1].first, week.tue[0]."""


class Calendar:
    """Under /desk/calendar."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports

    def routes(self) -> list[web.AbstractRouteDef]:
        """Both want the right to set the hours."""
        guard = self._ports.require(SET_HOURS)
        return [
            web.get("/desk/calendar", guard(refusing(self._ports, self.show))),
            web.post("/desk/calendar", guard(refusing(self._ports, self.save))),
        ]

    async def show(self, request: web.Request) -> web.Response:
        """GET /desk/calendar"""
        hours = await self._live()
        return self._page(request, hours, as_typed(hours), done=request.query.get("done") == "1")

    async def save(self, request: web.Request) -> web.Response:
        """POST /desk/calendar with the form and `reason`; wrong input comes back with what to mend."""
        me, now, typed = await self._ports.me(request), self._ports.clock(), await fields(request)
        reason, hours = typed.get("reason", "").strip()[:LONGEST_REASON], await self._live()
        refuse_numbers(reason)
        data, today = _read(typed, hours), now.astimezone(BEIJING).date()
        judged = await self._ports.read(lambda tx: calendar_changes.judged(tx, data, today))
        if judged.entry is None or judged.errors or not reason:
            return self._page(request, hours, typed, wrong=judged.errors, unreasoned=not reason, status=422)

        def write(tx: Connection) -> int | None:
            author, seen = Author(me.id, me.name), typed.get("seen", "")
            number = calendar_changes.set_calendar(
                tx, judged.entry, seen=seen, note=f"上班日历：{reason}", author=author, at=now
            )
            if number is not None:
                self._ports.note(tx, me.name, "hours.set", f"release:{number}", reason=reason)
            return number

        try:
            await self._ports.store.write(write)
        except (CalendarMoved, IntegrityError):
            latest = await self._live()
            known = {**typed, "seen": body_of(latest)}
            return self._page(request, latest, known, moved=True, status=409)
        self._ports.went_live()
        raise web.HTTPSeeOther("/desk/calendar?done=1")

    async def _live(self) -> Hours:
        live: Hours = await self._ports.read(calendar_changes.live_calendar)
        return live

    def _page(
        self, request: web.Request, hours: Hours, typed: Mapping[str, str], *, status: int = 200, **told: Any
    ) -> web.Response:
        now, opening = self._ports.clock(), OpeningHours(hours)
        given: dict[str, Any] = {"wrong": (), "unreasoned": False, "moved": False, "done": False, **told}
        shown = {"seen": body_of(hours), **typed}
        return self._ports.render(
            request, "desk/calendar.html", status=status, typed=shown, hours=hours,
            days=_days_from(now, hours), days_left=opening.days_known(now), runs_out=opening.runs_out(now),
            weekdays=tuple(zip(WEEKDAYS, hours.words.weekdays, strict=True)), places=_places(given["wrong"]),
            **given,
        )  # fmt: skip


def as_typed(hours: Hours) -> dict[str, str]:
    """The calendar as the fields of the form."""
    return {
        "summary": hours.summary,
        "makeup": "、".join(hours.makeup),
        "known_until": hours.known_until.isoformat(),
        "holidays": _lines(hours.holidays),
        "makeup_days": _lines(hours.makeup_days),
        "special": "\n".join(f"{day} {' '.join(ranges) or '休'}" for day, ranges in hours.special.items()),
        **{f"week-{day}": "、".join(hours.week.get(day, ())) for day in WEEKDAYS},
    }


def tidied(text: str) -> str:
    """Dates and ranges in the one form in which they are kept: 2026-10-01, 09:00-12:00."""
    dated = _DATE.sub(lambda found: f"{found[1]}-{int(found[2]):02}-{int(found[3]):02} ", text)
    apart = _BETWEEN_DATES.sub(r"\1 ", dated)
    return _RANGE.sub(lambda found: f"{int(found[1]):02}:{found[2]}-{int(found[3]):02}:{found[4]}", apart)


def _read(typed: Mapping[str, str], hours: Hours) -> dict[str, Any]:
    """The values of the form; the words in which citizens are told a time are the editors' and stay."""
    said = {name: value if name == "summary" else tidied(value) for name, value in typed.items()}
    form = read_form("hours", "", Fields(MultiDictProxy(MultiDict(said))))
    return {**form, "words": hours.words.model_dump(mode="json")}


def _lines(stretches: Any) -> str:
    return "\n".join(
        f"{one.first} {one.name}" if one.first == one.last else f"{one.first} {one.last} {one.name}"
        for one in stretches
    )


def _days_from(now: datetime, hours: Hours) -> list[tuple[datetime, tuple[str, ...], str]]:
    """The days that come: their ranges, and the holiday or make-up day that they are."""
    today = now.astimezone(BEIJING)
    days = [today + timedelta(days=n) for n in range(SHOWN_DAYS)]
    return [(day, tuple(hours.ranges_on(day.date())), _name_of(day, hours)) for day in days]


def _name_of(at: datetime, hours: Hours) -> str:
    day = at.date()
    if day.isoformat() in hours.special:
        return "特别安排"
    named = (one.name for one in (*hours.makeup_days, *hours.holidays) if one.first <= day <= one.last)
    return next(named, "")


def _places(wrong: tuple[Finding, ...]) -> list[tuple[Finding, str, str, int]]:
    """The first fault of each place: the field, the day of the week or the date, the line (0: none)."""
    found: dict[tuple[str, str, int], Finding] = {}
    for finding in wrong:
        part = _PLACE.match(finding.path)
        field, line, inner = part.groups() if part else ("", None, None)
        counted = int(line) + 1 if line and field in ("holidays", "makeup_days") else 0
        found.setdefault((field, inner or "", counted), finding)
    return [(finding, *place) for place, finding in found.items()]
