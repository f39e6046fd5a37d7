"""Every operator command, by name."""

import typer

from bot.commands import audit, keys, menu, staff
from bot.commands.doctor import doctor
from bot.commands.qr import qr
from bot.commands.serve import serve

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Run the service and look after it.")
app.command()(serve)
app.command()(doctor)
app.command()(qr)
app.add_typer(menu.commands, name="menu")
app.add_typer(staff.commands, name="staff")
app.add_typer(audit.commands, name="audit")
app.add_typer(keys.commands, name="keys")
