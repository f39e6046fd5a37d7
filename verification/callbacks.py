"""Delivers callbacks: at least once, with a key by which a repetition is known, for about three days."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial

import aiohttp
from sqlalchemy import Connection, select, update
from yarl import URL

from verification.evidence import new_number
from verification.provided import Provided
from verification.records import callback
from verification.signatures import Client, sign

TIMEOUT = aiohttp.ClientTimeout(total=10)
PAUSES = tuple(timedelta(minutes=m) for m in (1, 2, 5, 10, 30, 60, 120, 240, 480, 960, 960, 960))
LEASE = timedelta(minutes=2)
MOST_AT_ONCE = 10

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Due:
    """One callback, taken by this process for two minutes."""

    key: str
    client: str
    url: str
    body: str = field(repr=False)
    attempts: int = 0


class Callbacks:
    """The loop that delivers; `deliver_due` is called every few seconds."""

    def __init__(
        self, house: Provided, clients: Mapping[str, Client], session: aiohttp.ClientSession
    ) -> None:
        self._house = house
        self._clients = clients
        self._session = session

    async def deliver_due(self) -> int:
        """Send what is due; how many were delivered."""
        due = await self._house.write(self._take)
        delivered = 0
        for one in due:
            error = await self._send(one)
            await self._house.write(partial(self._settle, one, error))
            delivered += not error
        return delivered

    def _take(self, tx: Connection) -> list[Due]:
        """Due callbacks, leased: another process takes them only when this one died."""
        now = self._house.clock()
        waiting = (callback.c.state == "waiting") & (callback.c.not_before <= now)
        rows = tx.execute(select(callback).where(waiting).order_by(callback.c.not_before).limit(MOST_AT_ONCE))
        taken = []
        for row in list(rows):
            mine = waiting & (callback.c.key == row.key)
            if tx.execute(update(callback).where(mine).values(not_before=now + LEASE)).rowcount:
                taken.append(Due(row.key, row.client, row.url, row.body, row.attempts))
        return taken

    async def _send(self, one: Due) -> str:
        """What went wrong; empty when it was taken."""
        client = self._clients.get(one.client)
        if client is None:
            return "the client is no longer registered"
        url, body = URL(one.url), one.body.encode()
        headers = sign(client, "POST", url.raw_path_qs, body, nonce=new_number(), now=self._house.clock())
        headers |= {"Content-Type": "application/json", "Idempotency-Key": one.key}
        send = self._session.post(url, data=body, headers=headers, timeout=TIMEOUT, allow_redirects=False)
        try:
            async with send as answer:
                return "" if 200 <= answer.status < 300 else f"answered {answer.status}"
        except (aiohttp.ClientError, TimeoutError) as fault:
            return f"no answer: {type(fault).__name__}"

    def _settle(self, one: Due, error: str, tx: Connection) -> None:
        this, attempts = callback.c.key == one.key, one.attempts + 1
        if not error:
            tx.execute(update(callback).where(this).values(state="delivered", attempts=attempts))
            return
        given_up = attempts > len(PAUSES)
        if given_up:
            log.error("callback %s was given up: %s", one.key, error)
        later = self._house.clock() + PAUSES[min(attempts, len(PAUSES)) - 1]
        values = {"attempts": attempts, "not_before": later, "last_error": error[:200]}
        state = "given_up" if given_up else "waiting"
        tx.execute(update(callback).where(this).values(**values, state=state))
