"""What a check is given and what it gives back: one word, why, what is now known, what to write down.

A check runs outside any transaction; its effects run in the transaction that adds the event, and none of
them does anything when the event is not added.
"""

from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from verification.cases import Case
from verification.engines.outcomes import EngineHealth
from verification.journey import Facts, Place
from verification.knocks import Limit
from verification.people import Identity
from verification.ports import BankCards, Face, IdentityRegistry, Portraits, Sms
from verification.provided import Provided
from verification.receipts import Signer

BEIJING = ZoneInfo("Asia/Shanghai")

PER_OPENID = Limit(30, timedelta(hours=1))
PER_NUMBER = Limit(20, timedelta(hours=1))
# Many citizens share an address: a counter's network, a phone company's gateway.
PER_ADDRESS = Limit(300, timedelta(hours=1))
FACE_PER_DAY = Limit(12, timedelta(days=1))
CODES_PER_HOUR = Limit(5, timedelta(hours=1))
REVIEWS_PER_DAY = Limit(3, timedelta(days=1))

Effect = Callable[[Connection], object]


@dataclass(frozen=True, slots=True)
class Rules:
    """Lines that an operator may draw; their sources stand in config.yml."""

    consent_version: str = "2026-11"
    controller: str = ""
    contact: str = ""
    per_openid: Limit = PER_OPENID
    per_number: Limit = PER_NUMBER
    per_address: Limit = PER_ADDRESS
    face_per_day: Limit = FACE_PER_DAY
    codes_per_hour: Limit = CODES_PER_HOUR
    reviews_per_day: Limit = REVIEWS_PER_DAY


STANDARD = Rules()


@dataclass(frozen=True, slots=True)
class Room:
    """Everything that a check may use."""

    house: Provided
    face: Face
    registry: IdentityRegistry
    cards: BankCards
    sms: Sms
    portraits: Portraits
    signer: Signer
    rng: Random
    public_url: str
    is_sandbox: bool
    rules: Rules = STANDARD
    engine: Callable[[], EngineHealth | None] = lambda: None

    def today(self) -> date:
        """The date in Beijing."""
        return self.house.clock().astimezone(BEIJING).date()


@dataclass(frozen=True, slots=True)
class Asked:
    """What the citizen sent, and where they stood. Fields and files are personal."""

    case: Case
    place: Place
    fields: Mapping[str, str] = field(repr=False)
    files: Mapping[str, Sequence[bytes]] = field(repr=False)
    address: str = field(default="", repr=False)

    @property
    def button(self) -> str:
        return self.fields.get("button", "")

    @property
    def facts(self) -> Facts:
        return self.place.facts

    @property
    def who(self) -> Identity:
        """The person whose entry was accepted."""
        return Identity(self.facts["kind"], self.facts["number"], self.facts["name"])


@dataclass(frozen=True, slots=True)
class Answer:
    """One word of the map. A reason is "field:key", its sentence stands in refusals.yml or words.yml."""

    word: str
    reasons: tuple[str, ...] = ()
    facts: Facts = field(default_factory=dict, repr=False)
    effects: tuple[Effect, ...] = ()


Check = Callable[[Room, Asked], Coroutine[Any, Any, Answer]]


def refused(word: str, *reasons: str, **facts: object) -> Answer:
    """An answer that keeps the citizen where they are, with what they typed so far."""
    return Answer(word, reasons, facts)
