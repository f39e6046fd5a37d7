"""Reads a matter as the registration system sends it, and says in which field it is not one."""

import json
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlsplit

from yarl import URL

from verification.documents import Document, DocumentKind, read_number
from verification.matters import Business
from verification.names import read_name
from verification.people import Identity

MOST_LINES = 30
LONGEST_TITLE = 80
LONGEST_LABEL = 40
LONGEST_VALUE = 400
TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Marks that make a text read in another order than it is stored."""


class BadOrder(ValueError):
    """The body is not a matter; `field` names the place. What was sent is not repeated."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field}: {message}")
        self.field = field
        self.message = message


@dataclass(frozen=True, slots=True)
class Body:
    """A matter that can be taken."""

    who: Identity
    business: Business
    callback_url: str


def read(raw: bytes, today: date, callback_prefix: str) -> Body:
    """The matter in a JSON body.

    Raises:
        BadOrder: see there.
    """
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError):
        raise BadOrder("body", "not JSON") from None
    if not isinstance(body, dict):
        raise BadOrder("body", "must be an object")
    unknown = body.keys() - {"person", "title", "lines", "callback_url"}
    if unknown:
        raise BadOrder(sorted(unknown)[0][:40], "unknown field")
    return Body(_person(body.get("person"), today), business_in(body), _callback(body, callback_prefix))


def business_in(body: Mapping[str, Any]) -> Business:
    """What is to be confirmed, as a citizen will read it.

    Raises:
        BadOrder: see there.
    """
    return Business(_text(body, "title", LONGEST_TITLE), _lines(body.get("lines")))


def _person(raw: Any, today: date) -> Identity:
    if not isinstance(raw, dict):
        raise BadOrder("person", "must be an object with name, document_type and document_number")
    if raw.get("document_type") not in list(DocumentKind):
        raise BadOrder("person.document_type", f"must be one of {', '.join(DocumentKind)}")
    kind = DocumentKind(raw["document_type"])
    name = read_name(kind, _text(raw, "name", 100))
    number = read_number(kind, _text(raw, "document_number", 40), today)
    if not isinstance(number, Document):
        raise BadOrder("person.document_number", number.value)
    if name.startswith("name_"):
        raise BadOrder("person.name", name)
    return Identity(kind.value, number.number, name)


def _lines(raw: Any) -> tuple[tuple[str, str], ...]:
    if not isinstance(raw, list) or not 1 <= len(raw) <= MOST_LINES:
        raise BadOrder("lines", f"must be a list of 1 to {MOST_LINES} objects with label and value")
    return tuple(
        (_text(each, "label", LONGEST_LABEL), _text(each, "value", LONGEST_VALUE, "\n\t")) for each in raw
    )


def _callback(body: Mapping[str, Any], prefix: str) -> str:
    """The address as it will be asked for: without the detours that a path may take."""
    asked = body.get("callback_url")
    if asked in (None, ""):
        return ""
    try:
        url = str(URL(asked)) if isinstance(asked, str) else ""
    except ValueError:
        url = ""
    if len(url) > 500 or not _is_below(url, prefix):
        raise BadOrder("callback_url", "must begin with the prefix that was registered for this client")
    return url


def _is_below(url: str, prefix: str) -> bool:
    """Whether the address goes on below the prefix, on the very host of it.

    A prefix such as https://a.cn also begins https://a.cn.evil.cn and https://a.cn@evil.cn, which are others.
    """
    try:
        asked, registered = urlsplit(url), urlsplit(prefix)
        same_port = asked.port == registered.port or registered.netloc.endswith(":")
    except ValueError:
        return False
    same_host = bool(prefix) and asked.hostname == registered.hostname and "@" not in asked.netloc
    goes_on = prefix.endswith(("/", "?", "=", "&")) or url[len(prefix) : len(prefix) + 1] in ("", "/", "?")
    return url.startswith(prefix) and same_host and same_port and (goes_on or not registered.path)


def _text(raw: Any, key: str, longest: int, breaks: str = "") -> str:
    """What a citizen will read and sign, so all of it must be seen, and in the order in which it stands."""
    value = raw.get(key) if isinstance(raw, dict) else None
    if not isinstance(value, str) or len(value) > longest or not any(map(_is_seen, value)):
        raise BadOrder(key, f"must be text of 1 to {longest} characters")
    if any((unicodedata.category(c) in {"Cc", "Cs"} or c in TURNING) and c not in breaks for c in value):
        raise BadOrder(
            key, "must hold no control character and no half of a pair; a line break only in a value"
        )
    return value.strip()


def _is_seen(character: str) -> bool:
    return unicodedata.category(character)[0] not in "CZ" or unicodedata.category(character) == "Co"
