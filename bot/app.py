"""The floor plan: builds every room once and hands each what it needs. Read this first.

No logic here: what a thing does stands in its own file.
"""

import asyncio
import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import aiohttp

from bot import agents_desk, demo_staff, editing, entrance, migrations, proof, sessions
from bot.audit import Audit
from bot.audit_watch import AuditWatch
from bot.channels import wechat_pictures, wechat_words
from bot.channels.wechat_api import WeChatApi
from bot.channels.wechat_sender import WeChatSender
from bot.covers import Covers
from bot.delivery import Delivery
from bot.engine_figures import EngineFigures
from bot.hearing import Ears
from bot.keys import KeyRing
from bot.loops import Loop
from bot.metrics import Metrics
from bot.pages import MenuEntry
from bot.rights import Right
from bot.sealer import Sealer, place
from bot.settings import Settings, load, secret_key, secret_keys_before
from bot.store import Store
from faq import records as faq_records
from faq import seeding
from faq.editor import editor as editor_room
from faq.editor.editor import Editor
from faq.follow import Follower
from faq.library import Library
from handlers import proofs
from handlers.chain import chain
from handlers.desk import desk as desk_room
from handlers.desk.desk import Desk
from handlers.flood import Limit
from handlers.forgetting import Forgetting
from handlers.illustrations import Illustrations
from handlers.one_turn import OneTurn
from handlers.reception import Live, Reception
from handlers.screenshots import Screenshots
from nlu import keeping
from nlu.ear import Ear, EarSettings
from nlu.picture_reader import PictureReader
from verification.opening import Opened
from verification.receipts import Signer


def now() -> datetime:
    """The clock of the house."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class House:
    """Every room, built; `open` and `close` are its morning and evening."""

    settings: Settings
    store: Store
    api: WeChatApi
    metrics: Metrics
    staff: entrance.Entrance
    ears: Ears
    live: Follower[Live]
    reception: Reception
    delivery: Delivery
    illustrations: Illustrations
    reader: PictureReader
    desk: Desk
    editor: Editor
    proof: proof.Proof
    loops: tuple[Loop, ...]
    starting: set[asyncio.Task[None]] = field(default_factory=set)

    async def open(self) -> None:
        """Bring the schema and the content up to date, learn them, then let the loops run."""
        self.store.claim_for_serving()
        await migrations.upgrade(self.store)
        content = Path(self.settings.faq.content)
        await self.store.write(lambda tx: seeding.seed(tx, content, now()))
        await self.live.follow_once()
        for loop in self.loops:
            loop.start()
        self.starting.add(asyncio.create_task(self.proof.start()))

    async def demo_sign_ins(self) -> list[demo_staff.DemoSignIn]:
        """One person for every role, so that a demonstration can be tried."""
        await self.proof.seed_demo()
        var, passwords = self.settings.bot.var, self.staff.passwords
        return await self.store.write(lambda tx: demo_staff.seed_demo(tx, var, passwords, now()))

    async def close(self) -> None:
        """Finish what was begun, in the order in which one thing needs the other."""
        await self.reception.close()
        for loop in self.loops:
            await loop.stop()
        await self.illustrations.close()
        await self.ears.close()
        await self.editor.close()
        await asyncio.gather(*self.starting)
        await self.proof.workers.close()
        await self.reader.close()
        await self.store.close()


def build(settings: Settings, session: aiohttp.ClientSession) -> House:
    """Build the rooms from the ground up; nothing runs yet."""
    store, metrics, secret = Store(settings.bot.database_url), Metrics(), secret_key(settings)
    sealer = build_sealer(settings)
    staff = _entrance(settings, store, secret, sealer, metrics)
    covers = Covers(store, sealer, now, settings.handlers.keep_originals)
    api = build_api(settings, session)
    illustrations = Illustrations(store, partial(wechat_pictures.bring, api), now)
    delivery = Delivery(store, WeChatSender(api, illustrations).send, clock=now, observe=metrics.pushed)
    deliver = Loop("deliver_due", delivery.deliver_due, every_s=1)
    ears = Ears(settings.nlu, store, EngineFigures(metrics), now)
    live: Follower[Live] = Follower(
        lambda: store.read(faq_records.live_number),
        partial(learn, settings, store, ears),
    )
    room = proof.build(settings, secret, proof.provided(store, sealer, staff.audit, now), api, session)
    reader = PictureReader(on=settings.nlu.screenshots == "on")
    one_turn = OneTurn(
        chain,
        wechat_words.parts,
        Ear.in_context,
        settings.handlers.memory,
        reader.can_read,
        room.for_citizen,
        settings.bot.wechat.agents == "wechat",
        Limit(settings.handlers.flood_messages, settings.handlers.flood_window),
    )
    reception = Reception(
        store,
        one_turn,
        lambda: live.current,
        clock=now,
        budget=settings.handlers.passive_budget,
        seal=lambda plain, key: sealer.seal(plain, place("heard", "sealed", key)),
        unseal=lambda sealed, key: sealer.open(sealed, place("heard", "sealed", key)),
        wake=deliver.wake,
        observe=lambda taken, seconds: metrics.took(taken.by, seconds, again=taken.again),
        cache=settings.nlu.cache,
        cover=covers.seal if covers.keeps else None,
    )
    screenshots = Screenshots(
        store,
        partial(wechat_pictures.fetch, api),
        reader.read,
        lambda: live.current,
        fit=wechat_words.parts,
        memory_lasts=settings.handlers.memory,
        clock=now,
        wake=deliver.wake,
    )
    forgetting = Forgetting(store, settings.handlers.keep_words, now)
    follow = Loop("follow", live.follow_once, every_s=settings.faq.follow_every.total_seconds())
    desk = agents_desk.build(
        settings, staff, live, room, covers, api, clock=now, wake=deliver.wake, went_live=follow.wake
    )
    editor = editing.build(settings, staff, lambda: live.current, clock=now, went_live=follow.wake)

    async def bring_verdicts() -> int:
        library = live.current.library
        brought = await store.write(lambda tx: proofs.bring_verdicts(tx, library, now(), wechat_words.parts))
        if brought:
            deliver.wake()
        return brought

    loops = (
        deliver,
        *agents_desk.loops(desk),
        *_watch_loops(staff),
        Loop("lose_track", delivery.lose_track, every_s=30),
        Loop("settle_rides", reception.settle_rides, every_s=5),
        Loop("finish_accepted", reception.finish_accepted, every_s=5),
        Loop("read_screenshots", screenshots.read_due, every_s=1),
        Loop("bring_verdicts", bring_verdicts, every_s=2),
        Loop("registry_callbacks", room.callbacks.deliver_due, every_s=5),
        Loop("forget_old", room.forget, every_s=3600),
        Loop("forget_screenshots", screenshots.forget_old, every_s=3600),
        Loop("forget_words", forgetting.forget_old, every_s=3600),
        Loop("forget_originals", covers.forget_old, every_s=3600),
        Loop("release_due", editor.release_due, every_s=5),
        Loop("learn_ahead", editor.ahead.learn_next, every_s=5),
        Loop("teach_newest", ears.teach_newest, every_s=30),
        Loop("keep_disagreements", ears.keep, every_s=5),
        follow,
    )
    return House(
        settings,
        store,
        api,
        metrics,
        staff,
        ears,
        live,
        reception,
        delivery,
        illustrations,
        reader,
        desk,
        editor,
        room,
        loops,
    )


def _entrance(
    settings: Settings, store: Store, secret: str, sealer: Sealer, metrics: Metrics
) -> entrance.Entrance:
    return entrance.build(
        store,
        secret=secret,
        sealer=sealer,
        metrics=metrics,
        clock=now,
        public_url=settings.public_url,
        anchors=settings.bot.anchors,
        codes_required=settings.bot.production,
        folders=[desk_room.TEMPLATES, editor_room.TEMPLATES],
        menu=[
            MenuEntry("客服台", "/desk", Right.ANSWER),
            MenuEntry("看板", "/desk/board", Right.SEE_REPORTS),
            MenuEntry("内容", "/content", Right.READ_CONTENT),
        ],
    )


def _watch_loops(staff: entrance.Entrance) -> tuple[Loop, ...]:
    watch = AuditWatch(staff.store, staff.anchors, staff.metrics)
    return (
        Loop("watch_audit", watch.look, every_s=3600),
        Loop(
            "forget_sessions",
            lambda: staff.store.write(lambda tx: sessions.forget_old(tx, staff.clock())),
            every_s=3600,
        ),
    )


def build_sealer(settings: Settings) -> Sealer:
    """What seals by SECRET_KEY, and opens what was sealed by the former ones too."""
    return Sealer(KeyRing.grown_from(secret_key(settings), secret_keys_before(settings)))


def build_api(settings: Settings, session: aiohttp.ClientSession) -> WeChatApi:
    """The client of WeChat's API, or of the stand-in's."""
    wechat = settings.bot.wechat
    return WeChatApi(
        app_id=wechat.app_id,
        app_secret=wechat.app_secret.get_secret_value(),
        session=session,
        base_url=settings.api_base,
        clock=now,
    )


async def learn(settings: Settings, store: Store, ears: Ears, number: int) -> Live:
    """The release `number` as it answers: its library, and an ear that was trained on it elsewhere."""
    release = await store.read(lambda tx: faq_records.release(tx, number))
    assert release is not None, f"release {number} is live but not there"  # noqa: S101
    content = await asyncio.to_thread(seeding.completed, release.content, Path(settings.faq.content))
    library = Library(content, release.number)
    lessons = library.training()
    ear_settings = EarSettings(encoder=settings.nlu.encoder == "on")
    ear = await asyncio.to_thread(keeping.learn, lessons, ear_settings, settings.bot.var / "ears")
    live = Live(library, ear, await ears.hearing(ear, lessons))
    gc.freeze()  # its last reference lets it go whole: no turn waits while the collector looks through it
    return live


@asynccontextmanager
async def opened_for_verification() -> AsyncIterator[Opened]:
    """What the commands of the verification room work on."""
    settings = load()
    store = Store(settings.bot.database_url)
    try:
        await migrations.upgrade(store)
        house = proof.provided(store, build_sealer(settings), Audit(now), now)
        signer = Signer(*proof.receipt_seeds(settings))
        yield Opened(house, settings.verification.models, signer, settings.bot.production)
    finally:
        await store.close()
