"""The answer to a topic, with what can be tapped next: an action, a guide, related questions, 解决了吗."""

from collections.abc import Mapping
from dataclasses import replace
from zlib import crc32

from faq.content_models import Action
from faq.library import Answer
from handlers import options
from handlers.messages import Illustration, Option, Saying, Text
from handlers.turn import Outcome, Turn

SMALL_TALK = frozenset({"greet", "thanks", "bot_capability"})
"""Topics after which nobody is asked whether it helped."""


FROM_ABROAD = ("overseas_chinese", "foreigner", "id_types")
"""What the operating guide does say to somebody who is not in the country."""


ASKS_WHICH = {"id_types": "document", "phone_req": "phone_system"}
"""Topics that ask which of a kind there are: "支持哪些证件" after "护照可以吗" wants them all."""


def understood(turn: Turn) -> Outcome | None:
    """The topic that the ear is sure of."""
    return answer(turn, turn.topic) if turn.topic else None


def abroad(turn: Turn) -> Outcome | None:
    """Somebody is abroad, and nothing else is certain: the guide is silent on it, but not on documents.

    The ear takes 人在日本怎么认证 for a foreigner's question; most who ask so are not.
    """
    heard, library = turn.understood, turn.library
    if heard is None or turn.topic not in (None, "foreigner"):
        return None
    is_all_that_is_said = turn.command == "abroad"
    if not is_all_that_is_said and (heard.zone == "fallback" or not library.mentions("abroad", turn.words)):
        return None
    buttons = (*options.human(turn), *options.for_topics(library, FROM_ABROAD), *options.back_to_guide(turn))
    memory = options.offering(replace(turn.memory, misses=0), buttons).having_said("abroad")
    words = "asked_again_human" if memory.times > 1 and turn.holder == "bot" else "abroad"
    return Outcome((Text(library.reply(words), buttons),), memory)


def option_tapped(turn: Turn) -> Outcome | None:
    """A question that was offered and tapped, or picked by its number.

    One that only a former release knew is heard by its words, as if they had been typed.
    """
    kind, rest = options.tapped(turn)
    if kind == "topic" and turn.library.silence_about(rest, on=turn.today) != "unknown":
        return answer(turn, rest)
    return None


def answer_to(turn: Turn, topic: str) -> Answer | None:
    """What the content says on a topic to this citizen today."""
    return turn.library.answer_to(topic, on=turn.today, slots=_known(turn, topic))


def answer(turn: Turn, topic: str) -> Outcome:
    """The answer to a topic; where the content is silent, that is said, and a human is offered."""
    library = turn.library
    found = answer_to(turn, topic)
    if topic in SMALL_TALK:
        memory = replace(turn.memory, misses=0, asked=()).having_said(topic)
    else:
        memory = turn.memory.having_tried(topic).having_said(mark(found) if found else "")
    if found is None:
        expired = library.silence_about(topic, on=turn.today) == "expired"
        words = library.reply("answer_expired" if expired else "not_covered")
        human = options.labelled(library, options.HUMAN)
        return Outcome((Text(words, human),), options.offering(memory, human))
    actions = options.for_actions(action for action in found.actions if _is_open(turn, action))
    if turn.memory.guide:
        others = [option for option in actions if option.id != f"guide:{turn.memory.guide}"]
        below: tuple[Option, ...] = (*options.back_to_guide(turn), *others)
        return Outcome(shown_below(Text(found.text, below), found.picture), memory, topic=topic)
    has_button = any(action.open == "human" for action in found.actions)
    related = [id_ for id_ in found.related if not (has_button and id_ == options.HUMAN)]
    after: tuple[Option, ...] = options.for_topics(library, related)
    if topic in SMALL_TALK:
        memory = options.offering(memory, (*actions, *after))
    else:
        after += options.for_feedback(library, topic)
    said = Text(found.text, (*actions, *after))
    return Outcome(shown_below(said, found.picture), memory, topic=topic)


def mark(found: Answer) -> str:
    """What is remembered of an answer that was given: another document or a new release has another."""
    return f"{found.topic} {crc32(found.text.encode()):08x}"


def was_last(turn: Turn) -> bool:
    """Whether the answer to the topic of the conversation is the last help that was given."""
    return turn.memory.said.partition(" ")[0] == turn.memory.topic


def _known(turn: Turn, topic: str) -> Mapping[str, str]:
    """What is known of the citizen, but for what an earlier question named and this one asks about anew."""
    kind, slots = ASKS_WHICH.get(topic), turn.memory.slots
    named = {entity.kind for entity in turn.understood.entities} if turn.understood else set()
    if kind is None or kind in named or topic in options.asked_about(turn.memory):
        return slots
    return {slot: value for slot, value in slots.items() if slot != kind}


def _is_open(turn: Turn, action: Action) -> bool:
    """Whether what a button opens is there, and is not waited for already."""
    match action.open:
        case "verification":
            return turn.proof is not None
        case "human":
            return turn.holder == "bot"
        case _:
            return True


def guide_beside(turn: Turn, found: Answer) -> Action | None:
    """The guide that goes with an answer, unless the citizen stands in it."""
    walks = (action for action in found.actions if action.open == "guide" and action.id != turn.memory.guide)
    return next(walks, None)


def shown_below(words: Text, picture: str | None) -> tuple[Saying, ...]:
    """The words, which arrive whatever becomes of the picture, and the picture after them."""
    return (words, Illustration(picture)) if picture else (words,)
