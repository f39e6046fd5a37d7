"""The rehearsal: a draft is learned and asked exactly as the live bot is, and compared with what is live.

Pure computation, run in a worker.
"""

from collections import defaultdict
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from functools import partial
from typing import Protocol

from faq.checks import check
from faq.content_models import Content
from faq.editor.report import Case, Conflict, Heard, Moved, Report, Score, Told
from faq.editor.sounds import same_sounds
from faq.findings import Finding
from faq.library import Library
from faq.references import references
from nlu.training import TrainingContent
from nlu.understanding import Guess, Understanding

FEWEST_QUESTIONS = 3
"""An entry with fewer ways of asking is pointed out."""

SURE = 0.5
"""From this confidence on, another topic that answers an entry's own question counts as a conflict."""

AT_ONCE = 32
"""Questions that are understood together: about as fast as more, and the progress bar moves."""

MOST_ASKED = 2000
"""Questions of changed entries that are put to the ear when conflicts are looked for."""


class Listens(Protocol):
    """The ear, as the editor needs it."""

    def understand(self, text: str) -> Understanding:
        """Understand one utterance."""
        ...

    def understand_all(self, texts: Sequence[str]) -> list[Understanding]:
        """Understand several, each as if it were alone, in much less time."""
        ...


Train = Callable[[TrainingContent], Listens]
Progress = Callable[[str, int, int], None]
"""Told what is being done, how much of it is finished, and how much there is."""


def rehearse(
    live: Library,
    ear_now: Listens,
    draft: Content,
    *,
    cases: Sequence[Case],
    train: Train,
    today: date,
    pictures: Container[str] = frozenset(),
    progress: Progress = lambda _what, _done, _all: None,
) -> Report:
    """Learn the draft, ask both ears every test question, and look for what would confuse or break.

    The live ear is asked while the draft is learnt, which happens in a process of its own. `pictures` are
    the names of those that were uploaded.
    """
    library = Library(draft)
    progress("learn", 0, 1)
    lessons = library.training()
    with ThreadPoolExecutor(1) as beside:
        learning = None if lessons == live.training() else beside.submit(train, lessons)
        questions = [case.words for case in cases]
        before = hear_all(ear_now, live, questions, today, partial(progress, "learn"))
        ear = learning.result() if learning else ear_now
    after = hear_all(ear, library, questions, today, partial(progress, "ask"))
    asked = [
        Moved(words=case.words, expected=case.topic, before=was, after=is_now)
        for case, was, is_now in zip(cases, before, after, strict=True)
    ]
    progress("compare", 0, 1)
    return Report(
        fingerprint=draft.fingerprint(),
        base=live.number,
        cases=len(cases),
        right_before=sum(one.before.topic == one.expected for one in asked),
        right_after=sum(one.after.topic == one.expected for one in asked),
        scores=_scores(asked),
        moved=[one for one in asked if one.before.topic != one.after.topic],
        wrong=[one for one in asked if one.after.topic != one.expected],
        conflicts=list(_conflicts(live.content, ear_now, draft, ear)),
        findings=list(_findings(live.content, draft, today, pictures)),
    )


def hear(ear: Listens, library: Library, words: str, today: date) -> Heard:
    """What the bot does with a question, on the very path that citizens take."""
    return hear_all(ear, library, [words], today)[0]


def hear_all(
    ear: Listens,
    library: Library,
    questions: Sequence[str],
    today: date,
    told: Callable[[int, int], None] = lambda _done, _all: None,
) -> list[Heard]:
    """What the bot does with each of the questions; `told` how many are done."""
    heard: list[Heard] = []
    for first in range(0, len(questions), AT_ONCE):
        told(first, len(questions))
        understood = ear.understand_all(questions[first : first + AT_ONCE])
        heard += [_heard(library, one, today) for one in understood]
    return heard


def _heard(library: Library, understood: Understanding, today: date) -> Heard:
    best = understood.guesses[0] if understood.guesses else None
    topic = understood.topic
    if topic is not None and library.answer_to(topic, on=today) is None:
        topic = None
    return Heard(
        topic=topic,
        guess=best.topic if best else None,
        confidence=round(best.confidence, 3) if best else 0,
        zone=understood.zone,
    )


def _scores(asked: Iterable[Moved]) -> list[Score]:
    by_topic: defaultdict[str | None, list[Moved]] = defaultdict(list)
    for one in asked:
        by_topic[one.expected].append(one)
    scores = [
        Score(
            topic=topic,
            cases=len(ones),
            before=sum(one.before.topic == topic for one in ones),
            after=sum(one.after.topic == topic for one in ones),
        )
        for topic, ones in by_topic.items()
    ]
    return sorted(scores, key=lambda score: (score.after - score.before, str(score.topic)))


def _conflicts(live: Content, ear_now: Listens, draft: Content, ear: Listens) -> Iterator[Conflict]:
    """New questions that the live ear surely gives to another topic, or that the new ear itself does."""
    known = {(topic.id, question) for topic in live.topics for question in (topic.title, *topic.questions)}
    topics = {topic.id for topic in draft.topics}
    fresh = [
        (topic.id, question)
        for topic in draft.topics
        for question in (topic.title, *topic.questions)
        if (topic.id, question) not in known
    ]
    told: set[tuple[str, str]] = set()
    asked = fresh[:MOST_ASKED]
    guessed = [_best_guesses(listens, [question for _, question in asked]) for listens in (ear, ear_now)]
    for (topic, question), *guesses in zip(asked, *guessed, strict=True):
        for best in guesses:
            if best and best.topic != topic and best.topic in topics and best.confidence >= SURE:
                told.add((topic, question))
                yield Conflict(
                    question=question,
                    topic=topic,
                    other=best.topic,
                    nearest=best.nearest,
                    why="understood",
                    confidence=round(best.confidence, 3),
                )
                break
    for topic, question, other, nearest in same_sounds(draft, fresh):
        if (topic, question) not in told:
            yield Conflict(question=question, topic=topic, other=other, nearest=nearest, why="sounds")


def _best_guesses(ear: Listens, questions: Sequence[str]) -> Iterator[Guess | None]:
    for first in range(0, len(questions), AT_ONCE):
        for understood in ear.understand_all(questions[first : first + AT_ONCE]):
            yield next(iter(understood.guesses), None)


def _findings(live: Content, draft: Content, today: date, pictures: Container[str]) -> Iterator[Told]:
    known = {_identity(finding) for finding in (*references(live), *_checked(live, today, pictures))}
    for finding in references(draft):
        yield _told(finding, is_new=_identity(finding) not in known, breaks=True)
    for finding in _checked(draft, today, pictures):
        yield _told(finding, is_new=_identity(finding) not in known, breaks=False)


def _checked(content: Content, today: date, pictures: Container[str]) -> Iterator[Finding]:
    return check(content, today=today, fewest=FEWEST_QUESTIONS, pictures=pictures)


def _identity(finding: Finding) -> tuple[str, str, str]:
    return finding.code, finding.entry, finding.words


def _told(finding: Finding, *, is_new: bool, breaks: bool) -> Told:
    return Told(
        code=finding.code,
        entry=finding.entry,
        words=finding.words,
        is_error=finding.level == "error",
        is_new=is_new,
        breaks=breaks,
    )
