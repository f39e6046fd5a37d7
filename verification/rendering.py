"""Fills the templates; one that names something unknown is refused rather than left with a hole."""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import jinja2

from verification.answers import BEIJING
from verification.sentences import field_of, heading, sentence

TEMPLATES = Path(__file__).with_name("templates")
PAGES = frozenset(file.stem for file in TEMPLATES.glob("[!_]*.html"))
"""What a journey may show; names that begin with _ are for the room itself."""


def rendered(page: str, shown: Mapping[str, Any]) -> str:
    """The page as HTML."""
    return _templates().get_template(f"{page}.html").render({"reasons": (), **shown})


@cache
def _templates() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES), autoescape=True, undefined=jinja2.StrictUndefined
    )
    environment.globals |= {"sentence": sentence, "field_of": field_of, "heading": heading}
    environment.filters |= {"beijing": _beijing, "linked": _linked}
    return environment


_LINK = re.compile(r"\[([^\[\]\n]{1,200})\]\((https://[^\s()<>\"']{1,1000})\)")


def _linked(words: str) -> Iterator[tuple[str, str]]:
    """Words in pieces, each with the address that it leads to, or ""."""
    end = 0
    for link in _LINK.finditer(words):
        yield words[end : link.start()], ""
        yield link[1], link[2]
        end = link.end()
    yield words[end:], ""


def _beijing(at: datetime) -> str:
    """Beijing time as people say it: 12月1日 10:35. What is shown so is at most days away."""
    there = at.astimezone(BEIJING)
    return f"{there.month}月{there.day}日 {there:%H:%M}"
