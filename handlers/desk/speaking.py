"""Words to the citizen: only the holder's, only what WeChat will let through, and never a person's number.

A reply waits ten seconds before it leaves, so that it can be taken back. What the house itself says
around it (an agent has come, is gone, has closed) goes under the author "desk".
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update

from handlers import outbox, records, wire
from handlers.desk import cases, events, mentions
from handlers.desk.agents import Someone
from handlers.desk.cases import Case
from handlers.desk.records import desk_draft, desk_note
from handlers.desk.refusals import CitizenWrote, NothingLeft, NotYours, PersonalNumber, Unusable
from handlers.desk.serving import ANSWER, SUPERVISE, hold_only, is_holder
from handlers.desk.settings import DeskSettings
from handlers.desk.states import HELD
from handlers.messages import Saying, Text
from handlers.outbox import QuotaLeft
from handlers.records import hand_over, said
from nlu.entities import PERSONAL, find_entities, mask

HOUSE = "desk"

STOPPED = PERSONAL - {"phone", "number_fragment"}
"""Kinds of numbers that no agent sends; a telephone number may be the authority's own."""

LONGEST = 4000
LONGEST_NOTE = 1000


@dataclass(frozen=True, slots=True)
class Sent:
    """What was put into the outbox; it can be taken back until `until`."""

    first: int
    until: datetime
    left: int


def author_of(someone: Someone) -> str:
    """How an agent's messages are signed in the outbox."""
    return f"agent:{someone.id}"


def room(tx: Connection, person: Any, now: datetime) -> QuotaLeft:
    """What may still be sent to the citizen, less what already waits to leave."""
    quota = outbox.quota_left(person, now)
    unsent = select(func.count()).where(said.c.openid == person.openid, said.c.state == "due")
    left = max(0, quota.messages - (tx.scalar(unsent) or 0))
    return QuotaLeft(left, quota.until if left else None)


def refuse_numbers(words: str) -> None:
    """Let no words through that hold a number of a person.

    Raises:
        PersonalNumber
    """
    found = next((entity.kind for entity in find_entities(words) if entity.kind in STOPPED), None)
    if found is not None:
        raise PersonalNumber(found)


def reply(
    tx: Connection,
    case_id: int,
    someone: Someone,
    parts: Sequence[Saying],
    *,
    seen: int,
    settings: DeskSettings,
    now: datetime,
    instead_of: int | None = None,
) -> Sent:
    """Put the agent's words into the outbox; `seen` is the last message of the citizen that they saw.

    `instead_of` is the number of an unsent message whose place they take: then they cost nothing more.

    Raises:
        NotYours, CitizenWrote, NothingLeft
    """
    case, person = cases.take(tx, case_id)
    costs = len(parts) if instead_of is None else 0
    left = check(tx, case, person, someone, messages=costs, seen=seen, now=now)
    if case.state == "snoozed":
        case = cases.move(tx, case, "serving", "woken", now, actor=someone.id, wake_at=None)
    leaves_at = now + settings.undo
    first = instead_of
    if first is None:
        author = author_of(someone)
        ids = [_put(tx, case.openid, author, part, now, leaves_at, n) for n, part in enumerate(parts)]
        first = ids[0]
    else:
        _replace(tx, first, parts[0], leaves_at)
    if any(isinstance(part, Text) for part in parts):  # a picture goes beside what is being typed
        _drop_draft(tx, case.id, someone)
    answered: dict[str, Any] = {
        "first_reply_at": case.first_reply_at or now,
        "waiting_since": None,
        "unread": 0,
        "preview": "",
    }
    if case.state == "serving":
        cases.move(tx, case, "waiting_citizen", "replied", now, actor=someone.id, **answered)
    else:
        cases.change(tx, case, **answered)
        events.tell(tx, case, "replied", now, actor=someone.id)
    return Sent(first, leaves_at, left - costs)


def check(
    tx: Connection, case: Case, person: Any, someone: Someone, *, messages: int, seen: int, now: datetime
) -> int:
    """How many messages are left, if this agent may send so many now.

    Raises:
        NotYours, CitizenWrote, NothingLeft
    """
    hold_only(case, someone)
    if person.holder != "agent":
        raise NotYours
    if case.heard_seq > seen:
        raise CitizenWrote
    left = room(tx, person, now).messages
    if left < messages:
        raise NothingLeft(_why(person, now, left))
    return left


def say(tx: Connection, person: Any, parts: Sequence[Saying], now: datetime, *, keep: int = 0) -> bool:
    """The house's own words to the citizen, if WeChat lets them through and `keep` messages stay left."""
    if room(tx, person, now).messages < len(parts) + keep:
        return False
    for place, part in enumerate(parts):
        _put(tx, person.openid, HOUSE, part, now, now, place)
    return True


def note(
    tx: Connection, case_id: int, someone: Someone, words: str, now: datetime, *, mentioned: int | None = None
) -> None:
    """Words among colleagues, never sent; a supervisor's are a whisper to the holder. Numbers are masked.

    Whoever is mentioned may read the case and answer here, while it is open; their answer rings its holder.

    Raises:
        NotYours, Unusable
    """
    case, _ = cases.take(tx, case_id)
    whisper = someone.may(SUPERVISE) and not is_holder(case, someone)
    own = someone.may(ANSWER) and case.agent_id == someone.id
    if not whisper and not own and not mentions.is_asked(tx, case, someone):
        raise NotYours
    if not own and mentioned is None:
        mentioned = case.agent_id
    if not words.strip() or len(words) > LONGEST_NOTE:
        raise Unusable
    row = insert(desk_note).values(
        case_id=case.id,
        openid=case.openid,
        author=someone.id,
        words=mask(words.strip()),
        whisper=whisper,
        at=now,
    )
    tx.execute(row)
    events.tell(tx, case, "whisper" if whisper else "note", now, actor=someone.id, target=mentioned)


def keep_draft(tx: Connection, case_id: int, someone: Someone, words: str, now: datetime) -> None:
    """What was typed and not sent, kept on the server: another browser goes on with it."""
    if len(words) > LONGEST:
        raise Unusable
    _drop_draft(tx, case_id, someone)
    if words.strip():
        row = {"case_id": case_id, "agent_id": someone.id, "words": mask(words), "at": now}
        records.insert_new(tx, desk_draft, **row)


def _drop_draft(tx: Connection, case_id: int, someone: Someone) -> None:
    mine = (desk_draft.c.case_id == case_id) & (desk_draft.c.agent_id == someone.id)
    tx.execute(delete(desk_draft).where(mine))


def draft(tx: Connection, case_id: int, someone: Someone) -> str:
    """The agent's own draft in this case; "" when there is none."""
    mine = (desk_draft.c.case_id == case_id) & (desk_draft.c.agent_id == someone.id)
    return tx.scalar(select(desk_draft.c.words).where(mine)) or ""


def mark_read(tx: Connection, case_id: int, someone: Someone, seen: int) -> None:
    """The holder has what was said up to `seen` on the screen."""
    theirs = (hand_over.c.id == case_id) & (hand_over.c.agent_id == someone.id)
    unread = theirs & hand_over.c.state.in_(HELD) & (hand_over.c.unread > 0)
    tx.execute(update(hand_over).where(unread, hand_over.c.heard_seq <= seen).values(unread=0))


def _why(person: Any, now: datetime, left: int) -> str:
    """What closed the way: unfollowed, window_closed, quota_used, or too many parts for what is left."""
    if left:
        return "too_many_parts"
    if not person.following:
        return "unfollowed"
    opened = person.window_at
    return "quota_used" if opened is not None and now < opened + outbox.WINDOW else "window_closed"


def _put(
    tx: Connection, openid: str, author: str, saying: Saying, at: datetime, leaves_at: datetime, place: int
) -> int:
    row = insert(said).values(
        openid=openid,
        place=place,
        author=author,
        body=wire.pack(saying),
        state="due",
        at=at,
        not_before=leaves_at,
    )
    key = tx.execute(row).inserted_primary_key
    assert key is not None  # noqa: S101 - an autoincrement row always has one
    return int(key[0])


def _replace(tx: Connection, message: int, saying: Saying, leaves_at: datetime) -> None:
    changed = update(said).where(said.c.id == message)
    tx.execute(changed.values(body=wire.pack(saying), not_before=leaves_at))
