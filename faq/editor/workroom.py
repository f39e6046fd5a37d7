"""What every page of the editor works with; the house hands it in."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Protocol, TypeVar
from urllib.parse import quote

from aiohttp import web
from sqlalchemy import Connection

from faq.editor import drafts, pictures
from faq.editor.drafts import Author
from faq.editor.entries import Entry, apart
from faq.editor.fields import Fields
from faq.editor.figures import Hit
from faq.editor.grouping import Reads
from faq.editor.inbox import Asked, Line
from faq.editor.preview import Sent
from faq.editor.rehearsal import Listens
from faq.editor.rights import Person, Reach, reach_of
from faq.hours import BEIJING
from faq.library import Library
from nlu.training import TrainingContent
from nlu.understanding import Understanding

T = TypeVar("T")
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Keeps(Protocol):
    """The store, as this room sees it."""

    def write(self, work: Callable[[Connection], T]) -> Awaitable[T]:
        """Run in a write transaction; resolves after the commit."""
        ...

    def read(self, work: Callable[[Connection], T]) -> Awaitable[T]:
        """Run on a connection for reading."""
        ...


class Answers(Protocol):
    """What answers citizens right now."""

    @property
    def library(self) -> Library:
        """The live release."""
        ...

    @property
    def ear(self) -> Listens:
        """The ear that was trained on it."""
        ...


class Renders(Protocol):
    """Makes a page of a template."""

    def __call__(
        self, request: web.Request, template: str, *, status: int = 200, **values: object
    ) -> web.Response:
        """The page."""
        ...


class Notes(Protocol):
    """Writes the audit trail."""

    def __call__(
        self,
        tx: Connection,
        actor: str,
        action: str,
        thing: str,
        *,
        reason: str = "",
        detail: Mapping[str, object] | None = None,
    ) -> int:
        """Add one entry."""
        ...


class WouldSend(Protocol):
    """Takes a turn without a citizen: what would be sent for these words, or for this tapped option."""

    def __call__(
        self, library: Library, words: str, option: str | None, understood: Understanding | None
    ) -> Sequence[Sent]:
        """The messages, cut as the channel cuts them."""
        ...


@dataclass(frozen=True, slots=True)
class Workroom:
    """The means of the editor.

    `require(right)` guards a handler; behind it `who` gives the person. `train` gives an ear: call it in
    a worker; what was learnt once should be kept, and `learn_ahead` only sees to that. `asked` and `hits`
    are the conversation's answers for the inbox and the figures, `talk` gives the conversation around a
    question; `reads` says what questions mean; `people` is everybody who works here; `went_live` wakes
    whoever follows releases.
    """

    store: Keeps
    clock: Callable[[], datetime]
    render: Renders
    require: Callable[[str], Callable[[Handler], Handler]]
    who: Callable[[web.Request], Person]
    note: Notes
    live: Callable[[], Answers]
    train: Callable[[TrainingContent], Listens]
    learn_ahead: Callable[[TrainingContent], object]
    would_send: WouldSend
    asked: Callable[[Connection, datetime], Sequence[Asked]]
    talk: Callable[[Connection, str], Sequence[Line]]
    hits: Callable[[Connection, datetime], Sequence[Hit]]
    reads: Reads
    people: Callable[[Connection], Sequence[Person]]
    went_live: Callable[[], None]

    @property
    def today(self) -> date:
        """The day in Beijing."""
        return self.clock().astimezone(BEIJING).date()

    def author(self, request: web.Request) -> Author:
        """Who sends this request, as drafts know them."""
        person = self.who(request)
        return Author(person.id, person.name)

    async def reach(self, request: web.Request) -> Reach:
        """What the person may do here."""
        person = self.who(request)
        return await self.store.read(lambda tx: reach_of(tx, person))

    async def working(self) -> dict[str, Entry]:
        """Every entry of the working copy by its key."""
        return await self.store.read(lambda tx: drafts.working(tx, drafts.live_content(tx)[1]))

    async def live_entries(self) -> dict[str, Entry]:
        """Every entry of the live release by its key."""
        return apart((await self.store.read(drafts.live_content))[1])

    async def pictures(self) -> frozenset[str]:
        """The names of the pictures that were uploaded."""
        return await self.store.read(pictures.names)

    async def in_worker(self, work: Callable[..., T], *given: object, **named: object) -> T:
        """Computation off the loop."""
        return await asyncio.to_thread(partial(work, *given, **named))

    def page(
        self, request: web.Request, template: str, *, status: int = 200, **values: object
    ) -> web.Response:
        """A page of the editor; `tab` says which part of it."""
        person = self.who(request)
        rights = {
            "may_write": person.may("content.write"),
            "may_review": person.may("content.review"),
            "may_release": person.may("content.release"),
        }
        said = {"done": request.query.get("done", ""), "refused": "", "kind": ""}
        return self.render(request, f"content/{template}.html", status=status, **{**said, **rights, **values})


async def fields_of(request: web.Request) -> Fields:
    """The form of the request."""
    return Fields(await request.post())


def refuse_unless(allowed: bool) -> None:
    """Turn a request away that the person's reach does not cover.

    Raises:
        HTTPForbidden: it does not.
    """
    if not allowed:
        raise web.HTTPForbidden


def number_in(request: web.Request, name: str) -> int:
    """A number in the address; the route's pattern made sure that it is one."""
    return int(request.match_info[name])


def download(data: bytes, name: str, kind: str) -> web.Response:
    """A file to keep."""
    disposition = f"attachment; filename*=UTF-8''{quote(name)}"
    return web.Response(body=data, content_type=kind, headers={"Content-Disposition": disposition})
