"""What the editors own, as strict and frozen models: one `Content` is everything a release holds.

The shape of the files under content/ and of a release row. What goes across entries (unknown topics,
unreachable steps) is judged in references.py; sentences with placeholders in reply_keys.py.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from faq.calendar_models import Hours
from nlu.entities import phone_is_supported

Channel = Literal["wechat", "h5", "agent"]
Document = Literal[
    "resident_id",
    "overseas_passport",
    "hkmt",
    "taiwan",
    "gat_residence",
    "foreign_permanent",
    "foreign_passport",
]
Id = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")]
Words = Annotated[str, StringConstraints(min_length=1, max_length=4000, strip_whitespace=True)]
Line = Annotated[str, StringConstraints(min_length=1, max_length=200, strip_whitespace=True)]
Lines = Annotated[tuple[Line, ...], Field(max_length=1000)]
"""More ways of asking one thing teach the ear nothing, and a pasted book would keep it learning for hours."""

Label = Annotated[str, StringConstraints(min_length=1, max_length=20, strip_whitespace=True)]
Address = Annotated[str, StringConstraints(pattern=r"^https://\S+$")]
GuideWords = Annotated[str, StringConstraints(min_length=1, max_length=120, strip_whitespace=True)]
"""One screen of a guide: short enough for a 60-year-old to take in at once."""

ALL_CHANNELS: tuple[Channel, ...] = ("wechat", "h5", "agent")


class Strict(BaseModel):
    """Frozen, no unknown keys, nothing coerced."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


# ---- questions and answers ----


class Slots(Strict):
    """What must be known of the citizen for a variant; the steps and errors are the journey's own words."""

    document: Document | None = None
    phone_system: Id | None = None
    step: Id | None = None
    error: Id | None = None

    def fit(self, known: Mapping[str, str]) -> bool:
        """Whether `known` says everything that is asked here."""
        return all(
            value in _names_of(known.get(slot, ""))
            for slot, value in self.model_dump(exclude_none=True).items()
        )


def _names_of(said: str) -> set[str]:
    """What a variant may call it: "android 4.2" is an android, and one that is too old."""
    name, enough = said.partition(" ")[0], phone_is_supported(said)
    return {said, name} if enough is None else {said, name, f"{name}_{'new_enough' if enough else 'too_old'}"}


class Answer(Strict):
    """One text of a topic; without `for` it is the default."""

    text: Words
    when: Slots | None = Field(default=None, alias="for")
    channels: Annotated[tuple[Channel, ...], Field(min_length=1)] = ALL_CHANNELS
    picture: Line | None = None


class Action(Strict):
    """A button below an answer that opens something."""

    open: Literal["guide", "verification", "human"]
    label: Label
    id: Id | None = None

    @model_validator(mode="after")
    def _only_a_guide_has_an_id(self) -> Self:
        if (self.open == "guide") != (self.id is not None):
            raise PydanticCustomError("guide_needs_id", "a guide, and only a guide, is named by id")
        return self


class Topic(Strict):
    """One entry: the standard question, how citizens ask it, and what is answered."""

    id: Id
    title: Line
    questions: Lines
    answers: Annotated[tuple[Answer, ...], Field(min_length=1, max_length=50)]
    negatives: Lines = ()
    keywords: Lines = ()
    related: Annotated[tuple[Id, ...], Field(max_length=3)] = ()
    actions: Annotated[tuple[Action, ...], Field(max_length=4)] = ()
    labels: tuple[Label, ...] = ()
    valid_from: date | None = None
    valid_until: date | None = None
    owner: Line | None = None
    source: Line | None = None

    @model_validator(mode="after")
    def _someone_is_always_answered(self) -> Self:
        for channel in ALL_CHANNELS:
            defaults = [a for a in self.answers if a.when is None and channel in a.channels]
            if channel == "wechat" and not defaults:
                raise PydanticCustomError("no_default_answer", "every topic needs a default answer")
            if len(defaults) > 1:
                raise PydanticCustomError("default_twice", "the second default answer is never used")
        if self.valid_from and self.valid_until and self.valid_from > self.valid_until:
            raise PydanticCustomError("dates_reversed", "valid_from is after valid_until")
        return self


class Category(Strict):
    """One file of topics: `slug` is its file name, `category` what editors call it."""

    slug: Slug
    category: Line
    topics: tuple[Topic, ...]


# ---- guides ----


class Choice(Strict):
    """What the citizen can say on a step, and where it leads."""

    label: Label
    next: Id


class Step(Strict):
    """One screen; `step` is the step of the service's flow that it belongs to."""

    id: Id
    title: Label
    text: GuideWords
    picture: Line | None = None
    options: tuple[Choice, ...] = ()
    next: Id | None = None
    end: bool = False
    stuck: GuideWords | None = None
    topic: Id | None = None
    step: Id | None = None

    @model_validator(mode="after")
    def _leads_one_way(self) -> Self:
        if [bool(self.options), self.next is not None, self.end].count(True) != 1:
            raise PydanticCustomError("step_needs_one_way", "one of next, options, end")
        return self

    @property
    def is_yes_or_no(self) -> bool:
        """Whether it ends with a question in 吗 and has two ways on: the first is yes, the second no."""
        return len(self.options) == 2 and self.text.rstrip().endswith("吗？")

    @property
    def ways(self) -> tuple[str, ...]:
        """The steps that can follow."""
        return (self.next,) if self.next else tuple(choice.next for choice in self.options)


class Guide(Strict):
    """A walk in small steps, from `start` to a step with `end`."""

    id: Id
    title: Label
    summary: Line
    start: Id
    steps: Annotated[tuple[Step, ...], Field(min_length=1)]


# ---- fixed sentences, menu ----


class Scene(Strict):
    """The greeting of somebody who scanned a support code while stuck at a step, and the help to offer."""

    text: Words
    topic: Id | None = None
    guide: Id | None = None
    failures: dict[Id, "Scene"] = Field(default_factory=dict)


class Replies(Strict):
    """Fixed sentences and button words by key, and the greetings of the support codes by step.

    `typed` lists by button what citizens type instead of tapping it; `distress` the wordings that bring
    a human at once, wherever in a message they stand.
    """

    sentences: dict[Id, Words]
    labels: dict[Id, Label]
    scenes: dict[Id, Scene]
    typed: dict[Id, tuple[Line, ...]] = Field(default_factory=dict)
    distress: tuple[Line, ...] = ()


class Button(Strict):
    """A button of the WeChat menu: a key to click, an address to view, or up to five buttons below."""

    name: Line
    key: Line | None = None
    url: Address | None = None
    sub: Annotated[tuple["Button", ...], Field(max_length=5)] = ()

    @model_validator(mode="after")
    def _does_one_thing(self) -> Self:
        if [self.key is not None, self.url is not None, bool(self.sub)].count(True) != 1:
            raise PydanticCustomError("menu_action", "one of key, url, sub")
        return self


class Menu(Strict):
    """The menu at the bottom of the chat; WeChat allows three buttons."""

    buttons: Annotated[tuple[Button, ...], Field(min_length=1, max_length=3)]


# ---- screenshots ----


class Screen(Strict):
    """Wordings of error pages, and the topic that is answered when one of them stands in a picture."""

    topic: Id
    wordings: Annotated[tuple[Line, ...], Field(min_length=1)]


class Screens(Strict):
    """What is looked for in a citizen's screenshot, the first that is found wins; and what every page has."""

    screens: tuple[Screen, ...] = ()
    furniture: tuple[Line, ...] = ()


# ---- all of it ----


class Content(Strict):
    """Everything the editors own at one moment."""

    categories: tuple[Category, ...]
    guides: tuple[Guide, ...]
    replies: Replies
    menu: Menu
    hours: Hours
    out_of_scope: dict[Id, tuple[Line, ...]] = Field(default_factory=dict)
    screens: Screens = Screens()

    @property
    def topics(self) -> Iterator[Topic]:
        """Every topic, in the order of the files."""
        return (topic for category in self.categories for topic in category.topics)

    def to_json(self) -> str:
        """The same text for the same content, whoever writes it."""
        plain: Any = self.model_dump(mode="json", by_alias=True, exclude_defaults=True)
        return json.dumps(plain, ensure_ascii=False, sort_keys=True, separators=(",", ":"))

    def fingerprint(self) -> str:
        """Changes with any word of the content."""
        return hashlib.sha256(self.to_json().encode()).hexdigest()
