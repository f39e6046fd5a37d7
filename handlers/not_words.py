"""Pictures, videos, voice without words, places, links, stickers: each gets a sensible answer."""

import re

from handlers import options
from handlers.messages import Picture, Place, Recording, SharedLink, Text, Words
from handlers.turn import Outcome, Turn
from nlu.text import normalise


def seen(turn: Turn) -> Outcome | None:
    """Something that is not text."""
    match turn.act:
        case Picture():
            key = "picture"
        case Recording(kind="voice"):
            key = "voice_unheard"
        case Recording():
            key = "video"
        case Place():
            key = "place"
        case SharedLink():
            key = "link"
        case _:
            return None
    buttons = options.labelled(turn.library, options.HUMAN)
    return Outcome((Text(turn.library.reply(key), buttons),), turn.memory)


def only_numbers(turn: Turn) -> Outcome | None:
    """A number that was covered, and no word of what it is about but its name."""
    if not turn.masked or _WHAT_A_NUMBER_IS.sub("", normalise(turn.words).text):
        return None
    buttons = (*options.labelled(turn.library, options.HUMAN), *options.back_to_guide(turn))
    return Outcome((Text(turn.library.reply("only_numbers"), buttons),), turn.memory)


_WHAT_A_NUMBER_IS = re.compile(
    r"[\W_0-9a-zA-Z零〇一二三四五六七八九幺]|[我你他她的是为]|号码?|居民|身份证?|证件|手机|电话|银行|卡|护照|通行证"
)


UNSUPPORTED = frozenset({"【收到不支持的消息类型，暂无法显示】", "[Unsupported Message]"})
"""What WeChat writes in the place of a sticker of its shop, and of what it cannot pass on."""


def nothing_said(turn: Turn) -> Outcome | None:
    """A message without a single letter: blanks, punctuation, emoji or WeChat's [微笑]."""
    if not isinstance(turn.act, Words):
        return None
    words = turn.words.strip()
    if not words:
        return Outcome((Text(turn.library.reply("empty")),), turn.memory)
    if words in UNSUPPORTED:
        return Outcome((Text(turn.library.reply("sticker")),), turn.memory)
    is_emoticon = words.startswith("[") and words.endswith("]") and len(words) <= 8
    if is_emoticon or words.startswith("/:") or not any(letter.isalnum() for letter in words):
        return Outcome((Text(turn.library.reply("sticker")),), turn.memory)
    return None
