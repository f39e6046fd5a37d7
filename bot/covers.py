"""Seals what the thread covers, opens it again at the desk, and forgets it in time.

Each envelope opens for its own push only: the push's key stands in what is authenticated.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

import structlog

from bot.sealer import Sealer, SealError, place
from bot.store import Store
from handlers import originals

log = structlog.get_logger()


class Covers:
    """Hand `seal` to the reception, `open` to the desk and `forget_old` to the loops."""

    def __init__(
        self, store: Store, sealer: Sealer, clock: Callable[[], datetime], keep_for: timedelta
    ) -> None:
        self._store = store
        self._sealer = sealer
        self._clock = clock
        self._keep_for = keep_for

    @property
    def keeps(self) -> bool:
        """Whether anything that is covered may be kept here at all."""
        return self._keep_for > timedelta(0)

    def seal(self, plain: str, key: str) -> bytes:
        """What is covered of the push `key`, sealed."""
        return self._sealer.seal(plain, place("original", "sealed", key))

    def open(self, sealed: bytes, key: str) -> str | None:
        """What was covered of the push `key`; None when the secret is gone or the row was altered."""
        try:
            return self._sealer.open(sealed, place("original", "sealed", key))
        except SealError as broken:
            log.error("original_not_opened", why=type(broken).__name__)
            return None

    async def forget_old(self) -> int:
        """Delete what was kept long enough; how many rows went."""
        now = self._clock()
        return await self._store.write(lambda tx: originals.forget(tx, now, self._keep_for))
