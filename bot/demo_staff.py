"""One person for every role, so that a fresh installation can be tried; never in production.

Passwords are random for each installation and kept in a file that only its owner can read.
"""

import json
import os
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import Connection

from bot import staff
from bot.passwords import Passwords
from bot.rights import Role
from bot.staff_changes import new_password

DEMO_FILE = "demo-staff.json"
NAMES = {
    Role.AGENT: "小李",
    Role.SENIOR: "老周",
    Role.EDITOR: "小文",
    Role.REVIEWER: "审核员",
    Role.SUPERVISOR: "王主管",
    Role.OPERATOR: "运维",
    Role.AUDITOR: "审计员",
}


class DemoSignIn(NamedTuple):
    """What the start of a demonstration prints."""

    role: str
    name: str
    password: str


def seed_demo(tx: Connection, var: Path, passwords: Passwords, now: datetime) -> list[DemoSignIn]:
    """The demo sign-ins: made at the first start (seven hashes, about a second), read from `var` later.

    Somebody who exists already gets the password of the file, so a lost file or database heals itself.
    """
    known = _read(var / DEMO_FILE)
    sign_ins = [DemoSignIn(role, name, known.get(name) or new_password()) for role, name in NAMES.items()]
    for each in sign_ins:
        account = staff.account_named(tx, each.name)
        if account is None:
            staff.add(tx, each.name, Role(each.role), passwords.hash_now(each.password), now)
        elif each.name not in known:
            staff.change_password(tx, account.staff.id, passwords.hash_now(each.password), now)
    if any(name not in known for name in NAMES.values()):
        _write(var / DEMO_FILE, {each.name: each.password for each in sign_ins})
    return sign_ins


def _read(file: Path) -> dict[str, str]:
    try:
        return {str(name): str(password) for name, password in json.loads(file.read_text("utf-8")).items()}
    except (FileNotFoundError, ValueError, AttributeError):
        return {}


def _write(file: Path, passwords: dict[str, str]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.unlink(missing_ok=True)
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as writer:
        json.dump(passwords, writer, ensure_ascii=False, indent=1)
