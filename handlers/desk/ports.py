"""What the desk is given by the floor plan: it reads no settings and knows no room above."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Protocol

from aiohttp import web
from sqlalchemy import Connection

from handlers.desk.agents import Someone
from handlers.desk.settings import DeskSettings
from handlers.messages import Saying
from handlers.reception import Keeps, Live
from handlers.screenshots import Fetched
from verification.provided import Provided

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Renders(Protocol):
    """Turns a template into a response."""

    def __call__(
        self, request: web.Request, template: str, *, status: int = 200, **values: object
    ) -> web.Response:
        """The page; who is signed in and the form token are there without being given."""
        ...


class Requires(Protocol):
    """Guards a handler."""

    def __call__(
        self, right: str | None = None, *, fresh: bool = False, active: bool = True, back: str = ""
    ) -> Callable[[Handler], Handler]:
        """Let only staff with this right through; `fresh` wants a recent password, then leads to `back`."""
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


ProofState = Literal["open", "ended", "abandoned"]
Answer = Literal["yes", "no", "review", "silent"]


@dataclass(frozen=True, slots=True)
class Tried:
    """What did not go well at one step, in the words that the citizen read."""

    at: datetime
    step: str
    words: str


@dataclass(frozen=True, slots=True)
class CaseCard:
    """The citizen's verification case as the card shows it: masked, without pictures or scores.

    `title` is the step they are at, `answers` what the registry, the bank, the text message and the face
    check said last (by step, in the order of the way), `attempts` what went wrong, oldest first.
    """

    title: str
    state: ProofState
    person: str
    opened_at: datetime
    last_at: datetime
    answers: Mapping[str, Answer]
    attempts: Sequence[Tried] = ()


def no_case(_tx: Connection, _openid: str) -> CaseCard | None:
    """Where no verification is attached."""
    return None


def never_opened(_sealed: bytes, _key: str) -> str | None:
    """Where nothing that is covered is kept."""
    return None


def nothing_follows() -> None:
    """Where nobody waits for a release."""


async def nothing_fetched(_media_id: str) -> Fetched:
    """Where no channel has pictures."""
    return "gone"


async def nothing_uploaded(_picture: bytes) -> str | None:
    """Where no channel takes pictures."""
    return None


def nobody_found(_tx: Connection, _number: str) -> Sequence[str]:
    """Where nobody can be found by document number."""
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """`fit` cuts a saying into what one message carries; `wake` starts the delivery early.

    `link_for` makes a citizen's own one-time link to the proof of identity, `proofs` is that room's house;
    None where identity is not proved. `uncover` opens what was sealed of a push, by its key; `went_live`
    is called when a new release is live. `fetch_picture` gets a picture from WeChat by its media id,
    `upload_picture` brings one there.
    """

    store: Keeps
    clock: Callable[[], datetime]
    live: Callable[[], Live]
    settings: DeskSettings
    render: Renders
    require: Requires
    who: Callable[[web.Request], Awaitable[Someone | None]]
    still_in: Callable[[web.Request], Awaitable[bool]]
    note: Notes
    fit: Callable[[Saying], Sequence[Saying]]
    wake: Callable[[], None]
    public_url: str
    case_of: Callable[[Connection, str], CaseCard | None] = no_case
    link_for: Callable[[Connection, str], str] | None = None
    proofs: Provided | None = None
    find_person: Callable[[Connection, str], Sequence[str]] = nobody_found
    uncover: Callable[[bytes, str], str | None] = never_opened
    fetch_picture: Callable[[str], Awaitable[Fetched]] = nothing_fetched
    upload_picture: Callable[[bytes], Awaitable[str | None]] = nothing_uploaded
    went_live: Callable[[], None] = nothing_follows

    async def me(self, request: web.Request) -> Someone:
        """Who sends this request; the guard has let them through."""
        someone = await self.who(request)
        if someone is None:
            raise web.HTTPUnauthorized
        return someone

    async def read(self, question: Callable[[Connection], Any]) -> Any:
        """Ask the database."""
        return await self.store.read(question)
