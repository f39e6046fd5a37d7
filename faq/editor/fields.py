"""What a form brought, read safely: text, lines, and repeated groups such as answers-0-text."""

import re
from collections.abc import Mapping
from typing import Any

from multidict import MultiDictProxy

from faq.editor.cleaning import without_controls

_SEPARATORS = re.compile(r"[、，,;；\n]+")


class Fields:
    """The fields of a form; uploads are left out."""

    def __init__(self, posted: MultiDictProxy[Any]) -> None:
        self._posted = posted

    def text(self, name: str) -> str:
        """One field, without blanks around it; line ends are as on every machine."""
        value = self._posted.get(name, "")
        if not isinstance(value, str):
            return ""
        return without_controls(value.replace("\r\n", "\n").replace("\r", "\n")).strip()

    def number(self, name: str) -> int:
        """A whole number, 0 when there is none."""
        value = self.text(name)
        return int(value) if value.isascii() and value.isdigit() and len(value) < 10 else 0

    def all(self, name: str) -> list[str]:
        """Every ticked value of a group."""
        return [value for value in self._posted.getall(name, []) if isinstance(value, str)]

    def lines(self, name: str) -> list[str]:
        """One item to a line; empty lines and lines that stand there twice are dropped."""
        found = (line.strip() for line in self.text(name).split("\n"))
        return list(dict.fromkeys(line for line in found if line))

    def words(self, name: str) -> list[str]:
        """Items separated by commas, in Chinese or otherwise."""
        found = (word.strip() for word in _SEPARATORS.split(self.text(name)))
        return list(dict.fromkeys(word for word in found if word))

    def rows(self, group: str) -> list[str]:
        """The prefixes of a repeated group in order: "answers-0-", "answers-1-", …"""
        pattern = re.compile(rf"({re.escape(group)}-(\d{{1,3}})-).+")
        found = {match[1]: int(match[2]) for name in self._posted if (match := pattern.fullmatch(name))}
        return sorted(found, key=lambda prefix: found[prefix])


def filled(body: Mapping[str, Any]) -> dict[str, Any]:
    """The body without what was left empty."""
    return {key: value for key, value in body.items() if value not in ("", None, [], {}, False)}
