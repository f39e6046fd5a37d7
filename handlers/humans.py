"""Fetching a human: on request, for a complaint, and at once for somebody in distress."""

from collections.abc import Mapping
from dataclasses import replace

from handlers import holding, options
from handlers.messages import PassToWeChatAgents, Saying, Text
from handlers.turn import HandOver, Outcome, Staffing, Turn

QUEUED: Mapping[Staffing, str] = {"free": "human_queued", "full": "human_full", "nobody": "human_nobody"}
"""What is said to whoever is in the queue now."""


def distress(turn: Turn) -> Outcome | None:
    """Words of somebody who may harm themselves or is in despair: a human, whatever else was said."""
    if not turn.words or not turn.library.is_distress(turn.words):
        return None
    if turn.holder == "queue":
        return replace(holding.where_you_stand(turn, opening="distress"), hand_over=HandOver("distress"))
    return call(turn, HandOver("distress"), opening="distress")


def opening_hours(turn: Turn) -> Outcome | None:
    """When people are there; whoever asks that does not stand in the queue for it."""
    return say_opening_hours(turn) if turn.command == "hours" else None


def say_opening_hours(turn: Turn) -> Outcome:
    """The hours, and where nobody is waiting yet, the way to a human."""
    words = turn.library.reply("opening_hours", summary=turn.library.hours.summary)
    buttons = (*options.human(turn), *options.back_to_guide(turn))
    return Outcome((Text(words, buttons),), replace(turn.memory, asked=()))


def asked(turn: Turn) -> Outcome | None:
    """转人工 in any wording, a tap on it, or a complaint; 不要转人工 sounds like it and is none."""
    if turn.command == options.CANCEL_HUMAN and turn.topic in ("human", "complaint"):
        said = Text(turn.library.reply("human_cancelled"), options.back_to_guide(turn))
        return Outcome((said,), turn.memory)
    if turn.topic == "complaint":
        return call(turn, HandOver("complaint"), opening="complaint")
    return call(turn, HandOver("asked")) if options.wants_human(turn) else None


def call(turn: Turn, wish: HandOver, opening: str | None = None) -> Outcome:
    """Put the citizen into the queue and say honestly when somebody will be there."""
    library, hours = turn.library, turn.library.hours
    if turn.agents != "own":
        return _call_wechats(turn, wish, opening)
    if hours.is_open(turn.at):
        words = library.reply(QUEUED[turn.staffing()], position=turn.place(wish.reason))
    else:
        words = holding.while_closed(turn)
    if opening:
        words = f"{library.reply(opening)}\n\n{words}"
    buttons = options.labelled(library, options.CANCEL_HUMAN)
    return Outcome((Text(words, buttons),), replace(turn.memory, asked=()), hand_over=wish)


def _call_wechats(turn: Turn, wish: HandOver, opening: str | None) -> Outcome:
    """Hand over to WeChat's agents, who keep no list for the morning; the words leave beside it.

    Where this answer cannot hand over, a button asks for a message whose answer can.
    """
    library, hours = turn.library, turn.library.hours
    before = f"{library.reply(opening)}\n\n" if opening else ""
    if not hours.is_open(turn.at):
        closed = library.reply("human_wechat_closed", next=hours.words(turn.at), summary=hours.summary)
        return Outcome((Text(before + closed),), turn.memory)
    if turn.agents == "wechat_later":
        tap = Text(before + library.reply("human_wechat_tap"), options.labelled(library, options.HUMAN))
        return Outcome((tap,), turn.memory)
    said: tuple[Saying, ...] = (PassToWeChatAgents(), Text(before + library.reply("human_wechat")))
    return Outcome(said, turn.memory, hand_over=wish)
