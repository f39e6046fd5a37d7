"""How WeChat shows what we say: links and options as <a>, long texts in parts, cards as news.

`parts` comes first: it cuts a Saying into messages that WeChat can carry, before they are stored, so that
each is one row, one push and one unit of quota. `passive` and `pushed` then write one message each.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import Any
from urllib.parse import quote

from handlers.messages import Card, Illustration, Image, Option, PassToWeChatAgents, Saying, Text

BUDGET_BYTES = 1800
HARD_LIMIT_BYTES = 2047
"""WeChat drops a longer passive text without a word (observed: 2,047 bytes); 45002 for a pushed one."""

_ROOM_FOR_WORDS_BYTES = 300
"""What a message that carries options keeps free, so that options never stand alone without need."""

_LINK = re.compile(r"\[([^\[\]\n]{1,200})\]\((https?://[^\s()<>\"']{1,1000})\)")
_TYPED_TAG = re.compile(r"<(?=/?a[\s>])", re.IGNORECASE)
_NOT_IN_ADDRESS = re.compile(r"""[\s\x00-\x1f\x7f"#%&'+/<=>?\\]""")
"""Blanks, and what would end an address or mean something in it. Chinese stays: it is shorter, and every
phone is known to take it."""
_IN_LABEL = str.maketrans({"<": "＜", ">": "＞", "\n": " "})

_PARAGRAPH_ENDS = frozenset("\n")
_SENTENCE_ENDS = frozenset("。！？!?；;…")
_PAUSES = frozenset("，,、：: ")
_CLOSERS = frozenset("”’」』）)】》\n")
_JOINERS = frozenset("\u200d\ufe0e\ufe0f")


class CannotBePushed(TypeError):
    """A hand-over to WeChat's agents exists only as the answer to a message, never as a push."""


class NotThereYet(TypeError):
    """A picture of the content is a message only when it was brought to WeChat."""


def parts(saying: Saying) -> tuple[Saying, ...]:
    """One Saying as the messages that WeChat can carry, in order; nothing of it is lost.

    Text of more than 1,800 bytes, as WeChat will count it, is cut at the end of a paragraph or a
    sentence, only in need at a comma, and never within a link or a character. The options go with the
    last words.
    """
    if not isinstance(saying, Text) or _size(saying) <= BUDGET_BYTES:
        return (saying,)
    groups = list(_option_groups(saying.options))
    first = groups[0] if groups else ()
    pieces = list(_cut(saying.words, BUDGET_BYTES))
    if first and pieces:
        last_words = pieces.pop()
        pieces += _cut(last_words, max(_ROOM_FOR_WORDS_BYTES, BUDGET_BYTES - _options_size(first)))
    *whole, last = pieces or [""]
    return (*map(Text, whole), Text(last, first), *(Text("", group) for group in groups[1:]))


def passive(saying: Saying) -> dict[str, Any]:
    """The fields of a passive reply after ToUserName, FromUserName and CreateTime.

    Raises:
        NotThereYet: for an Illustration.
    """
    match saying:
        case Text():
            return {"MsgType": "text", "Content": lowered(saying)}
        case Image():
            return {"MsgType": "image", "Image": {"MediaId": saying.media_id}}
        case Card():
            article = {
                "Title": saying.title,
                "Description": saying.words,
                "PicUrl": saying.picture,
                "Url": saying.url,
            }
            return {"MsgType": "news", "ArticleCount": 1, "Articles": {"item": [article]}}
        case PassToWeChatAgents():
            named = {"TransInfo": {"KfAccount": saying.account}} if saying.account else {}
            return {"MsgType": "transfer_customer_service", **named}
        case Illustration():
            raise NotThereYet


def pushed(openid: str, saying: Saying) -> dict[str, Any]:
    """The JSON of a customer-service message (custom/send).

    Raises:
        CannotBePushed: for PassToWeChatAgents.
        NotThereYet: for an Illustration.
    """
    match saying:
        case Text():
            return {"touser": openid, "msgtype": "text", "text": {"content": lowered(saying)}}
        case Image():
            return {"touser": openid, "msgtype": "image", "image": {"media_id": saying.media_id}}
        case Card():
            article = {
                "title": saying.title,
                "description": saying.words,
                "url": saying.url,
                "picurl": saying.picture,
            }
            return {"touser": openid, "msgtype": "news", "news": {"articles": [article]}}
        case PassToWeChatAgents():
            raise CannotBePushed
        case Illustration():
            raise NotThereYet


def lowered(text: Text) -> str:
    """The words as WeChat shows them, and one tappable line for each option."""
    words = "".join([shown for _, shown in _atoms(text.words)])
    gap = "\n\n" if words and text.options else ""
    return words + gap + "\n".join([_tappable(option) for option in text.options])


def fits(saying: Saying) -> bool:
    """Whether one message carries it. WeChat takes an empty text for a failure of ours."""
    return not isinstance(saying, Text) or 0 < _size(saying) <= HARD_LIMIT_BYTES


@lru_cache(1024)
def _tappable(option: Option) -> str:
    """A tap sends the label back as the citizen's own words, with the id as bizmsgmenuid.

    The same buttons of the content stand below most replies, and each reply is written three times.
    """
    content, number = _in_address(option.label), _in_address(option.id)
    label = option.label.translate(_IN_LABEL)
    line = f'<a href="weixin://bizmsgmenu?msgmenucontent={content}&msgmenuid={number}">{label}</a>'
    return line if len(line.encode()) <= BUDGET_BYTES - _ROOM_FOR_WORDS_BYTES else label


def _in_address(text: str) -> str:
    return _NOT_IN_ADDRESS.sub(lambda sign: quote(sign[0], safe=""), text)


def _atoms(words: str) -> Iterator[tuple[str, str]]:
    """What may not be cut, as (written, shown): links whole, and the text between them.

    An <a> that somebody typed is shown as typed: only a [label](https://…) becomes a link, so that no
    pasted text can dress up another address, or an option, as ours.
    """
    start = 0
    for link in _LINK.finditer(words):
        if link.start() > start:
            yield _plain(words[start : link.start()])
        label, url = link[1].translate(_IN_LABEL), link[2]
        yield link[0], f'<a href="{url}">{label}</a>'
        start = link.end()
    if start < len(words):
        yield _plain(words[start:])


def _plain(words: str) -> tuple[str, str]:
    return words, _TYPED_TAG.sub("＜", words)


# ---- cutting ----


def _cut(words: str, budget: int) -> Iterator[str]:
    """Pieces of at most `budget` bytes as shown, that together are the words."""
    units = [unit for atom in _atoms(words) for unit in _units(atom)]
    start = 0
    while start < len(units):
        end = _reach(units, start, budget)
        if end < len(units):
            end = _best_cut(units, start, end)
        yield "".join([written for written, _ in units[start:end]])
        start = end


def _units(atom: tuple[str, str]) -> Iterator[tuple[str, int]]:
    """A link is one unit; other text is one unit per visible character. With each its size in bytes."""
    written, shown = atom
    if written.startswith("[") and shown.startswith("<a "):
        yield written, len(shown.encode())
        return
    unit = ""
    for character in written:
        if unit and not _belongs(unit, character):
            yield unit, _shown_bytes(unit)
            unit = ""
        unit += character
    yield unit, _shown_bytes(unit)


def _belongs(unit: str, character: str) -> bool:
    """Whether an accent, a skin tone or a joined emoji continues the character before it."""
    if len(unit) > 16:
        return False
    joined = character in _JOINERS or unit[-1] == "\u200d"
    return joined or bool(unicodedata.combining(character)) or "\U0001f3fb" <= character <= "\U0001f3ff"


def _shown_bytes(unit: str) -> int:
    """A "<" may be shown as a full-width one, which takes three bytes."""
    return 3 if unit == "<" else len(unit.encode("utf-8", "replace"))


def _reach(units: list[tuple[str, int]], start: int, budget: int) -> int:
    """Where the units from `start` have used up the budget; at least one unit further."""
    used, end = 0, start
    while end < len(units) and (end == start or used + units[end][1] <= budget):
        used += units[end][1]
        end += 1
    return end


def _best_cut(units: list[tuple[str, int]], start: int, end: int) -> int:
    """The last paragraph end in the second half, else a sentence end, else a pause, else `end`."""
    for ends in (_PARAGRAPH_ENDS, _SENTENCE_ENDS, _PAUSES):
        for cut in range(end, start + (end - start) // 2, -1):
            closes_later = cut < len(units) and units[cut][0] in _CLOSERS
            if not closes_later and (units[cut - 1][0][-1] in ends or _closes(units, cut, ends)):
                return cut
    return end


def _closes(units: list[tuple[str, int]], cut: int, ends: frozenset[str]) -> bool:
    """Whether a closing quote or bracket before `cut` follows a sentence end: “……。”"""
    return cut >= 2 and units[cut - 1][0] in _CLOSERS and units[cut - 2][0] in ends


def _option_groups(options: tuple[Option, ...]) -> Iterator[tuple[Option, ...]]:
    group: tuple[Option, ...] = ()
    for option in options:
        if group and _options_size((*group, option)) > BUDGET_BYTES - _ROOM_FOR_WORDS_BYTES:
            yield group
            group = ()
        group = (*group, option)
    if group:
        yield group


def _options_size(options: tuple[Option, ...]) -> int:
    return len(lowered(Text("x", options)).encode("utf-8", "replace")) - 1


def _size(text: Text) -> int:
    return len(lowered(text).encode("utf-8", "replace"))
