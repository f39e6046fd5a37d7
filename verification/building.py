"""Builds the room: one place where its doors, its rules and its journey come together."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random, SystemRandom
from typing import Literal

from verification import maps, sandbox
from verification.answers import STANDARD, Room, Rules
from verification.checks import CHECKS, VOCABULARY
from verification.engines.outcomes import EngineHealth
from verification.local import Enrolment
from verification.ports import BankCards, Face, IdentityRegistry, Sms
from verification.provided import Provided
from verification.receipts import Signer
from verification.rendering import PAGES
from verification.sandbox import SandboxCards, SandboxRegistry, SandboxSms
from verification.verifier import Verifier

Providers = Literal["sandbox", "local"]


class NoSms(ValueError):
    """verification.sms_url: local providers need an SMS gateway."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What an operator chooses: which doors stand open, and the lines of the rules."""

    providers: Providers = "sandbox"
    production: bool = False
    rules: Rules = STANDARD


def build(
    house: Provided,
    face: Face,
    *,
    public_url: str,
    receipt_seeds: Sequence[bytes],
    choice: Choice,
    sms: Sms | None = None,
    registry: IdentityRegistry | None = None,
    cards: BankCards | None = None,
    rng: Random | None = None,
    engine: Callable[[], EngineHealth | None] = lambda: None,
) -> Verifier:
    """The room, ready to be given its pages.

    The first of `receipt_seeds` (32 bytes each) signs; receipts of the others are still genuine.
    With local providers, `registry` and `cards` are asked where they are given, else the enrolled people.

    Raises:
        SandboxInProduction: demonstrations have no place in production.
        NoSms: local providers were chosen without a gateway.
        BadMap: the journey cannot be walked.
    """
    enrolment = Enrolment(house)
    is_sandbox = choice.providers == "sandbox"
    if is_sandbox:
        sandbox.refuse_in_production(choice.production)
    elif sms is None:
        raise NoSms(NoSms.__doc__)
    room = Room(
        house=house,
        face=face,
        registry=SandboxRegistry(enrolment) if is_sandbox else registry or enrolment,
        cards=SandboxCards(enrolment) if is_sandbox else cards or enrolment,
        sms=SandboxSms() if is_sandbox or sms is None else sms,
        portraits=enrolment,
        signer=Signer(*receipt_seeds),
        rng=rng or SystemRandom(),
        public_url=public_url,
        is_sandbox=is_sandbox,
        rules=choice.rules,
        engine=engine,
    )
    journey = maps.load(maps.FOLDER / "identity.yml", VOCABULARY, PAGES)
    return Verifier(room, journey, CHECKS)
