"""Slows down whoever guesses passwords: tries are counted by name, for names that nobody bears too.

Known limit: a stranger can make a colleague wait up to 15 minutes. One that tries a password on many names
is slowed by the price of a hash only; limit the rate of /staff/sign-in at the proxy as well.
"""

import hashlib
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from bot.records import sign_in_tries
from bot.staff import name_key

FREE_TRIES = 5
FIRST_LOCK = timedelta(seconds=30)
LONGEST_LOCK = timedelta(minutes=15)
FORGIVEN_AFTER = timedelta(hours=24)


def take_try(tx: Connection, name: str, now: datetime) -> timedelta | None:
    """Count one more try for this name, or say how long it must wait.

    Five are free, then 30 seconds, doubled each time, up to 15 minutes.
    """
    key = _key(name)
    row = tx.execute(select(sign_in_tries).where(sign_in_tries.c.name_hash == key).with_for_update()).first()
    if row is None:
        return _first_try(tx, name, now)
    if row.locked_until is not None and now < row.locked_until:
        return _wait(tx, key, row.locked_until, now)
    tries = 1 if now - row.last_at > FORGIVEN_AFTER else row.tries + 1
    lock = min(FIRST_LOCK * 2 ** min(tries - FREE_TRIES, 10), LONGEST_LOCK) if tries >= FREE_TRIES else None
    locked_until = now + lock if lock else None
    counted = {"tries": tries, "last_at": now, "locked_until": locked_until}
    tx.execute(update(sign_in_tries).where(sign_in_tries.c.name_hash == key).values(**counted))
    return None


def give_back_try(tx: Connection, name: str) -> None:
    """A try that could not be checked counts for nothing."""
    row = sign_in_tries.c.name_hash == _key(name)
    tx.execute(update(sign_in_tries).where(row).values(tries=sign_in_tries.c.tries - 1, locked_until=None))


def forgive(tx: Connection, name: str) -> None:
    """The person came in: no try counts any more."""
    tx.execute(delete(sign_in_tries).where(sign_in_tries.c.name_hash == _key(name)))


def forget_old_tries(tx: Connection, now: datetime) -> int:
    """Delete what was tried over a day ago; how many names went."""
    old = sign_in_tries.c.last_at < now - FORGIVEN_AFTER
    return tx.execute(delete(sign_in_tries).where(old)).rowcount


def _first_try(tx: Connection, name: str, now: datetime) -> timedelta | None:
    first = {"name_hash": _key(name), "tries": 1, "last_at": now}
    try:
        with tx.begin_nested():
            tx.execute(insert(sign_in_tries).values(**first))
    except IntegrityError:  # somebody tried the same name in this very moment
        return take_try(tx, name, now)
    return None


def _wait(tx: Connection, key: str, locked_until: datetime, now: datetime) -> timedelta:
    wait = locked_until - now
    if wait > LONGEST_LOCK:  # the clock was moved back: nobody waits for it to catch up
        wait = LONGEST_LOCK
        known = sign_in_tries.c.name_hash == key
        tx.execute(update(sign_in_tries).where(known).values(locked_until=now + wait))
    return wait


def _key(name: str) -> str:
    return hashlib.sha256(name_key(name).encode()).hexdigest()
