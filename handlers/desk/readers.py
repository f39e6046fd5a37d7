"""Who may read a case, how far, and who has it on the screen just now."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection

from handlers.desk import agents, cases, mentions
from handlers.desk.agents import Agent, Someone
from handlers.desk.cases import Case
from handlers.desk.serving import SUPERVISE
from handlers.desk.states import QUEUED


def may_read(tx: Connection, case: Case, me: Someone) -> bool:
    """Who waits is everybody's; who is served, their agent's and whose word is asked; supervisors see all."""
    if me.may(SUPERVISE) or case.state in QUEUED or me.id in (case.agent_id, case.offered_to):
        return True
    return _serves_now(tx, case, me) or mentions.is_asked(tx, case, me)


def reads_on(tx: Connection, case: Case, me: Someone) -> bool:
    """A closed case is its agent's up to its end; what follows is for whoever serves the citizen now."""
    return case.state != "closed" or me.may(SUPERVISE) or _serves_now(tx, case, me)


def beside(
    there: Sequence[Agent], case: Case, me: Someone, now: datetime, gone_after: timedelta
) -> list[tuple[str, bool]]:
    """The colleagues who look at the case too, each with whether they type."""
    return [
        (each.name, each.types(now))
        for each in there
        if each.looking_at == case.id and each.id != me.id and each.is_there(now, gone_after)
    ]


def look_on(
    tx: Connection, asked: int, me: Someone, now: datetime, gone_after: timedelta, *, typing: bool
) -> list[tuple[str, bool]]:
    """Somebody still has a case on the screen: note it, and say who else has; nobody, if they may not."""
    case = cases.find(tx, asked)
    is_reader = may_read(tx, case, me)
    agents.beat(tx, me.id, now, looking_at=case.id if is_reader else None, typing=is_reader and typing)
    return beside(agents.everybody(tx), case, me, now, gone_after) if is_reader else []


def _serves_now(tx: Connection, case: Case, me: Someone) -> bool:
    now_open = cases.open_of(tx, case.openid)
    return now_open is not None and now_open.agent_id == me.id
