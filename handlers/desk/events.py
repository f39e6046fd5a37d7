"""What happened at the desk, one row each, in the order in which it was committed.

The number of a row is the cursor of every screen: a stream that was cut goes on after it. An event
names a case and nobody's words; whoever is told asks for the pane again, and is checked again.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, bindparam, func, insert, or_, select, text

from handlers.desk.records import desk_agent, desk_event

Kind = Literal[
    "called", "called_off", "heard", "answered", "offered", "missed", "declined", "claimed", "replied",
    "withdrawn", "fate", "transfer", "transferred", "transfer_refused", "released", "taken_over", "returned",
    "snoozed", "woken", "opened_doors", "expired", "closed", "reopened", "note", "whisper", "rated",
    "wechat_opened", "wechat_switched", "wechat_closed", "wechat_over",
]  # fmt: skip

RINGS: frozenset[Kind] = frozenset({"heard", "offered", "transfer", "whisper", "released", "woken"})
"""What an agent should hear, not only see."""

LOCK = 0x6465736B
"""PostgreSQL: events commit in the order of their numbers, so that no cursor steps over one."""

MOST_AT_ONCE = 200
"""Further behind than this, a screen is drawn anew instead of event by event."""

_LOOKING = select(desk_agent.c.id).where(desk_agent.c.looking_at == bindparam("case"))
_INSERT = insert(desk_event)


@dataclass(frozen=True, slots=True)
class Event:
    """What a screen is told: the number, what happened, to which case, and for whom."""

    seq: int
    case_id: int
    kind: Kind
    agents: frozenset[int]
    queue: bool
    target: int | None = None

    def is_for(self, agent: int) -> bool:
        """Whether this agent's screens show something that changed."""
        return self.queue or agent in self.agents

    def rings_for(self, agent: int) -> bool:
        """Whether this agent hears it: what is theirs, a note that names them, or somebody new."""
        if self.kind == "note":
            return self.target == agent
        return self.kind == "called" or (self.kind in RINGS and agent in self.agents)


def tell(
    tx: Connection,
    case: Any,
    kind: Kind,
    at: datetime,
    *,
    actor: int | None = None,
    target: int | None = None,
    reason: str = "",
    queue: bool = False,
    agents: Iterable[int | None] = (),
) -> int:
    """Add the event and return its number; the last thing in a transaction that waits for any lock.

    `case` has id, openid, state, agent_id and offered_to, as they are from now on.
    """
    if tx.dialect.name == "postgresql":
        tx.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
    looking = tx.scalars(_LOOKING, {"case": case.id})
    told = {case.agent_id, case.offered_to, actor, target, *agents, *looking} - {None}
    row = {
        "case_id": case.id,
        "openid": case.openid,
        "kind": kind,
        "state": case.state,
        "actor": actor,
        "target": target,
        "reason": reason,
        "at": at,
        "agents": _written(told),
        "queue": queue,
    }
    key = tx.execute(_INSERT, row).inserted_primary_key
    assert key is not None  # noqa: S101 - an autoincrement row always has one
    return int(key[0])


def newest(tx: Connection) -> int:
    """The number of the last event: where a screen that is drawn now stands."""
    return tx.scalar(select(func.max(desk_event.c.id))) or 0


def after(tx: Connection, cursor: int, agent: int | None = None) -> list[Event] | None:
    """The events after `cursor` (of this agent), oldest first; None when there are too many to tell."""
    question = select(desk_event).where(desk_event.c.id > cursor).order_by(desk_event.c.id)
    if agent is not None:
        theirs = desk_event.c.agents.contains(f"|{agent}|", autoescape=True)
        question = question.where(or_(desk_event.c.queue, theirs))
    rows = tx.execute(question.limit(MOST_AT_ONCE + 1)).all()
    if len(rows) > MOST_AT_ONCE:
        return None
    return [Event(row.id, row.case_id, row.kind, _read(row.agents), row.queue, row.target) for row in rows]


def _written(agents: Iterable[Any]) -> str:
    return "".join(f"|{agent}" for agent in sorted(agents)) + "|"


def _read(agents: str) -> frozenset[int]:
    return frozenset(int(agent) for agent in agents.strip("|").split("|") if agent)
