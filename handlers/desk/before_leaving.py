"""What can still be done with a reply before it leaves: add to it, or take it back.

Words added within a few seconds go into the same message, because it is one of five.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select, update

from handlers import wire
from handlers.desk import cases, events
from handlers.desk.agents import Someone
from handlers.desk.cases import Case
from handlers.desk.records import desk_event
from handlers.desk.refusals import TooLate
from handlers.desk.serving import hold_only
from handlers.desk.settings import DeskSettings
from handlers.desk.speaking import author_of, keep_draft
from handlers.messages import Text
from handlers.records import heard, said

ADDED_FOR = 3
"""So many times the time for taking back: nobody who adds and adds keeps a citizen waiting for long."""

PREVIEW = 80


@dataclass(frozen=True, slots=True)
class Unsent:
    """A message that has not left yet."""

    id: int
    words: str


def unsent(
    tx: Connection, case: Case, someone: Someone, settings: DeskSettings, now: datetime
) -> Unsent | None:
    """The agent's last words to this citizen, if they can be added to.

    None when they have left, came in several parts or long ago, or the citizen wrote since.
    """
    newest = _own(case, someone).order_by(said.c.id.desc()).limit(2)
    rows = tx.execute(newest).all()
    if not rows or rows[0].not_before <= now or rows[0].at <= now - settings.undo * ADDED_FOR:
        return None
    last, *before = rows
    in_parts = any(row.at == last.at for row in before)
    saying = wire.unpack(last.body)
    if in_parts or not isinstance(saying, Text) or (case.last_at or case.at) > last.at:
        return None
    return Unsent(last.id, saying.words)


def take_back(tx: Connection, case_id: int, someone: Someone, message: int, now: datetime) -> str:
    """Withdraw a reply with all its parts before it leaves; its words, which become the draft again.

    The citizen waits as long as they did before it.

    Raises:
        NotYours, TooLate
    """
    case, _ = cases.take(tx, case_id)
    hold_only(case, someone)
    row = tx.execute(select(said.c.at).where(said.c.id == message, said.c.openid == case.openid)).first()
    together = (said.c.at == (row.at if row else now)) & (said.c.not_before > now)
    parts = tx.execute(_own(case, someone).where(together).order_by(said.c.id)).all()
    if not parts:
        raise TooLate
    tx.execute(update(said).where(said.c.id.in_([part.id for part in parts])).values(state="withdrawn"))
    words = "".join(getattr(wire.unpack(part.body), "words", "") for part in parts)
    if words:
        keep_draft(tx, case_id, someone, words, now)
    first = None if case.first_reply_at == parts[0].at else case.first_reply_at
    again: dict[str, Any] = {"first_reply_at": first, "waiting_since": _owed_since(tx, case)}
    if again["waiting_since"] is not None:
        again["preview"] = _last_words(tx, case)[:PREVIEW]
    if case.state == "waiting_citizen" and again["waiting_since"] is not None:
        cases.move(tx, case, "serving", "withdrawn", now, actor=someone.id, **again)
    else:
        cases.change(tx, case, **again)
        events.tell(tx, case, "withdrawn", now, actor=someone.id)
    return words


def _own(case: Case, someone: Someone) -> Any:
    theirs = (said.c.openid == case.openid) & (said.c.author == author_of(someone))
    columns = (said.c.id, said.c.at, said.c.not_before, said.c.body)
    return select(*columns).where(theirs, said.c.state == "due")


def _owed_since(tx: Connection, case: Case) -> datetime | None:
    """Since when the citizen has waited for words of an agent; None when the last word is an agent's."""
    answers = (said.c.openid == case.openid) & said.c.author.like("agent:%") & (said.c.state != "withdrawn")
    last = tx.scalar(select(func.max(said.c.at)).where(answers, said.c.at >= case.at))
    told = (desk_event.c.openid == case.openid) & (desk_event.c.case_id == case.id)
    asked = told & desk_event.c.kind.in_(("called", "heard"))
    since = asked if last is None else asked & (desk_event.c.at > last)
    first: datetime | None = tx.scalar(select(func.min(desk_event.c.at)).where(since))
    return first


def _last_words(tx: Connection, case: Case) -> str:
    theirs = select(heard.c.words).where(heard.c.openid == case.openid, heard.c.words != "")
    return tx.scalar(theirs.order_by(heard.c.at.desc()).limit(1)) or ""
