"""Step-by-step guides: one screen a message; a question asked in the middle is answered and it goes on."""

from dataclasses import replace

from faq import guides
from faq.content_models import Guide, Step
from faq.guides import GuidePlace
from faq.library import Library
from handlers import answering, options
from handlers.memory import Memory
from handlers.messages import Option, Text
from handlers.turn import Outcome, Turn
from nlu.text import normalise, words_only

IN_ORDER = "enter login verify todo face_failed"
"""The chapters of the operating guide; what editors add comes after them."""

SHORTEST_TITLE = 4
"""Letters of a guide's title that tell it from a question: 刷脸 is none, 完成待办 is."""

ASKING = frozenset({"what_now", "why", "stuck", "where", "duration"})
"""Fragments that ask for help; the others say how it went."""

_YES_OR_NO = {"is_so": 0, "not_so": 1, "missing": 1}
"""Which of the two ways on is meant by 是的, 不是, 没有."""

FRAGMENTS = ASKING | {"failing", "unscanned"}


def all_guides(library: Library) -> tuple[Option, ...]:
    """Every guide as a button, in the order in which a citizen needs them."""
    ranked = sorted(
        library.content.guides, key=lambda guide: (guide.id not in IN_ORDER, IN_ORDER.find(guide.id))
    )
    return tuple(Option(f"guide:{guide.id}", guide.title) for guide in ranked)


def begin(turn: Turn, guide_id: str) -> Outcome | None:
    """The first screen of a guide; None when this release has no such guide."""
    guide = turn.library.guide(guide_id)
    if guide is None:
        return None
    opening = turn.library.reply("guide_begin", title=guide.title, summary=guide.summary)
    return _shown(turn, guide, guides.begin(guide), opening)


def asked_for(turn: Turn) -> Outcome | None:
    """怎么刷脸，一步一步教我: the guide that goes with the question; 然后呢: with the last answer."""
    if turn.memory.guide or not turn.words:
        return None
    if turn.command in ("guides", "next"):
        topic = turn.memory.topic if answering.was_last(turn) else None
    else:
        wants = (
            turn.library.command_within(turn.words) == "guides" or turn.library.label("guides") in turn.words
        )
        topic = turn.topic if wants else None
    found = turn.library.answer_to(topic, on=turn.today) if topic else None
    walk = answering.guide_beside(turn, found) if found else None
    return begin(turn, walk.id) if walk and walk.id else None


def walk(turn: Turn) -> Outcome | None:
    """A step of the guide that the citizen stands in: next, back, an option, stuck, out, or back in."""
    kind, rest = options.tapped(turn)
    if kind == "guide":
        return begin(turn, rest) or _gone(turn)
    if not kind and (named := _named(turn)):
        return begin(turn, named)
    place = _place(turn.memory)
    if place is None:
        return _gone(turn) if kind in ("next", "prev", "stuck", "exit", "resume", "go") else None
    guide = turn.library.guide(place.guide)
    if guide is None:
        return _gone(turn)
    place = guides.resume(guide, place)
    if not kind and (choice := _spoken_choice(turn, guides.here(guide, place))):
        return _onward(turn, guide, place, choice)
    match kind or turn.command or "", rest:
        case "exit", _:
            return Outcome((Text(turn.library.reply("guide_exit")),), _left(turn.memory))
        case "done" | "agreed" | "is_so", _ if turn.memory.topic != guides.here(guide, place).topic:
            # A nod to an answer that was asked for in between: the step itself is not done yet.
            return _shown(turn, guide, place, turn.library.reply("guide_resumed", title=guide.title))
        case "resume", _:
            return _shown(turn, guide, place, turn.library.reply("guide_resumed", title=guide.title))
        case "prev", _:
            opening = "" if place.history else turn.library.reply("guide_first")
            return _shown(turn, guide, guides.back(place), opening)
        case "stuck" | "dead" | "missing", _:
            return _stuck(turn, guide, place)
        case command, _ if _is_about_the_step(turn, guides.here(guide, place), command):
            return _unwell(turn, guide, place)
        case "next" | "done" | "agreed" | "is_so", _:
            return _onward(turn, guide, place, None)
        case "go", number:
            tapped_at = _where_tapped(turn, guide, place)
            return _onward(turn, guide, tapped_at, _label(turn, guide, tapped_at, number))
        case _:
            return None


def _named(turn: Turn) -> str | None:
    """The guide, of those offered last, whose title was typed or spoken, or the first half of it."""
    said = _letters(turn.words)
    offered = (turn.library.guide(id_) for id_ in options.offered(turn.memory, "guide"))
    if len(said) < SHORTEST_TITLE:
        return None
    return next((guide.id for guide in offered if guide and _letters(guide.title).startswith(said)), None)


def _is_about_the_step(turn: Turn, step: Step, command: str) -> bool:
    """不行, 怎么办: said of the screen, unless another question was answered after it."""
    is_fragment = command in FRAGMENTS or (command in ("", "not_so") and turn.likely == "resolved_no")
    return is_fragment and turn.memory.topic == step.topic


def _unwell(turn: Turn, guide: Guide, place: GuidePlace) -> Outcome:
    """Where the screen asks how it went, its answers are shown once more, but only once; else its help."""
    asked, helped = (f"{kind} {guide.id} {place.step}" for kind in ("asked", "helped"))
    has_answers = bool(guides.here(guide, place).options) and turn.command not in ASKING
    if not has_answers or turn.memory.said in (asked, helped):
        return _stuck(turn, guide, place)
    choices = _onward(turn, guide, place, None)
    return replace(choices, memory=choices.memory.having_said(asked))


def _onward(turn: Turn, guide: Guide, place: GuidePlace, choice: str | None) -> Outcome:
    onward = guides.advance(guide, place, choice)
    if onward is None:
        return _shown(turn, guide, place, turn.library.reply("guide_choose"))
    return _shown(turn, guide, onward)


def _shown(turn: Turn, guide: Guide, place: GuidePlace, opening: str = "") -> Outcome:
    """One screen with its ways on; the last screen ends the guide and asks whether it helped."""
    library, step = turn.library, guides.here(guide, place)
    words = library.reply("guide_step", number=len(place.history) + 1, title=step.title, text=step.text)
    if opening:
        words = f"{opening}\n\n{words}"
    if guides.is_over(guide, place):
        buttons = _after_the_end(turn, guide, step)
        if library.label(options.HUMAN) not in step.text:  # one that sends to a human got nobody through
            words = f"{words}\n\n{library.reply('guide_ended', title=guide.title)}"
        memory = options.offering(replace(_left(turn.memory), topic=step.topic), buttons)
        return Outcome(answering.shown_below(Text(words, buttons), step.picture), memory)
    memory = replace(
        turn.memory, guide=guide.id, step=place.step, trail=place.history, misses=0, topic=step.topic
    )
    if step.step:
        memory = memory.knowing({"step": step.step})
    screen = Text(words, _ways(library, step, place))
    memory = options.offering(memory, screen.options)
    return Outcome(answering.shown_below(screen, step.picture), memory)


def _after_the_end(turn: Turn, guide: Guide, step: Step) -> tuple[Option, ...]:
    """The guide that goes on from here, as its topic's answer leads to one; whether it helped; a human.

    A human comes before the question whether it helped where the screen sends to one.
    """
    library = turn.library
    human = options.labelled(library, options.HUMAN)
    if step.topic is None:
        return human
    answer = library.answer_to(step.topic, on=turn.today)
    ids = [action.id for action in answer.actions if action.open == "guide"] if answer else []
    onward = [next_ for id_ in ids if id_ and id_ != guide.id and (next_ := library.guide(id_))]
    further = tuple(Option(f"guide:{next_.id}", next_.title) for next_ in onward[:1])
    helped = options.for_feedback(library, step.topic)
    if library.label(options.HUMAN) in step.text:
        return (*further, *human, *helped)
    return (*further, *helped, *human)


def _ways(library: Library, step: Step, place: GuidePlace) -> tuple[Option, ...]:
    onward = tuple(Option(f"go:{n}", choice.label) for n, choice in enumerate(step.options))
    keys = ("prev", "stuck", "exit") if place.history else ("stuck", "exit")
    return (*(onward or options.labelled(library, "next")), *options.labelled(library, *keys))


def _stuck(turn: Turn, guide: Guide, place: GuidePlace) -> Outcome:
    """The help of this screen, and of its topic when the screen has none; asked for again, a human first."""
    library, help_ = turn.library, guides.stuck(guide, place)
    helped = f"helped {guide.id} {place.step}"
    memory = (turn.memory.having_tried(help_.topic) if help_.topic else turn.memory).having_said(helped)
    human, back = options.human(turn), options.labelled(library, options.RESUME)
    related = options.for_topics(library, (help_.topic,)) if help_.topic and help_.words else ()
    if memory.times > 1 and human:
        again = Text(library.reply("guide_stuck_again"), (*human, *back, *related))
        return Outcome((again,), options.offering(memory, again.options))
    words = library.reply("guide_stuck", help=help_.words) if help_.words else ""
    if not words:
        answer = library.answer_to(help_.topic, on=turn.today) if help_.topic else None
        words = answer.text if answer else library.reply("guide_stuck_nothing")
    helped_by = Text(words, (*back, *related, *human))
    return Outcome((helped_by,), options.offering(memory, helped_by.options))


def _gone(turn: Turn) -> Outcome:
    """A button of a guide that was left, or that no longer exists."""
    words = turn.library.reply("guide_gone")
    buttons = all_guides(turn.library)
    return Outcome((Text(words, buttons),), options.offering(_left(turn.memory), buttons))


def _spoken_choice(turn: Turn, step: Step) -> str | None:
    """An option that was typed or spoken instead of tapped; what hears a voice puts a full stop behind it.

    是的 and 不是 are the two answers of a screen that ends with such a question.
    """
    if step.is_yes_or_no and turn.command in _YES_OR_NO and turn.memory.topic == step.topic:
        return step.options[_YES_OR_NO[turn.command]].label
    return next((label for label in _labels(step) if _is_said(turn, label)), None)


def _is_said(turn: Turn, label: str) -> bool:
    """The label itself, or a fragment that means the same: 没过 for 没有通过."""
    if _letters(turn.words) == _letters(label):
        return True
    return turn.command in FRAGMENTS - ASKING | {"missing"} and turn.command == turn.library.command(label)


def _letters(words: str) -> str:
    return words_only(normalise(words).text)


def _where_tapped(turn: Turn, guide: Guide, place: GuidePlace) -> GuidePlace:
    """The screen whose option was tapped: one that the citizen has come through, or this one."""
    at = place
    while turn.words not in _labels(guides.here(guide, at)):
        if not at.history:
            return place
        at = guides.back(at)
    return at


def _label(turn: Turn, guide: Guide, place: GuidePlace, number: str) -> str:
    """The option that was tapped, be it of another screen; by its number where no screen has such words."""
    here = _labels(guides.here(guide, place))
    if turn.words in here or any(turn.words in _labels(step) for step in guide.steps):
        return turn.words
    wanted = int(number) if number.isdecimal() else -1
    return here[wanted] if 0 <= wanted < len(here) else "?"


def _labels(step: Step) -> list[str]:
    return [choice.label for choice in step.options]


def _place(memory: Memory) -> GuidePlace | None:
    return GuidePlace(memory.guide, memory.step or "", memory.trail) if memory.guide else None


def _left(memory: Memory) -> Memory:
    return replace(memory, guide=None, step=None, trail=(), misses=0)
