"""The rehearsal: a draft is learned and asked exactly as the live bot is, and compared with what is live.

Pure computation, run in a worker; `Report` is kept as JSON with the candidate.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from typing import Protocol

from pydantic import BaseModel, ConfigDict

from faq.checks import check
from faq.content_models import Content
from faq.editor.sounds import same_sounds
from faq.findings import Finding
from faq.library import Library
from faq.references import references
from nlu.training import TrainingContent
from nlu.understanding import Understanding

FEWEST_QUESTIONS = 3
"""An entry with fewer ways of asking is pointed out."""

SURE = 0.5
"""From this confidence on, another topic that answers an entry's own question counts as a conflict."""

MOST_ASKED = 2000
"""Questions of changed entries that are put to the ear when conflicts are looked for."""


class Listens(Protocol):
    """The ear, as the editor needs it."""

    def understand(self, text: str) -> Understanding:
        """Understand one utterance."""
        ...


Train = Callable[[TrainingContent], Listens]
Progress = Callable[[str, int, int], None]
"""Told what is being done, how much of it is finished, and how much there is."""


class Case(BaseModel):
    """One question of the regression set; `topic` None means that nobody here should answer it."""

    model_config = ConfigDict(frozen=True)

    words: str
    topic: str | None


class Heard(BaseModel):
    """What an ear made of a question: the topic it would answer with (None: it asks back or gives up)."""

    model_config = ConfigDict(frozen=True)

    topic: str | None
    guess: str | None = None
    confidence: float = 0
    zone: str = "fallback"


class Moved(BaseModel):
    """A test question that is understood otherwise than before."""

    model_config = ConfigDict(frozen=True)

    words: str
    expected: str | None
    before: Heard
    after: Heard

    @property
    def verdict(self) -> str:
        """fixed, broken, or moved from one wrong answer to another."""
        was, is_now = self.before.topic == self.expected, self.after.topic == self.expected
        return "broken" if was and not is_now else "fixed" if is_now and not was else "moved"


class Conflict(BaseModel):
    """A question of one entry that another entry takes: by the model, or because it sounds alike."""

    model_config = ConfigDict(frozen=True)

    question: str
    topic: str
    other: str
    nearest: str
    why: str
    confidence: float = 0


class Score(BaseModel):
    """How many test questions of a topic were right before and are right after."""

    model_config = ConfigDict(frozen=True)

    topic: str | None
    cases: int
    before: int
    after: int


class Told(BaseModel):
    """A finding as it is shown."""

    model_config = ConfigDict(frozen=True)

    code: str
    entry: str
    words: str
    is_error: bool
    is_new: bool
    breaks: bool


class Report(BaseModel):
    """Everything that a rehearsal found out about one draft."""

    model_config = ConfigDict(frozen=True)

    fingerprint: str
    base: int
    cases: int
    right_before: int
    right_after: int
    scores: list[Score]
    moved: list[Moved]
    wrong: list[Moved]
    conflicts: list[Conflict]
    findings: list[Told]
    seconds: float = 0

    @property
    def broken(self) -> list[Told]:
        """What would break the bot: it can never go live."""
        return [finding for finding in self.findings if finding.breaks]

    @property
    def hurdles(self) -> list[str]:
        """What keeps the draft from going live without a named reason; empty when it passes the gate."""
        return [
            name
            for name, stands in (
                ("accuracy", self.right_after < self.right_before),
                ("conflicts", bool(self.conflicts)),
                ("errors", any(finding.is_error and finding.is_new for finding in self.findings)),
            )
            if stands
        ]


def rehearse(
    live: Library,
    ear_now: Listens,
    draft: Content,
    *,
    cases: Sequence[Case],
    train: Train,
    today: date,
    progress: Progress = lambda _what, _done, _all: None,
) -> Report:
    """Learn the draft, ask both ears every test question, and look for what would confuse or break."""
    library = Library(draft)
    progress("learn", 0, 1)
    lessons = library.training()
    ear = ear_now if lessons == live.training() else train(lessons)
    asked = []
    for done, case in enumerate(cases):
        asked.append(
            Moved(
                words=case.words,
                expected=case.topic,
                before=hear(ear_now, live, case.words, today),
                after=hear(ear, library, case.words, today),
            )
        )
        if done % 20 == 0:
            progress("ask", done, len(cases))
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
        findings=list(_findings(live.content, draft, today)),
    )


def hear(ear: Listens, library: Library, words: str, today: date) -> Heard:
    """What the bot does with a question, on the very path that citizens take."""
    understood = ear.understand(words)
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
    for topic, question in fresh[:MOST_ASKED]:
        for listens in (ear, ear_now):
            best = next(iter(listens.understand(question).guesses), None)
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


def _findings(live: Content, draft: Content, today: date) -> Iterator[Told]:
    known = {_identity(finding) for finding in _all_findings(live, today)}
    for finding in references(draft):
        yield _told(finding, is_new=_identity(finding) not in known, breaks=True)
    for finding in check(draft, today=today, fewest=FEWEST_QUESTIONS):
        yield _told(finding, is_new=_identity(finding) not in known, breaks=False)


def _all_findings(content: Content, today: date) -> Iterator[Finding]:
    yield from references(content)
    yield from check(content, today=today, fewest=FEWEST_QUESTIONS)


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
