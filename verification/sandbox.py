"""The doors of a demonstration: the same input always gives the same answer, and every page says so.

Enrolled people must match what was enrolled. For everybody else:

    name 查无此人            the registry does not know the pair
    phone ending in 0000     the bank says the four elements do not match
    phone ending in 0001     the bank does not answer
    SMS code                 the last six digits of the phone, shown on the page

Refused with `production: true`.
"""

from dataclasses import dataclass
from typing import Literal

from verification.local import Enrolment
from verification.people import Identity
from verification.ports import BankCard, SentCode, Unavailable

UNKNOWN_NAME = "查无此人"
MISMATCH_PHONE = "0000"
SILENT_PHONE = "0001"


class SandboxInProduction(ValueError):
    """verification.providers: sandbox is for demonstrations; set it to local in production."""


def refuse_in_production(production: bool) -> None:
    """Called where the room is built.

    Raises:
        SandboxInProduction: it would be the sandbox in production.
    """
    if production:
        raise SandboxInProduction(SandboxInProduction.__doc__)


@dataclass(frozen=True, slots=True)
class SandboxRegistry:
    """Knows everybody but the enrolled under a wrong name, and 查无此人."""

    enrolment: Enrolment

    async def knows(self, who: Identity) -> bool:
        if await self.enrolment.find(who) is not None:
            return await self.enrolment.knows(who)
        return who.name != UNKNOWN_NAME


@dataclass(frozen=True, slots=True)
class SandboxCards:
    """The bank's answer hangs on the phone alone, except for those enrolled with a card."""

    enrolment: Enrolment

    async def answer_to(self, card: BankCard) -> Literal["matched", "mismatch"]:
        if card.phone.endswith(SILENT_PHONE):
            raise Unavailable("the sandbox bank does not answer for this phone")
        found = await self.enrolment.find(card.holder)
        if found is not None and found.card_index is not None:
            return await self.enrolment.answer_to(card)
        return "mismatch" if card.phone.endswith(MISMATCH_PHONE) else "matched"


class SandboxSms:
    """Sends nothing; the page shows the code."""

    async def send_code(self, phone: str) -> SentCode:
        return SentCode(phone[-6:], is_shown=True)
