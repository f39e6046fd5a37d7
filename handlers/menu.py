"""The buttons of the WeChat menu: topic:<id>, guide:<id>, system, faq (human belongs to humans.asked)."""

from handlers import answering, arriving, guiding, options
from handlers.messages import MenuTapped, Text
from handlers.turn import Outcome, Turn


def tapped(turn: Turn) -> Outcome | None:
    """What a menu button stands for; one of an older menu leads to the start."""
    if not isinstance(turn.act, MenuTapped) or turn.act.key == options.HUMAN:
        return None
    kind, _, rest = turn.act.key.partition(":")
    match kind:
        case "topic":
            return answering.answer(turn, rest)
        case "guide":
            return guiding.begin(turn, rest) or arriving.welcome(turn)
        case "faq":
            return _most_asked(turn, "menu_faq")
        case "system":
            return _most_asked(turn, "menu_system")
        case _:
            return arriving.welcome(turn)


def _most_asked(turn: Turn, key: str) -> Outcome:
    library = turn.library
    guides = guiding.all_guides(library) if key == "menu_system" else ()
    questions = options.for_topics(library, FAQ) if key == "menu_faq" else ()
    buttons = (*guides, *questions, *options.labelled(library, options.HUMAN))
    return Outcome((Text(library.reply(key), buttons),), options.offering(turn.memory, buttons))


FAQ = ("wechat_ok", "id_types", "phone_req", "how_open", "need_register", "verify_items", "fail_face")
"""The seven questions of the operating guide, in its order."""
