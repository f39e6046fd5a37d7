"""The calendar: who sets it, what is understood, what is refused, and where it is in force at once."""

import re
from datetime import UTC, date, datetime, timedelta
from html import unescape

import pytest
from sqlalchemy import Connection

from bot.audit import entries
from bot.rights import Role
from bot.store import Store
from faq import records as releases
from faq import seeding
from faq.calendar_models import Hours
from faq.editor import drafts
from faq.editor.calendar_changes import live_calendar
from faq.follow import Follower
from faq.library import Library
from handlers.desk.calendar import as_typed, tidied
from tests.desk.conftest import CONTENT
from tests.desk.stage import Agent, Stage

NEW_YEARS_EVE = datetime(2026, 12, 31, 6, 0, tzinfo=UTC)
"""Two in the afternoon in Beijing, a Thursday."""


@pytest.fixture
async def chief(stage: Stage) -> Agent:
    await stage.store.write(lambda tx: seeding.seed(tx, CONTENT, stage.clock()))
    return await stage.agent("王主管", Role.SUPERVISOR)


async def calendar(stage: Stage) -> Hours:
    return await stage.store.read(live_calendar)


async def saves(somebody: Agent, **changed: str):
    """Open the page, change some fields, save."""
    await somebody.opens("/desk/calendar")
    return await sends(somebody, **changed)


async def sends(somebody: Agent, **changed: str):
    typed = as_typed(await calendar(somebody.stage)) | {"seen": hidden(somebody.text, "seen")}
    named = {name.replace("week_", "week-"): value for name, value in changed.items()}
    return await somebody.does("calendar", **{**typed, "reason": "通知", **named})


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    return unescape(found[1]) if found else ""


def told(page: str) -> str:
    return re.sub(r"<[^>]+>", "", page)


class TestAChangeOfTheCalendar:
    async def test_is_in_force_in_every_process_as_soon_as_it_asks(
        self, stage: Stage, sqlite_url: str, chief: Agent
    ) -> None:
        other = Store(sqlite_url)

        async def build(number: int) -> Library:
            release = await other.read(lambda tx: releases.release(tx, number))
            return Library(release.content, number)

        elsewhere = Follower(lambda: other.read(releases.live_number), build)
        await elsewhere.follow_once()
        assert elsewhere.current.hours.is_open(NEW_YEARS_EVE)
        answer = await saves(chief, special="2026-12-31 09:00-12:00")
        assert answer.status == 200
        assert "已保存" in chief.text
        await elsewhere.follow_once()
        assert not elsewhere.current.hours.is_open(NEW_YEARS_EVE)
        assert elsewhere.current.hours.is_open(NEW_YEARS_EVE - timedelta(hours=4))
        await other.close()

    async def test_changes_nothing_else_of_what_is_live(self, stage: Stage, chief: Agent) -> None:
        before = await stage.store.read(releases.live_release)
        await saves(chief, week_sat="09:00-12:00")
        after = await stage.store.read(releases.live_release)
        assert after.number == before.number + 1
        assert after.created_by == "王主管"
        assert after.content.model_dump(exclude={"hours"}) == before.content.model_dump(exclude={"hours"})
        assert after.content.hours.words == before.content.hours.words
        assert after.content.hours.week["sat"] == ("09:00-12:00",)

    async def test_is_noted_with_its_reason(self, stage: Stage, chief: Agent) -> None:
        await saves(chief, week_sat="09:00-12:00", reason="周六加班")
        (noted,) = await stage.store.read(lambda tx: entries(tx, about="hours.set"))
        assert (noted.actor, noted.object, noted.reason) == ("王主管", "release:2", "周六加班")

    async def test_reaches_the_editors_working_copy(self, stage: Stage, chief: Agent) -> None:
        await saves(chief, week_sat="09:00-12:00", reason="周六加班")

        def open_changes(tx: Connection) -> list[drafts.Change]:
            return drafts.changes(tx, drafts.live_content(tx)[1])

        assert await stage.store.read(open_changes) == []
        newest = await stage.store.read(lambda tx: drafts.newest(tx, "hours"))
        assert (newest.by, newest.note) == ("王主管", "上班日历：周六加班")

    async def test_that_changes_nothing_makes_no_release(self, stage: Stage, chief: Agent) -> None:
        assert (await saves(chief)).status == 200
        assert await stage.store.read(releases.live_number) == 1
        assert await stage.store.read(lambda tx: entries(tx, about="hours.set")) == []

    async def test_shows_make_up_workdays_and_holidays_of_the_coming_weeks(
        self, stage: Stage, chief: Agent
    ) -> None:
        await saves(
            chief,
            holidays=as_typed(await calendar(stage))["holidays"] + "\n2026-11-26 2026-11-27 运动会",
            makeup_days="2026-11-28 运动会调休",
            makeup="09:00-15:00",
        )
        rows = re.findall(r'<th scope="row">(.+?)</th><td>(.*?)</td><td>(.*?)</td>', chief.text)
        shown = {day: (ranges, name) for day, ranges, name in rows}
        assert shown["11-25 周三"] == ("09:00-12:00、13:30-17:30", "")
        assert shown["11-27 周五"] == ("休息", "运动会")
        assert shown["11-28 周六"] == ("09:00-15:00", "运动会调休")


class TestWhatIsTyped:
    @pytest.mark.parametrize(
        ("typed", "kept"),
        [
            ("9:00-12:00", "09:00-12:00"),
            ("9：00—12：00、13:30 ~ 17:30", "09:00-12:00、13:30-17:30"),
            ("8:30至11:30，14:00到17:00", "08:30-11:30，14:00-17:00"),
            ("2026-10-01 2026-10-07 国庆节", "2026-10-01 2026-10-07 国庆节"),
            ("2026年10月1日至2026年10月7日 国庆节", "2026-10-01 2026-10-07 国庆节"),
            ("2026/10/1-2026/10/7国庆节", "2026-10-01 2026-10-07 国庆节"),
            ("2026.2.28 春节调休", "2026-02-28 春节调休"),
        ],
    )
    def test_is_brought_into_one_form(self, typed: str, kept: str) -> None:
        assert tidied(typed) == kept

    async def test_in_many_ways_is_understood(self, stage: Stage, chief: Agent) -> None:
        answer = await saves(
            chief,
            week_mon="9：00—12：00，13：30至17：30",
            holidays="2027年10月1日至2027年10月7日 国庆节\n2028/1/1 元旦",
            special="2026年12月31日 休",
            known_until="2027-12-31",
        )
        assert answer.status == 200
        hours = await calendar(stage)
        assert hours.week["mon"] == ("09:00-12:00", "13:30-17:30")
        assert [(each.first, each.last, each.name) for each in hours.holidays] == [
            (date(2027, 10, 1), date(2027, 10, 7), "国庆节"),
            (date(2028, 1, 1), date(2028, 1, 1), "元旦"),
        ]
        assert hours.special == {"2026-12-31": ()}
        assert hours.known_until == date(2027, 12, 31)

    @pytest.mark.parametrize(
        ("field", "typed", "words"),
        [
            ("week_tue", "上午", "每周（周二）：时段写成 09:00-12:00"),
            ("week_tue", "13:30-17:30、09:00-12:00", "先早后晚"),
            ("week_tue", "09:00-12:00、11:00-17:30", "互不重叠"),
            ("week_tue", "12:00-09:00", "先早后晚"),
            ("week_tue", "09:00-25:00", "每周（周二）：时段写成"),
            ("holidays", "2026-10-01 2026-10-07 国庆节\n国庆节", "放假第 2 行：日期写成 2027-01-31"),
            ("holidays", "2026-10-07 2026-10-01 国庆节", "放假第 1 行：第一天晚于最后一天"),
            ("holidays", "2026-10-01", "放假第 1 行：没有写名称"),
            ("makeup_days", "2026-02-30 春节调休", "调休上班的日子第 1 行：日期写成"),
            ("special", "2026-02-30 09:00-12:00", "日期要真实存在"),
            ("special", "明天 休", "特别安排（明天）：写成 2027-01-31 09:00-12:00"),
            ("makeup", "全天", "调休上班的时段：时段写成"),
            ("known_until", "", "节假日确定到哪天：日期写成"),
            ("summary", "", "一句话说明：没有写"),
            ("reason", "", "为什么改：请写一句"),
        ],
    )
    async def test_wrongly_is_explained_and_kept_and_changes_nothing(
        self, stage: Stage, chief: Agent, field: str, typed: str, words: str
    ) -> None:
        before = await calendar(stage)
        answer = await saves(chief, **{"week_fri": "10:00-11:00", field: typed})
        assert answer.status == 422
        assert words in told(chief.text)
        assert "10:00-11:00" in chief.text
        assert await calendar(stage) == before
        assert (await sends(chief, week_fri="10:00-11:00")).status == 200
        assert (await calendar(stage)).week["fri"] == ("10:00-11:00",)

    async def test_with_somebodys_number_in_the_reason_is_refused(self, chief: Agent) -> None:
        answer = await saves(chief, week_sat="09:00-12:00", reason="找110101199003070134")
        assert answer.status == 422
        assert (await saves(chief, week_sat="09:00-12:00", reason="周六加班")).status == 200


class TestTwoWhoSetTheCalendar:
    async def test_do_not_write_over_each_other_unknowingly(self, stage: Stage, chief: Agent) -> None:
        operator = await (await stage.hires("老孙", Role.OPERATOR)).signs_in()
        await operator.opens("/desk/calendar")
        await saves(chief, week_sat="09:00-12:00")
        answer = await sends(operator, week_sat="", week_sun="10:00-11:00")
        assert answer.status == 409
        assert "别人改过日历" in operator.text
        assert "sun" not in (await calendar(stage)).week
        again = await sends(operator, week_sat="", week_sun="10:00-11:00")
        assert again.status == 200
        assert (await calendar(stage)).week["sun"] == ("10:00-11:00",)


class TestACalendarThatRunsOut:
    @pytest.mark.parametrize(
        ("today", "kind", "words"),
        [
            (datetime(2026, 9, 1, tzinfo=UTC), "quiet", "确定到 2026-12-31，还有 121 天"),
            (datetime(2026, 11, 23, tzinfo=UTC), "warn", "还有 38 天"),
            (datetime(2026, 12, 31, tzinfo=UTC), "warn", "还有 0 天"),
            (datetime(2026, 12, 31, 16, tzinfo=UTC), "bad", "已经过期"),
        ],
    )
    async def test_says_so_on_the_board(
        self, stage: Stage, chief: Agent, today: datetime, kind: str, words: str
    ) -> None:
        stage.clock.at = today
        await chief.signs_in()
        await chief.opens("/desk/board")
        line = re.search(r"<p([^>]*)>上班日历(.+?)</p>", chief.text, re.S)
        assert kind in line[1]
        assert words in line[2]
        assert "/desk/calendar" in line[2]
