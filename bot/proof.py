"""The verification room in the house: its engine, its pages, its API, and what the chat learns of it."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar

import aiohttp
import structlog
from aiohttp import web
from pydantic import SecretStr
from sqlalchemy import Connection

from bot.audit import Audit
from bot.channels import wechat_page
from bot.channels.wechat_api import WeChatApi
from bot.channels.wechat_outcomes import ApiError, SnapshotVisitor
from bot.keys import derived
from bot.loops import Loop
from bot.proof_card import proof_card
from bot.sealer import Sealer
from bot.settings import Settings, secret_key, secret_keys_before
from bot.store import Store
from faq.hours import BEIJING
from faq.library import Library
from handlers.desk.ports import CaseCard
from handlers.turn import ProofDesk
from verification import attempts, demo, forgetting
from verification import building as room
from verification.answers import Rules
from verification.asides import Advice
from verification.building import Choice
from verification.callbacks import Callbacks
from verification.engines.settings import FaceSettings
from verification.engines.workers import EngineFailed, FaceWorkers
from verification.gateway import BankGateway, Gateway, RegistryGateway, SmsGateway
from verification.links import Links
from verification.matters_api import MattersApi
from verification.pages import Pages
from verification.provided import Provided
from verification.signatures import Client
from verification.verifier import Verifier
from verification.way_in import OAuth

log = structlog.get_logger()

AnyGateway = TypeVar("AnyGateway", bound=Gateway)

CODE_LASTS = timedelta(days=30)
"""The longest life of a temporary code (WeChat: 2,592,000 s)."""


@dataclass(frozen=True, slots=True)
class Proof:
    """The room as the house uses it."""

    house: Provided
    verifier: Verifier
    links: Links
    pages: Pages
    matters: MattersApi
    callbacks: Callbacks
    workers: FaceWorkers

    def routes(self) -> list[web.AbstractRouteDef]:
        """The citizens' pages and the registration system's API."""
        return [*self.pages.routes(), *self.matters.routes()]

    def for_citizen(self, tx: Connection, openid: str) -> ProofDesk:
        """What a turn may ask about its citizen."""
        return ProofDesk(
            link=partial(self.links.link_for, tx, openid),
            last_attempt=partial(attempts.last_attempt, tx, openid, self.verifier.journey),
        )

    def card_for_desk(self, tx: Connection, openid: str) -> CaseCard | None:
        """The citizen's case as agents see it: masked, with reasons, without pictures or scores."""
        return proof_card(tx, openid, self.verifier.journey)

    async def start(self) -> None:
        """Load the face engine; without it the other ways stay open, and doctor says what is missing."""
        try:
            await self.workers.start()
        except EngineFailed as missing:
            log.warning("face_engine_missing", why=str(missing))

    async def forget(self) -> None:
        """Let go of what is past its period."""
        await self.house.write(lambda tx: forgetting.forget(tx, self.house))

    async def seed_demo(self) -> None:
        """The people and to-dos of the demonstration."""
        await self.house.write(lambda tx: demo.seed(tx, self.house))


def provided(store: Store, sealer: Sealer, audit: Audit, clock: Callable[[], datetime]) -> Provided:
    """What the house hands to the room."""
    return Provided(
        store.write, store.read, clock, sealer.seal_bytes, sealer.open_bytes, sealer.blind_index, audit.note
    )


def build(
    settings: Settings,
    house: Provided,
    api: WeChatApi,
    session: aiohttp.ClientSession,
    library: Callable[[], Library],
) -> Proof:
    """Build the room, whose pages give help out of the live `library`; its engine is loaded by `start`."""
    wanted = settings.verification
    clients = clients_of(settings)
    workers = FaceWorkers(
        FaceSettings(wanted.models, match_at=wanted.match_at, retry_to=wanted.retry_to),
        count=wanted.workers or os.cpu_count() or 1,
        queue_limit=wanted.queue_limit,
        job_timeout_s=wanted.job_timeout.total_seconds(),
        recycle_after=wanted.recycle_after,
    )
    verifier = room.build(
        house,
        workers,
        public_url=settings.public_url,
        receipt_seeds=receipt_seeds(settings),
        choice=Choice(
            wanted.providers,
            settings.bot.production,
            Rules(controller=wanted.controller, contact=wanted.contact),
        ),
        sms=_gateway(SmsGateway, session, wanted.sms_url, wanted.sms_secret),
        registry=_gateway(RegistryGateway, session, wanted.identity_url, wanted.identity_secret),
        cards=_gateway(BankGateway, session, wanted.bank_url, wanted.bank_secret),
        engine=lambda: workers.health().engine,
    )
    pages = Pages(
        verifier,
        scene_url=Codes(api).url,
        advice=lambda scene: _advice(library(), scene, house.clock()),
        front=wanted.front,
        oauth=_oauth(settings, api),
    )
    return Proof(
        house,
        verifier,
        Links(settings.public_url, house.clock),
        pages,
        MattersApi(house, clients),
        Callbacks(house, clients, session),
        workers,
    )


def loops(room: Proof) -> tuple[Loop, ...]:
    """What the registration system is told, and what is past its period."""
    return (
        Loop("registry_callbacks", room.callbacks.deliver_due, every_s=5),
        Loop("forget_old", room.forget, every_s=3600),
    )


def receipt_seeds(settings: Settings) -> tuple[bytes, ...]:
    """The first one signs receipts; the others are of former secrets, for the receipts of their time."""
    every = (secret_key(settings), *secret_keys_before(settings))
    return tuple(derived(each, "receipts", 32) for each in every)


class Codes:
    """Parametric codes of the account, asked of WeChat once for each scene and kept for a day."""

    def __init__(self, api: WeChatApi) -> None:
        self._api = api
        self._known: dict[str, tuple[float, str]] = {}

    async def url(self, scene: str) -> str:
        """What a code for this scene holds; "" while WeChat cannot be asked."""
        now = asyncio.get_running_loop().time()
        at, url = self._known.get(scene, (0.0, ""))
        if not url or now - at > 86_400:
            try:
                url = (await self._api.create_code(scene, CODE_LASTS)).url
            except ApiError as refused:
                log.warning("code_refused", why=str(refused))
                return url
            self._known[scene] = (now, url)
        return url


def _advice(library: Library, scene: str, at: datetime) -> Advice | None:
    """What the content says, in its version for pages, to somebody who got stuck at this scene."""
    found = library.page_help(scene, on=at.astimezone(BEIJING).date())
    return Advice(found.title, found.text) if found else None


def _gateway(
    kind: type[AnyGateway], session: aiohttp.ClientSession, url: str, secret: SecretStr
) -> AnyGateway | None:
    """The provider at this address; None where no address is set."""
    return kind(session, url, secret.get_secret_value()) if url else None


def clients_of(settings: Settings) -> dict[str, Client]:
    """Who may push to-dos: nobody, until a secret was agreed upon."""
    wanted = settings.verification
    agreed = wanted.registry_secret.get_secret_value()
    return {wanted.registry: Client(wanted.registry, agreed, wanted.registry_callback)} if agreed else {}


def _oauth(settings: Settings, api: WeChatApi) -> OAuth | None:
    if settings.verification.oauth == "off":
        return None

    async def openid_of(code: str) -> str | None:
        try:
            return await api.openid_of(code)
        except SnapshotVisitor:
            return None

    def address(back: str, state: str) -> str:
        return wechat_page.authorise_url(settings.bot.wechat.app_id, back, state, base=settings.oauth_base)

    ask: Callable[[str], Awaitable[str | None]] = openid_of
    return OAuth(address, ask)
