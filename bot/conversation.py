"""The conversation as the floor plan builds it: who hears, delivers and reads pictures, and their loops."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from bot.channels import wechat_pictures, wechat_words
from bot.channels.wechat_api import WeChatApi
from bot.channels.wechat_sender import WeChatSender
from bot.covers import Covers
from bot.delivery import Delivery
from bot.loops import Loop
from bot.metrics import Metrics
from bot.proof import Proof
from bot.sealer import Sealer, place
from bot.settings import Settings
from bot.store import Store
from faq.follow import Follower
from handlers import proofs
from handlers.chain import chain
from handlers.flood import Limit
from handlers.forgetting import Forgetting
from handlers.illustrations import Illustrations
from handlers.one_turn import OneTurn
from handlers.reception import Live, Reception
from handlers.screenshots import Screenshots
from nlu.ear import Ear
from nlu.picture_reader import PictureReader


@dataclass(frozen=True, slots=True)
class Conversation:
    """What citizens talk to; call `wake` when messages wait."""

    reception: Reception
    illustrations: Illustrations
    reader: PictureReader
    wake: Callable[[], None]
    loops: tuple[Loop, ...]


def build(
    settings: Settings,
    store: Store,
    api: WeChatApi,
    live: Follower[Live],
    room: Proof,
    *,
    sealer: Sealer,
    covers: Covers,
    metrics: Metrics,
    clock: Callable[[], datetime],
) -> Conversation:
    """The conversation; citizens prove who they are in `room`, and what they covered stays in `covers`."""
    illustrations = Illustrations(store, partial(wechat_pictures.bring, api), clock)
    delivery = Delivery(store, WeChatSender(api, illustrations).send, clock=clock, observe=metrics.pushed)
    deliver = Loop("deliver_due", delivery.deliver_due, every_s=1)
    reader = PictureReader(on=settings.nlu.screenshots == "on")
    reception = _reception(
        settings, store, live, room, reader, sealer=sealer, covers=covers, metrics=metrics, clock=clock,
        wake=deliver.wake,
    )  # fmt: skip
    screenshots = Screenshots(
        store,
        partial(wechat_pictures.fetch, api),
        reader.read,
        lambda: live.current,
        fit=wechat_words.parts,
        memory_lasts=settings.handlers.memory,
        clock=clock,
        wake=deliver.wake,
    )

    loops = (
        deliver,
        Loop("lose_track", delivery.lose_track, every_s=30),
        Loop("settle_rides", reception.settle_rides, every_s=5),
        Loop("finish_accepted", reception.finish_accepted, every_s=5),
        Loop("read_screenshots", screenshots.read_due, every_s=1),
        Loop("bring_verdicts", partial(_bring_verdicts, store, live, clock, deliver.wake), every_s=2),
        Loop("forget_screenshots", screenshots.forget_old, every_s=3600),
        Loop("forget_words", Forgetting(store, settings.handlers.keep_words, clock).forget_old, every_s=3600),
        Loop("forget_originals", covers.forget_old, every_s=3600),
    )
    return Conversation(reception, illustrations, reader, deliver.wake, loops)


def _reception(
    settings: Settings,
    store: Store,
    live: Follower[Live],
    room: Proof,
    reader: PictureReader,
    *,
    sealer: Sealer,
    covers: Covers,
    metrics: Metrics,
    clock: Callable[[], datetime],
    wake: Callable[[], None],
) -> Reception:
    return Reception(
        store,
        _one_turn(settings, reader, room),
        lambda: live.current,
        clock=clock,
        budget=settings.handlers.passive_budget,
        seal=lambda plain, key: sealer.seal(plain, place("heard", "sealed", key)),
        unseal=lambda sealed, key: sealer.open(sealed, place("heard", "sealed", key)),
        wake=wake,
        observe=lambda taken, seconds: metrics.took(taken.by, seconds, again=taken.again),
        cache=settings.nlu.cache,
        cover=covers.seal if covers.keeps else None,
    )


def _one_turn(settings: Settings, reader: PictureReader, room: Proof) -> OneTurn:
    wanted = settings.handlers
    return OneTurn(
        chain,
        wechat_words.parts,
        Ear.in_context,
        wanted.memory,
        reader.can_read,
        room.for_citizen,
        settings.bot.wechat.agents == "wechat",
        Limit(wanted.flood_messages, wanted.flood_window),
    )


async def _bring_verdicts(
    store: Store, live: Follower[Live], clock: Callable[[], datetime], wake: Callable[[], None]
) -> int:
    """Tell citizens in the chat how their cases ended."""
    library = live.current.library
    brought = await store.write(lambda tx: proofs.bring_verdicts(tx, library, clock(), wechat_words.parts))
    if brought:
        wake()
    return brought
