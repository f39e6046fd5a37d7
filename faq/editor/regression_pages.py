"""The regression set as a page: what is asked at every rehearsal, and how the live bot does with it."""

from collections.abc import Mapping, Sequence
from datetime import date

from aiohttp import web
from sqlalchemy import Connection

from faq.editor import testing
from faq.editor.addresses import titles_of
from faq.editor.rehearsal import hear
from faq.editor.report import Heard
from faq.editor.sheets import write_csv
from faq.editor.tables import harmless, honest
from faq.editor.testing import Kept
from faq.editor.workroom import Answers, Workroom, download, fields_of, number_in

NOBODY = "-"
"""In forms: nobody here should answer it."""

NOBODY_IN_WORDS = "不该由我们答"
SHOWN = 200
MOST_ADDED = 2000


class RegressionPages:
    """Everything under /content/tests."""

    def __init__(self, room: Workroom) -> None:
        self._room = room

    def routes(self) -> list[web.RouteDef]:
        """Adding and dropping needs the right to write."""
        reads, writes = self._room.require("content.read"), self._room.require("content.write")
        return [
            web.get("/content/tests", reads(self.show)),
            web.get("/content/tests.csv", reads(self.take_out)),
            web.post("/content/tests", writes(self.add)),
            web.post(r"/content/tests/{id:\d{1,9}}/drop", writes(self.drop)),
        ]

    async def show(self, request: web.Request) -> web.Response:
        """GET /content/tests?q=…"""
        return await self._page(request)

    async def take_out(self, _request: web.Request) -> web.Response:
        """GET /content/tests.csv: two columns, which may be pasted into the form of another server."""
        every = await self._room.store.read(testing.every)
        rows = [[harmless(kept.words), kept.topic or NOBODY] for kept in every]
        return download(write_csv(rows), "测试题.csv", "text/csv")

    async def add(self, request: web.Request) -> web.Response:
        """POST /content/tests: one question to a line, each with what it expects after a tab."""
        fields, author, now = await fields_of(request), self._room.author(request), self._room.clock()
        lines, chosen = fields.lines("words"), fields.text("topic")
        expected = _by_name(titles_of(await self._room.working(), "topic"))
        wanted = [
            (honest(words), topic.strip() or chosen)
            for words, _, topic in (line.partition("\t") for line in lines)
        ]
        if not wanted or len(wanted) > MOST_ADDED or any(topic not in expected for _, topic in wanted):
            return await self._page(request, refused="tests", typed=fields.text("words"), status=422)

        def work(tx: Connection) -> None:
            for words, topic in wanted:
                testing.keep(tx, words, expected[topic], source="editor", by=author, at=now)
            self._room.note(tx, author.name, "content.test_add", "tests", detail={"count": len(wanted)})

        await self._room.store.write(work)
        raise web.HTTPSeeOther("/content/tests?done=kept")

    async def drop(self, request: web.Request) -> web.Response:
        """POST …/drop"""
        id_, actor = number_in(request, "id"), self._room.author(request).name

        def work(tx: Connection) -> None:
            testing.drop(tx, id_)
            self._room.note(tx, actor, "content.test_drop", f"test:{id_}")

        await self._room.store.write(work)
        raise web.HTTPSeeOther("/content/tests?done=dropped")

    async def _page(
        self, request: web.Request, *, refused: str = "", typed: str = "", status: int = 200
    ) -> web.Response:
        room, words = self._room, request.query.get("q", "").strip()[:80]
        every = await room.store.read(testing.every)
        titles = titles_of(await room.working(), "topic")
        found = [kept for kept in every if words in kept.words or words in titles.get(kept.topic or "", "")]
        shown = found[::-1][:SHOWN]
        return room.page(
            request,
            "tests",
            status=status,
            refused=refused,
            tab="tests",
            tests=list(zip(shown, await room.in_worker(_heard, room.live(), shown, room.today), strict=True)),
            count=len(every),
            words=words,
            typed=typed,
            titles=titles,
        )


def _by_name(titles: Mapping[str, str]) -> dict[str, str | None]:
    """The topics by their numbers and by what editors call them; None is for nobody here."""
    nobody = dict.fromkeys((NOBODY, NOBODY_IN_WORDS))
    return {title: id_ for id_, title in titles.items()} | {id_: id_ for id_ in titles} | nobody


def _heard(live: Answers, tests: Sequence[Kept], today: date) -> list[Heard]:
    """What the live bot does with each of them."""
    return [hear(live.ear, live.library, kept.words, today) for kept in tests]
