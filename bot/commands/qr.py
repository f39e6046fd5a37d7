"""python -m bot qr: a code that says where the citizen got stuck when it is scanned."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated

import qrcode
import typer
from qrcode.main import QRCode

from bot.channels.wechat_api import SceneCode
from bot.commands.menu import live_library
from bot.commands.opening import console, open_api, open_store, problems, run, settings_or_exit

LONGEST_DAYS = 30
"""WeChat's limit for temporary codes; permanent ones are 100,000 for the account's whole life."""


def qr(
    scene: Annotated[
        str, typer.Argument(help="1 to 64 characters, such as s_enter; see faq/content/replies.yml.")
    ],
    days: Annotated[int, typer.Option(min=0, max=LONGEST_DAYS, help="0: a permanent code.")] = LONGEST_DAYS,
    png: Annotated[
        Path | None, typer.Option(dir_okay=False, help="Write a picture instead of drawing it here.")
    ] = None,
) -> None:
    """Make a parametric code of the account, and draw it."""
    if not 1 <= len(scene) <= 64:
        problems.print("A scene has 1 to 64 characters.")
        raise typer.Exit(1)
    if png and not png.absolute().parent.is_dir():  # known before one of 100,000 codes is used up
        raise typer.BadParameter(f"{png.parent} is no folder")
    made = run(lambda: _make(scene, timedelta(days=days) if days else None))
    drawn: QRCode = qrcode.QRCode(border=2)
    drawn.add_data(made.url)
    if png:
        with png.open("wb") as file:
            drawn.make_image().save(file)
        console.print(f"{png}: {made.url}", highlight=False)
    else:
        drawn.print_ascii(invert=True)
        console.print(made.url, highlight=False)


async def _make(scene: str, lasts: timedelta | None) -> SceneCode:
    settings = settings_or_exit()
    async with open_store(settings) as store:
        library = await live_library(settings, store)
    if library.scene(scene) is None:
        problems.print(f"[yellow]The live content has no help for the scene {scene!r}.[/]", highlight=False)
    async with open_api(settings) as api:
        return await api.create_code(scene, lasts)
