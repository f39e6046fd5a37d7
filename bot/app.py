"""The floor plan: builds every room once and hands each what it needs. Read this first.

No logic here: what a thing does stands in its own file.
"""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import aiohttp

from bot import demo_staff, entrance, migrations
from bot.channels import wechat_pictures, wechat_words
from bot.channels.wechat_api import WeChatApi
from bot.channels.wechat_sender import WeChatSender
from bot.delivery import Delivery
from bot.keys import KeyRing
from bot.loops import Loop
from bot.metrics import Metrics
from bot.pages import MenuEntry
from bot.rights import Right
from bot.sealer import Sealer, place
from bot.settings import Settings, secret_key
from bot.store import Store
from faq import records as faq_records
from faq import seeding
from faq.follow import Follower
from faq.library import Library
from handlers.chain import chain
from handlers.desk import desk as desk_room
from handlers.desk.desk import Desk
from handlers.desk.ports import Ports
from handlers.desk.settings import DeskSettings
from handlers.one_turn import OneTurn
from handlers.reception import Live, Reception
from handlers.screenshots import Screenshots
from nlu import keeping
from nlu.ear import Ear, EarSettings
from nlu.picture_reader import PictureReader


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
    live: Follower[Live]
    reception: Reception
    delivery: Delivery
    reader: PictureReader
    desk: Desk
    loops: tuple[Loop, ...]

    async def open(self) -> None:
        """Bring the schema and the content up to date, learn them, then let the loops run."""
        self.store.claim_for_serving()
        await migrations.upgrade(self.store)
        content = Path(self.settings.faq.content)
        await self.store.write(lambda tx: seeding.seed(tx, content, now()))
        await self.live.follow_once()
        for loop in self.loops:
            loop.start()

    async def demo_sign_ins(self) -> list[demo_staff.DemoSignIn]:
        """One person for every role, so that a demonstration can be tried."""
        var, passwords = self.settings.bot.var, self.staff.passwords
        return await self.store.write(lambda tx: demo_staff.seed_demo(tx, var, passwords, now()))

    async def close(self) -> None:
        """Finish what was begun, in the order in which one thing needs the other."""
        await self.reception.close()
        for loop in self.loops:
            await loop.stop()
        await self.reader.close()
        await self.store.close()


def build(settings: Settings, session: aiohttp.ClientSession) -> House:
    """Build the rooms; nothing runs yet."""
    store = Store(settings.bot.database_url)
    metrics = Metrics()
    secret = secret_key(settings)
    sealer = Sealer(KeyRing.grown_from(secret))
    staff = entrance.build(
        store,
        secret=secret,
        sealer=sealer,
        metrics=metrics,
        clock=now,
        public_url=settings.public_url,
        anchors=settings.bot.var / "anchors",
        codes_required=settings.bot.production,
        folders=[desk_room.TEMPLATES],
        menu=[MenuEntry("客服台", "/desk", Right.ANSWER)],
    )
    api = build_api(settings, session)
    delivery = Delivery(store, WeChatSender(api).send, clock=now, observe=metrics.pushed)
    deliver = Loop("deliver_due", delivery.deliver_due, every_s=1)
    live: Follower[Live] = Follower(
        lambda: store.read(faq_records.live_number), partial(learn, settings, store)
    )
    reader = PictureReader(on=settings.nlu.screenshots == "on")
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
    reception = Reception(
        store,
        OneTurn(chain, wechat_words.parts, Ear.in_context, settings.handlers.memory, reader.can_read),
        lambda: live.current,
        clock=now,
        budget=settings.handlers.passive_budget,
        seal=lambda plain, key: sealer.seal(plain, place("heard", "sealed", key)),
        unseal=lambda sealed, key: sealer.open(sealed, place("heard", "sealed", key)),
        wake=deliver.wake,
        observe=lambda taken, seconds: metrics.took(taken.by, seconds, again=taken.again),
        cache=settings.nlu.cache,
    )
    desk = Desk(
        Ports(
            store=store,
            clock=now,
            live=lambda: live.current,
            settings=DeskSettings(),
            render=staff.pages.render,
            require=staff.door.require,
            who=staff.door.signed_in,
            still_in=staff.door.is_request_still_signed_in,
            note=staff.audit.note,
            fit=wechat_words.parts,
            wake=deliver.wake,
            public_url=settings.public_url,
        )
    )
    loops = (
        deliver,
        Loop("desk_screens", desk.publish_new, every_s=0.25),
        Loop("offer_next", desk.rounds.offer_next, every_s=1),
        Loop("release_idle", desk.rounds.release_idle, every_s=5),
        Loop("wake_snoozed", desk.rounds.wake_snoozed, every_s=5),
        Loop("expire_windows", desk.rounds.expire_windows, every_s=60),
        Loop("lose_track", delivery.lose_track, every_s=30),
        Loop("settle_rides", reception.settle_rides, every_s=5),
        Loop("finish_accepted", reception.finish_accepted, every_s=5),
        Loop("read_screenshots", screenshots.read_due, every_s=1),
        Loop("follow", live.follow_once, every_s=settings.faq.follow_every.total_seconds()),
    )
    return House(settings, store, api, metrics, staff, live, reception, delivery, reader, desk, loops)


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


async def learn(settings: Settings, store: Store, number: int) -> Live:
    """The release `number` as it answers: its library, and an ear that was trained on it elsewhere."""
    release = await store.read(lambda tx: faq_records.release(tx, number))
    assert release is not None, f"release {number} is live but not there"  # noqa: S101
    library = Library(release.content, release.number)
    ear_settings = EarSettings(encoder=settings.nlu.encoder == "on")
    ears = settings.bot.var / "ears"
    return Live(library, await asyncio.to_thread(keeping.learn, library.training(), ear_settings, ears))
