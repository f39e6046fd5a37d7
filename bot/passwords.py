"""Passwords are kept as argon2id hashes, made in a few worker threads.

Each hash takes 64 MiB for a moment (RFC 9106, the second recommended option), so only two are made at a
time, and a storm of sign-ins is turned away instead of queued for minutes.
"""

import asyncio
from base64 import b64encode
from collections.abc import Callable
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

T = TypeVar("T")

AT_ONCE = 2
MOST_WAITING = 20
SHORTEST = 12
LONGEST = 128
FEWEST_DIFFERENT = 5


class WeakPassword(ValueError):
    """A password that is too easy; `flaw` is short, long, plain or name."""

    def __init__(self, flaw: str) -> None:
        super().__init__(f"the password is too weak: {flaw}")
        self.flaw = flaw


class TooManySignIns(RuntimeError):
    """So many people sign in at this moment that one more must try again shortly."""


class Passwords:
    """Hashes and checks passwords without stopping the event loop."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._waiting = 0
        self._nobodys = _fits_nothing(self._hasher)

    def hash_now(self, password: str) -> str:
        """The hash, made on the spot: for commands, not for the event loop."""
        return self._hasher.hash(password)

    async def hash(self, password: str) -> str:
        """The hash of a new password."""
        return await self._in_a_slot(lambda: self._hasher.hash(password))

    async def fits(self, password: str, known_hash: str | None) -> bool:
        """Whether this is the password; without a hash the answer takes as long and is no.

        Raises:
            TooManySignIns: more than twenty are waiting already.
        """
        fits = await self._in_a_slot(lambda: self._check(password, known_hash or self._nobodys))
        return fits and known_hash is not None

    def is_outdated(self, known_hash: str) -> bool:
        """Whether the hash was made with weaker settings than today's."""
        return self._hasher.check_needs_rehash(known_hash)

    def _check(self, password: str, known_hash: str) -> bool:
        try:
            return self._hasher.verify(known_hash, password)
        except (VerificationError, InvalidHashError):
            return False

    async def _in_a_slot(self, work: Callable[[], T]) -> T:
        if self._waiting >= MOST_WAITING:
            raise TooManySignIns(TooManySignIns.__doc__)
        self._waiting += 1
        try:
            async with self._slots:
                return await asyncio.to_thread(work)
        finally:
            self._waiting -= 1


def _fits_nothing(hasher: PasswordHasher) -> str:
    """A hash of zeros, checked for names that nobody bears, so that they take as long as real ones."""
    salt, zeros = (b64encode(bytes(size)).decode().rstrip("=") for size in (hasher.salt_len, hasher.hash_len))
    return f"$argon2id$v=19$m={hasher.memory_cost},t={hasher.time_cost},p={hasher.parallelism}${salt}${zeros}"


def check_password(password: str, name: str) -> None:
    """Refuse a new password that is short, made of few characters, or contains the person's name.

    Raises:
        WeakPassword: with the flaw, never the password.
    """
    if len(password) < SHORTEST:
        raise WeakPassword("short")
    if len(password) > LONGEST:
        raise WeakPassword("long")
    if len(set(password)) < FEWEST_DIFFERENT or password.isdigit():
        raise WeakPassword("plain")
    if name.casefold() in password.casefold():
        raise WeakPassword("name")
