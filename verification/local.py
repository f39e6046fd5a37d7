"""The doors that this installation answers by itself, from the people enrolled in its own database."""

from dataclasses import dataclass
from typing import Literal

from verification import people
from verification.engines.captures import Template
from verification.people import Enrolled, Identity
from verification.ports import BankCard
from verification.provided import Provided


@dataclass(frozen=True, slots=True)
class Enrolment:
    """Registry, bank card and portraits of enrolled people; who is not enrolled is not known."""

    house: Provided

    async def knows(self, who: Identity) -> bool:
        found = await self.find(who)
        return found is not None and found.name_index == who.name_index(self.house)

    async def answer_to(self, card: BankCard) -> Literal["matched", "mismatch"]:
        found = await self.find(card.holder)
        if found is None:
            return "mismatch"
        same_card = found.card_index == self.house.index(card.card, "card")
        same_phone = found.phone_index == self.house.index(card.phone, "phone")
        return "matched" if same_card and same_phone else "mismatch"

    async def portrait_of(self, who: Identity) -> Template | None:
        return await self.house.write(lambda tx: people.template_of(tx, who, self.house))

    async def find(self, who: Identity) -> Enrolled | None:
        index = who.number_index(self.house)
        return await self.house.read(lambda tx: people.find(tx, who.kind, index))
