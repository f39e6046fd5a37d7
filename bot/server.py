"""The one port: which address belongs to which room."""

import asyncio
from collections.abc import AsyncIterator

import aiohttp
from aiohttp import web
from aiohttp.typedefs import Handler

from bot import app as floor_plan
from bot.channels.wechat_door import WeChatDoor
from bot.face_figures import FaceFigures
from bot.health import Health
from bot.settings import Settings
from bot.simulator import app as simulator
from bot.simulator.settings import SimulatorSettings

BODY_CAP_BYTES = 12 * 1024 * 1024
"""The largest upload of any page; the webhook has its own, much smaller cap."""

HOUSE = web.AppKey("house", floor_plan.House)


async def create(settings: Settings, *, is_prepared: bool = False) -> web.Application:
    """The whole application; opening it opens the house, whose database somebody may have prepared."""
    session = aiohttp.ClientSession()
    house = floor_plan.build(settings, session)
    application = house.staff.application(BODY_CAP_BYTES)
    application[HOUSE] = house
    house.metrics.registry.register(FaceFigures(house.proof.workers.health))
    door = _door(settings, house)
    application.add_routes([web.get("/wechat", door.get), web.post("/wechat", door.post)])
    application.add_routes(Health(house.store, house.live, house.metrics, house.conversation.reader).routes())
    application.add_routes(house.desk.routes())
    application.add_routes(house.editor.routes())
    application.add_routes(house.proof.routes())
    application.on_shutdown.append(house.desk.hang_up)
    house.staff.add_to(application)
    application.router.add_get("/", _lead_in(settings))
    if settings.bot.simulator == "on":
        application.add_subapp("/simulator", simulator.create(_stand_in(settings), floor_plan.now))

    async def lifetime(_application: web.Application) -> AsyncIterator[None]:
        async with session:
            await house.open(is_prepared=is_prepared)
            watching = asyncio.create_task(house.metrics.watch_loop())
            yield
            watching.cancel()
            await house.close()

    application.cleanup_ctx.append(lifetime)
    return application


def _lead_in(settings: Settings) -> Handler:
    """Whoever types the bare address comes to the phone of the demonstration, or to the staff entrance."""
    begin = "/simulator/" if settings.bot.simulator == "on" else "/staff/sign-in"

    async def lead_in(_request: web.Request) -> web.StreamResponse:
        raise web.HTTPFound(begin)

    return lead_in


def _door(settings: Settings, house: floor_plan.House) -> WeChatDoor:
    wechat = settings.bot.wechat
    keys = (wechat.encoding_aes_key.get_secret_value(), wechat.previous_aes_key.get_secret_value())
    return WeChatDoor(
        app_id=wechat.app_id,
        token=wechat.token.get_secret_value(),
        encoding_aes_keys=[key for key in keys if key],
        mode=wechat.mode,
        hear=house.conversation.reception.hear,
        clock=floor_plan.now,
        freshness=wechat.freshness,
        observe=house.metrics.refused,
    )


def _stand_in(settings: Settings) -> SimulatorSettings:
    wechat = settings.bot.wechat
    return SimulatorSettings(
        webhook_url=f"http://127.0.0.1:{settings.bot.port}/wechat",
        app_id=wechat.app_id,
        app_secret=wechat.app_secret.get_secret_value(),
        token=wechat.token.get_secret_value(),
        encoding_aes_key=wechat.encoding_aes_key.get_secret_value(),
        public_url=settings.public_url,
        mode=wechat.mode,
    )
