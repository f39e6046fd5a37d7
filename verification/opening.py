"""How a command of this room gets at the store and the keys, and what it says when it cannot.

A command is a door of its own: it asks the floor plan (`HOUSE`). That is the only place where this room looks
up, and only when somebody runs a command.
"""

import asyncio
import importlib
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn, TypeVar

import typer
from rich.console import Console

from verification.provided import Provided
from verification.receipts import Signer

T = TypeVar("T")
HOUSE = "bot.app"

out = Console()


@dataclass(frozen=True, slots=True)
class Opened:
    """What the floor plan gives to a command."""

    house: Provided
    models: Path
    signer: Signer
    is_production: bool = False


def open_house() -> AbstractAsyncContextManager[Opened]:
    """The store and the keys, from the floor plan."""
    opened: AbstractAsyncContextManager[Opened] = importlib.import_module(HOUSE).opened_for_verification()
    return opened


def run(work: Callable[[Opened], Awaitable[T]]) -> T:
    """What comes of this work in the opened house; settings that cannot be used end the command."""

    async def inside() -> T:
        async with AsyncExitStack() as stack:
            try:
                opened = await stack.enter_async_context(open_house())
            except ValueError as refused:
                stop(f"设置不能用：\n{refused}")
            return await work(opened)

    return asyncio.run(inside())


def stop(why: str) -> NoReturn:
    """End the command with status 1 and these words."""
    Console(stderr=True).print(f"[red]{why}[/]", highlight=False)
    raise typer.Exit(1)
