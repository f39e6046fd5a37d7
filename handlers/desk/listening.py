"""What the citizen's own turns do to the desk: they call for a human, write, call it off, or come back.

Called by the turn, inside its transaction and under the citizen's lock.
"""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Connection, bindparam, insert, or_, select

from handlers.desk import agents, cases, events
from handlers.desk.cases import NO_OFFER, Case
from handlers.desk.events import Kind
from handlers.desk.settings import GONE_AFTER, SAME_AGENT
from handlers.desk.states import WITH_WECHAT
from handlers.records import hand_over, hold
from handlers.records import heard as heard_rows
from handlers.turn import Staffing

PREVIEW = 80

NO_QUESTION = ("human", "complaint", "greet", "thanks", "resolved_yes", "resolved_no", "bot_capability")
"""Topics that say nothing of what somebody needs help with."""

_INSERT = insert(hand_over)
_LAST_QUESTION = (
    select(heard_rows.c.words)
    .where(
        heard_rows.c.openid == bindparam("theirs"),
        heard_rows.c.kind == "Words",
        heard_rows.c.words != "",
        or_(heard_rows.c.topic.is_(None), heard_rows.c.topic.not_in(NO_QUESTION)),
    )
    .order_by(heard_rows.c.at.desc())
    .limit(1)
)
_LAST_AGENT = (
    select(hand_over.c.agent_id)
    .where(hand_over.c.openid == bindparam("theirs"), hand_over.c.closed_at > bindparam("since"))
    .order_by(hand_over.c.id.desc())
    .limit(1)
)


def called(
    tx: Connection,
    openid: str,
    at: datetime,
    *,
    reason: str,
    topic: str | None,
    summary: Mapping[str, Any],
    state: Literal["waiting", "after_hours", "wechat_waiting"],
    same_agent: timedelta = SAME_AGENT,
) -> int:
    """Put the citizen into the queue, with what was tried so far; or note that WeChat's agents are asked."""
    asked = last_question(tx, openid) if reason == "asked" else ""
    row = {
        "openid": openid,
        "reason": reason,
        "topic": topic,
        "summary": json.dumps({**summary, "asked": asked}, ensure_ascii=False),
        "state": state,
        "at": at,
        "waiting_since": None if state in WITH_WECHAT else at,
        "last_at": at,
        "preview": (asked or str(summary.get("words", "")))[:PREVIEW],
        "unread": 1,
        "prefers": _last_agent(tx, openid, at - same_agent),
    }
    key = tx.execute(_INSERT, row).inserted_primary_key
    assert key is not None  # noqa: S101 - an autoincrement row always has one
    case = cases.find(tx, int(key[0]))
    hold(tx, openid, "queue")
    seq = events.tell(tx, case, "called", at, reason=reason, queue=state not in WITH_WECHAT)
    cases.change(tx, case, heard_seq=seq)
    return case.id


def called_off(tx: Connection, openid: str, at: datetime) -> None:
    """The citizen no longer wants a human."""
    case = cases.open_of(tx, openid)
    if case is None:
        hold(tx, openid, "bot")
    else:
        cases.move(tx, case, "closed", "called_off", at, closed_at=at, outcome="called_off", **NO_OFFER)


def heard(tx: Connection, openid: str, at: datetime, words: str, gone_after: timedelta = GONE_AFTER) -> None:
    """The citizen said something while a human has the thread, or will have it."""
    case = cases.open_of(tx, openid)
    if case is None:
        return
    if case.state in ("waiting_citizen", "snoozed", "window_expired"):
        _back_to_life(tx, case, at, gone_after)
    cases.change(
        tx,
        case,
        last_at=at,
        preview=words[:PREVIEW],
        unread=hand_over.c.unread + 1,
        waiting_since=None if case.state in WITH_WECHAT else case.waiting_since or at,
    )
    case = cases.find(tx, case.id)
    in_queue = case.state in ("waiting", "offered", "after_hours")
    seq = events.tell(tx, case, "heard", at, queue=in_queue)
    cases.change(tx, case, heard_seq=seq)


def last_question(tx: Connection, openid: str) -> str:
    """What the citizen asked about before they asked for a human; masked, "" when they asked nothing."""
    return tx.scalar(_LAST_QUESTION, {"theirs": openid}) or ""


def staffing(tx: Connection, at: datetime, gone_after: timedelta = GONE_AFTER) -> Staffing:
    """Who sits at the desk and takes conversations now."""
    there = [agent for agent in agents.everybody(tx) if agent.is_there(at, gone_after)]
    here = [agent for agent in there if agent.status == "here"]
    if not here:
        return "nobody"
    return "free" if any(agent.load < agent.capacity for agent in here) else "full"


def fate_known(tx: Connection, openid: str, at: datetime) -> None:
    """What became of a message to this citizen is known: whoever has the case sees it."""
    case = cases.newest_of(tx, openid)
    if case is not None:
        events.tell(tx, case, "fate", at)


def _back_to_life(tx: Connection, case: Case, at: datetime, gone_after: timedelta) -> None:
    """To the same agent if they are there, else to the queue."""
    agent = agents.one(tx, case.agent_id) if case.agent_id is not None else None
    if agent is not None and agent.is_there(at, gone_after):
        kind: Kind = "answered" if case.state == "waiting_citizen" else "reopened"
        cases.move(tx, case, "serving", kind, at, target=agent.id, wake_at=None)
    else:
        cases.move(
            tx, case, "waiting", "released", at,
            agent_id=None, agent=None, prefers=case.agent_id or case.prefers, wake_at=None, **NO_OFFER,
        )  # fmt: skip


def _last_agent(tx: Connection, openid: str, since: datetime) -> int | None:
    """Who helped this citizen last, if that is not long ago."""
    return tx.scalar(_LAST_AGENT, {"theirs": openid, "since": since})
