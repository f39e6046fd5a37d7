"""python -m bot menu: the buttons at the bottom of the chat."""

import json
from typing import Any

import typer

from bot.channels import wechat_menu
from bot.commands.opening import console, open_api, open_store, run, settings_or_exit
from bot.settings import Settings
from bot.store import Store
from faq import records
from faq.library import Library
from faq.loading import load_content

commands = typer.Typer(no_args_is_help=True, help="The menu of the public account.")


@commands.command()
def show() -> None:
    """Show the menu that WeChat has now."""
    settings = settings_or_exit()

    async def ask() -> Any:
        async with open_api(settings) as api:
            return await api.menu()

    console.print_json(json.dumps(run(ask), ensure_ascii=False))


@commands.command()
def diff() -> None:
    """Compare WeChat's menu with the live content; exits 1 when they differ."""
    settings = settings_or_exit()
    lines = run(lambda: _difference(settings))
    console.print("\n".join(lines) or "The menu is up to date.", highlight=False)
    raise typer.Exit(1 if lines else 0)


@commands.command()
def sync() -> None:
    """Make WeChat's menu the one of the live content. Phones show it within five minutes."""
    settings = settings_or_exit()

    async def bring() -> bool:
        if not await _difference(settings):
            return False
        async with open_api(settings) as api:
            await api.create_menu(await _wanted(settings))
        return True

    console.print("The menu was updated." if run(bring) else "The menu was already up to date.")


async def _difference(settings: Settings) -> list[str]:
    async with open_api(settings) as api:
        return wechat_menu.diff(await api.menu(), await _wanted(settings))


async def _wanted(settings: Settings) -> dict[str, Any]:
    async with open_store(settings) as store:
        return wechat_menu.as_wechat((await live_library(settings, store)).menu())


async def live_library(settings: Settings, store: Store) -> Library:
    """The live release, or the shipped content before the first start."""
    release = await store.read(records.live_release)
    return (
        Library(release.content, release.number) if release else Library(load_content(settings.faq.content))
    )
