"""Trials on the content itself: what an ear would make of questions that it never learnt."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from nlu.ear import Ear, EarSettings
from nlu.measure import Case, Heard, hear
from nlu.text import normalise, words_only
from nlu.training import Topic, TrainingContent

ENGINES: dict[str, EarSettings] = {
    "embedded": EarSettings(),
    "embedded-no-encoder": EarSettings(encoder=False),
    "embedded-ridge": EarSettings(head="ridge"),
    "embedded-logistic": EarSettings(head="logistic"),
}
"""What can be compared, side by side. Logistic takes minutes on thousands of examples."""

_RASA = Path(__file__).parent / "rasa"
PIPELINES = {"rasa": _RASA / "config.yml", "diet": _RASA / "config-diet.yml"}
"""What can be compared where Rasa's environment is: the shipped pipeline, and what Rasa itself offers."""


def cross_validated(
    content: TrainingContent,
    settings: EarSettings,
    *,
    folds: int = 5,
    told: Callable[[], object] = lambda: None,
) -> list[Heard]:
    """Every question heard by an ear trained without its fold; `told` is called after each fold.

    Questions with the same words are in the same fold, so that none is judged by its double.
    """
    heard: list[Heard] = []
    for fold in range(folds):
        ear = Ear.train(_without(content, fold, folds), settings)
        heard += hear(ear.understand, _held_out(content, fold, folds))
        told()
    return heard


def a_fifth_left_out(content: TrainingContent) -> tuple[TrainingContent, list[Case]]:
    """Four fifths of the content, and the questions left out; the same ones each time."""
    return _without(content, 0, 5), list(_held_out(content, 0, 5))


def not_learnt(content: TrainingContent, taught: TrainingContent) -> list[Case]:
    """The questions of `content` whose words are not in `taught`."""
    known = {_words(question) for question, _ in _labelled(taught)}
    return [Case(question, topic) for question, topic in _labelled(content) if _words(question) not in known]


def first_of_each(content: TrainingContent, most: int) -> TrainingContent:
    """The first `most` questions of every topic, and about the same share of what is out of scope."""
    topics = tuple(replace(topic, questions=topic.questions[:most]) for topic in content.topics)
    all_of_them = sum(len(topic.questions) for topic in content.topics)
    left = sum(len(topic.questions) for topic in topics)
    return TrainingContent(topics, content.out_of_scope[:: max(1, round(all_of_them / max(left, 1)))])


def content_of(cases: Sequence[Case]) -> TrainingContent:
    """Labelled cases as training content, for sets that are not ours; topics are their own titles."""
    names = sorted({case.topic for case in cases if case.topic is not None})
    topics = [Topic(name, "", tuple(case.text for case in cases if case.topic == name)) for name in names]
    return TrainingContent(tuple(topics), tuple(case.text for case in cases if case.topic is None))


def _without(content: TrainingContent, fold: int, folds: int) -> TrainingContent:
    def kept(questions: Sequence[str]) -> tuple[str, ...]:
        return tuple(question for question in questions if _fold_of(question, folds) != fold)

    topics = tuple(replace(topic, questions=kept(topic.questions)) for topic in content.topics)
    return TrainingContent(topics, kept(content.out_of_scope))


def _held_out(content: TrainingContent, fold: int, folds: int) -> Iterator[Case]:
    for question, topic in _labelled(content):
        if _fold_of(question, folds) == fold:
            yield Case(question, topic)


def _labelled(content: TrainingContent) -> Iterator[tuple[str, str | None]]:
    for topic in content.topics:
        yield from ((question, topic.id) for question in topic.questions)
    yield from ((question, None) for question in content.out_of_scope)


def _fold_of(question: str, folds: int) -> int:
    digest = hashlib.md5(_words(question).encode(), usedforsecurity=False).hexdigest()
    return int(digest[8:16], 16) % folds


def _words(question: str) -> str:
    return words_only(normalise(question).text)
