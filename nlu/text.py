"""What a citizen typed or said, made comparable: half width, lower case, simplified; and cut into clauses.

Every normalised character knows where it stood in the original, so that spans can be given on the original.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Protocol

LONGEST = 600
"""Characters that are looked at. WeChat passes on at most 2,048 bytes, about 680 Chinese characters."""

_ONE_MESSAGE = 4
"""Several parts of the ear normalise the message at hand; it is done once, and soon forgotten."""
_FIRST_HAN, _LAST_HAN = "\u4e00", "\u9fff"
_SPACES = re.compile(r"\s+")
_CLAUSE_END = re.compile(r"[,.!?;:~…。、，！？；：\n]+|\s+(?=[\u4e00-\u9fff])")
_LONG_NUMBER = re.compile(r"(?<![a-z0-9.])[0-9][0-9x*-]{5,}")
_NO_WORDS = re.compile(r"[^\u3400-\u9fffa-z0-9]+")
_FILLERS = re.compile(
    "(?:你好|您好|喂|哎呀|哎哟|哎|唉|诶|呃+|嗯+|额|啊+|哦+|噢|哈|嘛|呗|呀|啦|喽)+"
    "|(?:我)?(?:就)?(?:想|要)?(?:请问|问|咨询|打听|请教)(?:一下|下)(?:子)?(?:你们|您|你)?"
    "|请问|麻烦(?:你|您|帮我|问)?(?:一下|下)?|劳驾|拜托|谢谢(?:你|您|啊|了)?"
    "|那个那个|这个这个|那个啥|就是说|就是那个|就是这个|我跟你说|我跟你讲|我给你讲|是这样的?|是这么回事"
    "|怎么说呢|你说说|你看看|不好意思|同志|师傅|小姐姐?|姑娘|小伙子|老师|客服"
)


@dataclass(frozen=True, slots=True)
class Normalised:
    """`text` is comparable; character n of it stood at `places[n]` of the original."""

    text: str
    places: tuple[int, ...]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Where text[start:end] stood in the original, end exclusive."""
        return self.places[start], self.places[end - 1] + 1


class _Converter(Protocol):
    def convert(self, text: str) -> str: ...


def normalise(text: str, longest: int | None = LONGEST) -> Normalised:
    """Half width (NFKC), lower case, simplified, nothing invisible; cut at `longest` characters."""
    whole = _normalised(text[:longest])
    if longest is None or len(whole.text) <= longest:
        return whole
    return Normalised(whole.text[:longest], whole.places[:longest])


@lru_cache(_ONE_MESSAGE)
def _normalised(text: str) -> Normalised:
    letters: list[str] = []
    places: list[int] = []
    for place, letter in enumerate(text):
        if _FIRST_HAN <= letter <= _LAST_HAN:
            letters.append(letter)
            places.append(place)
            continue
        for half in unicodedata.normalize("NFKC", letter).lower():
            if unicodedata.category(half) not in ("Cf", "Mn", "Cs", "Cc") or half in "\n\t":
                letters.append(half)
                places.append(place)
    return Normalised(_simplified("".join(letters)), tuple(places))


def plain(text: str) -> str:
    """The normalised text as the engines read it: spaces joined, long numbers as one sign."""
    return _SPACES.sub(" ", _LONG_NUMBER.sub("#", normalise(text).text)).strip()


def words_only(text: str) -> str:
    """`text` (normalised) without punctuation, spaces and signs."""
    return _NO_WORDS.sub("", text)


def without_fillers(text: str) -> str:
    """`text` (normalised) without greetings, hesitations and manners; unchanged when nothing else is left."""
    rest = _FILLERS.sub("", text)
    return rest if len(words_only(rest)) >= 2 else text


def clauses(text: str) -> tuple[str, ...]:
    """The clauses of a normalised text, in order, each of four characters or more."""
    return tuple(part for part in map(str.strip, _CLAUSE_END.split(text)) if len(part) >= 4)


def _simplified(text: str) -> str:
    """`text` in simplified characters, of the same length."""
    if text.isascii():
        return text
    simple = _opencc().convert(text)
    if len(simple) == len(text):
        return simple
    return "".join(_opencc().convert(letter)[:1] or letter for letter in text)


@cache
def _opencc() -> _Converter:
    from opencc import OpenCC

    converter: _Converter = OpenCC("t2s")
    return converter
