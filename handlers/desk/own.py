"""What an agent does for themselves: whether they are there, and the replies they keep."""

from typing import get_args

from aiohttp import web
from sqlalchemy import Connection

from faq.redrawing import MOST_BYTES, redrawn
from handlers.desk import agents, canned, readers, speaking
from handlers.desk.agents import Status
from handlers.desk.ports import Ports
from handlers.desk.refusals import NoSuchCase, NotAPicture, Unusable
from handlers.desk.requests import case_id, fields, number, refusing
from handlers.desk.serving import ANSWER


class Own:
    """No conversation changes here, so no screen but one's own has to be told."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports

    def routes(self) -> list[web.AbstractRouteDef]:
        """Reporting that the browser is there is no activity."""
        guard = self._ports.require(ANSWER)
        quiet = self._ports.require(ANSWER, active=False)
        return [
            web.post("/desk/status", guard(refusing(self._ports, self.status))),
            web.post("/desk/beat", quiet(refusing(self._ports, self.beat))),
            web.post("/desk/canned", guard(refusing(self._ports, self.keep_canned))),
            web.get("/desk/canned/{id}/picture", guard(refusing(self._ports, self.show_picture))),
            web.post("/desk/canned/remove", guard(refusing(self._ports, self.remove_canned))),
        ]

    async def status(self, request: web.Request) -> web.Response:
        """POST /desk/status with `status`: here, away or off"""
        me = await self._ports.me(request)
        said = (await fields(request)).get("status", "")
        status = next((each for each in get_args(Status) if each == said), None)
        if status is None:
            raise Unusable
        await self._ports.store.write(lambda tx: agents.set_status(tx, me.id, status))
        return web.json_response({})

    async def beat(self, request: web.Request) -> web.Response:
        """POST /desk/beat with `case`, `typing` and `seen`: the browser is still there; who looks on too.

        `seen` is the citizen's last message on a screen that somebody looks at.
        """
        me, now = await self._ports.me(request), self._ports.clock()
        form = await fields(request)
        opened, seen = number(form.get("case", "")), number(form.get("seen", ""))
        typing, gone_after = form.get("typing") == "1", self._ports.settings.gone_after

        def report(tx: Connection) -> list[tuple[str, bool]]:
            if opened is None:
                agents.beat(tx, me.id, now, looking_at=None, typing=False)
                return []
            if seen is not None:
                speaking.mark_read(tx, opened, me, seen)
            return readers.look_on(tx, opened, me, now, gone_after, typing=typing)

        viewers = await self._ports.store.write(report)
        return self._ports.render(request, "desk/viewers.html", viewers=viewers)

    async def keep_canned(self, request: web.Request) -> web.Response:
        """POST /desk/canned with `folder`, `title`, `words` and perhaps the file `picture`.

        With the `id` of a reply it is worded anew; without, one is added, by `shared` for everybody.
        """
        me, now = await self._ports.me(request), self._ports.clock()
        form, picture = await fields(request), await self._picture(request)
        which = number(form.get("id", ""))
        worded = {name: form.get(name, "") for name in ("folder", "title", "words")}

        def keep(tx: Connection) -> None:
            if which is None:
                shared = form.get("shared") == "1"
                canned.add(tx, me, **worded, shared=shared, now=now, picture=picture)
            else:
                canned.change(tx, me, which, **worded, picture=picture)

        await self._ports.store.write(keep)
        return web.json_response({})

    async def show_picture(self, request: web.Request) -> web.Response:
        """GET /desk/canned/{id}/picture"""
        me, which = await self._ports.me(request), case_id(request)
        picture = await self._ports.store.read(lambda tx: canned.picture_of(tx, me, which))
        if picture is None:
            raise NoSuchCase
        return web.Response(body=picture, content_type="image/jpeg")

    async def _picture(self, request: web.Request) -> bytes | None:
        file = (await request.post()).get("picture")
        if not isinstance(file, web.FileField):
            return None
        picture = await redrawn(file.file.read(MOST_BYTES + 1))
        if picture is None:
            raise NotAPicture
        return picture

    async def remove_canned(self, request: web.Request) -> web.Response:
        """POST /desk/canned/remove with `id`"""
        me, which = await self._ports.me(request), number((await fields(request)).get("id", ""))
        await self._ports.store.write(lambda tx: canned.remove(tx, me, which or 0))
        return web.json_response({})
