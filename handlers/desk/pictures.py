"""Pictures in the thread: looking at a page that a citizen photographed, and sending one of our own.

No picture is kept here. What a citizen or an agent sent lies at WeChat for three days and is fetched when
somebody looks. A page without any number on it opens for its holder; any other picture is revealed.
"""

from aiohttp import web
from sqlalchemy import Connection, select

from faq.editor import pictures as content_pictures
from faq.redrawing import MOST_BYTES, redrawn
from handlers import wire
from handlers.desk import canned, cases, speaking
from handlers.desk.agents import Someone
from handlers.desk.ports import Ports
from handlers.desk.refusals import NotAPicture, NotKept, NotUploaded, NotYours, Unusable
from handlers.desk.requests import case_id, number, refusing
from handlers.desk.revealing import kept, plain_of, sure
from handlers.desk.serving import ANSWER
from handlers.desk.showing import as_address, shown
from handlers.desk.stream import Stream
from handlers.messages import Illustration, Image
from handlers.records import said


class Pictures:
    """Under /desk/case/{id}."""

    def __init__(self, ports: Ports, stream: Stream) -> None:
        self._ports = ports
        self._stream = stream

    def routes(self) -> list[web.AbstractRouteDef]:
        """For whoever answers; what else is wanted depends on the picture."""
        guard, ports = self._ports.require(ANSWER), self._ports
        return [
            web.post("/desk/case/{id}/picture", guard(refusing(ports, self.look))),
            web.post("/desk/case/{id}/send-picture", guard(refusing(ports, self.send))),
        ]

    async def look(self, request: web.Request) -> web.Response:
        """POST …/picture with `message`: a citizen's page without numbers, or what we sent ourselves."""
        me, asked = await self._ports.me(request), case_id(request)
        message = str((await request.post()).get("message", ""))
        if message.startswith("s"):
            picture = await self._own(me, asked, message)
        else:
            media_id = await self._ports.store.write(lambda tx: self._clear(tx, me, asked, message))
            picture = await shown(self._ports.fetch_picture, media_id)
        return self._ports.render(request, "desk/picture.html", picture=picture)

    async def send(self, request: web.Request) -> web.Response:
        """POST …/send-picture with `seen` and the file `picture`, or the number of a canned reply with one.

        It costs one message like any other.

        Whether it may be sent is asked before WeChat gets the file, and once more when it is put in line.
        """
        me, now, asked = await self._ports.me(request), self._ports.clock(), case_id(request)
        form = await request.post()
        seen = number(str(form.get("seen", "")))
        if seen is None:
            raise Unusable
        await self._ports.store.read(
            lambda tx: speaking.check(tx, *cases.look(tx, asked), me, messages=1, seen=seen, now=now)
        )
        picture = await self._chosen(me, form.get("picture"), number(str(form.get("canned", ""))))
        media_id = await self._ports.upload_picture(picture)
        if media_id is None:
            raise NotUploaded
        parts, settings = (Image(media_id),), self._ports.settings
        sent = await self._ports.store.write(
            lambda tx: speaking.reply(tx, asked, me, parts, seen=seen, settings=settings, now=now)
        )
        self._ports.wake()
        await self._stream.publish_new()
        undo_s = settings.undo.total_seconds()
        return web.json_response({"message": sent.first, "undo_s": undo_s, "left": sent.left})

    async def _chosen(self, me: Someone, file: object, reply: int | None) -> bytes:
        """The picture that was chosen: a file, drawn anew, or that of a canned reply."""
        if isinstance(file, web.FileField):
            picture = await redrawn(file.file.read(MOST_BYTES + 1))
        elif reply is not None:
            picture = await self._ports.store.read(lambda tx: canned.picture_of(tx, me, reply))
        else:
            raise Unusable
        if picture is None:
            raise NotAPicture
        return picture

    def _clear(self, tx: Connection, me: Someone, asked: int, message: str) -> str:
        case = cases.find(tx, asked)
        sure(case, me)
        opened = kept(tx, message, case.openid)
        if opened.kept.kind != "picture" or not opened.kept.clear:
            raise NotYours
        self._ports.note(tx, me.name, "picture.open", f"case:{asked}", detail={"said_at": opened.said_at})
        return plain_of(self._ports, opened)

    async def _own(self, me: Someone, asked: int, message: str) -> str:
        """What we sent: an agent's lies at WeChat, that of an answer with the content."""
        sent = await self._ports.store.read(lambda tx: self._sent(tx, me, asked, message))
        if isinstance(sent, Image):
            return await shown(self._ports.fetch_picture, sent.media_id)
        jpeg = await self._ports.store.read(lambda tx: content_pictures.jpeg_of(tx, sent.name))
        if jpeg is None:
            raise NotKept("picture_removed")
        return as_address(jpeg)

    def _sent(self, tx: Connection, me: Someone, asked: int, message: str) -> Image | Illustration:
        case, which = cases.find(tx, asked), number(message.removeprefix("s"))
        sure(case, me)
        row = tx.execute(select(said.c.body).where(said.c.id == which, said.c.openid == case.openid)).first()
        saying = wire.unpack(row.body) if row else None
        if not isinstance(saying, Image | Illustration):
            raise NotKept("forgotten")
        return saying
