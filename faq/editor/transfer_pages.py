"""Bringing answers in from files and taking them out: a dry run first, nothing saved until confirmed."""

import asyncio
import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace

import structlog
from aiohttp import web
from aiohttp.web_request import FileField
from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from faq import records as releases
from faq.editor import drafts, importing, pictures
from faq.editor.addresses import number_of
from faq.editor.entries import Entry, apart
from faq.editor.folders import pack, unpack
from faq.editor.importing import Import, Judged, Stock, judge_content, judge_rows
from faq.editor.sheets import FileRefused, read_rows, write_csv, write_xlsx
from faq.editor.tables import COLUMNS, row_of
from faq.editor.workroom import Workroom, download, fields_of, number_in, refuse_unless
from faq.findings import ContentRefused

log = structlog.get_logger()

KINDS = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv",
    "zip": "application/zip",
}
SHOWN_ROWS = 500
ORDER = {"error": 0, "new": 1, "changed": 2, "only_here": 3, "same": 4}
KEPT_CHECKINGS = 50
"""Dry runs of which this process still knows how they ended."""


@dataclass(slots=True)
class Checking:
    """A dry run at work in this process; `by` is who brought the file."""

    by: int
    done: int = 0
    all: int = 1
    refused: str = ""
    problems: tuple[str, ...] = ()
    kept: int = 0

    @property
    def percent(self) -> int:
        """For the progress bar."""
        return 100 * self.done // max(self.all, 1)


class TransferPages:
    """Everything under /content/transfer."""

    def __init__(self, room: Workroom) -> None:
        self._room = room
        self._checking: dict[str, Checking] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def routes(self) -> list[web.RouteDef]:
        """Taking out needs the right to read, bringing in the right to write."""
        reads, writes = self._room.require("content.read"), self._room.require("content.write")
        one = r"/content/transfer/{id:\d{1,9}}"
        return [
            web.get("/content/transfer", reads(self.show)),
            web.get(r"/content/transfer/topics.{ending:xlsx|csv}", reads(self.take_out)),
            web.get(r"/content/releases/{number:\d{1,9}}/yaml", reads(self.take_out_release)),
            web.post("/content/transfer", writes(self.bring)),
            web.get(r"/content/transfer/checking/{name:\w+}", writes(self.show_checking)),
            web.get(r"/content/transfer/checking/{name:\w+}/progress", writes(self.progress)),
            web.get(one, writes(self.show_report)),
            web.post(one, writes(self.confirm)),
        ]

    async def show(self, request: web.Request) -> web.Response:
        """GET /content/transfer"""
        return self._room.page(request, "transfer", tab="transfer", columns=COLUMNS)

    async def take_out(self, request: web.Request) -> web.Response:
        """GET …/topics.xlsx or .csv: the working copy, as far as the person may see it."""
        room, ending = self._room, request.match_info["ending"]
        working, reach = await room.working(), await room.reach(request)
        seen = [one for one in working.values() if one.kind == "topic" and reach.may_see(one.category)]
        data = await room.in_worker(_table, seen, ending)
        await self._note(request, "content.export", f"topics.{ending}", len(seen))
        return download(data, f"问答.{ending}", KINDS[ending])

    async def take_out_release(self, request: web.Request) -> web.Response:
        """GET /content/releases/{number}/yaml: a whole release as files for git or for another server."""
        number = number_in(request, "number")
        release = await self._room.store.read(lambda tx: releases.release(tx, number))
        if release is None:
            raise web.HTTPNotFound
        reach = await self._room.reach(request)
        refuse_unless(all(reach.may_see(category.slug) for category in release.content.categories))
        shown = pictures.used_in(apart(release.content))
        carried = await self._room.store.read(lambda tx: pictures.jpegs(tx, shown))
        data = await self._room.in_worker(pack, release.content, carried)
        await self._note(request, "content.export", f"release:{number}", 1)
        return download(data, f"发布-{number}.zip", KINDS["zip"])

    async def bring(self, request: web.Request) -> web.Response:
        """POST /content/transfer: judge a file in a worker; nothing is saved."""
        upload = (await request.post()).get("file")
        if not isinstance(upload, FileField) or not upload.filename:
            return self._room.page(
                request, "transfer", tab="transfer", columns=COLUMNS, file_refused="none", status=422
            )
        name, data = upload.filename, upload.file.read()
        stock, author = await self._stock(request), self._room.author(request)
        key, checking = secrets.token_hex(8), Checking(author.id)
        for old in list(self._checking)[: -KEPT_CHECKINGS + 1]:
            del self._checking[old]
        self._checking[key] = checking
        task = asyncio.create_task(self._check(checking, name, data, stock, author))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        raise web.HTTPSeeOther(f"/content/transfer/checking/{key}")

    async def show_checking(self, request: web.Request) -> web.Response:
        """GET …/checking/{name}: a bar, then the report, or why the file cannot be taken."""
        found = self._of(request)
        if found is None:
            raise web.HTTPSeeOther("/content/transfer")
        if found.kept:
            raise web.HTTPSeeOther(f"/content/transfer/{found.kept}")
        return self._room.page(
            request,
            "transfer",
            tab="transfer",
            columns=COLUMNS,
            checking=found,
            path=request.path,
            file_refused=found.refused,
            problems=found.problems,
        )

    async def progress(self, request: web.Request) -> web.Response:
        """GET …/progress"""
        found = self._of(request)
        ended = found is None or bool(found.kept or found.refused)
        return web.json_response({"percent": found.percent if found else 100, "done": ended})

    async def show_report(self, request: web.Request) -> web.Response:
        """GET …/{id}: row by row, errors first."""
        found = await self._kept(request)
        rows = sorted(found.rows, key=lambda row: (ORDER[row.fate], row.n))
        return self._room.page(
            request,
            "import",
            tab="transfer",
            found=found,
            rows=rows[:SHOWN_ROWS],
            more=len(rows) - SHOWN_ROWS,
        )

    async def confirm(self, request: web.Request) -> web.Response:
        """POST …/{id}: all rows that can be saved, or the ticked ones."""
        found, fields, room = await self._kept(request), await fields_of(request), self._room
        author, now, reach = room.author(request), room.clock(), await room.reach(request)
        ticked, wants_all = {number_of(n) for n in fields.all("rows")}, fields.text("which") == "all"
        rows = tuple(row for row in found.rows if wants_all or row.n in ticked)
        refuse_unless(all(reach.may_edit(row.category) for row in rows if row.body))
        chosen = replace(found, rows=rows)

        def work(tx: Connection) -> tuple[int, list[str]]:
            _, live = drafts.live_content(tx)
            saved, left = importing.apply(tx, chosen, live, by=author, at=now)
            detail = {"rows": saved, "left_out": len(left)}
            room.note(tx, author.name, "content.import", f"import:{found.id}", detail=detail)
            return saved, left

        try:
            saved, left_out = await room.store.write(work)
        except IntegrityError:  # somebody saved one of the entries in the same instant: it is left out now
            saved, left_out = await room.store.write(work)
        return room.page(request, "imported", tab="transfer", saved=saved, left_out=left_out, found=found)

    async def finish(self) -> None:
        """Wait for what is at work; for the evening."""
        if self._tasks:
            await asyncio.wait(self._tasks)

    def _of(self, request: web.Request) -> Checking | None:
        found = self._checking.get(request.match_info["name"])
        return found if found and found.by == self._room.author(request).id else None

    async def _check(
        self, checking: Checking, name: str, data: bytes, stock: Stock, author: drafts.Author
    ) -> None:
        def progress(done: int, all_: int) -> None:
            checking.done, checking.all = done, all_

        try:
            rows = await self._room.in_worker(_judged, name, data, stock, progress)
            now = self._room.clock()
            checking.kept = await self._room.store.write(
                lambda tx: importing.keep(tx, name, rows, author, now)
            )
        except FileRefused as refused:
            checking.refused = refused.code
        except ContentRefused as refused:
            checking.refused, checking.problems = "content", tuple(map(str, refused.findings[:50]))
        except Exception:
            log.exception("import_failed")
            checking.refused = "broken"

    async def _stock(self, request: web.Request) -> Stock:
        reach = await self._room.reach(request)

        def ask(tx: Connection) -> Stock:
            _, live = drafts.live_content(tx)
            newest, there = drafts.newest_numbers(tx), pictures.fingerprints(tx)
            return Stock(drafts.working(tx, live), newest, reach.may_edit, there)

        return await self._room.store.read(ask)

    async def _kept(self, request: web.Request) -> Import:
        id_ = number_in(request, "id")
        found = await self._room.store.read(lambda tx: importing.kept(tx, id_))
        if found is None or found.by_id != self._room.author(request).id:
            raise web.HTTPNotFound
        return found

    async def _note(self, request: web.Request, act: str, thing: str, count: int) -> None:
        actor = self._room.author(request).name
        await self._room.store.write(
            lambda tx: self._room.note(tx, actor, act, thing, detail={"count": count})
        )


def _judged(name: str, data: bytes, stock: Stock, progress: Callable[[int, int], None]) -> list[Judged]:
    if name.lower().endswith(".zip"):
        brought = unpack(data)
        return judge_content(brought.content, stock, brought.pictures)
    return judge_rows(read_rows(name, data), stock, progress)


def _table(entries: list[Entry], ending: str) -> bytes:
    rows = [list(COLUMNS.values()), *(row_of(entry.data, entry.category) for entry in entries)]
    return write_xlsx(rows, "问答") if ending == "xlsx" else write_csv(rows)
