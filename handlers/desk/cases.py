"""Cases: loading one, and `move`, through which every change of state goes.

Whoever moves a case has locked its citizen before; the order of locks is citizen, agent, case, event.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, bindparam, func, select, update

from handlers import records
from handlers.desk import events
from handlers.desk.events import Kind
from handlers.desk.refusals import Moved, NoSuchCase
from handlers.desk.states import OPEN, WAYS, State, holder_in
from handlers.records import citizen, hand_over


@dataclass(frozen=True, slots=True)
class Case:
    """One call for a human, as it stands; `version` grows with every change of state."""

    id: int
    openid: str
    reason: str
    topic: str | None
    summary: str
    state: State
    version: int
    agent_id: int | None
    agent: str | None
    team: str
    offered_to: int | None
    offered_until: datetime | None
    passed_by: str
    prefers: int | None
    at: datetime
    claimed_at: datetime | None
    first_reply_at: datetime | None
    waiting_since: datetime | None
    last_at: datetime | None
    preview: str
    unread: int
    heard_seq: int
    wake_at: datetime | None
    closed_at: datetime | None
    outcome: str | None
    solved: bool | None
    labels: str
    follow_up: str
    rating: int | None


CASES = select(*(hand_over.c[name] for name in Case.__slots__))
"""All cases, to be narrowed down."""
_ONE = CASES.where(hand_over.c.id == bindparam("mine"))
_OPEN_OF = (
    CASES.where(hand_over.c.openid == bindparam("theirs"), hand_over.c.state.in_(OPEN))
    .order_by(hand_over.c.id.desc())
    .limit(1)
)
NO_OFFER: Mapping[str, Any] = {"offered_to": None, "offered_until": None}


def find(tx: Connection, case_id: int) -> Case:
    """The case, for looking at it.

    Raises:
        NoSuchCase
    """
    case = _first(tx, _ONE, mine=case_id)
    if case is None:
        raise NoSuchCase
    return case


def take(tx: Connection, case_id: int) -> tuple[Case, Any]:
    """The case and its citizen's row, locked until the end of the transaction.

    Raises:
        NoSuchCase
    """
    openid = find(tx, case_id).openid
    person = records.locked_citizen(tx, openid)
    if person is None:
        raise NoSuchCase
    return find(tx, case_id), person


def look(tx: Connection, case_id: int) -> tuple[Case, Any]:
    """The case and its citizen's row, for looking at them.

    Raises:
        NoSuchCase
    """
    case = find(tx, case_id)
    person = tx.execute(select(citizen).where(citizen.c.openid == case.openid)).first()
    if person is None:
        raise NoSuchCase
    return case, person


def number_of(tx: Connection, openid: str) -> int:
    """How often this citizen has called for a human."""
    return tx.scalar(select(func.count()).where(hand_over.c.openid == openid)) or 0


def open_of(tx: Connection, openid: str) -> Case | None:
    """The citizen's case that is not closed."""
    return _first(tx, _OPEN_OF, theirs=openid)


def newest_of(tx: Connection, openid: str) -> Case | None:
    """The citizen's last case, closed or not."""
    mine = CASES.where(hand_over.c.openid == openid)
    return _first(tx, mine.order_by(hand_over.c.id.desc()).limit(1))


def last_before(tx: Connection, case: Case) -> Case | None:
    """How the citizen's call for a human before this one ended."""
    theirs = (hand_over.c.openid == case.openid) & (hand_over.c.id < case.id)
    ended = CASES.where(theirs, hand_over.c.state == "closed", hand_over.c.agent_id.is_not(None))
    return _first(tx, ended.order_by(hand_over.c.id.desc()).limit(1))


def first_free(tx: Connection, question: Select[Any]) -> Case | None:
    """The first case of `question` whose citizen nobody else is at work on; the citizen is locked."""
    joined = question.join(citizen, citizen.c.openid == hand_over.c.openid).limit(1)
    row = tx.execute(joined.with_for_update(skip_locked=True, of=citizen)).first()
    return None if row is None else find(tx, row.id)


def move(
    tx: Connection,
    case: Case,
    to: State,
    kind: Kind,
    at: datetime,
    *,
    actor: int | None = None,
    target: int | None = None,
    reason: str = "",
    **values: Any,
) -> Case:
    """Bring the case into state `to`: one conditional update, the holder that belongs to it, one event.

    Raises:
        Moved: the case is no longer as it was read, or no way leads from its state to `to`.
    """
    if to not in WAYS[case.state]:
        raise Moved(f"no way leads from {case.state} to {to}")
    as_read = (hand_over.c.id == case.id) & (hand_over.c.version == case.version)
    change = update(hand_over).where(as_read, hand_over.c.state == case.state)
    done = tx.execute(change.values(state=to, version=case.version + 1, **values))
    if done.rowcount != 1:
        raise Moved
    moved = find(tx, case.id)
    records.hold(tx, case.openid, holder_in(to, has_agent=moved.agent_id is not None))
    events.tell(
        tx, moved, kind, at, actor=actor, target=target, reason=reason,
        agents=(case.agent_id, case.offered_to), queue=_shows_in_queue(case, moved),
    )  # fmt: skip
    return moved


def change(tx: Connection, case: Case, **values: Any) -> None:
    """Write what is not a change of state: what was heard, who was asked."""
    tx.execute(update(hand_over).where(hand_over.c.id == case.id).values(**values))


def _shows_in_queue(before: Case, after: Case) -> bool:
    """Everybody sees the queue; what happens inside a held case concerns its people only."""
    return before.state in ("waiting", "offered", "after_hours") or after.state in ("waiting", "after_hours")


def _first(tx: Connection, question: Select[Any], **values: object) -> Case | None:
    row = tx.execute(question, values).first()
    return None if row is None else Case(*row)
