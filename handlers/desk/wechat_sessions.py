"""Citizens with WeChat's own agents: what its session events do to the case that we keep of it.

While a session lasts, the citizen's messages go to WeChat's agents and do not reach us; the bot is silent
and the case stands in `wechat_serving`. A message that reaches us all the same shows that the session is
over (WeChat ends one that nobody closed after 30 minutes, and tells nobody).
"""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from handlers.desk import cases, events, listening
from handlers.desk.cases import NO_OFFER, Case
from handlers.desk.states import QUEUED
from nlu.entities import mask

OPENED, CLOSED, SWITCHED = "kf_create_session", "kf_close_session", "kf_switch_session"
EVENTS = frozenset({OPENED, CLOSED, SWITCHED})

LONGEST_ACCOUNT = 128


def told(tx: Connection, openid: str, event: str, account: str, at: datetime) -> None:
    """Keep a session event in the thread of its citizen, whose row is locked; `account` is the agent's."""
    case, account = cases.open_of(tx, openid), mask(account[:LONGEST_ACCOUNT])
    match event:
        case "kf_create_session":
            _opened(tx, openid, case, account, at)
        case "kf_switch_session" if case:
            events.tell(tx, case, "wechat_switched", at, reason=account)
        case "kf_close_session" if case and case.state == "wechat_serving":
            _end(tx, case, "wechat_closed", at, account)
        case "kf_close_session" if case:
            events.tell(tx, case, "wechat_closed", at, reason=account)


def is_over(tx: Connection, openid: str, heard_at: datetime) -> bool:
    """Whether a message of this moment shows that the citizen's session has ended; closes the case if so.

    A message from before the session may come late; WeChat tells times in whole seconds.
    """
    case = cases.open_of(tx, openid)
    if case is None or case.state != "wechat_serving":
        return False
    if case.claimed_at is not None and heard_at <= case.claimed_at:
        return False
    _end(tx, case, "wechat_over", heard_at)
    return True


def _opened(tx: Connection, openid: str, case: Case | None, account: str, at: datetime) -> None:
    if case is None:  # nobody called: an agent of WeChat's began the session, or came after all
        listening.called(tx, openid, at, reason="wechat", topic=None, summary={}, state="wechat_waiting")
        case = cases.open_of(tx, openid)
        assert case is not None  # noqa: S101 - was just written
    if case.state == "wechat_waiting" or case.state in QUEUED:
        cases.move(
            tx, case, "wechat_serving", "wechat_opened", at, reason=account,
            claimed_at=at, waiting_since=None, unread=0, **NO_OFFER,
        )  # fmt: skip
    else:
        events.tell(tx, case, "wechat_opened", at, reason=account)


def _end(tx: Connection, case: Case, kind: Any, at: datetime, account: str = "") -> None:
    cases.move(tx, case, "closed", kind, at, reason=account, closed_at=at, outcome="wechat", **NO_OFFER)
