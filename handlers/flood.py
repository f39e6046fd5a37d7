"""Somebody who writes faster than anyone can read is asked to slow down; what they wrote is kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from handlers.messages import Text, Words
from handlers.turn import Outcome, Turn


@dataclass(frozen=True, slots=True)
class Limit:
    """More than `messages` within `window` are too many.

    An impatient person sends one message in four to six seconds; 20 a minute is a stuck key or a script.
    """

    messages: int = 20
    window: timedelta = timedelta(minutes=1)

    def is_passed(self, heard: Sequence[datetime], now: datetime) -> bool:
        """Whether the messages of one citizen, heard at these times, are too many by now."""
        return sum(now - at < self.window for at in heard) > self.messages


def too_fast(turn: Turn) -> Outcome | None:
    """Each message past the limit is answered with the same short request, and not worked on."""
    if not turn.too_fast or not isinstance(turn.act, Words):
        return None
    return Outcome((Text(turn.library.reply("flood_slow")),), turn.memory)
