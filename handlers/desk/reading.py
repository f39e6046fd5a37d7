"""Who reads which case: a reading that begins is noted in the trail; going on with it is not.

Kept in memory: a process that starts anew notes a reading that goes on once more.
"""

from datetime import datetime, timedelta

PAUSE = timedelta(minutes=10)
"""A screen that is open asks again every half minute; whoever comes back after this begins anew."""

MOST = 10_000


class Readings:
    """The readings of this process, whichever pane they are asked through."""

    def __init__(self) -> None:
        self._last: dict[tuple[int, int], datetime] = {}

    def begins(self, agent: int, case: int, now: datetime) -> bool:
        """Whether this agent has not been reading this case just before."""
        last = self._last.get((agent, case))
        return last is None or now - last > PAUSE

    def goes_on(self, agent: int, case: int, now: datetime) -> None:
        """They have it on their screen, and the trail knows."""
        if len(self._last) >= MOST:
            self._last = {who: at for who, at in self._last.items() if now - at <= PAUSE}
        self._last[agent, case] = now
