"""The reception: every push comes in here, is heard exactly once, and leaves with one answer.

One turn is one transaction under the citizen's lock. A push that was heard before gets the same
reply again. A turn that is not ready in time is kept, answered "success", and its reply is pushed.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol, TypeVar

import structlog
from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

from faq.library import Library
from handlers import originals, records, wire
from handlers.messages import Heard, Picture, Saying, Words
from handlers.one_turn import Listened, OneTurn, Taken
from handlers.originals import Kind, Original
from nlu.entities import mask
from nlu.understanding import Understanding

log = structlog.get_logger()
T = TypeVar("T")

CUT = timedelta(seconds=5)
"""When WeChat gives up on a try; what is answered after that, nobody hears."""

RIDE_LASTS = timedelta(seconds=20)
"""WeChat asks at 0, 5 and 10 s and cuts each at 5 s; past 20 s a reply that did not ride is pushed."""

LONGEST_CACHED = 60
"""Letters: what many people say in the same words is short; a story is told once."""

LAST_RETRY = timedelta(seconds=11)
"""When WeChat's last try has surely begun, counted from the first one."""


class Keeps(Protocol):
    """The store, as the rooms see it."""

    def write(self, work: Callable[[Connection], T]) -> Awaitable[T]:
        """Run in a write transaction; resolves after the commit."""
        ...

    def read(self, work: Callable[[Connection], T]) -> Awaitable[T]:
        """Run on a connection for reading."""
        ...


class Listens(Protocol):
    """The embedded ear, as the rooms need it."""

    def understand(self, text: str) -> Understanding:
        """Understand one utterance; pure computation of a few milliseconds."""
        ...

    def understand_all(self, texts: Sequence[str]) -> list[Understanding]:
        """Understand several, each as if it were alone, in much less time."""
        ...


class Hears(Protocol):
    """Whoever understands the citizens: the embedded ear, with a server beside it where that is wanted."""

    async def understand(self, text: str) -> Understanding:
        """Understand one utterance; never later than its time budget, and never failing for a server."""
        ...


@dataclass(frozen=True, slots=True)
class Live:
    """What answers right now: one release of the content, and the ear that was trained on it."""

    library: Library
    ear: Listens
    hearing: Hears

    async def understand(self, text: str) -> Understanding:
        """What a citizen means, by the engine that answers."""
        return await self.hearing.understand(text)


@dataclass(frozen=True, slots=True)
class Reply:
    """The message that rides home in the response; call `carried` once it is written to the wire."""

    saying: Saying
    carried: Callable[[], None]


class Reception:
    """Hears pushes. `live` gives what answers now; `wake` is called when messages wait to be pushed.

    `cover` seals what is covered of a push, by its key; without it nothing of that is kept.
    """

    def __init__(
        self,
        store: Keeps,
        one_turn: OneTurn,
        live: Callable[[], Live],
        *,
        clock: Callable[[], datetime],
        budget: timedelta,
        seal: Callable[[str, str], bytes],
        unseal: Callable[[bytes, str], str],
        wake: Callable[[], None],
        observe: Callable[[Taken, float], None],
        cache: int,
        cover: Callable[[str, str], bytes] | None = None,
    ) -> None:
        self._store = store
        self._one_turn = one_turn
        self._live = live
        self._clock = clock
        self._budget_s = budget.total_seconds()
        self._seal = seal
        self._unseal = unseal
        self._wake = wake
        self._observe = observe
        self._cache = _Cache(cache)
        self._cover = cover
        self._turns: dict[str, asyncio.Task[Taken]] = {}
        self._carried: list[int] = []
        self._marking: asyncio.Task[None] | None = None
        self._opened_at = clock()

    async def hear(self, heard: Heard) -> Reply | None:
        """Answer a push: the reply that rides home, or None when there is none (any more).

        A retry that comes while the first try is still at work waits for the same turn.
        """
        began = time.monotonic()
        turn = self._turns.get(heard.key)
        if turn is None:
            turn = asyncio.create_task(self._take_patiently(heard))
            self._turns[heard.key] = turn
            turn.add_done_callback(partial(self._forget_turn, heard.key))
        done, _ = await asyncio.wait({turn}, timeout=self._budget_s)
        if not done:
            await self._keep_for_later(heard, cut_at=began + CUT.total_seconds())
            return None
        taken = turn.result()
        if taken.ride is None:
            return None
        row, saying = taken.ride
        return Reply(saying, lambda: self._note_carried(row))

    async def finish_accepted(self) -> int:
        """Answer what was accepted but not answered (we were too slow, or were stopped); says how many."""
        before = self._clock() - timedelta(seconds=2 * self._budget_s)
        rows = await self._store.read(lambda tx: records.accepted_before(tx, before))
        for key, sealed in rows:
            if key not in self._turns:
                await self._take(wire.unpack_heard(self._unseal(sealed, key)), rides=False)
        return len(rows)

    async def settle_rides(self) -> int:
        """Push the replies that nobody carried home; says how many.

        A reply from before this process was opened is taken as carried when WeChat could still have
        asked for it again and did not.
        """
        now = self._clock()
        pushed = await self._store.write(
            lambda tx: records.settle_rides(
                tx, before=now - RIDE_LASTS, opened_at=self._opened_at, last_retry=LAST_RETRY
            )
        )
        if pushed:
            self._wake()
        return pushed

    async def close(self) -> None:
        """Finish the turns at work and write down what was carried."""
        if self._turns:
            await asyncio.wait(set(self._turns.values()), timeout=self._budget_s)
        if self._marking is not None:
            await self._marking

    def _forget_turn(self, key: str, turn: asyncio.Task[Taken]) -> None:
        self._turns.pop(key, None)
        if not turn.cancelled():
            turn.exception()  # whoever waited has it; nobody may have waited

    async def _take_patiently(self, heard: Heard) -> Taken:
        """Take the turn; a database that is away for a moment is asked again until the time is up."""
        ends = time.monotonic() + self._budget_s
        while True:
            try:
                return await self._take(heard, rides=True)
            except OperationalError as away:
                if time.monotonic() > ends:
                    raise
                log.warning("database_away", error=type(away.orig).__name__)
                await asyncio.sleep(0.2)

    async def _take(self, heard: Heard, *, rides: bool) -> Taken:
        began = time.perf_counter()
        live = self._live()
        listened = await self._listen(heard, live)
        at = self._clock()
        taken = await self._store.write(
            lambda tx: self._one_turn.take(tx, heard, listened, live.library, at=at, rides=rides)
        )
        if taken.more:
            self._wake()
        self._observe(taken, time.perf_counter() - began)
        return taken

    async def _listen(self, heard: Heard, live: Live) -> Listened:
        if isinstance(heard.act, Picture) and heard.act.media_id:
            return Listened(original=self._covered("picture", heard.act.media_id, heard.key))
        if not isinstance(heard.act, Words):
            return Listened()
        text = heard.act.text
        understood = self._cache.get(live, text)
        if understood is None:
            understood = await live.understand(text)
            self._cache.put(live, text, understood)
        words = mask(text, understood.entities)
        if words == text:
            return Listened(words, False, understood)
        numbers = originals.pack(originals.numbers_in(text, understood.entities))
        return Listened(words, True, understood, self._covered("numbers", numbers, heard.key))

    def _covered(self, kind: Kind, plain: str, key: str) -> Original | None:
        return Original(kind, self._cover(plain, key)) if self._cover else None

    async def _keep_for_later(self, heard: Heard, *, cut_at: float) -> None:
        """Keep a push that takes too long; only what is kept may be answered with "success".

        When its turn has become ready meanwhile, its reply is pushed instead. Not after WeChat's cut: it
        asks again then, and a reply that rides home with the next try must not be pushed beside it.
        """
        sealed = self._seal(wire.pack_heard(heard), heard.key)

        def keep(tx: Connection) -> None:
            if not records.accept(tx, heard, sealed, self._clock()) and time.monotonic() < cut_at:
                records.push_instead(tx, heard.key)

        await self._store.write(keep)
        self._wake()

    def _note_carried(self, row: int) -> None:
        self._carried.append(row)
        if self._marking is None or self._marking.done():
            self._marking = asyncio.create_task(self._mark())

    async def _mark(self) -> None:
        """Mark in bundles: one more statement for many turns instead of one for each."""
        await asyncio.sleep(0.01)
        while self._carried:
            rows, self._carried = self._carried, []
            await self._store.write(partial(records.mark_carried, ids=rows))


class _Cache:
    """The last understood utterances of one release; a new release starts empty."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._live: Live | None = None
        self._known: OrderedDict[str, Understanding] = OrderedDict()

    def get(self, live: Live, text: str) -> Understanding | None:
        if live is not self._live:
            self._live, self._known = live, OrderedDict()
        found = self._known.get(text)
        if found is not None:
            self._known.move_to_end(text)
        return found

    def put(self, live: Live, text: str, understood: Understanding) -> None:
        if live is not self._live or not self._size or len(text) > LONGEST_CACHED:
            return
        self._known[text] = understood
        if len(self._known) > self._size:
            self._known.popitem(last=False)
