"""The rounds that somebody makes through the desk all day: offering, releasing, waking, expiring.

Each finds one case at a time, locks its citizen, looks again, and moves it; one transaction a case.
The loops above call them until they find nothing.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, Protocol, TypeVar

from sqlalchemy import Connection, Select, or_, select

from handlers import outbox
from handlers.desk import agents, cases, events
from handlers.desk.cases import NO_OFFER, Case
from handlers.desk.records import desk_agent
from handlers.desk.settings import DeskSettings
from handlers.desk.states import HELD, WITH_WECHAT
from handlers.desk.waiting import order_of_queue, place_of
from handlers.records import citizen, hand_over

T = TypeVar("T")
Step = Callable[[Connection, datetime], Case | None]

LOOKED_AT = 50
"""How far down the queue somebody is looked for whom a free agent may take."""


class Writes(Protocol):
    """The store, as the rounds need it."""

    def write(self, work: Callable[[Connection], T]) -> Awaitable[T]:
        """Run in a write transaction."""
        ...


OFFERED = hand_over.c.state.in_(("offered", *sorted(HELD)))
"""A transfer is offered while its case stays where it was. The many closed cases are not looked at."""


class Rounds:
    """Hand its methods to the loops; each says how many cases it moved."""

    def __init__(
        self,
        store: Writes,
        settings: DeskSettings,
        *,
        clock: Callable[[], datetime],
        is_open: Callable[[datetime], bool],
        apologise: Callable[[Connection, Case, datetime], None],
        moved: Callable[[], None],
    ) -> None:
        """`apologise` tells a citizen whose agent went away; `moved` is called when screens must know."""
        self._store = store
        self._settings = settings
        self._clock = clock
        self._is_open = is_open
        self._apologise = apologise
        self._moved = moved

    async def offer_next(self) -> int:
        """Take offers back that nobody accepted, then offer who waits to whoever is free."""
        missed = await self._all(self._take_back)
        return missed + (await self._all(self._offer) if self._settings.offers != "off" else 0)

    async def release_idle(self) -> int:
        """Back to the queue with the citizens who wait for an agent that went away."""
        return await self._all(self._release)

    async def wake_snoozed(self) -> int:
        """What was put off until now comes back; what waited for the morning goes into the queue."""
        opened = await self._all(self._open_doors) if self._is_open(self._clock()) else 0
        return opened + await self._all(self._wake)

    async def expire_windows(self) -> int:
        """Cases whose 48 hours are over wait for the citizen to write again."""
        return await self._all(self._expire) + await self._all(self._expire_wechats)

    async def _all(self, step: Step) -> int:
        found = 0
        while await self._one(step):
            found += 1
        if found:
            self._moved()
        return found

    async def _one(self, step: Step) -> bool:
        now = self._clock()
        return await self._store.write(lambda tx: step(tx, now) is not None)

    def _take_back(self, tx: Connection, now: datetime) -> Case | None:
        """An offer ran out (the agent let it pass), or a transfer did (it stays where it was)."""
        case = cases.first_free(tx, _ids().where(OFFERED, hand_over.c.offered_until <= now))
        if case is None or case.offered_to is None:
            return None
        agent = case.offered_to
        if case.state != "offered":
            cases.change(tx, case, **NO_OFFER)
            events.tell(tx, case, "transfer_refused", now, actor=agent, target=case.agent_id)
            return case
        agents.note_missed(tx, agent, self._settings.misses_until_away)
        passed = f"{case.passed_by or '|'}{agent}|"
        return cases.move(tx, case, "waiting", "missed", now, target=agent, passed_by=passed, **NO_OFFER)

    def _offer(self, tx: Connection, now: datetime) -> Case | None:
        """The first in the queue for whom somebody is free; one team's full desk does not stop another's."""
        if agents.next_free(tx, now, self._settings, but=()) is None:
            return None
        waiting = select(hand_over.c.id).where(hand_over.c.state == "waiting")
        for case_id in tx.scalars(waiting.order_by(*order_of_queue()).limit(LOOKED_AT)).all():
            case = cases.first_free(tx, _ids().where(hand_over.c.id == case_id))
            agent = self._free_for(tx, case, now) if case and case.state == "waiting" else None
            if case and agent:
                agents.note_offer(tx, agent.id, now)
                return cases.move(
                    tx, case, "offered", "offered", now, target=agent.id,
                    offered_to=agent.id, offered_until=now + self._settings.accept_within,
                )  # fmt: skip
        return None

    def _free_for(self, tx: Connection, case: Case, now: datetime) -> agents.Agent | None:
        """Whoever let it pass is asked again only when nobody else is free.

        A team of which nobody is there keeps nobody waiting: then anybody is asked.
        """
        passed = {int(agent) for agent in case.passed_by.split("|") if agent}
        team = case.team if case.team in agents.staffed_teams(tx, now, self._settings.gone_after) else ""
        for but in (passed, frozenset[int]()):
            agent = agents.next_free(tx, now, self._settings, but=but, prefer=case.prefers, team=team)
            sure = agents.locked(tx, agent.id) if agent else None
            if sure and sure.takes_more(now, self._settings.gone_after):
                return sure
        return None

    def _release(self, tx: Connection, now: datetime) -> Case | None:
        absent = or_(
            desk_agent.c.seen_at <= now - self._settings.gone_after,
            desk_agent.c.status == "off",
        )
        gone = select(desk_agent.c.id).where(absent)
        waiting_for_them = _ids().where(hand_over.c.state == "serving", hand_over.c.agent_id.in_(gone))
        case = cases.first_free(tx, waiting_for_them)
        if case is None or case.state != "serving":
            return None
        self._apologise(tx, case, now)
        return cases.move(
            tx, case, "waiting", "released", now, target=case.agent_id,
            agent_id=None, agent=None, prefers=case.agent_id, waiting_since=case.waiting_since or now,
            **NO_OFFER,
        )  # fmt: skip

    def _open_doors(self, tx: Connection, now: datetime) -> Case | None:
        case = cases.first_free(tx, _ids().where(hand_over.c.state == "after_hours"))
        if case is None or case.state != "after_hours":
            return None
        return cases.move(tx, case, "waiting", "opened_doors", now)

    def _wake(self, tx: Connection, now: datetime) -> Case | None:
        due = _ids().where(hand_over.c.state == "snoozed", hand_over.c.wake_at <= now)
        case = cases.first_free(tx, due)
        if case is None or case.state != "snoozed" or case.agent_id is None:
            return None
        agent = agents.one(tx, case.agent_id)
        if agent is not None and agent.is_there(now, self._settings.gone_after):
            return cases.move(tx, case, "serving", "woken", now, wake_at=None)
        return cases.move(
            tx, case, "waiting", "released", now,
            agent_id=None, agent=None, prefers=case.agent_id, wake_at=None,
        )  # fmt: skip

    def _expire(self, tx: Connection, now: datetime) -> Case | None:
        """Nothing can be sent once 48 hours have passed since the citizen's last message."""
        shut = or_(citizen.c.window_at.is_(None), citizen.c.window_at <= now - outbox.WINDOW)
        states = ("waiting", "after_hours", *HELD)
        over = _ids().where(hand_over.c.state.in_(states), hand_over.c.last_at <= now - outbox.WINDOW, shut)
        case = cases.first_free(tx, over)
        if case is None or case.state not in states:
            return None
        return cases.move(tx, case, "window_expired", "expired", now, wake_at=None, **NO_OFFER)

    def _expire_wechats(self, tx: Connection, now: datetime) -> Case | None:
        """Whom WeChat's agents never took, or never closed: nothing is kept open for ever."""
        old = _ids().where(hand_over.c.state.in_(WITH_WECHAT), hand_over.c.last_at <= now - outbox.WINDOW)
        case = cases.first_free(tx, old)
        if case is None or case.state not in WITH_WECHAT:
            return None
        return cases.move(tx, case, "closed", "wechat_over", now, closed_at=now, outcome="wechat")


def _ids() -> Select[Any]:
    return select(hand_over.c.id).order_by(hand_over.c.id)


def position(tx: Connection, case: Case) -> int:
    """Where a waiting citizen stands, 1 for the next."""
    return place_of(tx, case.openid, case.at)
