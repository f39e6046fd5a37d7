"""A choice of buttons that is answered in words: 2, 第二个, 最后一个, 是的."""

import re
from collections.abc import Sequence

from nlu.text import normalise, words_only

LONGEST = 12
"""Letters: a longer message says more than which button is meant."""

_CHOICES = frozenset({"topic", "guide", "go"})
"""What 最后一个 and 是的 can mean: a question, a guide or its way on, and not the buttons below them."""

_NUMERALS = "一二三四五六七八九"
_NUMBERED = re.compile(
    rf"(?:我|选|要|点|是|就|按|说的)*(?:第(?P<nth>[1-9{_NUMERALS}])[个项条种号样]?|(?P<n>[1-9{_NUMERALS}])号?)"
    "(?:那个|这个)?[吧啊呀呢嘛哦的]?"
)
_FIRST = re.compile("(?:最?[前上]面|头|前)(?:那|一|这|的)+个?")
_LAST = re.compile("(?:最后|最?[后下]面|后)(?:那|一|这|的)*个?")


def picked(words: str, typed: str | None, offered: Sequence[str]) -> str | None:
    """The id of the button that the words mean, by the ids that were offered last; None for other words.

    `typed` is the button that these words stand for wherever they are typed.
    """
    if typed in ("is_so", "agreed"):
        return _the_only(offered)
    said = words_only(normalise(words).text)
    choices = [id_ for id_ in offered if _is_choice(id_)]
    if found := _NUMBERED.fullmatch(said):
        numeral = found["nth"] or found["n"]
        place = int(numeral) if numeral.isdecimal() else _NUMERALS.index(numeral) + 1
        return offered[place - 1] if place <= len(offered) else None
    if choices and _FIRST.fullmatch(said):
        return choices[0]
    return choices[-1] if choices and _LAST.fullmatch(said) else None


def is_numbered(words: str) -> bool:
    """Whether somebody names a number of something, and nothing else."""
    return len(words) <= LONGEST and _NUMBERED.fullmatch(words_only(normalise(words).text)) is not None


def _the_only(offered: Sequence[str]) -> str | None:
    """What yes says yes to: a human who was offered first, or the one question beside 都不是."""
    if offered[0] == "human":
        return "human"
    choices = [id_ for id_ in offered if _is_choice(id_)]
    return choices[0] if "none" in offered and len(choices) == 1 else None


def _is_choice(id_: str) -> bool:
    return id_.partition(":")[0] in _CHOICES
