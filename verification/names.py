"""How a citizen's name is read: rare characters, the dot within, and what keyboards make of both."""

from __future__ import annotations

import re
import unicodedata

from verification.documents import DocumentKind, Refusal

LONGEST = 50
DOT = "·"  # U+00B7, as it stands on identity cards

# What keyboards and other systems put where a card has the dot; a full stop counts after a Chinese character.
_DOTS = re.compile(
    "[\u2022\u2027\u30fb\uff65\u22c5\u2219\u0387\u2024\u16eb\u25cf\u25aa\ufe52\u02d9\u2e31\u2e33\u318d\u119e]"
    "|(?<=[^\x00-\x7f])[.\uff0e\uff61\u3002]"
)

# Old keyboards and registers keep rare characters at private places: the row FE50 of GBK at U+E815 and on.
# Most of it is where GB 18030-2000 put it; these fourteen followed with GB 18030-2005 and 2022.
_PRIVATE = range(0xE815, 0xE865)
_LATER = str.maketrans(
    "\ue816\ue817\ue818\ue81e\ue826\ue82b\ue82c\ue831\ue832\ue83b\ue843\ue854\ue855\ue864",
    "\U00020087\U00020089\U000200cc\u9fb4\u9fb5\u9fb6\u9fb7\U000215d7\u9fb8\U0002298f\u9fb9\u9fba\U000241fe\u9fbb",
)
# What phones make of the apostrophe and the hyphen; a Chinese name has neither.
_MARKS = str.maketrans(dict.fromkeys("\u2018\u2019\u201b\u02bc\u02b9\u00b4`", "'")) | str.maketrans(
    dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-")
)
_VARIANTS = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")


def read_name(kind: DocumentKind, typed: str) -> str | Refusal:
    """The name in one form, or why it cannot be one.

    A resident's name is Chinese, with · where it stands on the card; other documents also carry Latin names.
    Characters of every CJK extension are Chinese characters here.
    """
    name = _one_form(typed)
    if not name:
        return Refusal.NAME_EMPTY
    if len(name) > LONGEST:
        return Refusal.NAME_TOO_LONG
    if any(character.isdigit() for character in name):
        return Refusal.NAME_WITH_DIGITS
    if any(_is_han(character) for character in name):
        return _chinese_name(name)
    return Refusal.NAME_NOT_CHINESE if kind == DocumentKind.RESIDENT_ID else _latin_name(name)


def _one_form(typed: str) -> str:
    public = "".join(map(_at_its_place, _VARIANTS.sub("", typed).translate(_LATER).translate(_MARKS)))
    plain = unicodedata.normalize("NFKC", _DOTS.sub(DOT, unicodedata.normalize("NFC", public)))
    shown = "".join(c for c in plain if unicodedata.category(c) not in {"Cf", "Cc"} or c.isspace())
    spaced = " ".join(shown.split())
    # Spaces belong between Latin words, never between Chinese characters.
    return spaced.replace(" ", "") if any(map(_is_han, spaced)) else spaced.upper()


def _at_its_place(character: str) -> str:
    """The character where Unicode has it, if it came from its private place."""
    code = ord(character)
    if code not in _PRIVATE:
        return character
    place = 0x50 + code - _PRIVATE.start
    return bytes([0xFE, place + (place >= 0x7F)]).decode("gb18030")


def _chinese_name(name: str) -> str | Refusal:
    if any(c.isascii() and c.isalpha() for c in name):
        return Refusal.NAME_MIXED
    if any(not (_is_han(character) or character == DOT) for character in name):
        return Refusal.NAME_ODD_CHARACTER
    if name.startswith(DOT) or name.endswith(DOT) or DOT * 2 in name:
        return Refusal.NAME_DOT_MISPLACED
    return name if len(name) >= 2 else Refusal.NAME_TOO_SHORT


def _latin_name(name: str) -> str | Refusal:
    if any(not (c.isalpha() or c in " -'.," or unicodedata.combining(c)) for c in name):
        return Refusal.NAME_ODD_CHARACTER
    return name if sum(c.isalpha() for c in name) >= 2 else Refusal.NAME_TOO_SHORT


def _is_han(character: str) -> bool:
    """A Chinese character of any block: the rare ones of names live in the supplementary planes 2 and 3."""
    code = ord(character)
    in_first_plane = 0x3400 <= code <= 0x4DBF or 0x4E00 <= code <= 0x9FFF or 0xF900 <= code <= 0xFAFF
    return in_first_plane or 0x20000 <= code <= 0x3FFFD or character == "〇"
