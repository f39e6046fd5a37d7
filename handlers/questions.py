"""What the editors ask of the conversation: what was not answered well, and how the answers do."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Literal

from sqlalchemy import Connection, and_, exists, or_, select

from faq import disagreements
from faq.editor.figures import Hit
from faq.editor.inbox import Asked, Line, Why
from faq.hours import BEIJING
from handlers.desk import thread
from handlers.records import feedback, hand_over, heard

MOST = 5000
"""Questions that one look at the inbox takes in, newest first."""

MOST_COMPLAINTS = 1000
"""Answers that did not help, newest first, whose question is looked for."""

NUMBERS_TYPED = 3
"""Rows to look through for a question: the number of a suggestion, typed, is none."""

TALK_GOES_ON = timedelta(hours=1)
"""What is shown of a conversation after the question."""

_WITH_A_HUMAN = exists().where(
    hand_over.c.openid == heard.c.openid,
    hand_over.c.at < heard.c.at,
    or_(hand_over.c.closed_at.is_(None), hand_over.c.closed_at >= heard.c.at),
)
"""Said to an agent or while waiting for one: the bot kept silent."""

_ANSWERED = ("answer", "asked_again", "abroad", "option", "menu", "own_failure", "proof_link", "screenshot")
"""Handlers of the chain that answer a topic; a call for a human, a guide's button or a nod is no question."""

_COUNTED = {**dict.fromkeys(_ANSWERED, "shown"), "clarify": "unsure", "named": "unsure"}

_ZONES = {"answer": "shown", "ask": "unsure"}
"""What became of what was heard before it was kept who answered."""

_A_QUESTION = or_(heard.c.by.is_(None), heard.c.by.in_((*_COUNTED, "fallback")))

_IN_VAIN = or_(
    heard.c.by.in_(("clarify", "fallback")),
    and_(heard.c.by.is_(None), heard.c.zone.in_(("ask", "fallback")), ~_WITH_A_HUMAN),
)


def asked_in_vain(tx: Connection, since: datetime) -> list[Asked]:
    """Masked questions since `since`: not understood, unsure, said to be unsolved, or handed over after.

    A question stands here once, for the gravest of its reasons. What one engine answered and another would
    have taken differently comes without a conversation: nobody knows whose it was.
    """
    found = (*_unsure(tx, since), *_unsolved(tx, since), *_handed_over(tx, since))
    return [*{one.thread: one for one in found}.values(), *_disagreed(tx, since)]


def talk(tx: Connection, key: str) -> list[Line]:
    """The masked conversation around the question that was heard as `key`, oldest first."""
    asked = tx.execute(select(heard.c.openid, heard.c.at).where(heard.c.key == key)).first()
    if asked is None:
        return []
    page = thread.page(tx, asked.openid, asked.at + TALK_GOES_ON)
    return [
        Line(item.at, _SIDES[item.who], item.words, item.options, item.id == f"h{key}")
        for item in page.items
        if item.who in _SIDES and (item.words or item.options)
    ]


_SIDES: dict[str, Literal["citizen", "bot", "agent"]] = {
    "citizen": "citizen",
    "bot": "bot",
    "desk": "bot",
    "agent": "agent",
}
"""Whose words an editor reads; notes and whispers of agents are theirs."""


def hits(tx: Connection, since: datetime) -> list[Hit]:
    """What happened with each topic on each day (Beijing) since `since`."""
    counts: defaultdict[tuple[str, date], defaultdict[str, int]] = defaultdict(lambda: defaultdict(int))

    def count(topic: str | None, at: datetime, what: str) -> None:
        if topic:
            counts[topic, at.astimezone(BEIJING).date()][what] += 1

    counted = or_(
        heard.c.by.in_(_COUNTED), and_(heard.c.by.is_(None), heard.c.kind == "Words", ~_WITH_A_HUMAN)
    )
    said = select(heard.c.topic, heard.c.zone, heard.c.by, heard.c.at).where(heard.c.at >= since, counted)
    for topic, zone, by, at in tx.execute(said):
        count(topic, at, _COUNTED[by] if by else _ZONES.get(zone, "lost"))
    told = select(feedback.c.topic, feedback.c.solved, feedback.c.at).where(feedback.c.at >= since)
    for topic, solved, at in tx.execute(told):
        count(topic, at, "helpful" if solved else "unhelpful")
    for topic, at in tx.execute(select(hand_over.c.topic, hand_over.c.at).where(hand_over.c.at >= since)):
        count(topic, at, "handed_over")
    return [
        Hit(
            topic,
            day,
            found["shown"],
            found["helpful"],
            found["unhelpful"],
            found["handed_over"],
            found["unsure"],
        )
        for (topic, day), found in counts.items()
    ]


def _unsure(tx: Connection, since: datetime) -> Iterator[Asked]:
    """What the bot asked back about or gave up on; not what was said to a human or while waiting for one."""
    rows = (
        select(heard.c.words, heard.c.at, heard.c.zone, heard.c.topic, heard.c.confidence, heard.c.key)
        .where(heard.c.at >= since, heard.c.kind == "Words", heard.c.words != "", _IN_VAIN)
        .order_by(heard.c.at.desc())
        .limit(MOST)
    )
    for row in tx.execute(rows):
        why: Why = "unsure" if row.zone == "ask" else "not_understood"
        yield Asked(row.words, row.at, why, row.topic, row.confidence or 0, row.key)


def _disagreed(tx: Connection, since: datetime) -> Iterator[Asked]:
    """What was answered although the other engine heard something else; the rest is unsure anyway."""
    for one in disagreements.differences(tx, since):
        if one.told.zone == "answer":
            told, other = one.told, one.untold.topic
            yield Asked(one.words, one.at, "engines_disagree", told.topic, told.confidence, other=other)


def _unsolved(tx: Connection, since: datetime) -> Iterator[Asked]:
    rows = select(feedback.c.openid, feedback.c.topic, feedback.c.at).where(
        feedback.c.at >= since, feedback.c.solved.is_(False)
    )
    for row in tx.execute(rows.order_by(feedback.c.at.desc()).limit(MOST_COMPLAINTS)):
        yield from _question_before(tx, row.openid, row.at, row.topic, "not_solved")


def _handed_over(tx: Connection, since: datetime) -> Iterator[Asked]:
    rows = select(hand_over.c.openid, hand_over.c.topic, hand_over.c.at, hand_over.c.solved).where(
        hand_over.c.at >= since
    )
    for row in tx.execute(rows.order_by(hand_over.c.at.desc()).limit(MOST_COMPLAINTS)):
        why: Why = "closed_unanswered" if row.solved is False else "handed_over"
        yield from _question_before(tx, row.openid, row.at, row.topic, why)


def _question_before(
    tx: Connection, openid: str, at: datetime, topic: str | None, why: Why
) -> Iterator[Asked]:
    """The question on this topic that the citizen had asked last."""
    about = heard.c.topic == topic if topic else heard.c.topic.is_(None)
    rows = tx.execute(
        select(heard.c.words, heard.c.at, heard.c.confidence, heard.c.key)
        .where(
            heard.c.openid == openid, heard.c.at <= at, heard.c.kind == "Words", heard.c.words != "", about
        )
        .where(_A_QUESTION)
        .order_by(heard.c.at.desc())
        .limit(NUMBERS_TYPED)
    )
    row = next((row for row in rows if not row.words.strip().isdecimal()), None)
    if row is not None:
        yield Asked(row.words, row.at, why, topic, row.confidence or 0, row.key)
