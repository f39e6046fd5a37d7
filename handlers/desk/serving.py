"""What agents do with cases: take them, pass them on, put them off, close them, open them again.

Every verb locks the citizen, then the agent who gets the case, and changes the state once.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Literal

from sqlalchemy import Connection, delete

from handlers.desk import agents, cases, events
from handlers.desk.agents import Agent, Someone
from handlers.desk.cases import NO_OFFER, Case
from handlers.desk.records import desk_draft
from handlers.desk.refusals import Full, Moved, NobodyThere, NotYours, Unusable
from handlers.desk.settings import DeskSettings
from handlers.desk.states import HELD, OPEN, QUEUED
from handlers.desk.waiting import first_waiting

ANSWER, SUPERVISE = "thread.answer", "thread.supervise"

OUTCOMES = ("answered", "guided", "fault", "elsewhere", "silent", "not_ours", "abuse")
"""The reason codes of the close form; their words stand in templates/desk/words.html."""

LONGEST = 400


@dataclass(frozen=True, slots=True)
class Closing:
    """The close form (服务小结): why it ends, whether it is solved (None: unknown), what it was about."""

    outcome: str
    solved: bool | None = None
    topic: str | None = None
    labels: tuple[str, ...] = ()
    follow_up: str = ""


def is_holder(case: Case, someone: Someone) -> bool:
    """Whether this person, and nobody else, speaks to the citizen now."""
    return case.agent_id == someone.id and case.state in (*HELD, "window_expired")


def hold_only(case: Case, someone: Someone) -> None:
    """Let only the holder through.

    Raises:
        NotYours
    """
    if not is_holder(case, someone):
        raise NotYours


def claim(tx: Connection, case_id: int, someone: Someone, settings: DeskSettings, now: datetime) -> Case:
    """Take a waiting citizen, or accept one that was offered to me; exactly one of many gets it.

    Raises:
        Full, Moved, NoSuchCase
    """
    case, _ = cases.take(tx, case_id)
    agent = _with_room(tx, someone, settings, now)
    if case.state not in QUEUED or (case.state == "offered" and case.offered_to != agent.id):
        raise Moved
    return _begin(tx, case, agent, "claimed", now)


def claim_next(tx: Connection, someone: Someone, settings: DeskSettings, now: datetime) -> Case | None:
    """Take whoever has waited longest and nobody else is taking just now; None when nobody waits.

    Messages left after hours come after those who wait: an agent who asks for them may work late.

    Raises:
        Full
    """
    _with_room(tx, someone, settings, now, lock=False)
    gone_after = settings.gone_after
    for_me = partial(first_waiting, tx, someone.id, agents.staffed_teams(tx, now, gone_after))
    case = for_me(state="waiting") or for_me(state="after_hours")
    if case is None:
        return None
    agent = _with_room(tx, someone, settings, now)
    free = case.state in ("waiting", "after_hours")
    return _begin(tx, case, agent, "claimed", now) if free else None


def decline(tx: Connection, case_id: int, someone: Someone, now: datetime) -> Case:
    """Let an offer or a transfer pass; the queue asks somebody else, a transfer goes back.

    Raises:
        Moved
    """
    case, _ = cases.take(tx, case_id)
    if case.offered_to != someone.id:
        raise Moved
    if case.state == "offered":
        passed = f"{case.passed_by or '|'}{someone.id}|"
        return cases.move(
            tx, case, "waiting", "declined", now, actor=someone.id, passed_by=passed, **NO_OFFER
        )
    cases.change(tx, case, **NO_OFFER)
    events.tell(tx, case, "transfer_refused", now, actor=someone.id, target=case.agent_id)
    return case


def transfer(
    tx: Connection,
    case_id: int,
    someone: Someone,
    settings: DeskSettings,
    now: datetime,
    *,
    to: int | None = None,
    team: str = "",
    reason: str,
) -> Case:
    """Ask a colleague to take over (until they accept it stays mine), or give it to a team's queue.

    Raises:
        NotYours, NobodyThere, Unusable
    """
    case, _ = cases.take(tx, case_id)
    hold_only(case, someone)
    if not reason.strip() or len(reason) > LONGEST or (to is None) == (not team):
        raise Unusable
    if to is None:
        if team not in agents.staffed_teams(tx, now, settings.gone_after):
            raise NobodyThere
        return cases.move(
            tx, case, "waiting", "transferred", now, actor=someone.id, reason=reason,
            agent_id=None, agent=None, team=team, passed_by=f"|{someone.id}|", prefers=None,
            waiting_since=case.waiting_since or now, **NO_OFFER,
        )  # fmt: skip
    colleague = agents.one(tx, to)
    if colleague is None or to == someone.id or not colleague.is_there(now, settings.gone_after):
        raise NobodyThere
    cases.change(tx, case, offered_to=to, offered_until=now + settings.accept_within * 4)
    asked = cases.find(tx, case.id)
    events.tell(tx, asked, "transfer", now, actor=someone.id, target=to, reason=reason)
    return asked


def accept_transfer(
    tx: Connection, case_id: int, someone: Someone, settings: DeskSettings, now: datetime
) -> Case:
    """Take over what a colleague wants to pass on.

    Raises:
        Moved, Full
    """
    case, _ = cases.take(tx, case_id)
    if case.offered_to != someone.id or case.state not in HELD:
        raise Moved
    return _begin(tx, case, _with_room(tx, someone, settings, now), "transferred", now)


def take_over(tx: Connection, case_id: int, someone: Someone, now: datetime, reason: str) -> Case:
    """A supervisor takes any open case, whoever holds it.

    Raises:
        NotYours, Unusable, Moved
    """
    case, _ = cases.take(tx, case_id)
    if not someone.may(SUPERVISE) or is_holder(case, someone):
        raise NotYours
    if not reason.strip() or len(reason) > LONGEST:
        raise Unusable
    if case.state not in OPEN:
        raise Moved
    _leave_to_one(tx, case)
    return cases.move(
        tx, case, "serving", "taken_over", now, actor=someone.id, target=case.agent_id, reason=reason,
        agent_id=someone.id, agent=someone.name, claimed_at=case.claimed_at or now, **NO_OFFER,
    )  # fmt: skip


def snooze(tx: Connection, case_id: int, someone: Someone, until: datetime, now: datetime) -> Case:
    """Put the case off; it comes back at `until`, or when the citizen writes.

    Raises:
        NotYours, Unusable
    """
    case, _ = cases.take(tx, case_id)
    hold_only(case, someone)
    if until <= now:
        raise Unusable
    return cases.move(tx, case, "snoozed", "snoozed", now, actor=someone.id, wake_at=until, **NO_OFFER)


def wake(tx: Connection, case_id: int, someone: Someone, now: datetime) -> Case:
    """Take a case that was put off up again before its time.

    Raises:
        NotYours, Moved
    """
    case, _ = cases.take(tx, case_id)
    hold_only(case, someone)
    if case.state != "snoozed":
        raise Moved
    return cases.move(tx, case, "serving", "woken", now, actor=someone.id, wake_at=None)


def close(
    tx: Connection,
    case_id: int,
    someone: Someone,
    closing: Closing,
    now: datetime,
    *,
    kind: Literal["closed", "returned"] = "closed",
) -> tuple[Case, str]:
    """Close the case: from now on the bot answers. Gives the case and the token of its rating page.

    Raises:
        NotYours, Unusable
    """
    case, _ = cases.take(tx, case_id)
    hold_only(case, someone)
    labels = "|".join(label.replace("|", " ").strip()[:20] for label in closing.labels if label.strip())
    if closing.outcome not in OUTCOMES or len(closing.follow_up) > LONGEST or len(labels) > LONGEST:
        raise Unusable
    token = secrets.token_urlsafe(24)
    closed = cases.move(
        tx, case, "closed", kind, now, actor=someone.id, reason=closing.outcome,
        closed_at=now, outcome=closing.outcome, solved=closing.solved, topic=closing.topic or case.topic,
        labels=labels, follow_up=closing.follow_up.strip(), rating_token=token,
        waiting_since=None, unread=0, wake_at=None, **NO_OFFER,
    )  # fmt: skip
    tx.execute(delete(desk_draft).where(desk_draft.c.case_id == case.id))
    return closed, token


def reopen(tx: Connection, case_id: int, someone: Someone, settings: DeskSettings, now: datetime) -> Case:
    """Open a case again that I closed by mistake, while the citizen has no newer one.

    Raises:
        NotYours, Moved, Full
    """
    case, _ = cases.take(tx, case_id)
    if case.agent_id != someone.id:
        raise NotYours
    too_old = case.closed_at is None or now - case.closed_at > settings.reopen
    if case.state != "closed" or too_old or cases.open_of(tx, case.openid) is not None:
        raise Moved
    agent = _with_room(tx, someone, settings, now)
    return cases.move(
        tx, case, "serving", "reopened", now, actor=agent.id, closed_at=None, outcome=None, solved=None
    )


def _begin(
    tx: Connection, case: Case, agent: Agent, kind: Literal["claimed", "transferred"], now: datetime
) -> Case:
    _leave_to_one(tx, case)
    agents.note_accepted(tx, agent.id)
    return cases.move(
        tx, case, "serving", kind, now, actor=agent.id,
        agent_id=agent.id, agent=agent.name, claimed_at=case.claimed_at or now, passed_by="", team="",
        **NO_OFFER,
    )  # fmt: skip


def _leave_to_one(tx: Connection, case: Case) -> None:
    """Drafts of whoever held the case before are not sent by anybody."""
    tx.execute(delete(desk_draft).where(desk_draft.c.case_id == case.id))


def _with_room(
    tx: Connection, someone: Someone, settings: DeskSettings, now: datetime, *, lock: bool = True
) -> Agent:
    agent = agents.locked(tx, someone.id) if lock else agents.one(tx, someone.id)
    if agent is None:
        agents.arrive(tx, someone, settings, now)
        agent = agents.locked(tx, someone.id)
        assert agent is not None  # noqa: S101 - was just written
    if agent.load - agent.offered >= agent.capacity:
        raise Full
    return agent
