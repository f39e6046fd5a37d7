"""How a command of this room gets at the store and the keys, and what it says when it cannot.

A command is a door of its own: it asks the floor plan (`HOUSE`). That is the only place where this room looks
up, and only when somebody runs a command.
"""

import asyncio
import importlib
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
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


class NotOpened(Exception):
    """The house cannot be opened for a command; the message says why, and what to do."""


def open_house() -> AbstractAsyncContextManager[Opened]:
    """The store and the keys, from the floor plan."""
    opened: AbstractAsyncContextManager[Opened] = importlib.import_module(HOUSE).opened_for_verification()
    return opened


def run(work: Callable[[Opened], Awaitable[T]]) -> T:
    """What comes of this work in the opened house; a house that cannot be opened ends the command."""

    async def inside() -> T:
        async with open_house() as opened:
            return await work(opened)

    try:
        return asyncio.run(inside())
    except NotOpened as refused:
        stop(f"现在不能运行：\n{refused}")


def stop(why: str) -> NoReturn:
    """End the command with status 1 and these words."""
    Console(stderr=True).print(why, style="red", markup=False, highlight=False)
    raise typer.Exit(1)
