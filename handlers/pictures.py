"""A picture: we say that we look at it, and, once it is read, answer what its screen shows."""

from dataclasses import replace

from handlers import answering, options
from handlers.messages import Saying, Text
from handlers.turn import Outcome, Turn
from nlu.screenshots import Recognised, Sight

SUGGESTED = 3

NO_ERROR_PAGE = answering.SMALL_TALK | {"human", "complaint", "resolved_yes", "resolved_no"}
"""Topics that nobody asks about by a screenshot: 联系客服 on a page is no wish for a human."""

CAREFUL = {"papers": "screenshot_papers", "face": "screenshot_face", "nothing": "screenshot_nothing"}


def looking(turn: Turn) -> Outcome | None:
    """Say at once that the picture is being read, and leave it to whoever reads."""
    if turn.picture is None:
        return None
    words = turn.library.reply("screenshot_looking")
    return Outcome((Text(words),), turn.memory, picture=turn.picture)


def answer(turn: Turn, sight: Sight | None, page: Recognised) -> Outcome:
    """What helps whoever sent this; `sight` is None when the picture could not be read at all."""
    library, human = turn.library, options.labelled(turn.library, options.HUMAN)
    if sight is None:
        return Outcome((Text(library.reply("picture"), human),), turn.memory, by="unread")
    if sight.kind != "page":
        return Outcome((Text(library.reply(CAREFUL[sight.kind]), human),), turn.memory, by=sight.kind)
    if page.topic and page.topic not in NO_ERROR_PAGE:
        return _fix(turn, page.topic, page.wording)
    maybe = tuple(topic for topic in page.maybe if topic not in NO_ERROR_PAGE)[:SUGGESTED]
    if maybe:
        buttons = (*options.for_topics(library, maybe), *options.labelled(library, "none_of_these"))
        words = library.reply("screenshot_maybe")
        return Outcome((Text(words, buttons),), options.offering(turn.memory, buttons), by="maybe")
    return Outcome((Text(library.reply("screenshot_unclear"), human),), turn.memory, by="unclear")


def _fix(turn: Turn, topic: str, wording: str) -> Outcome:
    """The topic's answer; what the screen says is told first, so that the citizen can see it was read."""
    outcome = answering.answer(turn, topic)
    first, *rest = outcome.sayings
    if wording and isinstance(first, Text):
        seen = turn.library.reply("screenshot_found", wording=wording)
        first = replace(first, words=f"{seen.strip()}\n\n{first.words}")
    sayings: tuple[Saying, ...] = (first, *rest)
    return replace(outcome, sayings=sayings, by="wording" if wording else "ear")
