"""A turn without a citizen: what would be sent for these words, for the editor's preview and try-out."""

from collections.abc import Callable, Sequence
from datetime import datetime

from faq.editor.preview import Sent
from faq.library import Library
from handlers.memory import Memory
from handlers.messages import Card, Illustration, Saying, Text, Words
from handlers.turn import Handler, Turn
from nlu.understanding import Understanding


def would_send(
    library: Library,
    words: str,
    option: str | None,
    understood: Understanding | None,
    *,
    chain: Handler,
    fit: Callable[[Saying], Sequence[Saying]],
    lowered: Callable[[Text], str],
    clock: Callable[[], datetime],
) -> list[Sent]:
    """The messages of the very chain that answers citizens, cut as the channel cuts them.

    `option` is the id of a tapped option ("topic:fee", "guide:enter"); None means that words were typed.
    """
    act = Words(words, "tapped" if option else "typed", option)
    outcome = chain(Turn(act, clock(), Memory(), library, words, understood=understood))
    if outcome is None:
        return []
    return [_sent(part, lowered) for saying in outcome.sayings for part in fit(saying)]


def _sent(saying: Saying, lowered: Callable[[Text], str]) -> Sent:
    match saying:
        case Text(words, options):
            return Sent(words, tuple(option.label for option in options), len(lowered(saying).encode()))
        case Card(title, words):
            return Sent(f"{title}\n{words}")
        case Illustration(name):
            return Sent("", picture=name)
        case _:
            return Sent("")
