"""解决了 / 没解决: recorded for the editors; twice unsolved in a row brings a human."""

import re
from collections.abc import Sequence
from dataclasses import replace

from handlers import holding, humans, options, proofs
from handlers.messages import Option, Text
from handlers.turn import Feedback, HandOver, Outcome, Turn

UNSOLVED_BEFORE_A_HUMAN = 2

WHERE_IT_STICKS = ("search_not_found", "fail_face", "todo_empty", "sign_fail")
"""One trouble of each stretch of the way, for somebody who has not said where they are."""

_STILL = re.compile("还是|还没|还在|还不|仍|依然|依旧|照样|照旧|仲|都系|就是[不没找搜进打刷扫签]")
"""The same trouble told once more: 还是空的 after the answer to it."""


def given(turn: Turn) -> Outcome | None:
    """A tap below an answer, or words to that effect after one."""
    kind, topic = options.tapped(turn)
    is_a_nod = turn.command in ("agreed", "is_so")
    said = None if kind or is_a_nod else turn.topic  # the words of a button are not the citizen's
    if kind == "solved" or said == "resolved_yes" or turn.command == "resolved":
        return _solved(turn, topic or turn.memory.topic)
    if kind == "unsolved" or said == "resolved_no":
        return unsolved(turn, topic or turn.memory.topic)
    if not kind and _is_still_so(turn):
        return proofs.own_failure(turn) or unsolved(turn, turn.memory.topic)
    return None


def _is_still_so(turn: Turn) -> bool:
    """The question that was answered just now comes back with a 还是 in it."""
    understood = turn.understood
    if understood is None or turn.topic is None or turn.topic != turn.memory.topic:
        return False
    return _STILL.search(understood.text) is not None


def where_it_sticks(turn: Turn, topics: Sequence[str] = WHERE_IT_STICKS) -> Outcome:
    """Nothing was said before that this could be about: ask with what can be tapped, then offer a human."""
    library, misses = turn.library, turn.memory.misses + 1
    memory = replace(turn.memory, misses=misses).having_said("where_it_sticks")
    offered = options.for_topics(library, topics)
    if memory.times > 1:
        words, buttons = "fallback_second", (*options.labelled(library, options.HUMAN), *offered)
    else:
        below = options.labelled(library, "none_of_these", "guides", options.HUMAN)
        words, buttons = "where_it_sticks", (*offered, *below)
    return Outcome((Text(library.reply(words), buttons),), options.offering(memory, buttons))


def other_help(turn: Turn, topic: str) -> tuple[Option, ...]:
    """The guides and the questions that stand below the answer to a topic."""
    found = turn.library.answer_to(topic, on=turn.today)
    if found is None:
        return ()
    walks = [one for one in found.actions if one.open == "guide" and one.id != turn.memory.guide]
    related = [id_ for id_ in found.related if id_ != options.HUMAN]
    return (*options.for_actions(walks), *options.for_topics(turn.library, related))


def _solved(turn: Turn, topic: str | None) -> Outcome:
    """Good news; whoever waits for a human all the same can step out of the queue."""
    memory = replace(turn.memory, unsolved=0, misses=0, said="", times=0)
    ways = options.labelled(turn.library, options.CANCEL_HUMAN) if turn.holder == "queue" else ()
    words = Text(turn.library.reply("resolved_yes"), ways)
    return Outcome((words,), memory, feedback=Feedback(topic, solved=True) if topic else None)


def unsolved(turn: Turn, topic: str | None) -> Outcome:
    """The first time the next best thing is offered, the second time a human is fetched.

    Who waits for one already is told where they stand; who has asked nothing yet is asked where it sticks.
    """
    library = turn.library
    if topic is None and turn.holder == "bot":
        return where_it_sticks(turn)
    memory = replace(turn.memory, unsolved=turn.memory.unsolved + 1)
    note = Feedback(topic, solved=False) if topic else None
    if turn.holder == "queue":
        return replace(holding.where_you_stand(turn), memory=memory, feedback=note)
    if memory.unsolved >= UNSOLVED_BEFORE_A_HUMAN:
        fetched = humans.call(turn, HandOver("not_solved", topic), opening="unsolved_again")
        return replace(fetched, memory=replace(memory, unsolved=0), feedback=note)
    buttons = (
        *(other_help(turn, topic) if topic else ()),
        *options.labelled(library, options.HUMAN),
        *options.back_to_guide(turn),
    )
    memory = options.offering(memory, buttons)
    return Outcome((Text(library.reply("resolved_no"), buttons),), memory, feedback=note)
