"""What a citizen can tap, and what its id means when it comes back."""

from collections.abc import Iterable
from dataclasses import replace

from faq.content_models import Action
from faq.library import Library
from handlers.memory import Memory
from handlers.messages import MenuTapped, Option, Words
from handlers.turn import Turn

NONE_OF_THESE = "none"
HUMAN = "human"
VERIFY = "verify"
RESUME = "resume"
CANCEL_HUMAN = "cancel_human"


def for_topics(library: Library, topics: Iterable[str]) -> tuple[Option, ...]:
    """The standard questions of these topics."""
    return tuple(Option(f"topic:{topic}", library.title(topic)) for topic in topics)


def for_actions(actions: Iterable[Action]) -> tuple[Option, ...]:
    """The buttons below an answer."""
    ids = {"verification": VERIFY, "human": HUMAN}
    return tuple(Option(ids.get(action.open) or f"guide:{action.id}", action.label) for action in actions)


def for_feedback(library: Library, topic: str) -> tuple[Option, ...]:
    """解决了 and 没解决."""
    return (
        Option(f"solved:{topic}", library.label("resolved")),
        Option(f"unsolved:{topic}", library.label("unresolved")),
    )


def labelled(library: Library, *keys: str) -> tuple[Option, ...]:
    """Fixed buttons, such as next or human, by their keys."""
    return tuple(Option(NONE_OF_THESE if key == "none_of_these" else key, library.label(key)) for key in keys)


def tapped(turn: Turn) -> tuple[str, str]:
    """What was tapped as (kind, rest): "topic:fee" is ("topic", "fee"), "human" is ("human", "").

    A button that is picked in words, 第二个, counts; its label that is typed by hand does not: ("", "").
    """
    match turn.act:
        case Words(option=option):
            kind, _, rest = (option or turn.picked or "").partition(":")
            return kind, rest
        case _:
            return "", ""


def offering(memory: Memory, buttons: Iterable[Option]) -> Memory:
    """The memory after these buttons: what comes back may be the number of one."""
    return replace(memory, asked=tuple(button.id for button in buttons))


def offered(memory: Memory, kind: str) -> tuple[str, ...]:
    """The topics, or the guides, that were offered last."""
    return tuple(id_.removeprefix(f"{kind}:") for id_ in memory.asked if id_.startswith(f"{kind}:"))


def asked_about(memory: Memory) -> tuple[str, ...]:
    """The topics of the last 您是不是想问, which has 都不是 below them."""
    return offered(memory, "topic") if NONE_OF_THESE in memory.asked else ()


def wants_human(turn: Turn) -> bool:
    """转人工: said in any wording, typed as the button says it, or tapped here or in the menu."""
    if tapped(turn)[0] == HUMAN or turn.act == MenuTapped(HUMAN):
        return True
    return turn.topic == HUMAN or turn.command == HUMAN


def human(turn: Turn) -> tuple[Option, ...]:
    """The way to a human, for whoever does not wait for one already."""
    return labelled(turn.library, HUMAN) if turn.holder == "bot" else ()


def back_to_guide(turn: Turn) -> tuple[Option, ...]:
    """The way back into the guide, below what was asked for in the middle of it."""
    return labelled(turn.library, RESUME) if turn.memory.guide else ()
