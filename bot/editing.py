"""The content editor as the floor plan builds it."""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial

from aiohttp import web

from bot.channels import wechat_words
from bot.entrance import Entrance
from bot.loops import Loop
from bot.pages import WHO
from bot.settings import Settings
from bot.staff import Staff, everybody
from faq.editor.editor import Editor
from faq.editor.workroom import Workroom
from handlers import questions
from handlers.chain import chain
from handlers.reception import Live
from handlers.rehearsing import would_send
from nlu import keeping
from nlu.ear import EarSettings
from nlu.engines.encoder import WIDTH, Floats, load_encoder


def build(
    settings: Settings,
    staff: Entrance,
    live: Callable[[], Live],
    *,
    clock: Callable[[], datetime],
    went_live: Callable[[], None],
) -> Editor:
    """The editor; what it rehearses is learnt and kept exactly as a release is."""
    ear_settings, ears = EarSettings(encoder=settings.nlu.encoder == "on"), settings.bot.var / "ears"
    room = Workroom(
        store=staff.store,
        clock=clock,
        render=staff.pages.render,
        require=staff.door.require,
        who=signed_in,
        note=staff.audit.note,
        live=live,
        train=partial(keeping.learn, settings=ear_settings, folder=ears),
        learn_ahead=partial(keeping.learn_ahead, settings=ear_settings, folder=ears),
        would_send=partial(
            would_send, chain=chain, fit=wechat_words.parts, lowered=wechat_words.lowered, clock=clock
        ),
        asked=questions.asked_in_vain,
        talk=questions.talk,
        hits=questions.hits,
        reads=partial(meaning, on=settings.nlu.encoder == "on"),
        people=everybody,
        went_live=went_live,
    )
    return Editor(room)


def loops(editor: Editor) -> tuple[Loop, ...]:
    """Releases whose time has come, and what may be live next."""
    return (
        Loop("release_due", editor.release_due, every_s=5),
        Loop("learn_ahead", editor.ahead.learn_next, every_s=5),
    )


def signed_in(request: web.Request) -> Staff:
    """Who came through the guarded door with this request."""
    return request[WHO].staff


def meaning(texts: Sequence[str], *, on: bool) -> Floats | None:
    """What texts mean, by the encoder of this process; nothing of them is kept with the ears on disk."""
    encoder = load_encoder() if on else None
    return encoder.encode(texts)[:, :WIDTH] if encoder else None
