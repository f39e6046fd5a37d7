"""python -m bot keys rotate: after SECRET_KEY was changed everything is sealed by the new one."""

import secrets
import sqlite3

from bench.serving import SECRET
from bot.keys import KeyRing
from bot.sealer import Sealer, place
from tests.commands.conftest import Operator

NEW = secrets.token_urlsafe(48)
HERE = place("original", "sealed", "push-1")


def ring(*given: str) -> Sealer:
    return Sealer(KeyRing.grown_from(given[0], given[1:]))


def keep(operator: Operator, sealed: bytes) -> None:
    """One sealed value in a database that is ready."""
    operator.runs("staff", "list")
    with sqlite3.connect(operator.folder / "house.db") as owner:
        owner.execute("DELETE FROM original")
        owner.execute(
            "INSERT INTO original (key, openid, kind, at, clear, sealed) "
            "VALUES ('push-1', 'o-1', 'numbers', '2026-11-23 01:00:00', 0, ?)",
            (sealed,),
        )
    owner.close()


def kept(operator: Operator) -> bytes:
    owner = sqlite3.connect(operator.folder / "house.db")
    (sealed,) = owner.execute("SELECT sealed FROM original").fetchone()
    owner.close()
    return bytes(sealed)


class TestARotation:
    def test_leaves_nothing_to_the_former_secret(self, operator: Operator) -> None:
        keep(operator, ring(SECRET).seal("138", HERE))
        operator.has("SECRET_KEY", NEW)
        operator.has("SECRET_KEY_BEFORE", SECRET)
        told = operator.runs("keys", "rotate")
        assert told.exit_code == 0
        assert "1 sealed anew" in told.stdout
        assert ring(NEW).open(kept(operator), HERE) == "138"
        assert "0 sealed anew, 1 were already" in operator.runs("keys", "rotate").stdout

    def test_in_a_house_that_holds_nothing_does_nothing(self, operator: Operator) -> None:
        told = operator.runs("keys", "rotate")
        assert told.exit_code == 0
        assert "0 sealed anew" in told.stdout

    def test_without_the_former_secret_ends_with_the_column_and_the_way_out(self, operator: Operator) -> None:
        keep(operator, ring(SECRET).seal("138", HERE))
        operator.has("SECRET_KEY", NEW)
        told = operator.runs("keys", "rotate")
        assert told.exit_code == 1
        assert "original.sealed: 1 cannot be opened" in told.output
        assert "SECRET_KEY_BEFORE" in told.output
        operator.has("SECRET_KEY_BEFORE", SECRET)
        assert operator.runs("keys", "rotate").exit_code == 0
