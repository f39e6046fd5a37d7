"""python -m bot staff: the people who work here. What is done here is in the audit trail as "command"."""

from collections.abc import Callable
from typing import Annotated, TypeVar

import typer
from rich.table import Table
from sqlalchemy import Connection

from bot import staff
from bot.app import now
from bot.audit import Audit
from bot.commands.opening import console, open_store, problems, run, settings_or_exit
from bot.passwords import Passwords
from bot.rights import Role
from bot.staff import StaffRefusal
from bot.staff_changes import StaffChanges, new_password

T = TypeVar("T")

commands = typer.Typer(no_args_is_help=True, help="The people who work here.")


@commands.command("list")
def everybody() -> None:
    """Everybody who works or worked here."""
    table = Table("name", "role", "code from a phone", "disabled", box=None)
    for person in _in_one_transaction(lambda tx, _: staff.everybody(tx)):
        gone = f"{person.disabled_at:%Y-%m-%d}" if person.disabled_at else ""
        table.add_row(person.name, person.role.value, "yes" if person.has_code else "no", gone)
    console.print(table)


@commands.command()
def add(name: str, role: Annotated[Role, typer.Option(help="What they are here.")] = Role.AGENT) -> None:
    """Somebody new; their first password is shown once."""
    password = new_password()
    hashed = Passwords().hash_now(password)
    person = _in_one_transaction(lambda tx, changes: changes.add(tx, name, role, hashed))
    _show_once(person.name, password)


@commands.command()
def disable(name: str) -> None:
    """They may not sign in any more, and are signed out at once."""
    _in_one_transaction(lambda tx, changes: changes.disable(tx, staff.by_name(tx, name).id))
    console.print(f"{name} is signed out and cannot sign in any more.", highlight=False)


@commands.command()
def enable(name: str) -> None:
    """They may sign in again."""
    _in_one_transaction(lambda tx, changes: changes.enable(tx, staff.by_name(tx, name).id))
    console.print(f"{name} can sign in again.", highlight=False)


@commands.command()
def password(name: str) -> None:
    """A forgotten password is replaced by one that is shown once; their sessions end."""
    given = new_password()
    hashed = Passwords().hash_now(given)
    _in_one_transaction(lambda tx, changes: changes.reset_password(tx, staff.by_name(tx, name).id, hashed))
    _show_once(name, given)


@commands.command("forget-code")
def forget_code(name: str) -> None:
    """A lost phone no longer counts; they set up another at the next sign-in."""
    _in_one_transaction(lambda tx, changes: changes.forget_code(tx, staff.by_name(tx, name).id))
    console.print(f"{name} sets up a new code at the next sign-in.", highlight=False)


def _show_once(name: str, password: str) -> None:
    console.print(f"{name} signs in with {password}", highlight=False)
    console.print("It is not shown again; they should change it at once.")


def _in_one_transaction(work: Callable[[Connection, StaffChanges], T]) -> T:
    async def in_the_house() -> T:
        async with open_store(settings_or_exit()) as store:
            return await store.write(lambda tx: work(tx, StaffChanges(Audit(now), "command", now())))

    try:
        return run(in_the_house)
    except StaffRefusal as refused:
        problems.print(f"[red]{refused}[/]", highlight=False)
        raise typer.Exit(1) from None
