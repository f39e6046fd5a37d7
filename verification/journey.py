"""Where a citizen stands: computed from what they did, never stored a second time.

place = stand(journey, events)          # the fold
place = follow(journey, place, word)    # one more answer
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from verification.maps import Journey, Step

Facts = Mapping[str, Any]


class HistoryDoesNotFit(Exception):
    """A case was begun on a map that has since changed; it can only be closed and begun again."""


@dataclass(frozen=True, slots=True)
class Event:
    """One answer of a check. The facts are personal: they are stored sealed and never shown in a repr."""

    number: int
    step: str
    word: str
    at: datetime
    reasons: tuple[str, ...] = ()
    facts: Facts = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a citizen stands, what is known by now, and what the last answer here was."""

    name: str
    number: int = 1
    facts: Facts = field(default_factory=dict, repr=False)
    used: Mapping[str, int] = field(default_factory=dict)
    last_word: str = ""
    reasons: tuple[str, ...] = ()

    @property
    def mark(self) -> str:
        """What a form carries so that a stale tab or a double tap is known: step and number."""
        return f"{self.name}.{self.number}"

    def tries_left(self, step: Step) -> int | None:
        return step.tries.limit - self.used.get(step.name, 0) if step.tries else None


def stand(journey: Journey, events: Iterable[Event]) -> Place:
    """The place after these events, oldest first.

    Raises:
        HistoryDoesNotFit: they do not lie on this map.
    """
    place = Place(journey.start)
    for event in events:
        if event.step != place.name or event.number != place.number:
            raise HistoryDoesNotFit(
                f"event {event.number} at {event.step!r} where {place.name!r} was expected"
            )
        place = follow(journey, place, event)
    return place


def follow(journey: Journey, place: Place, event: Event) -> Place:
    """The place after one more event.

    Raises:
        HistoryDoesNotFit: the word leads nowhere from here.
    """
    step = journey.steps.get(place.name)
    if step is None or event.word not in step.then:
        raise HistoryDoesNotFit(f"{event.word!r} leads nowhere from {place.name!r}")
    used = dict(place.used)
    if step.tries and event.word in step.tries.words:
        used[step.name] = used.get(step.name, 0) + 1
    target = _open_place(journey, step.then[event.word], used)
    return Place(
        name=target,
        number=place.number + 1,
        facts={**place.facts, **event.facts},
        used=used,
        last_word=event.word,
        reasons=event.reasons,
    )


def _open_place(journey: Journey, name: str, used: Mapping[str, int]) -> str:
    """The place itself, or where its used-up tries lead."""
    passed = set()
    while name in journey.steps and name not in passed:
        passed.add(name)
        tries = journey.steps[name].tries
        if tries is None or used.get(name, 0) < tries.limit:
            break
        name = tries.then
    return name
