"""How the desk works; plain values from config.yml."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

GONE_AFTER = timedelta(seconds=90)
"""Nothing heard of an agent's browser for so long (it reports every eight seconds): they are gone."""

SAME_AGENT = timedelta(hours=48)
"""Somebody who comes back within this time is brought to the same agent if possible."""


@dataclass(frozen=True, slots=True)
class DeskSettings:
    """Limits and times; `capacity` is what a new agent takes at once.

    With `second_look` a decision on a manual review counts only when a second colleague confirms it.
    """

    capacity: int = 5
    offers: Literal["least_busy", "round_robin", "off"] = "least_busy"
    accept_within: timedelta = timedelta(seconds=30)
    misses_until_away: int = 3
    gone_after: timedelta = GONE_AFTER
    undo: timedelta = timedelta(seconds=10)
    first_reply: timedelta = timedelta(minutes=3)
    next_reply: timedelta = timedelta(minutes=5)
    reopen: timedelta = timedelta(hours=24)
    second_look: bool = False
