"""python -m bot audit: whether the trail is as it was written."""

from pathlib import Path
from typing import Annotated

import typer

from bot import audit
from bot.commands.opening import console, open_store, problems, run, settings_or_exit

commands = typer.Typer(no_args_is_help=True, help="The audit trail.")

FOLDER = "The folder of the anchors, on another disk or machine; else bot.anchors."


@commands.command()
def verify(
    anchors: Annotated[Path | None, typer.Option(help=FOLDER, exists=True, file_okay=False)] = None,
) -> None:
    """Recompute the chain and compare it with the anchors; exits 1 when an entry is not as it was."""

    async def recomputed() -> int | None:
        settings = settings_or_exit()
        async with open_store(settings) as store:
            return await store.read(lambda tx: audit.verify(tx, anchors or settings.bot.anchors))

    try:
        broken = run(recomputed)
    except audit.AnchorUnreadable as damaged:
        problems.print(f"[red]{damaged}[/]", highlight=False)
        raise typer.Exit(1) from None
    if broken is not None:
        problems.print(f"[red]Entry {broken} is altered, missing or added.[/] Keep the database as it is.")
        raise typer.Exit(1)
    console.print("The trail is as it was written.")


@commands.command()
def anchor(
    anchors: Annotated[Path | None, typer.Option(help=FOLDER, file_okay=False)] = None,
) -> None:
    """Write the last hash into the folder of the anchors; run it daily."""

    async def noted() -> audit.Anchor | None:
        settings = settings_or_exit()
        async with open_store(settings) as store:
            return await store.read(lambda tx: audit.anchor(tx, anchors or settings.bot.anchors))

    made = run(noted)
    console.print(f"Anchored at entry {made.seq}." if made else "Nothing new to anchor.")
