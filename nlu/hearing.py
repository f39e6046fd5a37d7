"""One ear for the conversation: the embedded engine, and Rasa beside it where that is wanted.

The embedded engine always listens, since it costs 1 to 3 ms: it finds what is named, and its answer is there
when Rasa is late, down, or still learning the newest release. So no turn ever fails for Rasa.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from typing import Literal, Protocol

from nlu.engines.opinion import Opinion
from nlu.entities import mask
from nlu.text import plain, words_only
from nlu.together import Listens, Together
from nlu.training import TrainingContent
from nlu.understanding import Guess, Understanding, Zone

Engine = Literal["embedded", "rasa"]

MOST_GUESSES = 5
MOST_SHADOWS = 8
"""Comparisons at work at a time; beyond that a busy hour is not compared."""


class Opines(Protocol):
    """The Rasa engine, as it is asked here."""

    @property
    def model(self) -> str:
        """The name of the model that it answers from."""
        ...

    def name_for(self, content: TrainingContent) -> str:
        """The name of a model of this content."""
        ...

    async def parse(self, text: str) -> Opinion | None:
        """What it thinks, or None when it does not say so in time."""
        ...


@dataclass(frozen=True, slots=True)
class Told:
    """What a citizen is told by one engine: the zone, and the first topic where there is one to show."""

    zone: Zone
    topic: str | None
    confidence: float


@dataclass(frozen=True, slots=True)
class Disagreement:
    """Where the engines would have told a citizen two different things; `text` is masked."""

    text: str
    embedded: Told
    rasa: Told
    answered: Engine


class Hearing:
    """Hears for one release: `ear` was trained on `content`; `engine` is the one that answers.

    Made in a worker thread, like the ear: to name the model that Rasa should have takes about 0.1 s. The ear
    listens in a thread of `worker`.

    With `note`, the other engine is heard as well (shadow mode), and `note` is called with every
    disagreement, `agreed` with every agreement. `heard_by` hears the engine of every understanding. None of
    them may block.
    """

    def __init__(
        self,
        ear: Listens,
        content: TrainingContent,
        rasa: Opines | None = None,
        *,
        worker: Executor | None = None,
        engine: Engine = "embedded",
        note: Callable[[Disagreement], None] | None = None,
        agreed: Callable[[], None] = lambda: None,
        heard_by: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._ear, self._rasa = Together(ear, worker), rasa
        self._model = rasa.name_for(content) if rasa is not None else ""
        self._topics = frozenset(topic.id for topic in content.topics)
        self._engine, self._note = engine, note
        self._agreed, self._heard_by = agreed, heard_by
        self._shadows: set[asyncio.Task[None]] = set()

    async def understand(self, text: str) -> Understanding:
        """Understand one utterance; `engine` of what comes back says who did."""
        understood = await self._understood(text)
        self._heard_by(understood.engine)
        return understood

    async def close(self) -> None:
        """Let the comparisons go."""
        for task in self._shadows:
            task.cancel()
        await asyncio.gather(*self._shadows, return_exceptions=True)

    async def _understood(self, text: str) -> Understanding:
        rasa = self._rasa
        if rasa is None or rasa.model != self._model or not words_only(plain(text)):
            return await self._ear.understand(text)
        if self._engine == "embedded":
            embedded = await self._ear.understand(text)
            self._listen_in_the_shadow(rasa, text, embedded)
            return embedded
        embedded, opinion = await asyncio.gather(self._ear.understand(text), rasa.parse(text))
        if opinion is None:
            return embedded
        understood = self._by_rasa(embedded, opinion)
        self._compare(text, embedded, understood)
        return understood

    def _listen_in_the_shadow(self, rasa: Opines, text: str, embedded: Understanding) -> None:
        if self._note is None or len(self._shadows) >= MOST_SHADOWS:
            return
        task = asyncio.create_task(self._shadow(rasa, text, embedded))
        self._shadows.add(task)
        task.add_done_callback(self._shadows.discard)

    async def _shadow(self, rasa: Opines, text: str, embedded: Understanding) -> None:
        opinion = await rasa.parse(text)
        if opinion is not None:
            self._compare(text, embedded, self._by_rasa(embedded, opinion))

    def _by_rasa(self, embedded: Understanding, opinion: Opinion) -> Understanding:
        """Rasa's guesses with the entities of the house; a topic that this release has not is no guess."""
        ranking = [(topic, score) for topic, score in opinion.ranking if topic in self._topics]
        gone = bool(opinion.ranking) and opinion.ranking[0][0] not in self._topics
        sure = 0.0 if gone else opinion.confidence
        best = ranking[0][1] if ranking else 1.0
        guesses = tuple(
            Guess(topic, round(sure * score / best, 4) if best else 0.0)
            for topic, score in ranking[:MOST_GUESSES]
        )
        zone = _zone(replace(opinion, confidence=sure)) if guesses else "fallback"
        return replace(embedded, zone=zone, guesses=guesses, engine="rasa")

    def _compare(self, text: str, embedded: Understanding, rasa: Understanding) -> None:
        one, other = _told(embedded), _told(rasa)
        if self._note is None:
            return
        if (one.zone, one.topic) == (other.zone, other.topic):
            self._agreed()
        else:
            self._note(Disagreement(mask(text, embedded.entities), one, other, self._engine))


def _zone(opinion: Opinion) -> Zone:
    if opinion.confidence >= opinion.answer_from:
        return "answer"
    return "ask" if opinion.confidence >= opinion.ask_from else "fallback"


def _told(understood: Understanding) -> Told:
    if understood.zone == "fallback" or not understood.guesses:
        return Told(understood.zone, None, 0.0)
    first = understood.guesses[0]
    return Told(understood.zone, first.topic, first.confidence)
