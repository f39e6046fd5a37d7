"""The circuit breaker: a service that failed several times in a row is left alone, then tried once.

closed: calls pass. open: none passes until the rest is over. half_open: one call passes as a probe; its
outcome closes the circuit or opens it for another rest. Not thread-safe: for one event loop.
"""

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Literal

State = Literal["closed", "open", "half_open"]


class Breaker:
    """Opens after `failures` in a row and rests for `rest`; `changed` hears of every new state."""

    def __init__(
        self,
        *,
        failures: int = 3,
        rest: timedelta = timedelta(seconds=5),
        clock: Callable[[], float] = time.monotonic,
        changed: Callable[[State], None] = lambda _: None,
    ) -> None:
        self._limit, self._rest_s = failures, rest.total_seconds()
        self._clock, self._changed = clock, changed
        self._state: State = "closed"
        self._in_a_row = 0
        self._opened_at = 0.0
        self._probing = False

    @property
    def state(self) -> State:
        """What holds right now; an open circuit whose rest is over is half open."""
        if self._state == "open" and self._clock() - self._opened_at >= self._rest_s:
            self._become("half_open")
        return self._state

    def may_probe(self) -> bool:
        """Take the one probe of a half-open circuit; False when it is taken, or not the time."""
        if self.state != "half_open" or self._probing:
            return False
        self._probing = True
        return True

    def went_well(self) -> None:
        """A call was answered."""
        self._in_a_row, self._probing = 0, False
        self._become("closed")

    def went_wrong(self) -> None:
        """A call failed or came too late."""
        self._in_a_row += 1
        self._probing = False
        if self._state == "half_open" or self._in_a_row >= self._limit:
            self._opened_at = self._clock()
            self._become("open")

    def gave_up(self) -> None:
        """A probe was called off; its outcome says nothing about the service."""
        self._probing = False

    def _become(self, state: State) -> None:
        if state != self._state:
            self._state = state
            self._changed(state)
