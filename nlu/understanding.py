"""What the ear hands to the conversation: one utterance understood, with how sure it is and why."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

Zone = Literal["answer", "ask", "fallback"]
"""What the score allows: answer at once, ask "您是不是想问" with taps, or admit not knowing."""


@dataclass(frozen=True, slots=True)
class Guess:
    """One topic that the utterance may be about.

    `confidence` is calibrated, 0 to 1. `nearest` is the training question that speaks for it most.
    """

    topic: str
    confidence: float
    nearest: str = ""


@dataclass(frozen=True, slots=True)
class Entity:
    """Something named in the utterance; `start` and `end` index the original text, end exclusive.

    `value` is the canonical form ("13800138000", "hkmt", "android 4.2"); it may be personal data.
    """

    kind: str
    value: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Context:
    """What earlier turns left behind; empty when nothing was said for 30 minutes.

    `tells_apart` says whether the last topic has an answer of its own for a slot and its value.
    """

    last_topic: str | None = None
    tells_apart: Callable[[str, str], bool] = lambda _slot, _value: True


@dataclass(frozen=True, slots=True)
class Understanding:
    """An utterance understood: the zone, the guesses (best first, at most five), what was named.

    `text` is the normalised utterance (simplified, half width, lower case); it is not masked.
    """

    text: str
    zone: Zone
    guesses: tuple[Guess, ...] = ()
    entities: tuple[Entity, ...] = ()
    engine: str = "embedded"

    @property
    def topic(self) -> str | None:
        """The topic to answer with, or None when the score does not allow an answer."""
        return self.guesses[0].topic if self.zone == "answer" and self.guesses else None
