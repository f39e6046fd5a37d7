"""Slows down whoever guesses passwords: tries are counted by name, for names that nobody bears too.

A browser in which this person has signed in before, and a session that is asked once more, count for
themselves (`known`): strangers lock nobody out at their own desk, only on a computer that is new to them.
Known limit: one that tries a password on many names is slowed by the price of a hash only; limit the rate
of /staff/sign-in at the proxy as well.
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

NAME_SIGNS, KNOWN_SIGNS = 40, 24
"""A row's key is a hash of the name and one of what is known, so that a name's rows stand together."""


def take_try(tx: Connection, name: str, now: datetime, known: str = "") -> timedelta | None:
    """Count one more try for this name, or say how long it must wait.

    Five are free, then 30 seconds, doubled each time, up to 15 minutes.
    """
    key = _key(name, known)
    row = tx.execute(select(sign_in_tries).where(sign_in_tries.c.name_hash == key).with_for_update()).first()
    if row is None:
        return _first_try(tx, name, now, known)
    if row.locked_until is not None and now < row.locked_until:
        return _wait(tx, key, row.locked_until, now)
    tries = 1 if now - row.last_at > FORGIVEN_AFTER else row.tries + 1
    lock = min(FIRST_LOCK * 2 ** min(tries - FREE_TRIES, 10), LONGEST_LOCK) if tries >= FREE_TRIES else None
    locked_until = now + lock if lock else None
    counted = {"tries": tries, "last_at": now, "locked_until": locked_until}
    tx.execute(update(sign_in_tries).where(sign_in_tries.c.name_hash == key).values(**counted))
    return None


def give_back_try(tx: Connection, name: str, known: str = "") -> None:
    """A try that could not be checked counts for nothing."""
    row = sign_in_tries.c.name_hash == _key(name, known)
    tx.execute(update(sign_in_tries).where(row).values(tries=sign_in_tries.c.tries - 1, locked_until=None))


def forgive(tx: Connection, name: str, known: str = "") -> None:
    """The person came in: no try counts any more, where they did."""
    tx.execute(delete(sign_in_tries).where(sign_in_tries.c.name_hash == _key(name, known)))


def forgive_everywhere(tx: Connection, name: str) -> None:
    """The password is a new one: whatever was tried with the old one counts nowhere."""
    theirs = sign_in_tries.c.name_hash.startswith(_key(name)[:NAME_SIGNS])
    tx.execute(delete(sign_in_tries).where(theirs))


def forget_old_tries(tx: Connection, now: datetime) -> int:
    """Delete what was tried over a day ago; how many names went."""
    old = sign_in_tries.c.last_at < now - FORGIVEN_AFTER
    return tx.execute(delete(sign_in_tries).where(old)).rowcount


def _first_try(tx: Connection, name: str, now: datetime, known: str) -> timedelta | None:
    first = {"name_hash": _key(name, known), "tries": 1, "last_at": now}
    try:
        with tx.begin_nested():
            tx.execute(insert(sign_in_tries).values(**first))
    except IntegrityError:  # somebody tried the same name in this very moment
        return take_try(tx, name, now, known)
    return None


def _wait(tx: Connection, key: str, locked_until: datetime, now: datetime) -> timedelta:
    wait = locked_until - now
    if wait > LONGEST_LOCK:  # the clock was moved back: nobody waits for it to catch up
        wait = LONGEST_LOCK
        known = sign_in_tries.c.name_hash == key
        tx.execute(update(sign_in_tries).where(known).values(locked_until=now + wait))
    return wait


def _key(name: str, known: str = "") -> str:
    return _hash(name_key(name))[:NAME_SIGNS] + _hash(known)[:KNOWN_SIGNS]


def _hash(words: str) -> str:
    return hashlib.sha256(words.encode(errors="replace")).hexdigest()
