"""While a human has the thread, or will have it: the bot is silent, or keeps the citizen company."""

from handlers import options
from handlers.messages import PassToWeChatAgents, Text
from handlers.turn import Outcome, Turn


def agent_speaks(turn: Turn) -> Outcome | None:
    """An agent holds the thread: what was said is kept for them, and the bot says nothing."""
    return Outcome((), turn.memory, picture=turn.picture) if turn.holder == "agent" else None


def in_queue(turn: Turn) -> Outcome | None:
    """Somebody in the queue may step out of it, and is told where they stand when they ask again."""
    if turn.holder != "queue":
        return None
    if options.tapped(turn)[0] == options.CANCEL_HUMAN or turn.command == options.CANCEL_HUMAN:
        return Outcome((Text(turn.library.reply("human_cancelled")),), turn.memory, leaves_queue=True)
    if turn.topic in ("human", "complaint") or options.tapped(turn)[0] == options.HUMAN:
        return where_you_stand(turn)
    return None


def where_you_stand(turn: Turn) -> Outcome:
    """The place in the queue, and the way out of it."""
    buttons = options.labelled(turn.library, options.CANCEL_HUMAN)
    if turn.agents == "own":
        words = turn.library.reply("human_already", position=turn.waiting())
        return Outcome((Text(words, buttons),), turn.memory)
    asked = Text(turn.library.reply("human_wechat_already"), buttons)
    # Whoever was not handed over, because the answer got lost, is so now; for the others nothing changes.
    again = (PassToWeChatAgents(),) if turn.agents == "wechat" else ()
    return Outcome((*again, asked), turn.memory)
