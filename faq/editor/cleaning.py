"""Words pasted from a web page or from Word become plain text; a link stays as [label](https://…)."""

import html
import re
from typing import Any

import nh3

_TAG = re.compile(r"</?[a-zA-Z][^<>]*>")
_BREAK = re.compile(r"<(?:br\s*/?|/p|/div|/li|/h[1-6]|/tr)>", re.IGNORECASE)
_LINK = re.compile(r'<a href="(https?://[^"]+)"[^>]*>(.*?)</a>', re.IGNORECASE | re.DOTALL)
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f\ufffe\uffff]")
_INVISIBLE = re.compile("[\u200b\u2060\ufeff\u202a-\u202e\u2066-\u2069]")
MOST_WRAPPED = 5
"""How often a tag may be hidden in the escapes of another."""

_MANY_LINES = re.compile(r"\n{3,}")


def cleaned(text: str) -> str:
    """The words alone: no tags, scripts or styles, nothing invisible that turns the reading direction."""
    for _ in range(MOST_WRAPPED):
        if not _TAG.search(text):
            break
        text = _from_html(text)
    text = _INVISIBLE.sub("", without_controls(text).replace("\u00a0", " "))
    return _MANY_LINES.sub("\n\n", text).strip()


def cleaned_values(value: Any) -> Any:
    """The same for every text in a body that was written elsewhere."""
    match value:
        case str():
            return cleaned(value)
        case list():
            return [cleaned_values(item) for item in value]
        case dict():
            return {key: cleaned_values(inner) for key, inner in value.items()}
        case _:
            return value


def without_controls(text: str) -> str:
    """The text without what is no letter, such as a bell or a zero byte: no channel can carry it."""
    return _CONTROL.sub("", text)


def _from_html(text: str) -> str:
    broken = _BREAK.sub("\n", text)
    kept = nh3.clean(
        broken, tags={"a"}, attributes={"a": {"href"}}, url_schemes={"http", "https"}, link_rel=None
    )
    return html.unescape(_TAG.sub("", _LINK.sub(_as_link, kept)))


def _as_link(link: re.Match[str]) -> str:
    label = _TAG.sub("", link[2]).strip().replace("[", "").replace("]", "")
    return f"[{label or link[1]}]({html.unescape(link[1])})"
