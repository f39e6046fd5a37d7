"""The content taken apart into entries, each of which is edited and reviewed alone, and put together again.

The key of an entry is its kind and name, "topic:fee". Putting unchanged entries together gives the very
same content back.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, Field

from faq.calendar_models import Hours
from faq.content_models import (
    Category,
    Content,
    Guide,
    Id,
    Label,
    Line,
    Menu,
    Replies,
    Scene,
    Screens,
    Slug,
    Strict,
    Topic,
    Words,
)
from faq.editor.occasions import called

Kind = Literal[
    "topic",
    "guide",
    "sentence",
    "scene",
    "elsewhere",
    "labels",
    "typed",
    "screens",
    "menu",
    "hours",
    "categories",
]

SINGLE: tuple[Kind, ...] = ("labels", "typed", "screens", "menu", "hours", "categories")
"""Kinds of which there is one entry only; its key is the kind."""


class Sentence(Strict):
    """One fixed sentence."""

    text: Words


class Labels(Strict):
    """The words on the buttons."""

    labels: dict[Id, Label]


class Typed(Strict):
    """What citizens type instead of tapping, and the wordings of distress."""

    typed: dict[Id, tuple[Line, ...]] = Field(default_factory=dict)
    distress: tuple[Line, ...] = ()


class Elsewhere(Strict):
    """One group of questions that are not ours to answer."""

    questions: Annotated[tuple[Line, ...], Field(min_length=1)]


class Categories(Strict):
    """The categories of topics: what editors call them, by slug."""

    names: dict[Slug, Line]


M = TypeVar("M", bound=BaseModel)

MODELS: Mapping[Kind, type[BaseModel]] = {
    "topic": Topic,
    "guide": Guide,
    "sentence": Sentence,
    "scene": Scene,
    "elsewhere": Elsewhere,
    "labels": Labels,
    "typed": Typed,
    "screens": Screens,
    "menu": Menu,
    "hours": Hours,
    "categories": Categories,
}


class Lenient(dict[str, Any]):
    """A group of values in which what was left out reads as None, so that forms can ask for everything."""

    def __missing__(self, key: str) -> None:
        return None


def lenient(text: str) -> Lenient:
    """The values of a body, all the way down."""
    read: Lenient = json.loads(text, object_hook=Lenient)
    return read


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry: `body` is its canonical JSON, `category` the slug of a topic's category ("" for others)."""

    key: str
    title: str
    category: str
    body: str

    @property
    def kind(self) -> Kind:
        """What sort of entry this is."""
        return kind_of(self.key)

    @property
    def data(self) -> Lenient:
        """The body as values."""
        return lenient(self.body)

    @property
    def words(self) -> Iterator[str]:
        """Every text that stands in it, its name and its title."""
        yield self.key.partition(":")[2]
        yield self.title
        yield from _texts(self.data)


def _texts(value: Any) -> Iterator[str]:
    match value:
        case str():
            yield value
        case list():
            for item in value:
                yield from _texts(item)
        case dict():
            for inner in value.values():
                yield from _texts(inner)


class UnknownKey(LookupError):
    """There is no entry of this kind."""


def kind_of(key: str) -> Kind:
    """The kind in a key.

    Raises:
        UnknownKey: it names none.
    """
    kind: Any = key.partition(":")[0]
    if kind not in MODELS or (kind in SINGLE) == (":" in key):
        raise UnknownKey(f"{key!r} is no key of an entry: write kind:name, such as topic:fee")
    named: Kind = kind
    return named


def entry_of(key: str, model: BaseModel, category: str = "") -> Entry:
    """The entry that holds this model."""
    return Entry(key, title_of(key, model), category, body_of(model))


def body_of(model: BaseModel) -> str:
    """The same text for the same words, whoever writes it."""
    plain = model.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    return json.dumps(plain, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def title_of(key: str, model: BaseModel) -> str:
    """What editors call the entry."""
    match model:
        case Topic() | Guide():
            return model.title
        case _:
            kind, _, name = key.partition(":")
            return called(kind, name) if name else key


def apart(content: Content) -> dict[str, Entry]:
    """Every entry of the content by its key, in the order of the content."""
    return {entry.key: entry for entry in _entries(content)}


def _entries(content: Content) -> Iterator[Entry]:
    for category in content.categories:
        for topic in category.topics:
            yield entry_of(f"topic:{topic.id}", topic, category.slug)
    for guide in content.guides:
        yield entry_of(f"guide:{guide.id}", guide)
    replies = content.replies
    for key, text in replies.sentences.items():
        yield entry_of(f"sentence:{key}", Sentence(text=text))
    for step, scene in replies.scenes.items():
        yield entry_of(f"scene:{step}", scene)
    for group, questions in content.out_of_scope.items():
        yield entry_of(f"elsewhere:{group}", Elsewhere(questions=questions))
    yield entry_of("labels", Labels(labels=replies.labels))
    yield entry_of("typed", Typed(typed=replies.typed, distress=replies.distress))
    yield entry_of("screens", content.screens)
    yield entry_of("menu", content.menu)
    yield entry_of("hours", content.hours)
    yield entry_of("categories", Categories(names={c.slug: c.category for c in content.categories}))


def together(entries: Mapping[str, Entry]) -> Content:
    """The content that these entries make; topics of a category without a name get the slug as its name."""
    read = {key: MODELS[entry.kind].model_validate_json(entry.body) for key, entry in entries.items()}

    def named(kind: Kind) -> dict[str, Any]:
        return {key.partition(":")[2]: model for key, model in read.items() if kind_of(key) == kind}

    labels, typed, names = read["labels"], read["typed"], read["categories"]
    assert isinstance(labels, Labels)  # noqa: S101
    assert isinstance(typed, Typed)  # noqa: S101
    assert isinstance(names, Categories)  # noqa: S101
    topics: dict[str, list[Topic]] = {slug: [] for slug in names.names}
    for id_, topic in named("topic").items():
        topics.setdefault(entries[f"topic:{id_}"].category, []).append(topic)
    return Content(
        categories=tuple(
            Category(slug=slug, category=names.names.get(slug, slug), topics=tuple(topics[slug]))
            for slug in sorted(topics)
        ),
        guides=tuple(sorted(named("guide").values(), key=lambda guide: str(guide.id))),
        replies=Replies(
            sentences={key: sentence.text for key, sentence in named("sentence").items()},
            labels=labels.labels,
            scenes=named("scene"),
            typed=typed.typed,
            distress=typed.distress,
        ),
        menu=_as(Menu, read["menu"]),
        hours=_as(Hours, read["hours"]),
        screens=_as(Screens, read["screens"]),
        out_of_scope={group: elsewhere.questions for group, elsewhere in named("elsewhere").items()},
    )


def _as(model: type[M], read: BaseModel) -> M:
    assert isinstance(read, model)  # noqa: S101
    return read
