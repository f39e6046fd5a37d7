"""What a picture says, once its letters are read: a page of an app, somebody's papers, or nothing.

`sight_of` runs where the letters are clear (the reader's own process) and gives out covered lines only;
`recognised` runs on those, with the editors' wordings first and the ear where they are silent.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from nlu.entities import find_entities, mask
from nlu.misreadings import folded, stands_in
from nlu.understanding import Understanding

Kind = Literal["page", "papers", "face", "nothing"]

FEW_LETTERS = 4
"""A picture with fewer letters says nothing; with fewer than FACE_LETTERS, a face is what it shows."""

FACE_LETTERS = 12

TELLING = 3
"""How many lines the ear is asked about: the largest that speak of trouble."""

OWN_LETTERS = 6
"""Shorter furniture, such as 支付宝, stands on other pages too."""

LIKELY = 0.3
"""Guesses below this are not worth a button."""

_LETTER = re.compile(r"[\u3400-\u9fffA-Za-z]")
_HAN = re.compile(r"[\u3400-\u9fff]")
_TROUBLE = re.compile("失败|错误|有误|异常|超时|超限|过期|拒绝|不|未|无法|没|暂|请|上限|重试")
_NUMBER = re.compile(r"[0-9A-Za-z*](?:[ \-]{0,2}[0-9A-Za-z*]){5,}")
_CARD_NUMBER = re.compile(r"[0-9](?:[ \-]{0,2}[0-9]){14,18}")
_NAMES_PERSON = re.compile("(真实姓名|开户姓名|姓名|户名|持卡人|住址|地址|签名人|经办人|法定代表人)")
_NO_NAME = re.compile("[与和及或、，,不未有无错为格含包长请]")
_CARDS = (
    (("公民身份号码", "姓名", "性别", "民族", "出生", "住址"), 3),
    (("居民身份证", "签发机关", "有效期限", "中华人民共和国"), 3),
    (("通行证", "签发机关", "换证次数", "有效期限", "签发地点"), 3),
    (("护照", "passport", "签发地点", "签发机关", "国籍", "placeofbirth", "dateofissue"), 3),
    (("居住证", "签发机关", "通行证号码", "有效期限", "签发次数"), 3),
    (("永久居留", "国籍", "签发机关", "有效期限"), 3),
)
"""Words printed on papers, and how many of them make a picture one of these papers."""
_MACHINE_LINE = re.compile(r"[A-Z]{1,2}[A-Z<]?[A-Z]{3}[A-Z]+<<|<{6}")
_ON_BANK_CARDS = re.compile("银行|银联|借记|储蓄|信用卡|unionpay|visa|mastercard|debit|credit|valid|bank")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of print. Places and height are shares of the picture's height, 0 to 1."""

    words: str
    top: float = 0.0
    height: float = 0.0


@dataclass(frozen=True, slots=True)
class Sight:
    """What was seen; the lines, of a page only, hold no number and no name in clear."""

    kind: Kind
    lines: tuple[Line, ...] = ()

    @property
    def text(self) -> str:
        """All lines, one below the other."""
        return "\n".join(line.words for line in self.lines)


@dataclass(frozen=True, slots=True)
class Screen:
    """Wordings that stand on a screen, and the topic that helps whoever sees them."""

    topic: str
    wordings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Recognised:
    """What a page is about: the topic with the wording that told it, or topics it may be about."""

    topic: str | None = None
    wording: str = ""
    maybe: tuple[str, ...] = ()


class Screens:
    """The editors' wordings, made comparable once; earlier screens go before later ones."""

    def __init__(self, screens: Sequence[Screen], furniture: Sequence[str] = ()) -> None:
        self._wordings = [
            (folded(words), words, screen.topic) for screen in screens for words in screen.wordings
        ]
        self._furniture = frozenset(map(folded, furniture))

    def find(self, text: str) -> tuple[str, str] | None:
        """The topic and the wording of the first screen that stands in the text, or None."""
        bare = folded(text)
        for wording, words, topic in self._wordings:
            if stands_in(bare, wording):
                return topic, words
        return None

    def is_ours(self, text: str) -> bool:
        """Whether something stands in the text that stands on the pages of the mini program."""
        bare = folded(text)
        return any(words in bare for words in self._furniture if len(words) >= OWN_LETTERS)

    def telling(self, lines: Sequence[Line]) -> list[str]:
        """The largest lines that speak of trouble, without what stands on every page."""
        speaking = [
            line
            for line in lines
            if len(_HAN.findall(line.words)) >= FEW_LETTERS
            and _TROUBLE.search(line.words)
            and folded(line.words) not in self._furniture
        ]
        return [line.words for line in sorted(speaking, key=lambda line: -line.height)[:TELLING]]


def sight_of(lines: Sequence[Line], shows_a_face: Callable[[], bool]) -> Sight:
    """What the lines of a picture make it. `shows_a_face` is asked only where few letters were read."""
    letters = sum(len(_LETTER.findall(line.words)) for line in lines)
    if _is_papers(lines):
        return Sight("papers")
    if letters < FACE_LETTERS and shows_a_face():
        return Sight("face")
    return Sight("page", covered(lines)) if letters >= FEW_LETTERS else Sight("nothing")


def covered(lines: Sequence[Line]) -> tuple[Line, ...]:
    """The lines with numbers and named persons covered by "*"; numbers also where print was torn apart."""
    text = " ".join(line.words for line in lines)
    text = _NUMBER.sub(_without_digits, mask(text))
    words, start = [], 0
    for line in lines:
        words.append(text[start : start + len(line.words)])
        start += len(line.words) + 1
    for n, (line, below) in enumerate(pairwise(lines)):
        if _NAMES_PERSON.fullmatch(line.words.rstrip(":： ")) and _are_beside(line, below):
            words[n + 1] = "*" * len(words[n + 1])
    hidden = (_without_name(said) for said in words)
    return tuple(Line(said, line.top, line.height) for said, line in zip(hidden, lines, strict=True))


def recognised(
    lines: Sequence[Line], screens: Screens, understand: Callable[[str], Understanding]
) -> Recognised:
    """What the page is about: a known wording, else what the ear makes of its most telling lines.

    The ear was trained on questions: it is believed only of the largest line, on a page of ours. Anything
    else that it makes of the lines is a guess.
    """
    text = "".join(line.words for line in lines)
    found = screens.find(text)
    if found:
        return Recognised(*found)
    heard = [understand(words) for words in screens.telling(lines)]
    if heard and heard[0].topic and screens.is_ours(text):
        return Recognised(heard[0].topic)
    guesses = (guess for one in heard if one.zone != "fallback" for guess in one.guesses)
    likely = (guess.topic for guess in guesses if guess.confidence >= LIKELY)
    return Recognised(maybe=tuple(dict.fromkeys(likely)))


def _is_papers(lines: Sequence[Line]) -> bool:
    """Whether this is a picture of somebody's card or passport rather than of a screen."""
    text = " ".join(line.words for line in lines)
    bare = folded(text)
    if any(sum(word in bare for word in words) >= most for words, most in _CARDS):
        return True
    if _MACHINE_LINE.search(text.replace(" ", "")):
        return True
    has_id = any(entity.kind == "id_number" for entity in find_entities(text))
    if has_id and sum(word in bare for word in _CARDS[0][0]) >= 2:
        return True
    has_trouble = any(sign in bare for sign in ("失败", "未通过", "不通过", "不一致", "错误", "有误", "请"))
    return bool(_CARD_NUMBER.search(text) and _ON_BANK_CARDS.search(bare)) and not has_trouble


def _without_digits(found: re.Match[str]) -> str:
    """A run with four digits or more may be a number that was misread: nothing of it is kept."""
    run = found.group()
    digits = sum(sign.isdigit() or sign == "*" for sign in run)
    return re.sub("[0-9A-Za-z]", "*", run) if digits >= 4 else run


def _without_name(words: str) -> str:
    """姓名：张三 and 姓名张三, but not 姓名与身份证号码不一致."""
    found = _NAMES_PERSON.match(words)
    if not found:
        return words
    rest = words[found.end() :]
    if not rest.strip(" :：") or _NO_NAME.search(rest):
        return words
    return found.group() + re.sub(r"[^\s:：]", "*", rest)


def _are_beside(one: Line, other: Line) -> bool:
    return abs(one.top - other.top) < 0.7 * max(one.height, other.height)
