"""Messages on their way out: which may leave now, what each costs of the push quota, and their fate.

States of a message: riding (in a response) -> carried; due -> sending -> sent, or due again after a
passing fault, or refused (final, with its fault), or unknown (it may have arrived: never sent twice);
withdrawn when an agent took over before the bot's words left.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Connection, and_, exists, func, select, update

from handlers import wire
from handlers.desk import listening
from handlers.messages import Saying
from handlers.records import citizen, said

WINDOW, WINDOW_QUOTA = timedelta(hours=48), 5
"""Five messages within 48 h of the citizen's last message (WeChat, in force since 2023-06-12)."""

BURST, BURST_QUOTA = timedelta(minutes=1), 3
"""Three within a minute of a menu click, a subscription or a scan (the same page)."""

LEASE = timedelta(seconds=30)
"""A message that is still "sending" after this was cut short: nobody knows whether it arrived."""

BACKOFF = (1, 2, 5, 15, 60, 300)
"""Seconds to wait after the first, second, … passing fault; after the last one it is refused."""

_UNSENT = ("due", "riding", "sending")


@dataclass(frozen=True, slots=True)
class Leaving:
    """A message that was claimed and has to be sent now."""

    id: int
    openid: str
    author: str
    saying: Saying
    attempts: int


@dataclass(frozen=True, slots=True)
class QuotaLeft:
    """What may still be pushed to a citizen, and until when (None: nothing is open)."""

    messages: int
    until: datetime | None


Fate = Literal["sent", "again", "refused", "unknown"]


def claim_due(tx: Connection, at: datetime, limit: int = 20) -> list[Leaving]:
    """Claim the messages that may leave: the oldest of each citizen, inside the quota.

    What the quota does not allow is refused here, before anything is sent. The bot's words are
    withdrawn when an agent holds the thread by now.
    """
    leaving, stopped = [], []
    for row in tx.execute(_due(at, limit)).all():
        person = tx.execute(select(citizen).where(citizen.c.openid == row.openid).with_for_update()).one()
        if row.author == "bot" and person.holder == "agent":
            _set(tx, row.id, state="withdrawn")
        elif spent := _open_quotas(person, at):
            _set(tx, row.id, state="sending", attempts=row.attempts + 1, not_before=at + LEASE)
            used = update(citizen).where(citizen.c.openid == row.openid)
            tx.execute(used.values({column: citizen.c[column] + 1 for column in spent}))
            leaving.append(Leaving(row.id, row.openid, row.author, wire.unpack(row.body), row.attempts + 1))
        else:
            _set(tx, row.id, state="refused", fault=_why_closed(person, at))
            stopped.append(row)
    for row in stopped:
        _tell_its_agent(tx, row.openid, row.author, at)
    return leaving


def settle(tx: Connection, message: Leaving, fate: Fate, fault: str, at: datetime) -> None:
    """Write down what became of a message; "again" waits longer each time and gives the quota back."""
    if fate == "again" and message.attempts <= len(BACKOFF):
        _give_back(tx, message.openid, at)
        later = at + timedelta(seconds=BACKOFF[message.attempts - 1])
        _set(tx, message.id, state="due", fault=fault, not_before=later)
    else:
        final = "refused" if fate == "again" else fate
        _set(tx, message.id, state=final, fault=fault or None)
        _tell_its_agent(tx, message.openid, message.author, at)


def lose_track(tx: Connection, at: datetime) -> int:
    """Messages whose sender was cut short become unknown; says how many."""
    cut = update(said).where(said.c.state == "sending", said.c.not_before < at)
    return tx.execute(cut.values(state="unknown", fault="cut_short")).rowcount


def close_window(tx: Connection, openid: str, fault: str) -> None:
    """Believe WeChat: after 45015 nothing is open any more, after 45047 nothing is left."""
    values: dict[str, Any] = (
        {"window_at": None, "burst_at": None}
        if fault == "45015"
        else {"window_used": WINDOW_QUOTA, "burst_used": BURST_QUOTA}
    )
    tx.execute(update(citizen).where(citizen.c.openid == openid).values(values))


def unsent(tx: Connection) -> int:
    """How many messages are still to be pushed."""
    waiting = select(func.count()).where(said.c.state.in_(("due", "sending")))
    return tx.scalar(waiting) or 0


def quota_left(person: Any, at: datetime) -> QuotaLeft:
    """What may still be pushed to the citizen of this row.

    WeChat does not say how open windows combine; a message is counted in each of them, so that we never
    promise more than the larger one holds.
    """
    window, burst = _left(person, "window", at), _left(person, "burst", at)
    if not window and not burst:
        return QuotaLeft(0, None)
    ends = [
        opened + lasts
        for opened, lasts, left in (
            (person.window_at, WINDOW, window),
            (person.burst_at, BURST, burst),
        )
        if left
    ]
    return QuotaLeft(max(window, burst), max(ends))


def _tell_its_agent(tx: Connection, openid: str, author: str, at: datetime) -> None:
    """Agents see what became of their words; nobody waits for the fate of the bot's."""
    if author != "bot":
        listening.fate_known(tx, openid, at)


def _due(at: datetime, limit: int) -> Any:
    earlier = said.alias()
    first = ~exists().where(
        and_(earlier.c.openid == said.c.openid, earlier.c.id < said.c.id, earlier.c.state.in_(_UNSENT))
    )
    return (
        select(said)
        .where(said.c.state == "due", said.c.not_before <= at, first)
        .order_by(said.c.not_before, said.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True, of=said)
    )


def _left(person: Any, kind: str, at: datetime) -> int:
    lasts, quota = (WINDOW, WINDOW_QUOTA) if kind == "window" else (BURST, BURST_QUOTA)
    opened = getattr(person, f"{kind}_at")
    if not person.following or opened is None or at >= opened + lasts:
        return 0
    return max(0, quota - int(getattr(person, f"{kind}_used")))


def _open_quotas(person: Any, at: datetime) -> list[str]:
    """The columns of the quotas that have room; a message is counted in each of them."""
    return [f"{kind}_used" for kind in ("burst", "window") if _left(person, kind, at)]


def _why_closed(person: Any, at: datetime) -> str:
    if not person.following:
        return "unfollowed"
    opened = person.window_at
    return "quota_used" if opened is not None and at < opened + WINDOW else "window_closed"


def _give_back(tx: Connection, openid: str, at: datetime) -> None:
    person = tx.execute(select(citizen).where(citizen.c.openid == openid).with_for_update()).one()
    for kind, lasts in (("burst", BURST), ("window", WINDOW)):
        opened, used = getattr(person, f"{kind}_at"), getattr(person, f"{kind}_used")
        if opened is not None and at < opened + lasts and used:
            row = update(citizen).where(citizen.c.openid == openid)
            tx.execute(row.values({f"{kind}_used": used - 1}))


def _set(tx: Connection, id: int, **values: Any) -> None:
    tx.execute(update(said).where(said.c.id == id).values(**values))
