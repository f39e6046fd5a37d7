"""The unanswered inbox: what citizens asked in vain, until an editor decides."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

import sqlalchemy as sa

from faq.checks import fold
from faq.editor.drafts import Author
from faq.editor.records import faq_unanswered

Why = Literal[
    "not_understood", "unsure", "engines_disagree", "not_solved", "handed_over", "closed_unanswered"
]

SHOWN_EXAMPLES = 5
DAYS = 14
LIKELY = 0.2
"""A guess below this is none: nobody's questions should land by a slip on the topic that stands there."""

KNOWN: tuple[Why, ...] = ("not_solved", "handed_over", "closed_unanswered")
"""Where the topic is no guess: it was answered, and did not help."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question that was not answered well: masked words, why, and what the ear thought (its guess).

    `thread` names the conversation for whoever may open it; `other` is what another engine would have said.
    """

    words: str
    at: datetime
    why: Why
    topic: str | None = None
    confidence: float = 0
    thread: str = ""
    other: str | None = None

    @property
    def name(self) -> str:
        """What an address calls it; the thread itself never stands in one."""
        return hashlib.sha256(self.thread.encode()).hexdigest()[:16] if self.thread else ""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a conversation, masked; `is_this` marks the question that was asked in vain."""

    at: datetime
    who: Literal["citizen", "bot", "agent"]
    words: str
    options: tuple[str, ...] = ()
    is_this: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """Questions that mean the same; `name` identifies the group, `head` is its most frequent wording."""

    name: str
    head: str
    asked: tuple[Asked, ...]
    trend: tuple[int, ...] = field(default=())

    @property
    def count(self) -> int:
        """How often it was asked."""
        return len(self.asked)

    @property
    def last_at(self) -> datetime:
        """When it was asked last."""
        return max(one.at for one in self.asked)

    @property
    def whys(self) -> list[tuple[Why, int]]:
        """Why it stands here, most frequent first."""
        return Counter(one.why for one in self.asked).most_common()

    @property
    def topic(self) -> str | None:
        """The topic that the ear guessed most often."""
        guesses = Counter(one.topic for one in self.asked if one.topic)
        return guesses.most_common(1)[0][0] if guesses else None

    @property
    def likely(self) -> str | None:
        """The topic to suggest: one that was answered, or a guess that is worth something."""
        known = any(one.topic == self.topic and one.why in KNOWN for one in self.asked)
        return self.topic if known or self.confidence >= LIKELY else None

    @property
    def confidence(self) -> float:
        """How sure the ear was of that topic at most."""
        return max((one.confidence for one in self.asked if one.topic == self.topic), default=0)

    @property
    def examples(self) -> list[Asked]:
        """Different wordings, newest first."""
        by_words = {one.words: one for one in sorted(self.asked, key=lambda one: one.at)}
        return list(reversed(by_words.values()))[:SHOWN_EXAMPLES]


def decide(
    tx: sa.Connection, wordings: Sequence[str], decision: str, *, note: str, by: Author, at: datetime
) -> None:
    """Note what was done about these questions, so that they leave the inbox."""
    for folded in {fold(words)[:400] for words in wordings}:
        tx.execute(sa.delete(faq_unanswered).where(faq_unanswered.c.folded == folded))
        values = {"folded": folded, "decision": decision, "note": note}
        tx.execute(sa.insert(faq_unanswered).values(values | {"by_id": by.id, "by": by.name, "at": at}))


def decided(tx: sa.Connection) -> dict[str, datetime]:
    """The questions that were decided about, and when."""
    rows = tx.execute(sa.select(faq_unanswered.c.folded, faq_unanswered.c.at))
    return dict(rows.all())


def still_open(asked: Iterable[Asked], done: dict[str, datetime]) -> list[Asked]:
    """Without what was asked before somebody decided about it."""
    return [one for one in asked if not ((at := done.get(fold(one.words)[:400])) and one.at <= at)]
