"""Takes citizens along their journey: one answer, one word, one more event.

The check runs outside any transaction. The event, and everything the answer brings about, is one
transaction: a double tap or a stale tab breaks the event's key, nothing is written, and the citizen is
shown the page of the step where they really stand.
"""

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection

from verification.answers import Answer, Asked, Check, Room
from verification.cases import Case, Overtaken, append, case_by_id, end, place_of, settle
from verification.journey import Event, HistoryDoesNotFit, Place, follow
from verification.maps import Journey

ABANDONED = Place("abandoned")
"""Where a case stands that was closed without reaching an end of its map."""


class Verifier:
    """One journey and the checks along it."""

    def __init__(self, room: Room, journey: Journey, checks: Mapping[str, Check]) -> None:
        self.room = room
        self.journey = journey
        self._checks = checks

    async def where(self, the_case: Case) -> Place:
        """Where the citizen stands now; steps without a page are passed at once."""
        house = self.room.house
        if the_case.outcome is not None and the_case.outcome not in self.journey.ends:
            return ABANDONED
        try:
            place = await house.read(lambda tx: place_of(tx, self.journey, the_case.id, house.open))
        except HistoryDoesNotFit:
            await house.write(lambda tx: end(tx, the_case, ABANDONED.name, (), house.clock()))
            return ABANDONED
        try:
            return await self._pass_through(the_case, place)
        except Overtaken:
            # The same citizen's other request passed the step first; what it wrote is there to be read.
            return await self.where(await self._fresh(the_case))

    async def take_step(
        self,
        the_case: Case,
        mark: str,
        fields: Mapping[str, str],
        files: Mapping[str, Sequence[bytes]],
        address: str = "",
    ) -> Place:
        """The place after this answer, which was given to the page that bore `mark`.

        Raises:
            Overtaken: the citizen does not stand there any more; nothing was written.
        """
        place = await self.where(the_case)
        if mark != place.mark or place.name not in self.journey.steps:
            raise Overtaken(Overtaken.__doc__)
        asked = Asked(the_case, place, fields, files, address)
        await self._add(the_case, place, await self._answer(asked))
        return await self.where(await self._fresh(the_case))

    async def _pass_through(self, the_case: Case, place: Place) -> Place:
        """Answer the steps that have no page, until one has."""
        while place.name in self.journey.steps and not self.journey.steps[place.name].page:
            answer = await self._answer(Asked(the_case, place, {}, {}))
            place = await self._add(the_case, place, answer)
        return place

    async def _answer(self, asked: Asked) -> Answer:
        return await self._checks[self.journey.steps[asked.place.name].check](self.room, asked)

    async def _add(self, the_case: Case, place: Place, answer: Answer) -> Place:
        house, now = self.room.house, self.room.house.clock()
        event = Event(place.number, place.name, answer.word, now, answer.reasons, answer.facts)
        after = follow(self.journey, place, event)

        def write(tx: Connection) -> None:
            append(tx, the_case.id, event, house.seal)
            for effect in answer.effects:
                effect(tx)
            settle(tx, self.journey, the_case, after, now)

        await house.write(write)
        return after

    async def _fresh(self, the_case: Case) -> Case:
        """The case as it is now: its person may just have been named."""
        return await self.room.house.read(lambda tx: case_by_id(tx, the_case.id))
