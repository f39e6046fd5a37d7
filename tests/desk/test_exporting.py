"""The export: a row for each conversation, whatever their number, and nothing that a spreadsheet runs."""

import asyncio
import csv
import io
import json
import tempfile
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from openpyxl import load_workbook
from sqlalchemy import insert

from bot.audit import entries
from bot.rights import Role
from handlers.desk import exporting, figures
from handlers.desk.exporting import HEADINGS, Row, safe
from handlers.records import hand_over
from tests.desk.stage import Agent, Stage

FORMS = ("csv", "xlsx")


@pytest.fixture
async def chief(stage: Stage) -> Agent:
    return await stage.agent("王主管", Role.SUPERVISOR)


async def keeps(stage: Stage, how_many: int = 1, **values: object) -> None:
    """So many closed conversations, one a minute, the last of them now."""
    now = stage.clock()
    rows = [
        {
            "openid": f"oCitizen{n:04d}", "reason": "asked", "summary": "{}", "state": "closed",
            "at": now - timedelta(minutes=how_many - n - 1), "claimed_at": now, "closed_at": now,
            "first_reply_at": now - timedelta(minutes=how_many - n - 1) + timedelta(seconds=40),
            "agent": "小李", "outcome": "answered", "solved": True, "labels": "", "follow_up": "",
            **values,
        }
        for n in range(how_many)
    ]  # fmt: skip
    await stage.store.write(lambda tx: tx.execute(insert(hand_over), rows) and None)


async def exported(agent: Agent, form: str, days: int = 7) -> list[dict[str, str]]:
    """The rows of the file, as a spreadsheet shows them."""
    url = agent.stage.server.make_url(f"/desk/export.{form}?days={days}")
    async with agent.session.get(url, allow_redirects=False) as answer:
        assert answer.status == 200, await answer.text()
        assert answer.headers["Content-Disposition"] == f'attachment; filename="conversations-{days}d.{form}"'
        data = await answer.read()
    if form == "csv":
        rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig"))))
    else:
        book = load_workbook(io.BytesIO(data))
        assert all(cell.data_type != "f" for row in book.active.iter_rows() for cell in row)
        found = book.active.iter_rows(values_only=True)
        rows = [["" if value is None else str(value) for value in row] for row in found]
    assert tuple(rows[0]) == HEADINGS
    return [dict(zip(HEADINGS, row, strict=True)) for row in rows[1:]]


@pytest.mark.parametrize("form", FORMS)
class TestTheExport:
    async def test_has_one_row_a_conversation(self, stage: Stage, chief: Agent, form: str) -> None:
        await keeps(stage, 3, labels="银行卡|老人", follow_up="已登记", topic="face_compare", rating=5)
        rows = await exported(chief, form)
        assert [row["编号"] for row in rows] == ["1", "2", "3"]
        assert rows[2]["转人工时间"] == "2026-11-23 10:00:00"
        assert rows[0]["首次回复秒数"] == "40"
        assert (rows[0]["客服"], rows[0]["是否解决"], rows[0]["标签"]) == ("小李", "是", "银行卡，老人")
        assert (rows[0]["后续"], rows[0]["评分"]) == ("已登记", "5")

    @pytest.mark.parametrize("begin", ["=HYPERLINK(1)", "+86", "-1", "@SUM(1)", "\tx", "\rx"])
    async def test_holds_nothing_that_a_spreadsheet_runs(
        self, stage: Stage, chief: Agent, form: str, begin: str
    ) -> None:
        await keeps(stage, follow_up=begin, labels=begin, agent=begin, reason=begin, topic=begin)
        (row,) = await exported(chief, form)
        for column in ("后续", "标签", "客服", "原因", "问题"):
            assert row[column].startswith("'"), column

    async def test_drops_signs_that_no_sheet_can_hold(self, stage: Stage, chief: Agent, form: str) -> None:
        await keeps(stage, follow_up="\x00\x0b=1\x1f", labels="a\x07b")
        (row,) = await exported(chief, form)
        assert (row["后续"], row["标签"]) == ("'=1", "ab")

    async def test_is_read_page_by_page_and_loses_no_row(
        self, stage: Stage, chief: Agent, form: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(figures, "PAGE_ROWS", 3)
        for how_many in (0, 3, 5):
            await keeps(stage, how_many) if how_many else None
        rows = await exported(chief, form)
        assert [int(row["编号"]) for row in rows] == list(range(1, 9))

    async def test_holds_the_days_that_were_asked_for(self, stage: Stage, chief: Agent, form: str) -> None:
        await keeps(stage, 1, at=stage.clock() - timedelta(days=2))
        await keeps(stage, 1)
        assert len(await exported(chief, form, days=1)) == 1
        assert len(await exported(chief, form, days=7)) == 2

    async def test_is_noted_with_its_size(self, stage: Stage, chief: Agent, form: str) -> None:
        await keeps(stage, 2)
        await exported(chief, form)
        (noted,) = await stage.store.read(lambda tx: entries(tx, about="report.export"))
        assert noted.actor == "王主管"
        assert json.loads(noted.detail) == {"days": 7, "rows": 2, "form": form}

    async def test_wants_a_fresh_sign_in(self, stage: Stage, chief: Agent, form: str) -> None:
        stage.clock.passes(minutes=11)
        assert (await chief.opens(f"/desk/export.{form}")).status == 401
        assert await stage.store.read(lambda tx: entries(tx, about="report.export")) == []
        await chief.signs_in()
        assert await exported(chief, form) == []


class TestAWorkbook:
    async def test_that_nobody_waits_for_any_more_leaves_no_file(self, tmp_path, monkeypatch) -> None:
        monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))

        async def pages() -> AsyncIterator[list[Row]]:
            yield [(1, "甲")]
            raise asyncio.CancelledError

        with pytest.raises(asyncio.CancelledError):
            await anext(exporting.xlsx_chunks(pages()))
        assert list(tmp_path.iterdir()) == []

        async def all_of_them() -> AsyncIterator[list[Row]]:
            yield [(1, "甲")]

        data = b"".join([chunk async for chunk in exporting.xlsx_chunks(all_of_them())])
        assert load_workbook(io.BytesIO(data)).active["B2"].value == "甲"
        assert list(tmp_path.iterdir()) == []


class TestASafeCell:
    @pytest.mark.parametrize("plain", ["", "用户说=1", "a-b", "1+1", "普通的话"])
    def test_is_left_alone(self, plain: str) -> None:
        assert safe(plain) == plain
