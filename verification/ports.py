"""The doors to what is not ours: registry, bank card, SMS, portraits, and the face engine.

Of each there is one for the sandbox (sandbox.py) and a real one: the enrolled people of this installation
(local.py), a provider over HTTP (gateway.py), the face processes (engines/).
"""

from dataclasses import dataclass, field
from typing import Literal, Protocol

from verification.engines.captures import Capture, PortraitKind, Template
from verification.engines.challenge import Challenge
from verification.engines.outcomes import FaceOutcome, PoorPicture
from verification.people import Identity


class Unavailable(Exception):
    """The other side does not answer; nobody is charged a try, and it can be tried again."""


@dataclass(frozen=True, slots=True)
class BankCard:
    """The four elements: name and number of the person, card, and the phone reserved at the bank."""

    holder: Identity
    card: str = field(repr=False)
    phone: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class SentCode:
    """A code on its way; `is_shown` only in the sandbox, where the page itself shows it."""

    code: str = field(repr=False)
    is_shown: bool = False


class IdentityRegistry(Protocol):
    async def knows(self, who: Identity) -> bool:
        """Whether this name and this number belong together. Never says which of them is wrong."""
        ...


class BankCards(Protocol):
    async def answer_to(self, card: BankCard) -> Literal["matched", "mismatch"]: ...


class Sms(Protocol):
    async def send_code(self, phone: str) -> SentCode: ...


class Portraits(Protocol):
    async def portrait_of(self, who: Identity) -> Template | None: ...


class Face(Protocol):
    """What FaceWorkers offer."""

    async def check(
        self, capture: Capture, template: Template | None, challenge: Challenge | None = None
    ) -> FaceOutcome: ...

    async def enrol(self, picture: bytes, kind: PortraitKind = "portrait") -> Template | PoorPicture: ...
