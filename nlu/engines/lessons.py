"""The content as the engine learns it: examples in the order of their topics, and negatives."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import md5

import numpy as np
from numpy.typing import NDArray

from nlu.engines.calibration import Sight
from nlu.engines.encoder import Encoder
from nlu.engines.likeness import Examples, Likeness, Recipe
from nlu.text import plain
from nlu.training import TrainingContent

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]
Truths = NDArray[np.bool_]

NEGATIVE_WEIGHT = 0.6
"""How much a topic's score falls for each unit by which a negative is nearer than its own examples."""


@dataclass(frozen=True, slots=True)
class Lessons:
    """The examples; `owners` are places in `topics`, one past the end for out of scope."""

    texts: tuple[str, ...]
    owners: Ints
    topics: tuple[str, ...]
    numbers: Ints
    """A number of each text's own, which nothing but the text decides."""
    folds: Ints

    @property
    def columns(self) -> int:
        """The topics, and one more where there are out-of-scope questions."""
        return max(int(self.owners.max()) + 1, len(self.topics))

    @property
    def inside(self) -> Truths:
        """Which examples belong to a topic."""
        return self.owners < len(self.topics)

    def spread(self, count: int) -> Ints:
        """The places of about `count` examples (a third at most): evenly over all, and each topic's first.

        Of neighbours that one is taken whose number is the least. So a new question changes the choice beside
        it and no more: with every n-th of all, twenty other questions moved the threshold from 0.80 to 0.86.
        """
        reach = max(1, round((len(self.texts) / count - 1) / 2))
        least = np.ones(len(self.texts), dtype=np.bool_)
        for step in range(1, reach + 1):
            apart = self.owners[:-step] != self.owners[step:]
            least[:-step] &= apart | (self.numbers[:-step] <= self.numbers[step:])
            least[step:] &= apart | (self.numbers[step:] < self.numbers[:-step])
        least[starts_of(self.owners)] = True  # the standard question, which agents and editors know it by
        return np.flatnonzero(least)


class Keywords:
    """The editors' keywords, by word: thousands of topics are looked through in one pass over a text."""

    def __init__(self, topics: Sequence[Sequence[str]]) -> None:
        self._size = len(topics)
        self._topics: dict[str, list[int]] = {}
        for topic, words in enumerate(topics):
            for word in filter(None, map(plain, words)):
                self._topics.setdefault(word, []).append(topic)
        self._lengths: dict[str, set[int]] = {}
        for word in self._topics:
            self._lengths.setdefault(word[0], set()).add(len(word))

    def named_in(self, text: str) -> Truths:
        """For every topic whether one of its keywords stands in `text`."""
        found = [
            topic
            for start, letter in enumerate(text)
            for length in self._lengths.get(letter, ())
            for topic in self._topics.get(text[start : start + length], ())
        ]
        named = np.zeros(self._size, dtype=np.bool_)
        named[found] = True
        return named


@dataclass(frozen=True, slots=True)
class Nearness:
    """For n texts the likeness of the nearest example of each topic, and of its nearest negative."""

    words: Floats
    sense: Floats
    negative: Floats


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What texts are held against: the examples that are kept, and behind them the editors' negatives."""

    lessons: Lessons
    examples: Examples
    places: Ints
    """Which of the lessons the examples are: all, or a choice of very many."""
    starts: Ints
    """Where the examples of each topic start."""
    negative_starts: Ints
    negative_topics: Ints
    keywords: Keywords

    @property
    def count(self) -> int:
        """The examples, without the negatives behind them."""
        return len(self.places)

    @property
    def others(self) -> Ints:
        """The places of the lessons that are not kept."""
        return np.setdiff1d(np.arange(len(self.lessons.texts)), self.places)

    def nearness(self, likeness: Likeness, same: Truths | None = None) -> Nearness:
        """How near each topic is; examples that count as the `same` (n, count) as a text are passed over."""
        words, sense = likeness.words[:, : self.count], likeness.sense[:, : self.count]
        if same is not None:
            words, sense = np.where(same, 0, words), np.where(same, 0, sense)
        negative = np.float32(0.5) * (likeness.words[:, self.count :] + likeness.sense[:, self.count :])
        if len(self.negative_starts):
            negative = np.maximum.reduceat(negative, self.negative_starts, axis=1)
        return Nearness(
            np.maximum.reduceat(words, self.starts, axis=1),
            np.maximum.reduceat(sense, self.starts, axis=1),
            negative,
        )

    def sight(self, texts: Sequence[str], scores: Floats, near: Nearness) -> Sight:
        """`scores`, lowered where a negative is nearer than any example, and all that bears on them."""
        own = (near.words + near.sense) / 2
        lowered, topics = scores.copy(), self.negative_topics
        lowered[:, topics] -= NEGATIVE_WEIGHT * np.maximum(near.negative - own[:, topics], 0)
        named = np.stack([self.keywords.named_in(text) for text in texts])
        return Sight(lowered, near.words, near.sense, named, len(self.lessons.topics))

    def nearest(self, topic: int, kernel: Floats) -> str:
        """The example of `topic` that speaks most for it, by one kernel row."""
        start = int(self.starts[topic])
        stop = int(self.starts[topic + 1]) if topic + 1 < len(self.starts) else self.count
        return self.examples.texts[start + int(kernel[start:stop].argmax())]


def lessons_of(content: TrainingContent, folds: int) -> Lessons:
    """The content in the engine's form. A fold is given by the text, so that doubles share one."""
    groups = [(topic.title, *topic.questions) for topic in content.topics] + [content.out_of_scope]
    texts = [list(dict.fromkeys(filter(None, map(plain, group)))) for group in groups]
    for topic, group in zip(content.topics, texts, strict=False):
        group[:] = group or [topic.id]
    flat = [text for group in texts for text in group]
    owners = np.repeat(np.arange(len(texts)), [len(group) for group in texts])
    numbers = np.array([int(md5(text.encode(), usedforsecurity=False).hexdigest()[:8], 16) for text in flat])
    topics = tuple(topic.id for topic in content.topics)
    return Lessons(tuple(flat), owners, topics, numbers // folds, numbers % folds)


def gather(
    content: TrainingContent, lessons: Lessons, encoder: Encoder | None, recipe: Recipe, places: Ints
) -> Knowledge:
    """The examples of the lessons at `places`, and all negatives, made ready for comparison."""
    negatives = [
        (text, topic)
        for topic, given in enumerate(content.topics)
        for text in filter(None, map(plain, given.negatives))
    ]
    against = np.array([topic for _, topic in negatives], dtype=np.int64)
    starts = starts_of(against)
    texts = [*(lessons.texts[place] for place in places), *(text for text, _ in negatives)]
    return Knowledge(
        lessons,
        Examples(texts, encoder, recipe),
        places,
        starts_of(lessons.owners[places]),
        starts,
        against[starts],
        Keywords([topic.keywords for topic in content.topics]),
    )


def starts_of(owners: Ints) -> Ints:
    """Where each owner's examples start."""
    return np.flatnonzero(np.diff(owners, prepend=-1))
