"""A message as the citizen's phone will show it, with what it weighs."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

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
