"""What an operator does to the staff: one function for the page and the command line alike.

Each change, its audit entry and the end of sessions it calls for are one transaction.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from bot import sessions, staff
from bot.audit import Audit
from bot.rights import Role
from bot.staff import Staff
from bot.tries import forgive_everywhere


def new_password() -> str:
    """A first password, 96 random bits in groups that can be read aloud."""
    return "-".join(secrets.token_hex(4) for _ in range(3))


@dataclass(frozen=True, slots=True)
class StaffChanges:
    """Changes in the name of `actor`; all of them raise the refusals of `staff.py`."""

    audit: Audit
    actor: str
    now: datetime

    def add(self, tx: Connection, name: str, role: Role, password_hash: str) -> Staff:
        """Somebody new, whose first password was hashed before."""
        person = staff.add(tx, name, role, password_hash, self.now)
        self._note(tx, "staff.add", person.id, role=role.value)
        return person

    def disable(self, tx: Connection, staff_id: int) -> None:
        """They are signed out everywhere and cannot come in."""
        staff.disable(tx, staff_id, self.now)
        ended = sessions.end_all(tx, staff_id, "disabled", self.now)
        self._note(tx, "staff.disable", staff_id, sessions_ended=ended)

    def enable(self, tx: Connection, staff_id: int) -> None:
        """They may sign in again."""
        staff.enable(tx, staff_id)
        self._note(tx, "staff.enable", staff_id)

    def change_role(self, tx: Connection, staff_id: int, role: Role) -> None:
        """Other rights, from the next request on."""
        before = staff.by_id(tx, staff_id).role
        staff.change_role(tx, staff_id, role)
        self._note(tx, "staff.role", staff_id, before=before.value, after=role.value)

    def reset_password(self, tx: Connection, staff_id: int, password_hash: str) -> Staff:
        """A forgotten password is replaced, sessions end, and waiting after wrong tries is over."""
        person = staff.by_id(tx, staff_id)
        staff.change_password(tx, staff_id, password_hash, self.now)
        sessions.end_all(tx, staff_id, "password reset", self.now)
        forgive_everywhere(tx, person.name)
        self._note(tx, "staff.password_reset", staff_id)
        return person

    def forget_code(self, tx: Connection, staff_id: int) -> None:
        """A lost phone no longer counts; they are signed out and set up another."""
        staff.by_id(tx, staff_id)
        staff.keep_totp(tx, staff_id, None, 0)
        sessions.end_all(tx, staff_id, "code forgotten", self.now)
        self._note(tx, "staff.code_forgotten", staff_id)

    def _note(self, tx: Connection, action: str, staff_id: int, **detail: object) -> None:
        self.audit.note(tx, self.actor, action, f"staff:{staff_id}", detail=detail)
