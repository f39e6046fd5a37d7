"""Checks of the training content: labels that look wrong, and nearly the same question in two topics."""

from collections.abc import Iterator
from dataclasses import dataclass

from nlu.ear import EarSettings
from nlu.engines.features import WordView, characters, sounds
from nlu.text import plain
from nlu.training import TrainingContent
from nlu.trials import cross_validated

SURE = 0.8
"""An ear that never saw a question and is this sure of another topic is worth a second look."""
TWINS = 0.85
"""Mean likeness of characters and sounds from which two questions count as the same."""
OUT_OF_SCOPE = "(out of scope)"
_SLICE = 256


@dataclass(frozen=True, slots=True)
class Doubt:
    """A question whose topic an unprejudiced ear does not believe."""

    question: str
    topic: str
    heard_as: str
    confidence: float
    nearest: str


@dataclass(frozen=True, slots=True)
class Twins:
    """Two nearly equal questions; in two topics they teach opposite things, in one they teach nothing new."""

    first: str
    second: str
    topics: tuple[str, str]
    likeness: float

    @property
    def disagree(self) -> bool:
        """Whether they stand in different topics."""
        return self.topics[0] != self.topics[1]


def doubts(content: TrainingContent, settings: EarSettings, *, sure: float = SURE) -> list[Doubt]:
    """Questions that cross-validation gives to another topic with confidence, surest first."""
    found = []
    for one in cross_validated(content, settings):
        if one.understood.guesses and not one.is_right and one.confidence >= sure:
            guess = one.understood.guesses[0]
            topic = one.case.topic or OUT_OF_SCOPE
            found.append(Doubt(one.case.text, topic, guess.topic, guess.confidence, guess.nearest))
    return sorted(found, key=lambda doubt: -doubt.confidence)


def twins(content: TrainingContent, *, likeness: float = TWINS) -> list[Twins]:
    """Pairs of nearly equal questions: those of different topics first, then by likeness."""
    labelled = [(topic.id, question) for topic in content.topics for question in topic.questions]
    labelled += [(OUT_OF_SCOPE, question) for question in content.out_of_scope]
    texts = [plain(question) for _, question in labelled]
    found = [
        Twins(labelled[one][1], labelled[other][1], (labelled[one][0], labelled[other][0]), round(share, 3))
        for one, other, share in _alike(texts, likeness)
    ]
    return sorted(found, key=lambda pair: (not pair.disagree, -pair.likeness))


def _alike(texts: list[str], likeness: float) -> Iterator[tuple[int, int, float]]:
    views = (WordView(texts, characters), WordView(texts, sounds))
    for first in range(0, len(texts), _SLICE):
        some = texts[first : first + _SLICE]
        shares = (views[0].likeness(some) + views[1].likeness(some)) / 2
        for row, other in zip(*(places.tolist() for places in (shares >= likeness).nonzero()), strict=True):
            if other > first + row:
                yield first + row, other, float(shares[row, other])
