"""Something of WeChat's that expires and is fetched by one caller for all: access token, ticket."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

_RENEWED_BY_WECHAT = timedelta(minutes=5)
"""In its last five minutes WeChat hands out the next token while the old one still works."""

_BETWEEN_FORCED = timedelta(minutes=5)
"""WeChat allows 20 forced refreshes a day, 30 seconds apart; each takes the token from every holder."""


@dataclass(frozen=True, slots=True)
class Lease:
    """A value and how long WeChat says it lasts."""

    value: str = field(repr=False)
    lasts: timedelta


class Leased:
    """Keeps one leased value; concurrent callers share one fetch, and its failure.

    `fetch(force)` asks WeChat; with `force` it must be a new value even if the old one still counts.
    """

    def __init__(self, fetch: Callable[[bool], Awaitable[Lease]], clock: Callable[[], datetime]) -> None:
        self._fetch = fetch
        self._clock = clock
        self._value = ""
        self._until: datetime | None = None
        self._forced_at: datetime | None = None
        self._flight: asyncio.Task[None] | None = None

    async def value(self) -> str:
        """The value, fetched if there is none or it is about to expire."""
        if self._until is None or self._clock() >= self._until:
            await self._share(None)
        return self._value

    async def after_refusal(self, refused: str) -> str:
        """What to try instead of a value that WeChat refused; the same value if there is nothing else.

        Somebody may have a newer one already. Otherwise WeChat is asked, which helps if another process
        has renewed it; only if WeChat insists on the refused one, a new one is forced.
        """
        if self._value == refused:
            await self._share(refused)
        return self._value

    async def _share(self, refused: str | None) -> None:
        if self._flight is None:
            self._flight = asyncio.create_task(self._renew(refused))
            self._flight.add_done_callback(self._landed)
        await asyncio.shield(self._flight)

    def _landed(self, flight: "asyncio.Task[None]") -> None:
        self._flight = None
        if not flight.cancelled():
            flight.exception()  # seen, even if every caller has gone

    async def _renew(self, refused: str | None) -> None:
        lease = await self._fetch(False)
        if refused is not None and lease.value == refused and self._may_force():
            self._forced_at = self._clock()
            lease = await self._fetch(True)
        self._value = lease.value
        self._until = self._clock() + lease.lasts - min(_RENEWED_BY_WECHAT, lease.lasts / 10)

    def _may_force(self) -> bool:
        return self._forced_at is None or self._clock() - self._forced_at >= _BETWEEN_FORCED
