"""When the ear is not sure: ask which was meant, then ask for other words, then offer a human."""

import re
from collections.abc import Sequence
from dataclasses import replace

from handlers import answering, asked_again, feedback, holding, humans, options, proofs
from handlers.memory import Memory
from handlers.messages import Option, Text, Words
from handlers.turn import Outcome, Turn
from nlu.understanding import Guess

SUGGESTED = 3

COURTESIES = ("greet", "thanks")
COURTEOUS_FROM = 0.35
"""A greeting or thanks that is half heard is returned: nobody is harmed by a courtesy too many."""

A_PERSON = frozenset({"human", "complaint"})
NO_QUESTION = answering.SMALL_TALK | A_PERSON | {"resolved_yes", "resolved_no"}
"""Nobody is asked whether they meant to say hello, or whether they want to complain."""

PLAUSIBLE_FROM = 0.08
BESIDE_THE_BEST_FROM = 0.15
"""A guess below the one, or below this share of the best guess, only puzzles. Of 76 questions that the ear
asks about in the tests' held-out lines, 51 of the 56 that were among three guesses still are among two."""

_ENGLISH = re.compile(
    r"\b(alipay|and|any|are|cannot|do|does|english|error|face|failed|for|from|hello|help|how|i|in|is|it|login|my"
    r"|need|not|of|on|or|passport"
    r"|please|problem|that|the|this|to|verification|verify|what|when|where|who|why|with|work|your)\b"
)
"""Some of them are in any sentence, and none is pinyin or the name of a telephone."""

_LINK = re.compile(r"https?://|www\.", re.IGNORECASE)

MOST_ASKED = ("how_open", "fail_face", "todo_empty")
"""What is suggested to somebody of whose words nothing was understood: guesses would only puzzle them."""


def none_of_these(turn: Turn) -> Outcome | None:
    """都不是, below a choice of questions: other words are asked for, and nothing is guessed again."""
    library, offered = turn.library, turn.memory.asked
    says_no, is_after_a_human = turn.command == "not_so" and bool(offered), offered[:1] == (options.HUMAN,)
    if says_no and is_after_a_human:
        words = Text(library.reply("human_cancelled"), options.back_to_guide(turn))
        return Outcome((words,), replace(turn.memory, asked=()))
    none = options.NONE_OF_THESE
    is_meant = options.tapped(turn)[0] == none or turn.command == "none_of_these"
    if not (is_meant or (says_no and none in offered)):
        return None
    memory = replace(turn.memory, misses=turn.memory.misses + 1, asked=())
    buttons = (*options.labelled(library, options.HUMAN), *options.back_to_guide(turn))
    if turn.memory.misses and none not in offered and (is_after_a_human or not offered):
        return _offer_a_human(turn, memory, buttons)
    return Outcome((Text(library.reply("none_of_these"), buttons),), memory)


def _offer_a_human(turn: Turn, memory: Memory, buttons: tuple[Option, ...]) -> Outcome:
    """要不要我帮您转人工: a yes to it is one."""
    words = Text(turn.library.reply("fallback_second"), buttons)
    return Outcome((words,), options.offering(memory, buttons))


def asked_within(turn: Turn) -> Outcome | None:
    """A question that has a fixed answer, in one clause of more words: 晚上能弄吗，你们几点下班."""
    match turn.library.command_within(turn.words) if turn.words else None:
        case "hours":
            return humans.say_opening_hours(turn)
        case "other_way":
            return proofs.say_other_way(turn)
        case _:
            return None


def in_english(turn: Turn) -> Outcome | None:
    """Somebody writes English: one sentence that they can read, and the way to a human."""
    if not turn.words or turn.holder == "queue" or not _is_english(turn.words):
        return None
    buttons = options.labelled(turn.library, options.HUMAN, "guides")
    memory = replace(turn.memory, asked=())
    return Outcome((Text(turn.library.reply("in_english"), buttons),), memory)


def _is_english(words: str) -> bool:
    return words.isascii() and " " in words.strip() and _ENGLISH.search(words.lower()) is not None


def which(turn: Turn) -> Outcome | None:
    """The ear is not sure: up to three plausible questions are asked about."""
    if turn.understood is None or turn.understood.zone != "ask" or not turn.understood.guesses:
        return None
    best = turn.understood.guesses[0]
    if outcome := _half_heard(turn, best):
        return outcome
    plausible = _plausible(turn.understood.guesses)
    topics = tuple(topic for topic in plausible if topic not in NO_QUESTION)[:SUGGESTED]
    if not topics:
        return None
    if topics == options.offered(turn.memory, "topic"):
        return _asked_before(turn, topics)
    return ask_which(turn, topics, options.human(turn) if A_PERSON & {*plausible} else ())


def _asked_before(turn: Turn, topics: tuple[str, ...]) -> Outcome:
    """The same comes back instead of a tap: the only guess is taken; before several, a human is offered."""
    if len(topics) == 1:
        return answering.answer(turn, topics[0])
    buttons = (
        *options.human(turn),
        *options.for_topics(turn.library, topics),
        *options.back_to_guide(turn),
    )
    return _offer_a_human(turn, turn.memory, buttons)


def ask_which(turn: Turn, topics: tuple[str, ...], human: tuple[Option, ...] = ()) -> Outcome:
    """您是不是想问: the questions to tap, 都不是, and a human where that may be wanted."""
    buttons = (
        *options.for_topics(turn.library, topics),
        *options.labelled(turn.library, "none_of_these"),
        *human,
        *options.back_to_guide(turn),
    )
    words = turn.library.reply("ask_which")
    return Outcome((Text(words, buttons),), options.offering(turn.memory, buttons))


def has_trouble_behind(turn: Turn) -> bool:
    """喂，你好，他们说要我刷脸，我不会呀: a greeting that names something of ours."""
    return turn.library.holds_keyword(turn.words, besides=NO_QUESTION)


def _half_heard(turn: Turn, best: Guess) -> Outcome | None:
    """What is acted upon though it is not certain: nobody is harmed by it, or it was said just before."""
    if best.topic in COURTESIES and best.confidence >= COURTEOUS_FROM:
        if best.topic == "greet" and has_trouble_behind(turn):
            return feedback.where_it_sticks(turn)
        waits = best.topic == "greet" and turn.holder == "queue"  # 有没有人啊
        return holding.where_you_stand(turn) if waits else answering.answer(turn, best.topic)
    if best.topic == "resolved_no" and turn.memory.topic:
        return feedback.unsolved(turn, turn.memory.topic)
    if best.topic in A_PERSON:
        return _a_person(turn)
    return asked_again.once_more(turn, best.topic)


def _a_person(turn: Turn) -> Outcome:
    """Whoever seems to want a human is asked just that; whoever waits for one is told where they stand."""
    if turn.holder == "queue":
        return holding.where_you_stand(turn)
    buttons = (
        *options.labelled(turn.library, options.HUMAN, "none_of_these"),
        *options.back_to_guide(turn),
    )
    memory = options.offering(turn.memory, buttons)
    return Outcome((Text(turn.library.reply("ask_human"), buttons),), memory)


def _plausible(guesses: Sequence[Guess]) -> tuple[str, ...]:
    floor = max(PLAUSIBLE_FROM, BESIDE_THE_BEST_FROM * guesses[0].confidence)
    return tuple(guess.topic for guess in guesses if guess.confidence >= floor)


def lost(turn: Turn) -> Outcome | None:
    """Not understood: first we ask for other words and suggest, then we offer a human."""
    if not isinstance(turn.act, Words):
        return None
    if turn.holder == "queue":
        return holding.where_you_stand(turn)
    library, misses = turn.library, turn.memory.misses + 1
    if _LINK.search(turn.words):
        return Outcome((Text(library.reply("link"), options.human(turn)),), turn.memory)
    if misses == 1:
        words = library.reply(_not_understood(turn))
        buttons = (
            *options.for_topics(library, MOST_ASKED),
            *options.labelled(library, "guides", options.HUMAN),
            *options.back_to_guide(turn),
        )
        memory = options.offering(replace(turn.memory, misses=misses), buttons)
        return Outcome((Text(words, buttons),), memory)
    buttons = (*options.labelled(library, options.HUMAN), *options.back_to_guide(turn))
    return _offer_a_human(turn, replace(turn.memory, misses=misses), buttons)


def _not_understood(turn: Turn) -> str:
    """What was in the words that we know nothing of: a number, only letters (zenme ban), or neither."""
    if turn.masked:
        return "only_numbers"
    letters = "".join(turn.words.split())
    return "in_letters" if letters.isascii() and letters.isalpha() else "fallback_first"
