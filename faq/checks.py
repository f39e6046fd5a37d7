"""What an editor should know of content that loads: clashes, gaps, links, lengths, dates.

`references.py` finds what is broken; this finds what would confuse the ear or the citizen.
"""

import re
from collections import defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from faq.content_models import Answer, Content, Topic
from faq.findings import Finding, Level
from nlu.text import normalise, words_only

TEXT_BYTES = 2047
"""What one WeChat text message holds, in UTF-8 bytes (2,048 and more were seen to be lost or cut)."""

TITLE_LETTERS = 20
SOON = timedelta(days=30)
NEAR_FROM = 6
"""Shorter questions that differ by one character usually mean different things."""

_LINK = re.compile(r"\[[^\[\]\n]+\]\(([^()\s]+)\)")
_HALF_LINK = re.compile(r"\[[^\[\]\n]*\]\([^)\n]*\)?|https?://[^\s)]+")


@dataclass(frozen=True, slots=True)
class Asked:
    """One way of asking: where it stands, and its folded form that equal questions share."""

    file: str
    topic: str
    path: str
    question: str
    folded: str


def check(
    content: Content,
    *,
    today: date,
    required: Mapping[str, str] | None = None,
    fewest: int = 25,
    near: bool = True,
    pictures: Container[str] | None = None,
) -> Iterator[Finding]:
    """Everything worth telling. `required` are the topics that must exist, with what they are about.

    Without `near`, the dearest part, questions that differ by one character are not looked for. `pictures`
    are the names of those that are there; None where nobody knows.
    """
    known = {topic.id for topic in content.topics}
    for id_, title in (required or {}).items():
        if id_ not in known:
            yield Finding("required_topic_missing", "topics/", id_, values={"id": id_, "title": title})
    for file, path, topic in _placed(content):
        yield from _topic(file, path, topic, fewest)
        yield from _validity(file, path, topic, today)
    asked = list(_asked(content))
    yield from _same(content, asked)
    if near:
        yield from _near(asked)
    yield from _negatives(content)
    yield from _elsewhere(content, asked)
    if pictures is not None:
        yield from _pictures(content, pictures)
    if today + SOON > content.hours.known_until:
        day = content.hours.known_until
        yield Finding("hours_end", "hours.yml", "", "known_until", level="warning", values={"day": day})


@lru_cache(maxsize=200_000)
def fold(question: str) -> str:
    """What equal questions share: half width, lower case, simplified, without signs and spaces."""
    normal = normalise(question).text
    return words_only(normal) or normal.strip()


def link_findings(text: str, file: str, entry: str, path: str) -> Iterator[Finding]:
    """Links of an answer that are not https, or not written as [label](https://…)."""
    for url in _LINK.findall(text):
        if not url.startswith("https://"):
            yield Finding("insecure_link", file, entry, path, values={"url": url})
    for half in _HALF_LINK.findall(_LINK.sub("", text)):
        yield Finding("broken_link", file, entry, path, values={"text": half})


def _placed(content: Content) -> Iterator[tuple[str, str, Topic]]:
    for category in content.categories:
        for n, topic in enumerate(category.topics):
            yield f"topics/{category.slug}.yml", f"topics[{n}]", topic


def _topic(file: str, path: str, topic: Topic, fewest: int) -> Iterator[Finding]:
    def found(code: str, where: str, level: Level = "error", **values: object) -> Finding:
        return Finding(code, file, topic.id, f"{path}.{where}", level=level, values=values)

    if len(topic.questions) < fewest:
        yield found("few_questions", "questions", count=len(topic.questions), fewest=fewest)
    if len(topic.title) > TITLE_LETTERS:
        yield found("title_long", "title", count=len(topic.title))
    for n, answer in enumerate(topic.answers):
        where = f"answers[{n}].text"
        size = len(answer.text.encode())
        if size > TEXT_BYTES:
            yield found("long_answer", where, "warning", size=size, limit=TEXT_BYTES)
        yield from link_findings(answer.text, file, topic.id, f"{path}.{where}")
        if (other := _hidden_by(answer, topic.answers[:n])) is not None:
            yield found("answer_never_used", where, n=n + 1, other=other + 1)
    for channel in ("h5", "agent"):  # on WeChat the model insists on one
        if not any(answer.when is None and channel in answer.channels for answer in topic.answers):
            yield found(f"no_answer_{channel}", "answers", "warning")


def _hidden_by(answer: Answer, earlier: Sequence[Answer]) -> int | None:
    """Which earlier answer is always taken in the place of this one, which the first that fits hides."""
    if answer.when is None:
        return None
    asks = answer.when.model_dump(exclude_none=True).items()
    return next(
        (
            n
            for n, other in enumerate(earlier)
            if other.when is not None
            and other.when.model_dump(exclude_none=True).items() <= asks
            and set(answer.channels) <= set(other.channels)
        ),
        None,
    )


def _validity(file: str, path: str, topic: Topic, today: date) -> Iterator[Finding]:
    until = topic.valid_until
    if until and until < today + SOON:
        code = "expired" if until < today else "expires_soon"
        values = {"day": until}
        yield Finding(code, file, topic.id, f"{path}.valid_until", level="warning", values=values)


def _asked(content: Content) -> Iterator[Asked]:
    for file, path, topic in _placed(content):
        for n, question in enumerate(topic.questions):
            yield Asked(file, topic.id, f"{path}.questions[{n}]", question, fold(question))


def _same(content: Content, asked: Iterable[Asked]) -> Iterator[Finding]:
    """Questions that stand twice. A standard question may stand among the questions of its own topic."""
    titles = [
        Asked(file, topic.id, f"{path}.title", topic.title, fold(topic.title))
        for file, path, topic in _placed(content)
    ]
    first: dict[str, Asked] = {}
    for one in (*titles, *asked):
        other = first.setdefault(one.folded, one)
        if other.topic != one.topic:
            yield _about(one, "same_question", "error", question=one.question, other=other.topic)
        elif other.path.endswith(".title"):
            first[one.folded] = one
        elif other is not one:
            yield _about(one, "same_twice", "warning", question=one.question)


def _near(asked: Iterable[Asked]) -> Iterator[Finding]:
    """Questions of two topics that differ by one character: they share a form with one character less."""
    by_form: defaultdict[str, list[Asked]] = defaultdict(list)
    told: set[tuple[str, str]] = set()
    for one in asked:
        if len(one.folded) < NEAR_FROM:
            continue
        for form in {one.folded, *(one.folded[:n] + one.folded[n + 1 :] for n in range(len(one.folded)))}:
            for other in by_form[form]:
                pair = (other.path + other.file, one.path + one.file)
                if other.topic == one.topic or other.folded == one.folded or pair in told:
                    continue
                told.add(pair)
                values = {"question": one.question, "other": other.topic, "theirs": other.question}
                yield _about(one, "near_question", "warning", **values)
            by_form[form].append(one)


def _negatives(content: Content) -> Iterator[Finding]:
    for file, path, topic in _placed(content):
        own = {fold(question) for question in topic.questions}
        for n, negative in enumerate(topic.negatives):
            if fold(negative) in own:
                where = f"{path}.negatives[{n}]"
                yield Finding("negative_is_question", file, topic.id, where, values={"question": negative})


def _elsewhere(content: Content, asked: Iterable[Asked]) -> Iterator[Finding]:
    ours = {one.folded: one for one in asked}
    for group, questions in content.out_of_scope.items():
        for question in questions:
            one = ours.get(fold(question))
            if one:
                yield _about(one, "in_scope_and_out", "error", question=one.question, group=group)


def _pictures(content: Content, there: Container[str]) -> Iterator[Finding]:
    """Pictures of answers and of steps that nobody uploaded: the words would arrive without them."""
    for file, path, topic in _placed(content):
        for n, answer in enumerate(topic.answers):
            if answer.picture and answer.picture not in there:
                where, values = f"{path}.answers[{n}].picture", {"name": answer.picture}
                yield Finding("no_picture", file, topic.id, where, values=values)
    for guide in content.guides:
        for n, step in enumerate(guide.steps):
            if step.picture and step.picture not in there:
                values = {"name": step.picture}
                yield Finding(
                    "no_picture", f"guides/{guide.id}.yml", step.id, f"steps[{n}].picture", values=values
                )


def _about(one: Asked, code: str, level: Level, **values: object) -> Finding:
    return Finding(code, one.file, one.topic, one.path, level=level, values=values)
