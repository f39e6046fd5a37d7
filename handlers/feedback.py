"""解决了 / 没解决: recorded for the editors; twice unsolved in a row brings a human."""

from dataclasses import replace

from handlers import holding, humans, options
from handlers.messages import Text
from handlers.turn import Feedback, HandOver, Outcome, Turn

UNSOLVED_BEFORE_A_HUMAN = 2


def given(turn: Turn) -> Outcome | None:
    """A tap below an answer, or words to that effect after one."""
    kind, topic = options.tapped(turn)
    if kind == "solved" or turn.topic == "resolved_yes":
        return _solved(turn, topic or turn.memory.topic)
    if kind == "unsolved" or turn.topic == "resolved_no":
        return _unsolved(turn, topic or turn.memory.topic)
    return None


def _solved(turn: Turn, topic: str | None) -> Outcome:
    """Good news; whoever waits for a human all the same can step out of the queue."""
    memory = replace(turn.memory, unsolved=0, misses=0)
    ways = options.labelled(turn.library, options.CANCEL_HUMAN) if turn.holder == "queue" else ()
    words = Text(turn.library.reply("resolved_yes"), ways)
    return Outcome((words,), memory, feedback=Feedback(topic, solved=True) if topic else None)


def _unsolved(turn: Turn, topic: str | None) -> Outcome:
    """The first time the next best thing is offered, the second time a human is fetched.

    Who waits for one already is told where they stand.
    """
    library = turn.library
    memory = replace(turn.memory, unsolved=turn.memory.unsolved + 1)
    note = Feedback(topic, solved=False) if topic else None
    if turn.holder == "queue":
        return replace(holding.where_you_stand(turn), memory=memory, feedback=note)
    if memory.unsolved >= UNSOLVED_BEFORE_A_HUMAN:
        fetched = humans.call(turn, HandOver("not_solved", topic), opening="resolved_no")
        return replace(fetched, memory=replace(memory, unsolved=0), feedback=note)
    found = library.answer_to(topic, on=turn.today) if topic else None
    actions = (
        options.for_actions(action for action in found.actions if action.open == "guide") if found else ()
    )
    related = (
        options.for_topics(library, [id_ for id_ in found.related if id_ != options.HUMAN]) if found else ()
    )
    buttons = (*actions, *related, *options.labelled(library, options.HUMAN))
    return Outcome((Text(library.reply("resolved_no"), buttons),), memory, feedback=note)
