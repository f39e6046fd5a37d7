"""The agents at the desk: who is there, how much they have, who is next, who looks at what.

Being there comes from the browser's report every few seconds, together with the status the agent chose.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, Protocol

from sqlalchemy import Connection, Select, func, select, update

from handlers import records as conversation
from handlers.desk.records import desk_agent
from handlers.desk.settings import DeskSettings
from handlers.desk.states import BUSY
from handlers.records import hand_over

Status = Literal["here", "away", "off"]
"""here: takes conversations; away (小休): keeps their own, takes no new ones; off: has gone home."""

TYPING_LASTS = timedelta(seconds=12)


class Someone(Protocol):
    """A member of the staff, as the doors know them."""

    @property
    def id(self) -> int:
        """Their number."""
        ...

    @property
    def name(self) -> str:
        """What citizens and colleagues see."""
        ...

    def may(self, right: str) -> bool:
        """Whether they hold this right."""
        ...


@dataclass(frozen=True, slots=True)
class Agent:
    """An agent as the desk sees them.

    `load` is what counts against their capacity, `offered` the part of it that they have not accepted.
    """

    id: int
    name: str
    status: Status
    capacity: int
    team: str
    seen_at: datetime
    looking_at: int | None
    typing_at: datetime | None
    last_offer_at: datetime | None
    missed: int
    load: int
    offered: int

    def is_there(self, now: datetime, gone_after: timedelta) -> bool:
        """Whether their browser still reports and they have not gone home."""
        return self.status != "off" and now - self.seen_at < gone_after

    def types(self, now: datetime) -> bool:
        """Whether they typed just before."""
        return self.typing_at is not None and now - self.typing_at < TYPING_LASTS

    def takes_more(self, now: datetime, gone_after: timedelta) -> bool:
        """Whether one more conversation may be offered to them: one at a time, so that each can be taken."""
        free = self.load < self.capacity and not self.offered
        return self.status == "here" and free and self.is_there(now, gone_after)


def arrive(tx: Connection, someone: Someone, settings: DeskSettings, now: datetime) -> None:
    """Somebody opened the desk: they are there, in the status in which they left it (at first: here)."""
    fresh = conversation.insert_new(
        tx,
        desk_agent,
        id=someone.id,
        name=someone.name,
        status="here",
        capacity=settings.capacity,
        seen_at=now,
    )
    if not fresh:
        _set(tx, someone.id, name=someone.name, seen_at=now)


def beat(tx: Connection, agent: int, now: datetime, *, looking_at: int | None, typing: bool) -> bool:
    """The browser reports; False when this agent never opened the desk."""
    values: dict[str, Any] = {"seen_at": now, "looking_at": looking_at}
    if typing:
        values["typing_at"] = now
    return _set(tx, agent, **values) == 1


def set_status(tx: Connection, agent: int, status: Status) -> None:
    """The agent says whether they take conversations."""
    _set(tx, agent, status=status, missed=0)


def set_capacity(tx: Connection, agent: int, capacity: int, team: str) -> None:
    """How many conversations at once, and in which team."""
    _set(tx, agent, capacity=capacity, team=team)


def note_offer(tx: Connection, agent: int, now: datetime) -> None:
    """They were asked just now: others come first the next time."""
    _set(tx, agent, last_offer_at=now)


def note_missed(tx: Connection, agent: int, until_away: int) -> bool:
    """They let an offer pass; whether they are away from now on because it was the last straw."""
    _set(tx, agent, missed=desk_agent.c.missed + 1)
    absent = (desk_agent.c.id == agent) & (desk_agent.c.missed >= until_away)
    gone = update(desk_agent).where(absent, desk_agent.c.status == "here")
    return tx.execute(gone.values(status="away", missed=0)).rowcount == 1


def note_accepted(tx: Connection, agent: int) -> None:
    """They took one: what they missed before is forgotten."""
    _set(tx, agent, missed=0)


def locked(tx: Connection, agent: int) -> Agent | None:
    """The agent, locked until the end of the transaction, so that nobody gets more than they can take."""
    tx.execute(select(desk_agent.c.id).where(desk_agent.c.id == agent).with_for_update())
    return one(tx, agent)


def one(tx: Connection, agent: int) -> Agent | None:
    """The agent; None when they never opened the desk."""
    row = tx.execute(_WITH_LOAD.where(desk_agent.c.id == agent)).first()
    return None if row is None else Agent(*row)


def everybody(tx: Connection) -> list[Agent]:
    """All who ever opened the desk, by name."""
    return [Agent(*row) for row in tx.execute(_WITH_LOAD.order_by(desk_agent.c.name))]


def next_free(
    tx: Connection,
    now: datetime,
    settings: DeskSettings,
    *,
    but: Collection[int],
    prefer: int | None = None,
    team: str = "",
) -> Agent | None:
    """Who is asked next: the preferred one if free, else the least busy (or who was asked longest ago)."""
    free = [
        agent
        for agent in everybody(tx)
        if agent.takes_more(now, settings.gone_after)
        and agent.id not in but
        and (not team or agent.team == team)
    ]
    by_turn = settings.offers == "round_robin"

    def order(agent: Agent) -> tuple[bool, int, float, int]:
        asked = agent.last_offer_at.timestamp() if agent.last_offer_at else 0.0
        return agent.id != prefer, 0 if by_turn else agent.load, asked, agent.id

    return min(free, key=order, default=None)


def staffed_teams(tx: Connection, now: datetime, gone_after: timedelta) -> set[str]:
    """The teams of which somebody is there."""
    return {agent.team for agent in everybody(tx) if agent.team and agent.is_there(now, gone_after)}


def names(tx: Connection) -> dict[int, str]:
    """Everybody's name by number."""
    return {row.id: row.name for row in tx.execute(select(desk_agent.c.id, desk_agent.c.name))}


def _set(tx: Connection, agent: int, **values: Any) -> int:
    return tx.execute(update(desk_agent).where(desk_agent.c.id == agent).values(**values)).rowcount


_LOAD = (
    select(func.count())
    .where(hand_over.c.agent_id == desk_agent.c.id, hand_over.c.state.in_(BUSY))
    .correlate(desk_agent)
    .scalar_subquery()
)
_OFFERED = (
    select(func.count())
    .where(hand_over.c.offered_to == desk_agent.c.id, hand_over.c.state == "offered")
    .correlate(desk_agent)
    .scalar_subquery()
)
_OWN = tuple(desk_agent.c[name] for name in Agent.__slots__ if name in desk_agent.c)
_WITH_LOAD: Select[Any] = select(*_OWN, (_LOAD + _OFFERED).label("load"), _OFFERED.label("offered"))
