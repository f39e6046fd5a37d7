"""The pictures as a page: upload one under a name, see where each is shown, throw an unused one away."""

from pathlib import PurePosixPath

from aiohttp import web
from aiohttp.web_request import FileField
from sqlalchemy import Connection

from faq.editor import drafts, pictures
from faq.editor.pictures import NAME, Picture, PictureRefused
from faq.editor.workroom import Workroom, fields_of
from faq.redrawing import MOST_BYTES

LONGEST_NAME = 60


class PicturePages:
    """Everything under /content/pictures."""

    def __init__(self, room: Workroom) -> None:
        self._room = room

    def routes(self) -> list[web.RouteDef]:
        """Whoever reads the content sees its pictures; the rest needs the right to write."""
        reads, writes = self._room.require("content.read"), self._room.require("content.write")
        return [
            web.get("/content/pictures", reads(self.show)),
            web.post("/content/pictures", writes(self.bring)),
            web.get("/content/pictures/{name}", reads(self.show_one)),
            web.post("/content/pictures/{name}/remove", writes(self.remove)),
        ]

    async def show(self, request: web.Request) -> web.Response:
        """GET /content/pictures"""
        return await self._page(request)

    async def bring(self, request: web.Request) -> web.Response:
        """POST /content/pictures with `file` and `name`; without a name the file's own is taken."""
        room, upload = self._room, (await request.post()).get("file")
        name = (await fields_of(request)).text("name")
        author, now = room.author(request), room.clock()
        if not isinstance(upload, FileField) or not upload.filename:
            return await self._page(request, "no_file", name)
        name = name or _name_of(upload.filename)

        try:
            drawn = await room.in_worker(pictures.drawn_anew, upload.file.read(MOST_BYTES + 1))

            def work(tx: Connection) -> None:
                pictures.add(tx, name, drawn, by=author, at=now)
                room.note(tx, author.name, "content.picture", f"picture:{name}")

            await room.store.write(work)
        except PictureRefused as refused:
            return await self._page(request, refused.code, name)
        raise web.HTTPSeeOther("/content/pictures?done=picture")

    async def show_one(self, request: web.Request) -> web.Response:
        """GET /content/pictures/{name}"""
        name = _named(request)
        jpeg = await self._room.store.read(lambda tx: pictures.jpeg_of(tx, name))
        if jpeg is None:
            raise web.HTTPNotFound
        return web.Response(body=jpeg, content_type="image/jpeg")

    async def remove(self, request: web.Request) -> web.Response:
        """POST …/remove"""
        room, name = self._room, _named(request)
        actor = room.author(request).name

        def work(tx: Connection) -> None:
            pictures.remove(tx, name, drafts.working(tx, drafts.live_content(tx)[1]))
            room.note(tx, actor, "content.picture_remove", f"picture:{name}")

        try:
            await room.store.write(work)
        except PictureRefused as refused:
            return await self._page(request, refused.code)
        raise web.HTTPSeeOther("/content/pictures?done=picture_removed")

    async def _page(self, request: web.Request, refused: str = "", name: str = "") -> web.Response:
        room = self._room
        reach, working = await room.reach(request), await room.working()
        every: list[Picture] = await room.store.read(pictures.every)
        shown = pictures.used_in(working)
        return room.page(
            request,
            "pictures",
            status=422 if refused else 200,
            tab="pictures",
            refused=refused,
            name=name,
            pictures=every,
            used={
                name: [entry for entry in entries if reach.may_see(entry.category)]
                for name, entries in shown.items()
            },
            shown=shown,
        )


def _named(request: web.Request) -> str:
    name = request.match_info["name"]
    if not NAME.fullmatch(name):
        raise web.HTTPNotFound
    return name


def _name_of(filename: str) -> str:
    """A file's name as a picture may be called: without its ending, and with _ for what stands in no name."""
    stem = PurePosixPath(filename.replace("\\", "/")).stem
    return "".join(letter if NAME.fullmatch(letter) else "_" for letter in stem)[:LONGEST_NAME]
