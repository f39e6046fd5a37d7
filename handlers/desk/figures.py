"""The cases of some days, and the figures of the desk that are counted from them."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from statistics import mean, median

from sqlalchemy import Connection, func, select

from faq.hours import BEIJING
from handlers.desk.cases import CASES, Case
from handlers.desk.states import HELD, QUEUED
from handlers.reception import Keeps
from handlers.records import hand_over, heard

PAGE_ROWS = 500


@dataclass(frozen=True, slots=True)
class AgentFigures:
    """One agent's share."""

    name: str
    taken: int
    closed: int
    solved: int
    first_reply_s: float | None
    rating: float | None


@dataclass(frozen=True, slots=True)
class Figures:
    """What happened; times in seconds, None where there is nothing to measure.

    Counts come with what they count; `by_day` has every day that was asked for, `by_hour` 24 hours.
    """

    called: int
    waiting: int
    serving: int
    closed: int
    called_off: int
    first_reply_median_s: float | None
    first_reply_p90_s: float | None
    handling_median_s: float | None
    solved: int
    unsolved: int
    rating: float | None
    rated: int
    citizens: int
    deflected: float | None
    topics: Sequence[tuple[str | None, int]]
    outcomes: Sequence[tuple[str, int]]
    labels: Sequence[tuple[str, int]]
    by_day: Sequence[tuple[date, int]]
    by_hour: Sequence[tuple[int, int]]
    agents: Sequence[AgentFigures]


async def called(store: Keeps, since: datetime, until: datetime) -> AsyncIterator[list[Case]]:
    """The cases of a time, oldest first, a page at a time: nobody else waits while many are read."""
    last = 0
    while found := await store.read(partial(_page, since=since, until=until, after=last)):
        last = found[-1].id
        yield found


def since_days(now: datetime, days: int) -> datetime:
    """The midnight in Beijing at which the first of these days began; today is one of them."""
    midnight = now.astimezone(BEIJING).replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight - timedelta(days=days - 1)


async def count(store: Keeps, now: datetime, days: int) -> Figures:
    """Count the cases of these days, beside the loop that serves everybody else."""
    since = since_days(now, days)
    found = [case async for page in called(store, since, now) for case in page]
    theirs = select(func.count(heard.c.openid.distinct())).where(heard.c.at >= since)
    citizens = await store.read(lambda tx: tx.scalar(theirs) or 0)
    return await asyncio.to_thread(
        figures, found, citizens, [since.date() + timedelta(n) for n in range(days)]
    )


def figures(found: Sequence[Case], citizens: int, days: Sequence[date]) -> Figures:
    """Count these cases; `citizens` is how many people wrote in the same days."""
    labels = Counter(label for case in found for label in case.labels.split("|") if label)
    replies = [first_reply_s(case) for case in found if case.first_reply_at]
    handled = [(c.closed_at - c.claimed_at).total_seconds() for c in found if c.closed_at and c.claimed_at]
    ratings = [case.rating for case in found if case.rating]
    helped_by_us = len({case.openid for case in found})
    return Figures(
        called=len(found),
        waiting=sum(case.state in QUEUED for case in found),
        serving=sum(case.state in HELD for case in found),
        closed=sum(case.state == "closed" for case in found),
        called_off=sum(case.outcome == "called_off" for case in found),
        first_reply_median_s=median(replies) if replies else None,
        first_reply_p90_s=sorted(replies)[int(len(replies) * 0.9)] if replies else None,
        handling_median_s=median(handled) if handled else None,
        solved=sum(case.solved is True for case in found),
        unsolved=sum(case.solved is False for case in found),
        rating=mean(ratings) if ratings else None,
        rated=len(ratings),
        citizens=citizens,
        deflected=1 - helped_by_us / citizens if citizens else None,
        topics=Counter(case.topic for case in found).most_common(10),
        outcomes=Counter(case.outcome for case in found if case.outcome).most_common(),
        labels=labels.most_common(10),
        by_day=_by_day(found, days),
        by_hour=_by_hour(found),
        agents=_by_agent(found),
    )


def first_reply_s(case: Case) -> float:
    """How long its citizen waited for the first reply; 0 while there is none."""
    return (case.first_reply_at - case.at).total_seconds() if case.first_reply_at else 0.0


def _page(tx: Connection, since: datetime, until: datetime, after: int) -> list[Case]:
    asked = CASES.where(hand_over.c.id > after, hand_over.c.at >= since, hand_over.c.at <= until)
    return [Case(*row) for row in tx.execute(asked.order_by(hand_over.c.id).limit(PAGE_ROWS))]


def _by_day(found: Iterable[Case], days: Iterable[date]) -> list[tuple[date, int]]:
    counted = Counter(case.at.astimezone(BEIJING).date() for case in found)
    return [(day, counted[day]) for day in days]


def _by_hour(found: Iterable[Case]) -> list[tuple[int, int]]:
    counted = Counter(case.at.astimezone(BEIJING).hour for case in found)
    return [(hour, counted[hour]) for hour in range(24)]


def _by_agent(found: Sequence[Case]) -> list[AgentFigures]:
    names = sorted({case.agent for case in found if case.agent})
    return [_of_agent(name, [case for case in found if case.agent == name]) for name in names]


def _of_agent(name: str, own: Sequence[Case]) -> AgentFigures:
    replies = [first_reply_s(case) for case in own if case.first_reply_at]
    ratings = [case.rating for case in own if case.rating]
    return AgentFigures(
        name,
        len(own),
        sum(case.state == "closed" for case in own),
        sum(case.solved is True for case in own),
        median(replies) if replies else None,
        mean(ratings) if ratings else None,
    )
