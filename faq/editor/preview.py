"""A message as a citizen sees it, with what it weighs; an entry on every phone on which it differs."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from faq.content_models import ALL_CHANNELS, Answer, Content, Topic
from faq.editor.merging import lines_of
from faq.library import Library

_LINK = re.compile(r"\[([^\[\]\n]{1,200})\]\((https?://[^\s()<>\"']{1,1000})\)")


@dataclass(frozen=True, slots=True)
class Sent:
    """One message as it would leave: its words, what can be tapped below, and its bytes as WeChat counts.

    A picture is a message of its own, without words.
    """

    words: str
    options: tuple[str, ...] = ()
    size_bytes: int = 0
    picture: str = ""

    @property
    def segments(self) -> Iterator[tuple[str, str]]:
        """The words in pieces, each with its address when it is a link, else ""."""
        start = 0
        for link in _LINK.finditer(self.words):
            yield self.words[start : link.start()], ""
            yield link[1], link[2]
            start = link.end()
        yield self.words[start:], ""


Taps = Callable[[Library, str], Sequence[Sent]]
"""What would be sent for a tap on an entry of this library, by its key."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What somebody in this case sees; "" is everybody for whom nothing else is written."""

    case: str
    messages: Sequence[Sent]


def every_phone(content: Content, key: str, taps: Taps) -> list[Shown]:
    """An entry as everybody sees it, then as those do for whom another answer is written."""
    shown = [Shown("", taps(Library(content), key))]
    topic = next((topic for topic in content.topics if f"topic:{topic.id}" == key), None)
    for answer in topic.answers if topic else ():
        if "wechat" not in answer.channels:
            shown.append(Shown(_case(answer), [Sent(answer.text)]))
        elif topic and answer.when:
            shown.append(Shown(_case(answer), taps(Library(_only(content, topic, answer)), key)))
    return shown


def _case(answer: Answer) -> str:
    case = answer.when.model_dump(exclude_none=True) if answer.when else {}
    if "wechat" not in answer.channels:
        case["channels"] = [*answer.channels]
    return "，".join(lines_of(case))


def _only(content: Content, topic: Topic, answer: Answer) -> Content:
    """The content in which everybody is given this answer of the topic."""
    alone = answer.model_copy(update={"when": None, "channels": ALL_CHANNELS})
    said = topic.model_copy(update={"answers": (alone,)})
    categories = tuple(
        category.model_copy(
            update={"topics": tuple(said if one.id == topic.id else one for one in category.topics)}
        )
        for category in content.categories
    )
    return content.model_copy(update={"categories": categories})
