"""The unanswered inbox: what citizens asked in vain, grouped by meaning, until an editor decides."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Literal

import sqlalchemy as sa

from faq.checks import fold
from faq.editor.drafts import Author
from faq.editor.records import faq_unanswered
from faq.hours import BEIJING

Why = Literal["not_understood", "unsure", "not_solved", "handed_over", "closed_unanswered"]

ALIKE = 0.55
"""Share of common letter pairs (Dice) from which two questions are shown as one."""

SHOWN_EXAMPLES = 5
DAYS = 14


@dataclass(frozen=True, slots=True)
class Asked:
    """A question that was not answered well: masked words, why, and what the ear thought (its guess).

    `thread` names the conversation for whoever may open it.
    """

    words: str
    at: datetime
    why: Why
    topic: str | None = None
    confidence: float = 0
    thread: str = ""


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
    def confidence(self) -> float:
        """How sure the ear was of that topic at most."""
        return max((one.confidence for one in self.asked if one.topic == self.topic), default=0)

    @property
    def examples(self) -> list[Asked]:
        """Different wordings, newest first."""
        by_words = {one.words: one for one in sorted(self.asked, key=lambda one: one.at)}
        return list(reversed(by_words.values()))[:SHOWN_EXAMPLES]


def grouped(asked: Iterable[Asked], *, today: date, decided: Iterable[str] = ()) -> list[Group]:
    """The open groups, most frequent first; a decided question does not come back until it is asked anew."""
    done = set(decided)
    by_fold: defaultdict[str, list[Asked]] = defaultdict(list)
    for one in asked:
        folded = fold(one.words)[:400]
        if len(folded) >= 2 and folded not in done:
            by_fold[folded].append(one)
    heads: list[tuple[str, frozenset[str], list[Asked]]] = []
    for folded, ones in sorted(by_fold.items(), key=lambda item: -len(item[1])):
        pairs = _pairs(folded)
        near = next((members for _, theirs, members in heads if _alike(pairs, theirs) >= ALIKE), None)
        if near is None:
            heads.append((folded, pairs, list(ones)))
        else:
            near.extend(ones)
    groups = [_group(folded, ones, today) for folded, _, ones in heads]
    return sorted(groups, key=lambda group: (-group.count, -group.last_at.timestamp()))


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


def _group(folded: str, ones: Sequence[Asked], today: date) -> Group:
    wordings = Counter(one.words for one in ones)
    days = Counter(one.at.astimezone(BEIJING).date() for one in ones)
    trend = tuple(days[today - timedelta(days=back)] for back in range(DAYS - 1, -1, -1))
    return Group(folded, wordings.most_common(1)[0][0], tuple(ones), trend)


def _pairs(folded: str) -> frozenset[str]:
    return frozenset(folded[n : n + 2] for n in range(len(folded) - 1)) or frozenset({folded})


def _alike(one: frozenset[str], other: frozenset[str]) -> float:
    return 2 * len(one & other) / (len(one) + len(other))
