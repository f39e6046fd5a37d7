"""Somebody who writes faster than anyone can read is asked to slow down; what they wrote is kept."""

from datetime import timedelta

from handlers.messages import Text, Words
from handlers.turn import Outcome, Turn

MESSAGES = 20
WINDOW = timedelta(minutes=1)
"""An impatient person sends one message in four to six seconds; 20 a minute is a stuck key or a script."""


def too_fast(turn: Turn) -> Outcome | None:
    """More than MESSAGES within WINDOW: each is answered with the same short request, and not worked on."""
    recent = [at for at in turn.memory.heard if turn.at - at < WINDOW]
    if len(recent) <= MESSAGES or not isinstance(turn.act, Words):
        return None
    return Outcome((Text(turn.library.reply("flood_slow")),), turn.memory)
