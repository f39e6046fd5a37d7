"""Words that need no answer from the content: goodbye, all right, a guide's buttons outside of a guide."""

from handlers import answering, arriving, feedback, guiding, options, unsure
from handlers.messages import Text
from handlers.turn import Outcome, Turn


def said(turn: Turn) -> Outcome | None:
    """A goodbye, a nod, a 在吗 in the middle, or a wish to be led; a guide has taken its own words before."""
    library = turn.library
    memory = turn.memory
    is_greeting = turn.topic == "greet" and turn.command is None
    if is_greeting and unsure.has_trouble_behind(turn):
        return feedback.where_it_sticks(turn)
    if is_greeting and (memory.topic or memory.guide or memory.said == "greet"):
        return Outcome((Text(library.reply("here"), options.back_to_guide(turn)),), turn.memory)
    match turn.command:
        case "farewell":
            return Outcome((Text(library.reply("farewell")),), turn.memory)
        case "guides":
            return _which_guide(turn)
        case "next" | "prev" | "resume" if not turn.memory.guide:
            return _which_guide(turn)
        case "exit" if not turn.memory.guide:
            return Outcome((Text(library.reply("guide_exit")),), turn.memory)
        case "filler":
            return Outcome((Text(library.reply("here"), options.back_to_guide(turn)),), memory)
        case "not_so" if not memory.topic:
            return Outcome((Text(library.reply("here"), options.back_to_guide(turn)),), memory)
        case "agreed" | "is_so" if memory.topic and memory.said == arriving.met_at(memory.topic):
            return answering.answer(turn, memory.topic)
        case "agreed" | "is_so" if options.asked_about(memory):
            return unsure.ask_which(turn, options.asked_about(memory))
        case "agreed" | "is_so" if len(options.offered(memory, "guide")) > 1:
            return _which_guide(turn)
        case "done" | "agreed" | "is_so":
            return Outcome((Text(library.reply("acknowledged")),), turn.memory)
        case _:
            return None


def _which_guide(turn: Turn) -> Outcome:
    buttons = (*guiding.all_guides(turn.library), *options.labelled(turn.library, options.HUMAN))
    memory = options.offering(turn.memory, buttons)
    return Outcome((Text(turn.library.reply("guide_which"), buttons),), memory)
