"""Questions that mean the same, put together: by the sentence encoder where there is one, else by letters."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from faq.checks import fold
from faq.editor.inbox import DAYS, Asked, Group
from faq.hours import BEIJING

Vector = NDArray[np.float32]
Reads = Callable[[Sequence[str]], Vector | None]
"""Gives each text a row of length 1 that stands for what it means; None where there is no encoder."""

SAME_LETTERS = 0.55
"""Share of common letter pairs (Dice) from which two questions are shown as one when nobody reads them."""

NEARLY_THE_SAME_LETTERS = 0.8
"""The same where the encoder has read them: "外国人能不能做" and "老年机能不能做" are two questions."""

SAME_MEANING = 0.7
"""Cosine of two questions from which they are shown as one: "没有银行卡咋办" and "没办过银行卡可以吗" are,
"银行卡丢了能验证吗" is not."""

SHORTEST = 2
LONGEST = 400
MOST_READ = 600
"""Different wordings, most frequent first, whose meaning is looked at; the others go by their letters."""


class Meanings:
    """What questions mean, read once in the life of the process and kept in memory only."""

    def __init__(self, reads: Reads) -> None:
        self._reads = reads
        self._known: dict[str, Vector] = {}

    def of(self, texts: Sequence[str]) -> dict[str, Vector]:
        """The vectors of these texts; none without an encoder."""
        known = self._known
        new = [text for text in texts if text not in known]
        rows = self._reads(new) if new else np.empty((0, 0), np.float32)
        if rows is None:
            return {}
        fresh = dict(zip(new, rows, strict=True))
        self._known = {text: fresh[text] if text in fresh else known[text] for text in texts}
        return self._known


def grouped(asked: Iterable[Asked], *, today: date, meanings: Meanings | None = None) -> list[Group]:
    """The groups, most frequent first, each around its most frequent wording."""
    by_fold: defaultdict[str, list[Asked]] = defaultdict(list)
    for one in asked:
        folded = fold(one.words)[:LONGEST]
        if len(folded) >= SHORTEST:
            by_fold[folded].append(one)
    frequent = sorted(by_fold, key=lambda folded: -len(by_fold[folded]))
    vectors = meanings.of(frequent[:MOST_READ]) if meanings else {}
    found = _together(frequent, vectors)
    groups = [
        _group(head, [one for folded in members for one in by_fold[folded]], today)
        for head, members in found.items()
    ]
    return sorted(groups, key=lambda group: (-group.count, -group.last_at.timestamp()))


def _together(frequent: Sequence[str], vectors: Mapping[str, Vector]) -> dict[str, list[str]]:
    """Each wording beside the more frequent one that is most like it, where there is one."""
    members: dict[str, list[str]] = {}
    heads_of: defaultdict[str, list[str]] = defaultdict(list)
    pairs = {folded: _pairs(folded) for folded in frequent}
    for folded in frequent:
        enough = NEARLY_THE_SAME_LETTERS if folded in vectors else SAME_LETTERS
        near = _written_alike(pairs, folded, heads_of, enough) or _nearest(folded, members, vectors)
        if near is None:
            for pair in pairs[folded]:
                heads_of[pair].append(folded)
        members.setdefault(near or folded, []).append(folded)
    return members


def _written_alike(
    pairs: Mapping[str, frozenset[str]], folded: str, heads_of: Mapping[str, Sequence[str]], enough: float
) -> str | None:
    """The head that shares most letter pairs with it, if that is enough; no other is looked at."""
    mine = pairs[folded]
    shared = Counter(head for pair in mine for head in heads_of.get(pair, ()))
    alike = {head: 2 * common / (len(mine) + len(pairs[head])) for head, common in shared.items()}
    best = max(alike, key=alike.__getitem__, default=None)
    return best if best is not None and alike[best] >= enough else None


def _nearest(folded: str, heads: Iterable[str], vectors: Mapping[str, Vector]) -> str | None:
    """The head that means most nearly the same, if any is near enough."""
    known = [head for head in heads if head in vectors]
    if folded not in vectors or not known:
        return None
    likeness = np.stack([vectors[head] for head in known]) @ vectors[folded]
    best = int(likeness.argmax())
    return known[best] if likeness[best] >= SAME_MEANING else None


def _group(folded: str, ones: Sequence[Asked], today: date) -> Group:
    wordings = Counter(one.words for one in ones)
    days = Counter(one.at.astimezone(BEIJING).date() for one in ones)
    trend = tuple(days[today - timedelta(days=back)] for back in range(DAYS - 1, -1, -1))
    return Group(folded, wordings.most_common(1)[0][0], tuple(ones), trend)


def _pairs(folded: str) -> frozenset[str]:
    return frozenset(folded[n : n + 2] for n in range(len(folded) - 1)) or frozenset({folded})
