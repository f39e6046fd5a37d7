"""While a human has the thread, or will have it: the bot is silent, or keeps the citizen company."""

from dataclasses import replace

from handlers import options
from handlers.messages import PassToWeChatAgents, Text
from handlers.outbox import WINDOW
from handlers.turn import HandOver, Outcome, Turn


def agent_speaks(turn: Turn) -> Outcome | None:
    """An agent holds the thread: what was said is kept for them, and the bot says nothing."""
    return Outcome((), turn.memory, picture=turn.picture) if turn.holder == "agent" else None


def in_queue(turn: Turn) -> Outcome | None:
    """Somebody in the queue may step out of it, and is told where they stand when they ask again."""
    if turn.holder != "queue":
        return None
    if _gives_up(turn):
        said = Text(turn.library.reply("human_cancelled"), options.back_to_guide(turn))
        return Outcome((said,), turn.memory, leaves_queue=True)
    if turn.topic == "complaint":
        return replace(where_you_stand(turn, opening="complaint"), hand_over=HandOver("complaint"))
    if (
        options.wants_human(turn) or turn.command in ("how_long", "duration") or turn.topic == "greet"
    ):  # 在吗, 有人吗
        return where_you_stand(turn)
    return None


def _gives_up(turn: Turn) -> bool:
    """不转了 as a tap or in words; 算了, where it cannot mean a guide."""
    if options.CANCEL_HUMAN in (options.tapped(turn)[0], turn.command):
        return True
    return turn.command == "exit" and not turn.memory.guide


def where_you_stand(turn: Turn, opening: str | None = None) -> Outcome:
    """The place in the queue or, out of hours, when somebody will be there; and the way out of it."""
    library, hours = turn.library, turn.library.hours
    before = f"{library.reply(opening)}\n\n" if opening else ""
    buttons = options.labelled(library, options.CANCEL_HUMAN)
    if turn.agents == "own":
        if hours.is_open(turn.at):
            key = "human_nobody" if turn.staffing() == "nobody" else "human_already"
            words = library.reply(key, position=turn.place(opening or ""))
        else:
            words = while_closed(turn, again=True)
        return Outcome((Text(before + words, buttons),), turn.memory)
    asked = Text(before + library.reply("human_wechat_already"), buttons)
    # Whoever was not handed over, because the answer got lost, is so now; for the others nothing changes.
    again = (PassToWeChatAgents(),) if turn.agents == "wechat" else ()
    return Outcome((*again, asked), turn.memory)


def while_closed(turn: Turn, *, again: bool = False) -> str:
    """What is said while nobody is there: when somebody will be, and whether they can still answer then.

    Told once more, it is the short of it. WeChat lets nobody write 48 hours after the citizen's last
    message, and a weekend is longer.
    """
    hours = turn.library.hours
    opens = hours.next_opening(turn.at)
    in_time = opens is not None and opens - turn.at < WINDOW
    key = "human_after_hours" if in_time else "human_write_again"
    if again:
        key = "human_noted" if in_time else "human_noted_write_again"
    return turn.library.reply(key, next=hours.words(turn.at), summary=hours.summary)
