"""One turn of a conversation: what a handler sees, and what it gives back.

Handlers are pure: they look at a Turn and return an Outcome or None ("not mine"). Only the reception
touches the database.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

from faq.hours import BEIJING
from faq.library import Library
from handlers import picking
from handlers.memory import Memory
from handlers.messages import Act, Picture, Saying, Words
from nlu.understanding import Understanding
from verification.attempts import Attempt

Holder = Literal["bot", "queue", "agent"]

Staffing = Literal["free", "full", "nobody"]
"""Whether an agent can take one more, all of them have as many as they can, or none is there."""

Agents = Literal["own", "wechat", "wechat_later"]
"""Whose agents help: our desk's, or WeChat's, to whom only the answer to a message can hand over. "later"
is a turn whose answer is none: an event's, or one that comes too late to ride home."""


@dataclass(frozen=True, slots=True)
class HandOver:
    """Why a human is needed; `reason` is one of the keys of the replies' reasons."""

    reason: Literal["asked", "complaint", "distress", "not_understood", "not_solved", "picture"]
    topic: str | None = None


@dataclass(frozen=True, slots=True)
class Feedback:
    """What a citizen said of an answer."""

    topic: str
    solved: bool


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a handler decided: what to say, what to remember, and what else has to be written.

    `picture` is the media id of a picture that has to be read; `topic` is what the content answered, if it
    did; `by` names who decided.
    """

    sayings: Sequence[Saying]
    memory: Memory
    hand_over: HandOver | None = None
    feedback: Feedback | None = None
    leaves_queue: bool = False
    picture: str | None = None
    topic: str | None = None
    by: str = ""


@dataclass(frozen=True, slots=True)
class ProofDesk:
    """What a turn may ask of the verification room about its citizen; both ask the database when called."""

    link: Callable[[], str]
    last_attempt: Callable[[], Attempt | None]


@dataclass(frozen=True, slots=True)
class Turn:
    """Everything a handler may look at.

    `words` is what was written or spoken, masked; `understood` is None for anything but words.
    `place` says where in the queue the citizen stands, or would stand for a reason; `staffing` says who is
    there to take them; both ask the database only when they are called.
    """

    act: Act
    at: datetime
    memory: Memory
    library: Library
    words: str = ""
    masked: bool = False
    understood: Understanding | None = None
    holder: Holder = "bot"
    is_new: bool = False
    place: Callable[[str], int] = field(default=lambda _reason: 1)
    staffing: Callable[[], Staffing] = field(default=lambda: "free", kw_only=True)
    agents: Agents = field(default="own", kw_only=True)
    too_fast: bool = field(default=False, kw_only=True)
    reads_pictures: bool = False
    proof: ProofDesk | None = None

    @property
    def today(self) -> date:
        """The day in Beijing."""
        return self.at.astimezone(BEIJING).date()

    @property
    def command(self) -> str | None:
        """The button that these words stand for when they were typed: next, prev, stuck, exit, human …"""
        if self.picked is not None:
            return None if ":" in self.picked else self.picked
        return self.library.command(self.words) if self.words else None

    @property
    def picked(self) -> str | None:
        """The id of the button, of those offered last, that is answered in words: 2, 第二个, 是的."""
        if not self.memory.asked or not isinstance(self.act, Words) or self.act.option is not None:
            return None
        if not 0 < len(self.words) <= picking.LONGEST:
            return None
        return picking.picked(self.words, self.library.command(self.words), self.memory.asked)

    @property
    def picture(self) -> str | None:
        """The media id of the picture that was sent, when pictures are read here."""
        return self.act.media_id if self.reads_pictures and isinstance(self.act, Picture) else None

    @property
    def topic(self) -> str | None:
        """The topic that was understood with enough certainty to answer."""
        return self.understood.topic if self.understood else None

    @property
    def likely(self) -> str | None:
        """The topic that was understood, or that is the likeliest where it is worth asking."""
        heard = self.understood
        return heard.guesses[0].topic if heard and heard.guesses and heard.zone != "fallback" else None


Handler = Callable[[Turn], Outcome | None]
