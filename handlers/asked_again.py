"""The same question once more: the last answer did not help, so the next help comes with it, then a human."""

from faq.content_models import Action
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
    if found is None or answering.about(turn, topic) != turn.memory.said:
        return None
    memory = turn.memory.having_tried(topic).having_said(turn.memory.said)
    if memory.times <= ENOUGH:
        said = answering.shown_below(_with_the_next_help(turn, found), found.picture)
    elif turn.holder == "queue":
        return holding.where_you_stand(turn)
    else:
        said = (_a_human_instead(turn, found),)
    return Outcome(said, memory, topic=topic)


def _with_the_next_help(turn: Turn, found: Answer) -> Text:
    walk, feedback = _walk(turn, found), options.for_feedback(turn.library, found.topic)
    if walk is None:
        related = options.for_topics(turn.library, (id_ for id_ in found.related if id_ != options.HUMAN))
        words = turn.library.reply("asked_again", text=found.text)
        return Text(words, (*options.back_to_guide(turn), *_human(turn), *related, *feedback))
    words = turn.library.reply("asked_again_guide", label=walk.label, text=found.text)
    buttons = (*options.for_actions((walk,)), *options.back_to_guide(turn), *_human(turn), *feedback)
    return Text(words, buttons)


def _a_human_instead(turn: Turn, found: Answer) -> Text:
    walk = _walk(turn, found)
    buttons = (
        *_human(turn),
        *options.back_to_guide(turn),
        *(options.for_actions((walk,)) if walk else ()),
        Option(f"topic:{found.topic}", turn.library.label("read_again")),
    )
    return Text(turn.library.reply("asked_again_human"), buttons)


def _walk(turn: Turn, found: Answer) -> Action | None:
    """The guide that goes with the answer, unless the citizen stands in it."""
    walks = (action for action in found.actions if action.open == "guide" and action.id != turn.memory.guide)
    return next(walks, None)


def _human(turn: Turn) -> tuple[Option, ...]:
    return options.labelled(turn.library, options.HUMAN) if turn.holder == "bot" else ()
