"""The embedded engine: learns from the content in process, ranks topics, and knows how sure it is."""

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from nlu.engines.calibration import (
    EVIDENCE,
    Calibrator,
    Sight,
    Thresholds,
    fit_calibrator,
    fit_thresholds,
)
from nlu.engines.encoder import Encoder
from nlu.engines.heads import Head, fit_logistic, fit_reduced_ridge, fit_ridge
from nlu.engines.likeness import LINEAR, LOCAL, Examples, Likeness
from nlu.text import plain
from nlu.training import TrainingContent
from nlu.understanding import Guess, Zone

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]
HeadName = Literal["auto", "ridge", "logistic"]

FEW_PER_TOPIC = 15
"""Below this many examples per topic logistic regression wins on the outside set (64 against 53 %), above it
ridge does (96 against 95 %; on our content 90 against 88 %)."""
EXACT = 4_500
"""Up to this many examples ridge is solved exactly; beyond it on LANDMARKS of them."""
LANDMARKS = 2_000
_SLICE = 256
_GUESSES = 5


@dataclass(frozen=True, slots=True)
class Lessons:
    """The content as the engine learns it: examples in the order of their topics, out of scope last."""

    texts: tuple[str, ...]
    owners: Ints
    topics: tuple[str, ...]
    keywords: tuple[re.Pattern[str] | None, ...]
    folds: Ints

    @property
    def columns(self) -> int:
        """The topics, and one more where there are out-of-scope questions."""
        return int(self.owners.max()) + 1

    def spread(self, count: int) -> Ints:
        """The places of `count` examples, evenly over the whole (and so over the topics)."""
        return np.unique(np.linspace(0, len(self.texts) - 1, min(count, len(self.texts))).astype(np.int64))


def lessons_of(content: TrainingContent, folds: int = 5) -> Lessons:
    """The content in the engine's form. A fold is given by the text, so that doubles share one."""
    groups = [[topic.title, *topic.questions] for topic in content.topics] + [list(content.out_of_scope)]
    texts = [list(dict.fromkeys(filter(None, map(plain, group)))) for group in groups]
    flat = [text for group in texts for text in group]
    owners = np.repeat(np.arange(len(texts)), [len(group) for group in texts])
    numbers = [int(hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()[:8], 16) for text in flat]
    keywords = tuple(_either(topic.keywords) for topic in content.topics)
    return Lessons(
        tuple(flat), owners, tuple(t.id for t in content.topics), keywords, np.array(numbers) % folds
    )


@dataclass(frozen=True, slots=True)
class Judged:
    """One text judged: guesses best first, the zone, and the evidence about the first guess."""

    guesses: tuple[Guess, ...]
    zone: Zone
    evidence: dict[str, float]


class EmbeddedEngine:
    """Immutable once trained; `judge` may be called from several threads."""

    def __init__(
        self,
        lessons: Lessons,
        examples: Examples,
        owners: Ints,
        head: Head,
        calibrator: Calibrator,
        thresholds: Thresholds,
    ) -> None:
        self.thresholds = thresholds
        self.size = len(lessons.texts)
        self.head_name = examples.recipe.head
        self._lessons, self._examples, self._head, self._calibrator = lessons, examples, head, calibrator
        self._starts = _starts(owners)

    def judge(self, text: str) -> Judged:
        """The topics that `text` (plain) may be about."""
        likeness = self._examples.likeness([text])
        sight = Sight(
            self._head.scores(likeness.kernel),
            np.maximum.reduceat(likeness.words, self._starts, axis=1),
            np.maximum.reduceat(likeness.sense, self._starts, axis=1),
            _named([text], self._lessons),
            len(self._lessons.topics),
        )
        order = sight.order()
        evidence = sight.evidence(order)
        chance = float(self._calibrator.chance(evidence)[0])
        guesses = self._guesses(order[0], sight.scores[0], chance, likeness)
        seen = {name: round(float(value), 4) for name, value in zip(EVIDENCE, evidence[0], strict=True)}
        return Judged(guesses, zone_of(chance, self.thresholds), seen)

    def _guesses(self, order: Ints, scores: Floats, chance: float, likeness: Likeness) -> tuple[Guess, ...]:
        """The first guess has the calibrated chance; the others share what it leaves, by their scores."""
        best = order[:_GUESSES]
        shares = np.exp(8 * (scores[best[1:]] - scores[best[0]]))
        rest = (1 - chance) * shares / max(float(shares.sum()), 1.0)
        chances = [chance, *np.minimum(rest, chance)]
        return tuple(
            Guess(self._lessons.topics[topic], round(float(c), 4), self._nearest(int(topic), likeness))
            for topic, c in zip(best, chances, strict=True)
        )

    def _nearest(self, topic: int, likeness: Likeness) -> str:
        start = int(self._starts[topic])
        stop = int(self._starts[topic + 1]) if topic + 1 < len(self._starts) else likeness.kernel.shape[1]
        return self._examples.texts[start + int(likeness.kernel[0, start:stop].argmax())]


def train_embedded(
    content: TrainingContent,
    encoder: Encoder | None,
    *,
    head: HeadName = "auto",
    false_answers: float = 0.035,
    lost: float = 0.01,
) -> EmbeddedEngine:
    """Learns the content: about a second for 2,000 examples once their sentences are encoded."""
    lessons = lessons_of(content)
    places = lessons.spread(len(lessons.texts) if len(lessons.texts) <= EXACT else LANDMARKS)
    recipe = LINEAR if _chosen(head, lessons) == "logistic" else LOCAL
    examples = Examples([lessons.texts[place] for place in places], encoder, recipe)
    fitted, sight = _fitted(lessons, examples, places, logistic=recipe is LINEAR)
    order = sight.order()
    outside = lessons.owners >= len(lessons.topics)
    evidence = sight.evidence(order)
    right = order[:, 0] == lessons.owners
    calibrator = fit_calibrator(evidence, right)
    thresholds = fit_thresholds(
        calibrator.chance(evidence),
        outside,
        (order[:, :3] == lessons.owners[:, None]).any(axis=1),
        false_answers=false_answers,
        lost=lost,
    )
    return EmbeddedEngine(lessons, examples, lessons.owners[places], fitted, calibrator, thresholds)


def zone_of(chance: float, thresholds: Thresholds) -> Zone:
    """What a confidence allows."""
    if chance >= thresholds.answer:
        return "answer"
    return "ask" if chance >= thresholds.ask else "fallback"


def _chosen(head: HeadName, lessons: Lessons) -> HeadName:
    if head != "auto":
        return head
    per_topic = len(lessons.texts) / lessons.columns
    return "logistic" if per_topic < FEW_PER_TOPIC else "ridge"


def _fitted(lessons: Lessons, examples: Examples, places: Ints, *, logistic: bool) -> tuple[Head, Sight]:
    """The head, and what each example looks like to a model that never saw its fold."""
    wanted = np.eye(lessons.columns, dtype=np.float32)[lessons.owners]
    shape = (len(lessons.texts), lessons.columns)
    words, sense = np.empty(shape, np.float32), np.empty(shape, np.float32)
    starts = _starts(lessons.owners[places])

    def rows() -> Iterator[Floats]:
        for first in range(0, len(lessons.texts), _SLICE):
            here = slice(first, first + _SLICE)
            seen = examples.likeness(lessons.texts[here], known=True)
            same = lessons.folds[here, None] == lessons.folds[places][None, :]
            words[here] = np.maximum.reduceat(np.where(same, 0, seen.words), starts, axis=1)
            sense[here] = np.maximum.reduceat(np.where(same, 0, seen.sense), starts, axis=1)
            yield seen.kernel

    if len(places) < len(lessons.texts):
        between = examples.likeness(examples.texts, known=True).kernel
        head = fit_reduced_ridge(rows, between, wanted, lessons.folds)
    else:
        fit = fit_logistic if logistic else fit_ridge
        head = fit(np.concatenate(list(rows())), wanted, lessons.folds)
    return head, Sight(head.unseen, words, sense, _named(lessons.texts, lessons), len(lessons.topics))


def _starts(owners: Ints) -> Ints:
    return np.flatnonzero(np.diff(owners, prepend=-1))


def _named(texts: Sequence[str], lessons: Lessons) -> NDArray[np.bool_]:
    """Which topics have a keyword in each text."""
    found = [[bool(words and words.search(text)) for words in lessons.keywords] for text in texts]
    return np.array(found, dtype=np.bool_)


def _either(keywords: Sequence[str]) -> re.Pattern[str] | None:
    words = [re.escape(word) for word in map(plain, keywords) if word]
    return re.compile("|".join(words)) if words else None
