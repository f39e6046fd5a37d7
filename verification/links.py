"""The way in: a one-time link that proves nothing by itself, and the visit it opens.

The link holds a random ticket, no identity. Whoever opens it first gets a cookie; with OAuth set up, only
the WeChat user it was made for. Only hashes of tickets and cookies are kept.
"""

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, insert, select, update

from verification.cases import Case, case_by_id, open_case
from verification.records import ticket, visit

TOKEN_BYTES = 32
TICKET_LIFETIME = timedelta(minutes=15)
VISIT_IDLE = timedelta(minutes=30)
VISIT_LONGEST = timedelta(hours=2)
KEEP_USED = timedelta(days=2)


class LinkRefused(Exception):
    """The link cannot be opened; `why` is unknown, expired, used or foreign."""

    def __init__(self, why: str) -> None:
        super().__init__(f"the link is {why}")
        self.why = why


@dataclass(frozen=True, slots=True)
class Ticket:
    """What a link stands for."""

    hash: str = field(repr=False)
    openid: str = field(repr=False)
    purpose: str


@dataclass(frozen=True, slots=True)
class Visit:
    """A browser that may act in one case."""

    case: Case
    token: str = field(repr=False)

    @property
    def form_key(self) -> str:
        """What every form of this visit carries, so that no other site can post for the citizen."""
        return hashlib.sha256(f"form:{self.token}".encode()).hexdigest()[:32]


class Links:
    """Makes links for the conversation; handed to the floor above."""

    def __init__(self, public_url: str, clock: Callable[[], datetime]) -> None:
        self._public_url = public_url
        self._clock = clock

    def link_for(self, tx: Connection, openid: str, purpose: str = "identity") -> str:
        """A new link for this citizen, good for 15 minutes and one opening."""
        secret = secrets.token_urlsafe(TOKEN_BYTES)
        until = self._clock() + TICKET_LIFETIME
        row = {"hash": hashed(secret), "openid": openid, "purpose": purpose, "expires_at": until}
        tx.execute(insert(ticket).values(**row))
        return f"{self._public_url}/verify/open/{secret}"


def ticket_of(tx: Connection, secret: str, now: datetime) -> Ticket:
    """The unused ticket of a link.

    Raises:
        LinkRefused: unknown, expired or used.
    """
    row = tx.execute(select(ticket).where(ticket.c.hash == hashed(secret))).first()
    if row is None:
        raise LinkRefused("unknown")
    if row.used_at is not None:
        raise LinkRefused("used")
    if row.expires_at <= now:
        raise LinkRefused("expired")
    return Ticket(row.hash, row.openid, row.purpose)


def open_visit(tx: Connection, found: Ticket, journey: str, now: datetime) -> Visit:
    """Use the ticket up and let this browser in.

    Raises:
        LinkRefused: somebody was faster.
    """
    unused = (ticket.c.hash == found.hash) & ticket.c.used_at.is_(None)
    if not tx.execute(update(ticket).where(unused).values(used_at=now)).rowcount:
        raise LinkRefused("used")
    the_case = open_case(tx, found.openid, found.purpose, journey, now)
    # One browser at a time: whoever held this case before is out.
    tx.execute(delete(visit).where(visit.c.case_id == the_case.id))
    token = secrets.token_urlsafe(TOKEN_BYTES)
    row = {"token_hash": hashed(token), "ticket_hash": found.hash, "case_id": the_case.id}
    tx.execute(insert(visit).values(**row, openid=found.openid, opened_at=now, last_at=now))
    return Visit(the_case, token)


def begin_anew(tx: Connection, one: Visit, journey: str, now: datetime) -> None:
    """Let the browser of this visit go on in a new case."""
    fresh = open_case(tx, one.case.openid, one.case.purpose, journey, now)
    this = visit.c.token_hash == hashed(one.token)
    tx.execute(update(visit).where(this).values(case_id=fresh.id, last_at=now))


def visit_of(tx: Connection, token: str, now: datetime) -> Visit | None:
    """The visit of a cookie; None when unknown, idle for 30 minutes or older than two hours."""
    if not token:
        return None
    row = tx.execute(select(visit).where(visit.c.token_hash == hashed(token))).first()
    if row is None or now - row.last_at > VISIT_IDLE or now - row.opened_at > VISIT_LONGEST:
        return None
    return Visit(case_by_id(tx, row.case_id), token)


def is_own_ticket(tx: Connection, token: str, secret: str) -> bool:
    """Whether this browser itself used the link before: opening it again is harmless."""
    same = (visit.c.token_hash == hashed(token)) & (visit.c.ticket_hash == hashed(secret))
    return tx.execute(select(visit.c.case_id).where(same)).first() is not None


def stay(tx: Connection, token: str, now: datetime) -> None:
    """The citizen did something: the idle time begins anew."""
    tx.execute(update(visit).where(visit.c.token_hash == hashed(token)).values(last_at=now))


def forget_old(tx: Connection, now: datetime) -> int:
    """Delete old tickets and visits; how many."""
    gone = tx.execute(delete(ticket).where(ticket.c.expires_at < now - KEEP_USED)).rowcount
    return gone + tx.execute(delete(visit).where(visit.c.last_at < now - KEEP_USED)).rowcount


def hashed(secret: str) -> str:
    """SHA-256, enough for 256 random bits; of a cookie that is no text, too."""
    return hashlib.sha256(secret.encode(errors="surrogatepass")).hexdigest()
