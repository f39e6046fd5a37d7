"""The phone in the browser, its files, and the pictures that stand in chats."""

from pathlib import Path
from typing import Any

import jinja2
from aiohttp import web

from bot.simulator.account import Account
from bot.simulator.rules import Refusal

HERE = Path(__file__).parent
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}


def templates() -> jinja2.Environment:
    """The stand-in's own templates; an unknown name in one is an error."""
    loader = jinja2.FileSystemLoader(HERE / "templates")
    return jinja2.Environment(loader=loader, autoescape=True, undefined=jinja2.StrictUndefined)


def html(found: jinja2.Environment, name: str, *, status: int = 200, **values: Any) -> web.Response:
    """A page under a strict content security policy."""
    text = found.get_template(name).render(**values)
    return web.Response(text=text, status=status, content_type="text/html", headers=HEADERS)


def add_page(app: web.Application, account: Account, found: jinja2.Environment) -> None:
    """Lay the page at /, its files at /static and the pictures at /media."""

    async def show(_request: web.Request) -> web.Response:
        return html(found, "chat.html", account_name=account.settings.account_name)

    async def go_in(request: web.Request) -> web.Response:
        raise web.HTTPFound(request.path + "/")

    async def picture(request: web.Request) -> web.Response:
        try:
            medium = account.media.find(request.match_info["media_id"], account.now())
        except Refusal:
            raise web.HTTPNotFound from None
        headers = {"X-Content-Type-Options": "nosniff"}
        return web.Response(body=medium.data, content_type=medium.content_type, headers=headers)

    app.router.add_get("", go_in)
    app.router.add_get("/", show)
    app.router.add_get("/media/{media_id}", picture)
    app.router.add_static("/static", HERE / "static")
