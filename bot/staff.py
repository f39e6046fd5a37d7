"""The people who work here: the questions asked of the staff table, and what may change in it.

StaffRefusal
  ├─ NameTaken
  ├─ BadName
  ├─ NoSuchStaff
  └─ LastOperator
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Row, Select, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from bot.records import staff
from bot.rights import Right, Role, may

_NAME = re.compile(r"[\w\u4e00-\u9fff][\w\u4e00-\u9fff.\- ]{0,18}[\w\u4e00-\u9fff]")
MOST_DIGITS_IN_A_NAME = 6


class StaffRefusal(ValueError):
    """The change to the staff was refused."""


class NameTaken(StaffRefusal):
    """Somebody here already has this name."""


class BadName(StaffRefusal):
    """A name has 2 to 20 letters, digits or Chinese characters, and is not a number of a person."""


class NoSuchStaff(StaffRefusal):
    """Nobody here has this name or id."""


class LastOperator(StaffRefusal):
    """Somebody must stay who can manage the staff."""


@dataclass(frozen=True, slots=True)
class Staff:
    """One person who works here, as the rooms know them."""

    id: int
    name: str
    role: Role
    has_code: bool
    disabled_at: datetime | None

    def may(self, right: Right | str) -> bool:
        """Whether they hold this right."""
        return self.disabled_at is None and may(self.role, right)


@dataclass(frozen=True, slots=True, repr=False)
class Account:
    """What signing in needs to know of a person; never leaves the doors."""

    staff: Staff
    password_hash: str
    totp_sealed: bytes | None
    totp_step: int


def name_key(name: str) -> str:
    """One spelling of a name for all its widths and cases."""
    return unicodedata.normalize("NFKC", name).strip().casefold()


def add(tx: Connection, name: str, role: Role, password_hash: str, now: datetime) -> Staff:
    """Somebody new.

    Raises:
        BadName, NameTaken
    """
    clean = unicodedata.normalize("NFKC", name).strip()
    if not _NAME.fullmatch(clean) or sum(each.isdigit() for each in clean) > MOST_DIGITS_IN_A_NAME:
        raise BadName(BadName.__doc__)
    row = {"name": clean, "name_key": name_key(clean), "role": role.value, "password_hash": password_hash}
    try:
        with tx.begin_nested():
            added = tx.execute(insert(staff).values(**row, password_at=now, created_at=now, totp_step=0))
    except IntegrityError:
        raise NameTaken(NameTaken.__doc__) from None
    (staff_id,) = added.inserted_primary_key or (0,)
    return Staff(staff_id, clean, role, has_code=False, disabled_at=None)


def everybody(tx: Connection) -> list[Staff]:
    """All who work or worked here, those who may sign in first."""
    rows = tx.execute(select(staff).order_by(staff.c.disabled_at.is_not(None), staff.c.name_key))
    return [_staff(row) for row in rows]


def by_id(tx: Connection, staff_id: int) -> Staff:
    """The person with this id.

    Raises:
        NoSuchStaff
    """
    return _staff(_one(tx, select(staff).where(staff.c.id == staff_id)))


def by_name(tx: Connection, name: str) -> Staff:
    """The person with this name, however it is spelt.

    Raises:
        NoSuchStaff
    """
    return _staff(_one(tx, select(staff).where(staff.c.name_key == name_key(name))))


def account_named(tx: Connection, name: str) -> Account | None:
    """The account that signs in with this name; disabled ones too, for the caller to refuse."""
    row = tx.execute(select(staff).where(staff.c.name_key == name_key(name))).first()
    return _account(row) if row else None


def account(tx: Connection, staff_id: int) -> Account:
    """The account of a person.

    Raises:
        NoSuchStaff
    """
    return _account(_one(tx, select(staff).where(staff.c.id == staff_id)))


def disable(tx: Connection, staff_id: int, now: datetime) -> None:
    """They may not sign in any more; end their sessions in the same transaction.

    Raises:
        NoSuchStaff, LastOperator
    """
    _keep_an_operator(tx, by_id(tx, staff_id))
    tx.execute(update(staff).where(staff.c.id == staff_id).values(disabled_at=now))


def enable(tx: Connection, staff_id: int) -> None:
    """They may sign in again."""
    by_id(tx, staff_id)
    tx.execute(update(staff).where(staff.c.id == staff_id).values(disabled_at=None))


def change_role(tx: Connection, staff_id: int, role: Role) -> None:
    """Their rights are others from the next request on.

    Raises:
        NoSuchStaff, LastOperator
    """
    person = by_id(tx, staff_id)
    if not may(role, Right.MANAGE_STAFF):
        _keep_an_operator(tx, person)
    tx.execute(update(staff).where(staff.c.id == staff_id).values(role=role.value))


def change_password(tx: Connection, staff_id: int, password_hash: str, now: datetime) -> None:
    """From now on this is the password; end their other sessions in the same transaction."""
    tx.execute(
        update(staff).where(staff.c.id == staff_id).values(password_hash=password_hash, password_at=now)
    )


def renew_hash(tx: Connection, staff_id: int, old_hash: str, new_hash: str) -> None:
    """The same password, hashed by today's settings, unless it was changed meanwhile."""
    same = (staff.c.id == staff_id) & (staff.c.password_hash == old_hash)
    tx.execute(update(staff).where(same).values(password_hash=new_hash))


def keep_totp(tx: Connection, staff_id: int, sealed: bytes | None, step: int) -> None:
    """Ask for codes of this secret from now on; None asks for none."""
    tx.execute(update(staff).where(staff.c.id == staff_id).values(totp_sealed=sealed, totp_step=step))


def use_totp_step(tx: Connection, staff_id: int, step: int) -> bool:
    """Whether the code of this step was unused until now."""
    unused = (staff.c.id == staff_id) & (staff.c.totp_step < step)
    return tx.execute(update(staff).where(unused).values(totp_step=step)).rowcount == 1


def _keep_an_operator(tx: Connection, leaving: Staff) -> None:
    if not leaving.may(Right.MANAGE_STAFF):
        return
    managing = [role.value for role in Role if may(role, Right.MANAGE_STAFF)]
    others = (staff.c.id != leaving.id) & staff.c.disabled_at.is_(None) & staff.c.role.in_(managing)
    if not tx.scalar(select(func.count()).select_from(staff).where(others)):
        raise LastOperator(LastOperator.__doc__)


def _one(tx: Connection, question: Select[*tuple[object, ...]]) -> Row[*tuple[object, ...]]:
    row = tx.execute(question).first()
    if row is None:
        raise NoSuchStaff(NoSuchStaff.__doc__)
    return row


def _staff(row: Row[*tuple[object, ...]]) -> Staff:
    return Staff(row.id, row.name, Role(row.role), row.totp_sealed is not None, row.disabled_at)


def _account(row: Row[*tuple[object, ...]]) -> Account:
    return Account(_staff(row), row.password_hash, row.totp_sealed, row.totp_step)
