"""Opening what the thread covers: with the right, a fresh password and a reason, for thirty seconds.

The numbers of one message, or one picture, for whoever holds the conversation or supervises. Each opening
is noted in the trail before anything is shown, and marked with the looker's name and the time.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from aiohttp import web
from sqlalchemy import Connection, select

from handlers import originals
from handlers.desk import cases
from handlers.desk.agents import Someone
from handlers.desk.ports import Ports
from handlers.desk.reasons import reason_of
from handlers.desk.refusals import NotKept, NotYours
from handlers.desk.requests import case_id, fields, refusing
from handlers.desk.serving import SUPERVISE, is_holder
from handlers.desk.showing import shown
from handlers.originals import Number, Original
from handlers.records import heard

REVEAL = "person.reveal"
SHOWN_S = 30


@dataclass(frozen=True, slots=True)
class Opened:
    """What was opened of one message of the citizen."""

    key: str
    kept: Original
    said_at: datetime


class Revealing:
    """Under /desk/case/{id}/reveal."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports

    def routes(self) -> list[web.AbstractRouteDef]:
        """Both want the right and a fresh password, so that no reason is typed in vain."""
        guard = self._ports.require(REVEAL, fresh=True)
        return [
            web.get("/desk/case/{id}/reveal", guard(refusing(self._ports, self.ask_why))),
            web.post("/desk/case/{id}/reveal", guard(refusing(self._ports, self.reveal))),
        ]

    async def ask_why(self, request: web.Request) -> web.Response:
        """GET …/reveal: the form for the reason."""
        me, asked = await self._ports.me(request), case_id(request)
        await self._ports.store.read(lambda tx: sure(cases.find(tx, asked), me))
        return self._ports.render(request, "desk/reveal.html", case_id=asked, shown_s=SHOWN_S)

    async def reveal(self, request: web.Request) -> web.Response:
        """POST …/reveal with `message` and `reason`"""
        me, asked, form = await self._ports.me(request), case_id(request), await fields(request)
        message, reason = form.get("message", ""), reason_of(form)
        opened = await self._ports.store.write(lambda tx: self._opened(tx, me, asked, message, reason))
        plain = plain_of(self._ports, opened)
        if opened.kept.kind == "picture":
            return self._page(request, me, picture=await shown(self._ports.fetch_picture, plain))
        return self._page(request, me, numbers=originals.unpack(plain))

    def _opened(self, tx: Connection, me: Someone, asked: int, message: str, reason: str) -> Opened:
        case = cases.find(tx, asked)
        sure(case, me)
        opened = kept(tx, message, case.openid)
        detail = {"what": opened.kept.kind, "said_at": opened.said_at}
        self._ports.note(tx, me.name, "person.reveal", f"case:{asked}", reason=reason, detail=detail)
        return opened

    def _page(
        self, request: web.Request, me: Someone, numbers: tuple[Number, ...] = (), picture: str = ""
    ) -> web.Response:
        return self._ports.render(
            request, "desk/revealed.html", numbers=numbers, picture=picture,
            looker=me.name, now=self._ports.clock(), shown_s=SHOWN_S,
        )  # fmt: skip


def sure(case: Any, me: Someone) -> None:
    """Let only the holder and supervisors through.

    Raises:
        NotYours
    """
    if not (is_holder(case, me) or me.may(SUPERVISE)):
        raise NotYours


def kept(tx: Connection, message: str, openid: str) -> Opened:
    """What is kept of this citizen's message, as the thread names it ("h" and the push's key).

    Raises:
        NotKept: nothing of it was ever kept, or it is forgotten.
    """
    key = message.removeprefix("h")
    found = originals.of_push(tx, key, openid)
    if found is None:
        raise NotKept("forgotten")
    said_at = tx.scalar(select(heard.c.at).where(heard.c.key == key))
    assert said_at is not None  # noqa: S101 - a push is heard before anything of it is kept
    return Opened(key, found, said_at)


def plain_of(ports: Ports, opened: Opened) -> str:
    """What was sealed: numbers as `originals.pack` wrote them, or the media id of a picture.

    Raises:
        NotKept: the key of the house has changed.
    """
    plain = ports.uncover(opened.kept.sealed, opened.key)
    if plain is None:
        raise NotKept("unopenable")
    return plain
