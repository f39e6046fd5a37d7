"""The loops that fetch: each runs at its own pace, can be woken early, and outlives its faults."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

log = structlog.get_logger()


class Loop:
    """Calls `step` every `every_s` seconds, at once when woken, and again at once while it finds work."""

    def __init__(self, name: str, step: Callable[[], Awaitable[object]], every_s: float) -> None:
        self.name = name
        self._step = step
        self._every_s = every_s
        self._woken = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._stopping = False

    def start(self) -> None:
        """Begin; the first step is taken at once."""
        self._task = asyncio.create_task(self._run(), name=self.name)

    def wake(self) -> None:
        """There is work: do not wait for the next round."""
        self._woken.set()

    async def stop(self) -> None:
        """Let the step at work finish (the store must still be open), then stop."""
        if self._task is not None:
            self._stopping = True
            self._woken.set()
            await self._task

    async def _run(self) -> None:
        while not self._stopping:
            self._woken.clear()
            found = await self._try()
            if found or self._stopping:
                continue
            try:
                await asyncio.wait_for(self._woken.wait(), self._every_s)
            except TimeoutError:
                continue

    async def _try(self) -> object:
        try:
            return await self._step()
        except Exception:
            log.exception("loop_failed", loop=self.name)
            return None
