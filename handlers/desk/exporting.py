"""The cases of some days as a spreadsheet: one row a conversation, sent while it is read; no citizen's words.

A page of rows is read at a time, so that the longest export needs no more memory than a short one.
"""

import asyncio
import csv
import io
import re
import tempfile
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import aclosing, closing
from datetime import datetime
from functools import partial
from threading import Lock
from typing import IO, Any, Literal

from aiohttp import web
from sqlalchemy import Connection, func, select

from faq.hours import BEIJING
from handlers.desk.cases import Case
from handlers.desk.figures import called, first_reply_s, since_days
from handlers.desk.ports import Ports
from handlers.desk.requests import days_asked, refusing
from handlers.records import hand_over

EXPORT = "report.export"
CHUNK_BYTES = 64 * 1024

Form = Literal["csv", "xlsx"]
TYPES: Mapping[Form, str] = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}

FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""A spreadsheet takes a cell that begins like this for a formula (OWASP, CSV injection)."""

HELD_BY_NONE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
"""What XML 1.0, in which sheets are kept, has no sign for."""

HEADINGS = (
    "编号", "转人工时间", "原因", "问题", "状态", "客服", "接入时间", "首次回复", "首次回复秒数", "结束时间",
    "结果", "是否解决", "标签", "后续", "评分",
)  # fmt: skip
WIDTHS = (8, 20, 12, 28, 16, 12, 20, 20, 12, 20, 12, 10, 20, 32, 8)

Row = Sequence[str | int]


class Export:
    """Under /desk/export.csv and /desk/export.xlsx."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports

    def routes(self) -> list[web.AbstractRouteDef]:
        """A way out of the house for many people's data: it wants its right and a fresh password."""
        guard = self._ports.require(EXPORT, fresh=True, back="/desk/board")  # a file is no page to stay on
        return [
            web.get(f"/desk/export.{form}", guard(refusing(self._ports, partial(self.send, form=form))))
            for form in TYPES
        ]

    async def send(self, request: web.Request, form: Form) -> web.StreamResponse:
        """GET /desk/export.…?days=…, noted in the trail before the first row leaves."""
        me, now, days = await self._ports.me(request), self._ports.clock(), days_asked(request)
        since = since_days(now, days)

        def note(tx: Connection) -> None:
            rows = tx.scalar(select(func.count()).where(hand_over.c.at >= since, hand_over.c.at <= now))
            detail = {"days": days, "rows": rows, "form": form}
            self._ports.note(tx, me.name, "report.export", "desk", detail=detail)

        await self._ports.store.write(note)
        response = web.StreamResponse(
            headers={
                "Content-Type": TYPES[form],
                "Content-Disposition": f'attachment; filename="conversations-{days}d.{form}"',
            }
        )
        chunks = csv_chunks if form == "csv" else xlsx_chunks
        await response.prepare(request)
        async with aclosing(chunks(self._pages(since, now))) as sent:
            async for chunk in sent:
                await response.write(chunk)
        await response.write_eof()
        return response

    async def _pages(self, since: datetime, until: datetime) -> AsyncIterator[list[Row]]:
        titles = {topic.id: topic.title for topic in self._ports.live().library.content.topics}
        async for found in called(self._ports.store, since, until):
            yield [row_of(case, titles) for case in found]


async def csv_chunks(pages: AsyncIterator[list[Row]]) -> AsyncGenerator[bytes, None]:
    """With a byte order mark, so that spreadsheets read Chinese."""
    yield "\ufeff".encode() + _lines([HEADINGS])
    async for page in pages:
        yield _lines(page)


async def xlsx_chunks(pages: AsyncIterator[list[Row]]) -> AsyncGenerator[bytes, None]:
    """Written to a file on the way, because an archive's index stands at its end."""
    with closing(await asyncio.to_thread(_Book)) as book:
        await asyncio.to_thread(book.append, [HEADINGS])
        async for page in pages:
            await asyncio.to_thread(book.append, page)
        with tempfile.TemporaryFile() as file:
            await asyncio.to_thread(book.save, file)
            file.seek(0)
            while chunk := await asyncio.to_thread(file.read, CHUNK_BYTES):
                yield chunk


class _Book:
    """A workbook that is written row by row; closed at any moment, it leaves nothing behind."""

    def __init__(self) -> None:
        from openpyxl import Workbook  # 4 MB that only this file needs
        from openpyxl.cell import WriteOnlyCell
        from openpyxl.utils import get_column_letter

        self._book = Workbook(write_only=True)
        self._sheet: Any = self._book.create_sheet("会话")
        self._sheet.freeze_panes = "B2"
        for number, width in enumerate(WIDTHS, start=1):
            self._sheet.column_dimensions[get_column_letter(number)].width = width
        self._new_cell = partial(WriteOnlyCell, self._sheet)
        self._at_work = Lock()  # whoever asked may go while a thread still writes

    def append(self, rows: Sequence[Row]) -> None:
        with self._at_work:
            for row in rows:
                self._sheet.append([self._cell(value) for value in row])

    def save(self, file: IO[bytes]) -> None:
        with self._at_work:
            self._book.save(file)

    def close(self) -> None:
        with self._at_work:
            if not self._sheet.closed:
                self._sheet.close()
                self._sheet._writer.cleanup()  # otherwise its file stays until the house ends

    def _cell(self, value: str | int) -> Any:
        cell = self._new_cell(value=value)
        if isinstance(value, str):
            cell.data_type = "s"
        return cell


def row_of(case: Case, titles: Mapping[str, str]) -> Row:
    """One conversation."""
    return (
        case.id,
        _moment(case.at),
        safe(case.reason),
        safe(titles.get(case.topic or "", case.topic or "")),
        case.state,
        safe(case.agent or ""),
        _moment(case.claimed_at),
        _moment(case.first_reply_at),
        round(first_reply_s(case)) if case.first_reply_at else "",
        _moment(case.closed_at),
        case.outcome or "",
        {True: "是", False: "否", None: ""}[case.solved],
        safe(case.labels.replace("|", "，")),
        safe(case.follow_up),
        case.rating or "",
    )


def safe(text: str) -> str:
    """Text that no spreadsheet calculates with, without the signs that none can hold."""
    held = HELD_BY_NONE.sub("", text)
    return f"'{held}" if held.startswith(FORMULA) else held


def _lines(rows: Sequence[Row]) -> bytes:
    sheet = io.StringIO()
    csv.writer(sheet).writerows(rows)
    return sheet.getvalue().encode()


def _moment(at: datetime | None) -> str:
    return at.astimezone(BEIJING).strftime("%Y-%m-%d %H:%M:%S") if at else ""
