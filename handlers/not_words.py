"""Pictures, videos, voice without words, places, links, stickers: each gets a sensible answer."""

from handlers import options
from handlers.messages import Picture, Place, Recording, SharedLink, Text, Words
from handlers.turn import Outcome, Turn


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


def nothing_said(turn: Turn) -> Outcome | None:
    """A message without a single letter: blanks, punctuation, emoji or WeChat's [微笑]."""
    if not isinstance(turn.act, Words):
        return None
    words = turn.words.strip()
    if not words:
        return Outcome((Text(turn.library.reply("empty")),), turn.memory)
    is_emoticon = words.startswith("[") and words.endswith("]") and len(words) <= 8
    if is_emoticon or words.startswith("/:") or not any(letter.isalnum() for letter in words):
        return Outcome((Text(turn.library.reply("sticker")),), turn.memory)
    return None
