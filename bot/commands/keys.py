"""python -m bot keys: what is to be done after SECRET_KEY was changed."""

from collections.abc import Mapping

import typer
from rich.progress import Progress

from bot import rotation
from bot.app import build_sealer, now
from bot.audit import Audit
from bot.commands.opening import console, open_store, problems, run, settings_or_exit
from bot.rotation import Tally

commands = typer.Typer(no_args_is_help=True, help="The keys that personal data is sealed with.")


@commands.command()
def rotate() -> None:
    """Seal everything anew by SECRET_KEY, while the service runs; exits 1 when something cannot be opened."""
    tallies = run(_rotated)
    renewed = sum(tally.renewed for tally in tallies.values())
    already = sum(tally.already_new for tally in tallies.values())
    console.print(f"{renewed} sealed anew, {already} were already.", highlight=False)
    _say_what_is_left(tallies)


async def _rotated() -> dict[str, Tally]:
    settings = settings_or_exit()
    async with open_store(settings) as store:
        values = await store.read(rotation.how_many)
        with Progress(console=problems, transient=True) as progress:
            task = progress.add_task("Sealing anew", total=values)
            return await rotation.rotate(
                store, build_sealer(settings), Audit(now), lambda done: progress.advance(task, done)
            )


def _say_what_is_left(tallies: Mapping[str, Tally]) -> None:
    overtaken = sum(tally.overtaken for tally in tallies.values())
    if overtaken:
        console.print(f"{overtaken} changed meanwhile: run it once more.", highlight=False)
    for name, tally in tallies.items():
        if tally.unopened:
            problems.print(f"[red]{name}: {tally.unopened} cannot be opened.[/]", highlight=False)
    if any(tally.unopened for tally in tallies.values()):
        problems.print("Altered, or sealed by a secret that is not in SECRET_KEY_BEFORE.")
        raise typer.Exit(1)
