"""Delivery: fetches the messages that are due and sends each of them once, in order per citizen.

What became of a send is written down at once. A send that nobody answered stays "unknown": it may
have arrived, and a citizen who hears nothing can ask again, but nobody should be told twice.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime

import structlog
from sqlalchemy import Connection

from bot.store import Store
from handlers import outbox
from handlers.messages import Saying
from handlers.outbox import Fate, Leaving

log = structlog.get_logger()

Sends = Callable[[str, Saying, str], Awaitable[tuple[Fate, str]]]
"""Sends one message to an openid on behalf of an author; gives its fate and, for a fault, its code."""

FINAL_QUOTA_CODES = ("45015", "45047")


class Delivery:
    """The loop that empties the outbox; several processes may run it on one PostgreSQL."""

    def __init__(
        self,
        store: Store,
        send: Sends,
        *,
        clock: Callable[[], datetime],
        observe: Callable[[str], None],
    ) -> None:
        self._store = store
        self._send = send
        self._clock = clock
        self._observe = observe

    async def deliver_due(self) -> int:
        """Send what is due now; says how many messages left the outbox, one way or the other."""
        now = self._clock()
        leaving = await self._store.write(lambda tx: outbox.claim_due(tx, now))
        await asyncio.gather(*(self._deliver(message) for message in leaving))
        return len(leaving)

    async def lose_track(self) -> int:
        """Write down which sends were cut short by a crash."""
        now = self._clock()
        return await self._store.write(lambda tx: outbox.lose_track(tx, now))

    async def _deliver(self, message: Leaving) -> None:
        fate, fault = await self._send(message.openid, message.saying, message.author)
        now = self._clock()

        def write_down(tx: Connection) -> None:
            if fault in FINAL_QUOTA_CODES:
                outbox.close_window(tx, message.openid, fault)
            outbox.settle(tx, message, fate, fault, now)

        await self._store.write(write_down)
        self._observe(fate)
        if fate != "sent":
            log.warning("push_failed", message=message.id, fate=fate, fault=fault, attempts=message.attempts)
