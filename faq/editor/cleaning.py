"""Words pasted from a web page or from Word become plain text; a link stays as [label](https://…)."""

import html
import re

import nh3

_TAG = re.compile(r"</?[a-zA-Z][^<>]*>")
_BREAK = re.compile(r"<(?:br\s*/?|/p|/div|/li|/h[1-6]|/tr)>", re.IGNORECASE)
_LINK = re.compile(r'<a href="(https?://[^"]+)"[^>]*>(.*?)</a>', re.IGNORECASE | re.DOTALL)
_INVISIBLE = re.compile("[\u200b\u2060\ufeff\u202a-\u202e\u2066-\u2069]")
_MANY_LINES = re.compile(r"\n{3,}")


def cleaned(text: str) -> str:
    """The words alone: no tags, scripts or styles, nothing invisible that turns the reading direction."""
    if _TAG.search(text):
        text = _from_html(text)
    text = _INVISIBLE.sub("", text.replace("\u00a0", " "))
    return _MANY_LINES.sub("\n\n", text).strip()


def _from_html(text: str) -> str:
    broken = _BREAK.sub("\n", text)
    kept = nh3.clean(
        broken, tags={"a"}, attributes={"a": {"href"}}, url_schemes={"http", "https"}, link_rel=None
    )
    return html.unescape(_TAG.sub("", _LINK.sub(_as_link, kept)))


def _as_link(link: re.Match[str]) -> str:
    label = _TAG.sub("", link[2]).strip().replace("[", "").replace("]", "")
    return f"[{label or link[1]}]({html.unescape(link[1])})"
