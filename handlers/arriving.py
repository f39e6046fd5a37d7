"""Following, scanning, leaving: a support code that says where somebody got stuck is met with that help."""

from dataclasses import replace

from handlers import options
from handlers.messages import Followed, Left, Option, Scanned, Text
from handlers.turn import Outcome, Turn

FIRST_QUESTIONS = ("how_open", "fail_face", "todo_empty")
"""What newcomers ask most often (operating guide: entering, face, to-dos)."""

SUPPORT = "s_"
"""How the scene of a support code begins."""


def left(turn: Turn) -> Outcome | None:
    """Nothing can be sent to somebody who has gone; the conversation starts anew when they come back."""
    return Outcome((), type(turn.memory)()) if isinstance(turn.act, Left) else None


def arrived(turn: Turn) -> Outcome | None:
    """Greet whoever follows or scans, with exactly the help of the step in the scanned code."""
    match turn.act:
        case Scanned(str(scene)) | Followed(str(scene)) if help_ := turn.library.scene(scene):
            return _met_with_help(turn, help_.text, help_.topic, help_.guide)
        case Scanned(str(scene)) | Followed(str(scene)) if scene.startswith(SUPPORT):
            return welcome(turn, "welcome_scene")
        case Followed() | Scanned():
            return welcome(turn)
        case _:
            return None


def welcome(turn: Turn, key: str = "") -> Outcome:
    """The first words, and what people ask most often."""
    library = turn.library
    words = library.reply(key or ("welcome" if turn.is_new else "welcome_back"))
    buttons = (
        Option("guide:enter", library.label("guides")),
        *options.for_topics(library, FIRST_QUESTIONS),
        *options.labelled(library, options.HUMAN),
    )
    return Outcome((Text(words, buttons),), options.offering(turn.memory, buttons))


def _met_with_help(turn: Turn, words: str, topic: str | None, guide: str | None) -> Outcome:
    """还是不行 after it is about that step, as it is after an answer."""
    library = turn.library
    walk = library.guide(guide) if guide else None
    buttons = (
        *((Option(f"guide:{walk.id}", walk.title),) if walk else ()),
        *(options.for_topics(library, (topic,)) if topic else ()),
        *options.labelled(library, options.HUMAN),
    )
    memory = replace(turn.memory, asked=())
    if topic:
        memory = options.offering(replace(memory, topic=topic, misses=0), buttons).having_said(met_at(topic))
    return Outcome((Text(words, buttons),), memory)


def met_at(topic: str | None) -> str:
    """What is remembered of the greeting 您是卡在……吧, to which 是的 is an answer."""
    return f"{topic} met"
