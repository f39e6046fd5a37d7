"""What every command needs first: the settings, read or refused in plain words, and a running loop."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any, TypeVar

import aiohttp
import typer
from rich.console import Console

from bot import migrations
from bot.app import build_api
from bot.channels.wechat_api import WeChatApi
from bot.channels.wechat_outcomes import ApiError, ApiUnreached
from bot.settings import Settings, load
from bot.settings_file import SettingsRefused
from bot.store import Store, StoreRefused
from faq.findings import ContentRefused
from nlu.keeping import NotLearnt

T = TypeVar("T")

console = Console()
problems = Console(stderr=True)


def settings_or_exit() -> Settings:
    """The settings; a mistake ends the command with status 2 and what to do."""
    try:
        return load()
    except SettingsRefused as refused:
        problems.print("[red]The settings cannot be used:[/]")
        problems.print(str(refused), markup=False, highlight=False, soft_wrap=True)
        raise typer.Exit(2) from None


def run(work: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Run a command's coroutine; what the outside refused is told without a traceback."""
    with telling_refusals():
        return asyncio.run(work())


@contextmanager
def telling_refusals() -> Iterator[None]:
    """What the outside refuses ends the command with status 1 and what to do."""
    try:
        yield
    except (ApiError, StoreRefused, ContentRefused, NotLearnt) as refused:
        problems.print(str(refused), style="red", markup=False, highlight=False)
        problems.print(_what_to_do(refused), highlight=False, end="")
        raise typer.Exit(1) from None


def _what_to_do(refused: Exception) -> str:
    match refused:
        case ApiUnreached():
            return "WeChat's API is out of reach. The stand-in's is there while the service runs: make run.\n"
        case ApiError():
            return "What is wrong with the account, and what to do: python -m bot doctor\n"
        case ContentRefused():
            return "The content (faq.content in config.yml) cannot be used: python -m faq check FOLDER\n"
        case _:
            return ""


@asynccontextmanager
async def open_store(settings: Settings) -> AsyncIterator[Store]:
    """The database with its newest schema."""
    store = Store(settings.bot.database_url)
    try:
        await migrations.upgrade(store)
        yield store
    finally:
        await store.close()


@asynccontextmanager
async def open_api(settings: Settings) -> AsyncIterator[WeChatApi]:
    """WeChat's API, or the stand-in's while that is running."""
    async with aiohttp.ClientSession() as session:
        yield build_api(settings, session)
