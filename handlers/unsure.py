"""When the ear is not sure: ask which was meant, then ask for other words, then offer a human."""

from dataclasses import replace

from handlers import holding, options
from handlers.messages import Text, Words
from handlers.turn import Outcome, Turn

SUGGESTED = 3

MOST_ASKED = ("how_open", "fail_face", "todo_empty")
"""What is suggested to somebody of whose words nothing was understood: guesses would only puzzle them."""


def which(turn: Turn) -> Outcome | None:
    """您是不是想问: up to three questions to tap, and 都不是."""
    if turn.understood is None or turn.understood.zone != "ask":
        return None
    topics = tuple(guess.topic for guess in turn.understood.guesses[:SUGGESTED])
    buttons = (
        *options.for_topics(turn.library, topics),
        *options.labelled(turn.library, "none_of_these"),
        *options.back_to_guide(turn),
    )
    words = turn.library.reply("ask_which")
    return Outcome((Text(words, buttons),), replace(turn.memory, asked=topics))


def lost(turn: Turn) -> Outcome | None:
    """Not understood: first we ask for other words and suggest, then we offer a human."""
    if not isinstance(turn.act, Words):
        return None
    if turn.holder == "queue":
        return holding.where_you_stand(turn)
    library, misses = turn.library, turn.memory.misses + 1
    memory = replace(turn.memory, misses=misses, asked=())
    human = options.labelled(library, options.HUMAN)
    if options.tapped(turn)[0] == options.NONE_OF_THESE:
        return Outcome((Text(library.reply("none_of_these"), human),), memory)
    if misses == 1:
        buttons = (*options.for_topics(library, MOST_ASKED), *options.back_to_guide(turn))
        return Outcome((Text(library.reply("fallback_first"), buttons),), memory)
    buttons = (*human, *options.back_to_guide(turn))
    return Outcome((Text(library.reply("fallback_second"), buttons),), memory)
