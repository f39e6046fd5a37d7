"""The floor plan: builds every room once and hands each what it needs. Read this first.

No logic here: what a thing does stands in its own file.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial

import aiohttp

from bot import agents_desk, conversation, demo_staff, editing, entrance, migrations, proof
from bot.audit import Audit
from bot.channels.wechat_api import WeChatApi
from bot.conversation import Conversation
from bot.covers import Covers
from bot.engine_figures import EngineFigures
from bot.hearing import Ears
from bot.keys import KeyRing
from bot.learning import learn
from bot.loops import Loop
from bot.metrics import Metrics
from bot.pages import MenuEntry
from bot.preparing import prepare
from bot.rights import Right
from bot.sealer import Sealer
from bot.settings import Settings, load, secret_key, secret_keys_before
from bot.settings_file import SettingsRefused
from bot.store import Store, StoreRefused
from faq import records as faq_records
from faq.editor import editor as editor_room
from faq.editor.editor import Editor
from faq.follow import Follower
from handlers.desk import desk as desk_room
from handlers.desk.desk import Desk
from handlers.reception import Live
from verification.opening import NotOpened, Opened
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
    conversation: Conversation
    desk: Desk
    editor: Editor
    proof: proof.Proof
    loops: tuple[Loop, ...]
    starting: set[asyncio.Task[None]] = field(default_factory=set)

    async def open(self, *, is_prepared: bool) -> None:
        """Prepare the database where nobody did, learn its content, then let the loops run."""
        self.store.claim_for_serving()
        if not is_prepared:
            await prepare(self.store, self.settings)
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
        await self.conversation.reception.close()
        for loop in self.loops:
            await loop.stop()
        await self.conversation.illustrations.close()
        await self.ears.close()
        await self.editor.close()
        await asyncio.gather(*self.starting)
        await self.proof.workers.close()
        await self.conversation.reader.close()
        await self.store.close()


def build(settings: Settings, session: aiohttp.ClientSession) -> House:
    """Build the rooms from the ground up; nothing runs yet."""
    store, metrics, secret = Store(settings.bot.database_url), Metrics(), secret_key(settings)
    sealer = build_sealer(settings)
    staff = _entrance(settings, store, secret, sealer, metrics)
    covers = Covers(store, sealer, now, settings.handlers.keep_originals)
    api = build_api(settings, session)
    ears = Ears(settings.nlu, store, EngineFigures(metrics), now)
    live: Follower[Live] = Follower(
        lambda: store.read(faq_records.live_number),
        partial(learn, settings, store, ears),
    )
    follow = Loop("follow", live.follow_once, every_s=settings.faq.follow_every.total_seconds())
    provided = proof.provided(store, sealer, staff.audit, now)
    room = proof.build(settings, provided, api, session, lambda: live.current.library)
    talk = conversation.build(
        settings, store, api, live, room, sealer=sealer, covers=covers, metrics=metrics, clock=now
    )
    desk = agents_desk.build(
        settings, staff, live, room, covers, api, clock=now, wake=talk.wake, went_live=follow.wake
    )
    editor = editing.build(settings, staff, lambda: live.current, clock=now, went_live=follow.wake)
    loops = (
        *talk.loops,
        *agents_desk.loops(desk),
        *editing.loops(editor),
        *proof.loops(room),
        *entrance.loops(staff),
        Loop("teach_newest", ears.teach_newest, every_s=30),
        Loop("keep_disagreements", ears.keep, every_s=5),
        follow,
    )
    return House(settings, store, api, metrics, staff, ears, live, talk, desk, editor, room, loops)


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
        patience=wechat.api_timeout,
    )


@asynccontextmanager
async def opened_for_verification() -> AsyncIterator[Opened]:
    """What the commands of the verification room work on.

    Raises:
        NotOpened: the settings cannot be used, or the database does not answer.
    """
    try:
        settings = load()
        store = Store(settings.bot.database_url)
        try:
            await migrations.upgrade(store)
            house = proof.provided(store, build_sealer(settings), Audit(now), now)
            signer = Signer(*proof.receipt_seeds(settings))
            yield Opened(house, settings.verification.models, signer, settings.bot.production)
        finally:
            await store.close()
    except (SettingsRefused, StoreRefused) as refused:
        raise NotOpened(str(refused)) from None
