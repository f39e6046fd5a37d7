"""Who plays in these tests: staff with a name, a role and a password, at the staff entrance."""

from argon2 import PasswordHasher
from sqlalchemy import Connection

from bot import staff
from bot.passwords import Passwords
from bot.rights import Role
from bot.sign_in import Given

PASSWORD = "绿色-山坡-七只羊-Q7z"
QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


def quick_passwords() -> Passwords:
    """Passwords whose hashes cost nothing."""
    return Passwords(QUICK)


def hired(role: Role, name: str, clock):
    """The work of hiring somebody whose password is known to these tests."""

    def work(tx: Connection) -> staff.Staff:
        return staff.add(tx, name, role, QUICK.hash(PASSWORD), clock())

    return work


def given(name: str, password: str = PASSWORD, code: str = "") -> Given:
    return Given(name, password, code, browser="Firefox", address="127.0.0.1")
