"""What a request asks for, read carefully; and how a refusal of the desk is told."""

from collections.abc import Awaitable, Callable
from datetime import datetime

from aiohttp import web

from handlers.desk.ports import Handler, Ports
from handlers.desk.refusals import DeskRefusal, NoSuchCase, Unusable

SPANS = (1, 7, 30)
"""Days over which the desk shows and exports its figures."""


def case_id(request: web.Request) -> int:
    """The number of the case in the address.

    Raises:
        NoSuchCase
    """
    said = request.match_info["id"]
    if not (said.isascii() and said.isdecimal() and len(said) < 10):
        raise NoSuchCase
    return int(said)


def number(said: str) -> int | None:
    """A small whole number; None for anything else."""
    return int(said) if said.isascii() and said.isdecimal() and len(said) < 10 else None


def days_asked(request: web.Request) -> int:
    """Over how many days figures are asked for; 1 for anything that is not offered."""
    asked = number(request.query.get("days", "1"))
    return asked if asked in SPANS else 1


def moment(said: str) -> datetime:
    """An aware time as a page wrote it.

    Raises:
        Unusable
    """
    try:
        at = datetime.fromisoformat(said)
    except ValueError:
        raise Unusable from None
    if at.tzinfo is None:
        raise Unusable
    return at


async def fields(request: web.Request) -> dict[str, str]:
    """The text fields of the form, without carriage returns."""
    form = await request.post()
    return {name: value.replace("\r\n", "\n") for name, value in form.items() if isinstance(value, str)}


def refusing(ports: Ports, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]) -> Handler:
    """A refusal becomes its status and a sentence that says what to do."""

    async def answered(request: web.Request) -> web.StreamResponse:
        try:
            return await handler(request)
        except DeskRefusal as refusal:
            why = getattr(refusal, "why", "")
            return ports.render(request, "desk/refusal.html", status=refusal.status, key=refusal.key, why=why)

    return answered
