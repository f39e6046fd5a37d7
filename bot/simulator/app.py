"""The whole stand-in as one aiohttp application, to be mounted at /simulator or run alone."""

from collections.abc import AsyncIterator

from aiohttp import web

from bot.simulator.account import Account
from bot.simulator.api import TOKEN_ROUTES, add_routes
from bot.simulator.api_account import ACCOUNT_ROUTES
from bot.simulator.api_agents import agent_routes
from bot.simulator.api_messages import MESSAGE_ROUTES
from bot.simulator.control import People, say_why
from bot.simulator.levers import Levers
from bot.simulator.oauth import Consents
from bot.simulator.page import add_page, templates
from bot.simulator.settings import Clock, SimulatorSettings
from bot.simulator.wechat import WeChat


def create(settings: SimulatorSettings, clock: Clock) -> web.Application:
    """WeChat for one account. `clock` gives aware UTC; the stand-in can run ahead of it."""
    account = Account(settings, clock)
    wechat = WeChat(account)
    pages = templates()
    consents = Consents(account, pages)
    app = web.Application(middlewares=[say_why])

    async def line(_app: web.Application) -> AsyncIterator[None]:
        await wechat.open()
        yield
        await wechat.close()

    async def let_go(_app: web.Application) -> None:
        account.close()

    app.cleanup_ctx.append(line)
    app.on_shutdown.append(let_go)
    add_routes(app, account, TOKEN_ROUTES | MESSAGE_ROUTES | ACCOUNT_ROUTES | consents.routes)
    add_routes(app, account, agent_routes(wechat))
    app.router.add_get("/api/connect/oauth2/authorize", consents.ask)
    People(account, wechat).lay(app)
    Levers(account, wechat).lay(app)
    add_page(app, account, pages)
    return app
