"""The same question once more: the last answer did not help, so the next help comes with it, then a human."""

from faq.library import Answer
from handlers import answering, holding, options
from handlers.messages import Option, Text
from handlers.turn import Outcome, Turn

ENOUGH = 2
"""So often an answer is read out; whoever asks once more is offered a human in its place."""


def asked(turn: Turn) -> Outcome | None:
    """The question that was answered last, in the same words or in others."""
    return once_more(turn, turn.topic) if turn.topic else None


def once_more(turn: Turn, topic: str) -> Outcome | None:
    """The answer with the guide or the human that goes on from it; None where it was not given just now."""
    found = answering.answer_to(turn, topic)
    if found is None or answering.mark(found) != turn.memory.said:
        return None
    memory = turn.memory.having_tried(topic).having_said(turn.memory.said)
    if memory.times <= ENOUGH:
        said = answering.shown_below(_with_the_next_help(turn, found), found.picture)
        return Outcome(said, memory, topic=topic)
    if turn.holder == "queue":
        return holding.where_you_stand(turn)
    instead = _a_human_instead(turn, found)
    return Outcome((instead,), options.offering(memory, instead.options), topic=topic)


def _with_the_next_help(turn: Turn, found: Answer) -> Text:
    walk, feedback = answering.guide_beside(turn, found), options.for_feedback(turn.library, found.topic)
    if walk is None:
        related = options.for_topics(turn.library, (id_ for id_ in found.related if id_ != options.HUMAN))
        words = turn.library.reply("asked_again", text=found.text)
        return Text(words, (*options.back_to_guide(turn), *options.human(turn), *related, *feedback))
    words = turn.library.reply("asked_again_guide", label=walk.label, text=found.text)
    buttons = (*options.for_actions((walk,)), *options.back_to_guide(turn), *options.human(turn), *feedback)
    return Text(words, buttons)


def _a_human_instead(turn: Turn, found: Answer) -> Text:
    walk = answering.guide_beside(turn, found)
    buttons = (
        *options.human(turn),
        *options.back_to_guide(turn),
        *(options.for_actions((walk,)) if walk else ()),
        Option(f"topic:{found.topic}", turn.library.label("read_again")),
    )
    return Text(turn.library.reply("asked_again_human"), buttons)
