"""python -m bot: run the service and look after it."""

import typer

from bot.commands import menu
from bot.commands.serve import serve

app = typer.Typer(no_args_is_help=True, add_completion=False, help=__doc__)
app.command()(serve)
app.add_typer(menu.commands, name="menu")

if __name__ == "__main__":
    app()
