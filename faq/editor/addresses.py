"""What an address of the editor names: entries, shelves, numbers."""

from collections.abc import Mapping

from aiohttp import web

from faq.editor.entries import Entry, Kind, UnknownKey, kind_of

SHELVES: Mapping[str, tuple[Kind, ...]] = {
    "topic": ("topic",),
    "guide": ("guide",),
    "sentence": ("sentence", "scene", "labels", "typed", "screens"),
    "other": ("menu", "hours", "categories", "elsewhere"),
}
"""What is listed together."""


def key_in(request: web.Request) -> str:
    """The key of an entry in the address."""
    key = request.match_info["key"]
    try:
        kind_of(key)
    except UnknownKey:
        raise web.HTTPNotFound from None
    return key


def shelf_of(key: str) -> str:
    """The list on which an entry stands."""
    return next(shelf for shelf, kinds in SHELVES.items() if kind_of(key) in kinds)


def number_of(text: str) -> int:
    """A whole number from an address or a form; 0 when it is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def categories_of(entries: Mapping[str, Entry]) -> dict[str, str]:
    """What editors call the categories, by slug."""
    named: dict[str, str] = dict(entries["categories"].data["names"])
    return named


def titles_of(entries: Mapping[str, Entry], kind: Kind) -> dict[str, str]:
    """What editors call the entries of a kind, by name."""
    return {key.partition(":")[2]: entry.title for key, entry in entries.items() if entry.kind == kind}
