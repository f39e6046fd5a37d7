"""python -m bot serve: the whole application on one port."""

import asyncio
import contextlib
import gc
import signal
from collections.abc import Sequence

import typer
from aiohttp import web
from rich.table import Table

from bot import heap, logs, server
from bot.channels import wechat_menu
from bot.channels.wechat_outcomes import ApiError
from bot.commands.opening import console, problems, run, settings_or_exit, telling_refusals
from bot.demo_staff import DemoSignIn
from bot.preparing import prepare_elsewhere
from bot.settings import Settings


def serve() -> None:
    """Start everything; Ctrl-C stops it and loses nothing."""
    heap.keep_small()
    settings = settings_or_exit()
    logs.configure(settings.bot.log_level)
    gc.disable()  # until it listens: what a start makes stays, and looking through it took 0.4 s
    with telling_refusals():
        prepare_elsewhere(settings)
    run(lambda: _serve(settings, is_prepared=True))


async def _serve(settings: Settings, *, is_prepared: bool = False) -> None:
    application = await server.create(settings, is_prepared=is_prepared)
    # Nobody who writes to us packs what they send, and unpacking is work that strangers could ask for.
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=5, auto_decompress=False)
    stopping = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, stopping.set)
    try:
        with console.status("Getting ready: database, content, ear (the first time about a minute) …"):
            await runner.setup()
        demo = settings.bot.simulator == "on" and not settings.bot.production
        sign_ins = await application[server.HOUSE].demo_sign_ins() if demo else []
        await _listen(runner, settings)
        heap.give_back()
        gc.freeze()  # never looked through again: that stopped every turn for 150 ms now and then
        gc.enable()
        if settings.bot.simulator == "on":
            await _give_the_stand_in_its_menu(application)
        _tell_where_to_click(settings)
        _tell_demo_sign_ins(settings, sign_ins)
        await stopping.wait()
    finally:
        await runner.cleanup()


async def _listen(runner: web.AppRunner, settings: Settings) -> None:
    site = web.TCPSite(runner, settings.bot.host, settings.bot.port)
    try:
        await site.start()
    except OSError as taken:
        where = f"{settings.bot.host}, port {settings.bot.port}"
        problems.print(f"[red]Cannot listen on {where}[/] ({taken.strerror}): set PORT or HOST.")
        raise typer.Exit(1) from None


async def _give_the_stand_in_its_menu(application: web.Application) -> None:
    house = application[server.HOUSE]
    with contextlib.suppress(ApiError):
        await house.api.create_menu(wechat_menu.as_wechat(house.live.current.library.menu()))


def _tell_demo_sign_ins(settings: Settings, sign_ins: Sequence[DemoSignIn]) -> None:
    if not sign_ins:
        return
    table = Table("角色", "名字", "密码", title=f"{settings.public_url}/staff/sign-in")
    for each in sign_ins:
        table.add_row(*each)
    console.print(table)


def _tell_where_to_click(settings: Settings) -> None:
    console.print(f"你呼我应 is at {settings.public_url}", highlight=False)
    if settings.bot.simulator == "on":
        console.print(f"Chat as a citizen:  {settings.public_url}/simulator/", highlight=False)
