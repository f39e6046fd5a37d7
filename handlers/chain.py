"""The chain: handlers in order, the first that says "mine" wins; what holds for every answer comes last."""

from collections.abc import Sequence
from dataclasses import replace

from handlers import (
    answering,
    arriving,
    asked_again,
    feedback,
    flood,
    fragments,
    guiding,
    holding,
    humans,
    menu,
    not_words,
    pictures,
    proofs,
    small_talk,
    unsure,
)
from handlers.messages import PassToWeChatAgents, Saying, Text
from handlers.turn import Handler, Outcome, Turn

ORDER: tuple[tuple[str, Handler], ...] = (
    ("left", arriving.left),
    ("agent_speaks", holding.agent_speaks),
    ("distress", humans.distress),
    ("flood", flood.too_fast),
    ("arrived", arriving.arrived),
    ("menu", menu.tapped),
    ("opening_hours", humans.opening_hours),
    ("in_queue", holding.in_queue),
    ("human", humans.asked),
    ("guide", guiding.walk),
    ("none_of_these", unsure.none_of_these),
    ("fragment", fragments.said),
    ("named", fragments.named),
    ("feedback", feedback.given),
    ("option", answering.option_tapped),
    ("picture", pictures.looking),
    ("proof_link", proofs.link_wanted),
    ("other_way", proofs.other_way_wanted),
    ("not_words", not_words.seen),
    ("numbers", not_words.only_numbers),
    ("nothing", not_words.nothing_said),
    ("guide_asked_for", guiding.asked_for),
    ("small_talk", small_talk.said),
    ("own_failure", proofs.own_failure),
    ("abroad", answering.abroad),
    ("asked_again", asked_again.asked),
    ("answer", answering.understood),
    ("asked_within", unsure.asked_within),
    ("in_english", unsure.in_english),
    ("clarify", unsure.which),
    ("fallback", unsure.lost),
)
"""The order is the policy: whoever is in danger, or wants a human, is never kept by a lower handler."""


def chain(turn: Turn) -> Outcome | None:
    """What the first handler that takes the turn decided, with our request not to send numbers."""
    for name, handler in ORDER:
        outcome = handler(turn)
        if outcome is not None:
            return replace(_asking_for_privacy(turn, outcome), by=name)
    return None


def _asking_for_privacy(turn: Turn, outcome: Outcome) -> Outcome:
    if not turn.masked or outcome.memory.told_masked or not outcome.sayings:
        return outcome
    asking = turn.library.reply("privacy_masked")
    return replace(
        outcome,
        sayings=_after(asking, outcome.sayings),
        memory=replace(outcome.memory, told_masked=True),
    )


def _after(words: str, sayings: Sequence[Saying]) -> Sequence[Saying]:
    """The words before everything else; in one message with the first text, for pushes are few."""
    first, *rest = sayings
    if isinstance(first, PassToWeChatAgents):  # only the first message can hand over
        return (first, *(_after(words, rest) if rest else (Text(words),)))
    if isinstance(first, Text):
        return (replace(first, words=f"{words}\n\n{first.words}"), *rest)
    return (Text(words), *sayings)
