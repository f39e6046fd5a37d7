"""Who is signed in: sessions of the staff, one row each, which anybody entitled can end at once.

The token is known to the browser alone; we keep its SHA-256, which is enough for 256 random bits.
Opening a session, confirming the password, and acting all count; heartbeats and streams do not.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, Row, delete, insert, select, update

from bot.records import staff, staff_session
from bot.rights import Role
from bot.staff import Staff

TOKEN_BYTES = 32
IDLE = timedelta(minutes=30)
LONGEST = timedelta(hours=10)
FRESH = timedelta(minutes=10)
NOTE_ACTIVITY_EVERY = timedelta(minutes=1)
KEEP_ENDED = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody who is signed in on one browser."""

    id: int
    staff: Staff
    created_at: datetime
    signed_in_at: datetime
    last_active_at: datetime
    browser: str
    address: str

    def is_alive(self, now: datetime) -> bool:
        """Whether it may still be used; a clock that jumped far, forward or back, ends it too."""
        return abs(now - self.last_active_at) <= IDLE and abs(now - self.created_at) <= LONGEST

    def is_fresh(self, now: datetime) -> bool:
        """Whether the password was given in the last ten minutes."""
        return timedelta(0) <= now - self.signed_in_at <= FRESH


def open_session(tx: Connection, staff_id: int, now: datetime, *, browser: str, address: str) -> str:
    """Sign somebody in on this browser; the token is for its cookie and is not kept here."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    tx.execute(
        insert(staff_session).values(
            token_hash=_hash(token),
            staff_id=staff_id,
            created_at=now,
            signed_in_at=now,
            last_active_at=now,
            browser=browser[:120],
            address=address[:45],
        )
    )
    return token


def session_of(tx: Connection, token: str, now: datetime) -> Session | None:
    """Whose session this token is; None when unknown, ended, too old, idle, or the person was disabled."""
    asked = _OPEN.where(staff_session.c.token_hash == _hash(token), staff.c.disabled_at.is_(None))
    row = tx.execute(asked).first()
    session = _session(row) if row else None
    return session if session and session.is_alive(now) else None


def sessions_of(tx: Connection, staff_id: int, now: datetime) -> list[Session]:
    """Where somebody is signed in, newest first."""
    asked = _OPEN.where(staff_session.c.staff_id == staff_id).order_by(staff_session.c.created_at.desc())
    found = [_session(row) for row in tx.execute(asked)]
    return [session for session in found if session.is_alive(now)]


def is_open(tx: Connection, session_id: int, now: datetime) -> bool:
    """Whether this session still lives."""
    asked = _OPEN.where(staff_session.c.id == session_id, staff.c.disabled_at.is_(None))
    row = tx.execute(asked).first()
    return row is not None and _session(row).is_alive(now)


def note_activity(tx: Connection, session: Session, now: datetime) -> None:
    """The person did something; moves the idle limit."""
    open_still = (staff_session.c.id == session.id) & staff_session.c.ended_at.is_(None)
    tx.execute(update(staff_session).where(open_still).values(last_active_at=now))


def renew(tx: Connection, session: Session, now: datetime) -> str | None:
    """A new token for a session whose person gave the password again; None when it ended meanwhile."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    open_still = (staff_session.c.id == session.id) & staff_session.c.ended_at.is_(None)
    now_fresh = {"token_hash": _hash(token), "signed_in_at": now, "last_active_at": now}
    changed = tx.execute(update(staff_session).where(open_still).values(**now_fresh)).rowcount
    return token if changed else None


def end(tx: Connection, session_id: int, staff_id: int, why: str, now: datetime) -> bool:
    """End one session of this person; False when it is not theirs or ended before."""
    theirs = (staff_session.c.id == session_id) & (staff_session.c.staff_id == staff_id)
    open_still = theirs & staff_session.c.ended_at.is_(None)
    return (
        tx.execute(update(staff_session).where(open_still).values(ended_at=now, ended_why=why)).rowcount == 1
    )


def end_all(tx: Connection, staff_id: int, why: str, now: datetime, *, but: int | None = None) -> int:
    """End all sessions of this person, except perhaps one; how many ended."""
    theirs = (staff_session.c.staff_id == staff_id) & staff_session.c.ended_at.is_(None)
    if but is not None:
        theirs &= staff_session.c.id != but
    return tx.execute(update(staff_session).where(theirs).values(ended_at=now, ended_why=why)).rowcount


def forget_old(tx: Connection, now: datetime) -> int:
    """Delete sessions that began over thirty days ago; how many went."""
    return tx.execute(delete(staff_session).where(staff_session.c.created_at < now - KEEP_ENDED)).rowcount


_OPEN = (
    select(
        staff_session.c.id,
        staff_session.c.created_at,
        staff_session.c.signed_in_at,
        staff_session.c.last_active_at,
        staff_session.c.browser,
        staff_session.c.address,
        staff.c.id.label("staff_id"),
        staff.c.name,
        staff.c.role,
        staff.c.totp_sealed.is_not(None).label("has_code"),
        staff.c.disabled_at,
    )
    .join(staff, staff.c.id == staff_session.c.staff_id)
    .where(staff_session.c.ended_at.is_(None))
)


def _session(row: Row[*tuple[object, ...]]) -> Session:
    person = Staff(row.staff_id, row.name, Role(row.role), bool(row.has_code), row.disabled_at)
    return Session(
        row.id, person, row.created_at, row.signed_in_at, row.last_active_at, row.browser, row.address
    )


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
