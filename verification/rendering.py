"""Fills the templates; one that names something unknown is refused rather than left with a hole."""

from collections.abc import Mapping
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
    environment.filters["beijing"] = _beijing
    return environment


def _beijing(at: datetime) -> str:
    """Beijing time as people say it: 12月1日 10:35. What is shown so is at most days away."""
    there = at.astimezone(BEIJING)
    return f"{there.month}月{there.day}日 {there:%H:%M}"
