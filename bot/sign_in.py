"""Signing in, confirming, changing the password and the second factor: the only place that sees passwords.

A try is counted before it is checked, so that many at once win nothing; a success takes the count away.
Wrong name, wrong password, wrong code and a disabled account all get the same answer in the same time.
"""

import base64
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import Connection

from bot import sessions, staff, totp
from bot.audit import Audit
from bot.passwords import LONGEST, Passwords, TooManySignIns, check_password
from bot.sealer import Sealer, SealError, place
from bot.sessions import Session
from bot.staff import Account, Staff
from bot.store import Store
from bot.tries import forgive, forgive_everywhere, give_back_try, take_try

Reason = Literal["wrong", "wait", "busy", "gone"]


@dataclass(frozen=True, slots=True, repr=False)
class Entered:
    """The door is open; the token belongs in the cookie."""

    token: str
    staff: Staff


@dataclass(frozen=True, slots=True)
class TurnedAway:
    """Not let in: wrong, too often (wait so long), too many at once, or the session is gone."""

    why: Reason
    wait: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True, repr=False)
class Given:
    """What somebody typed at the door; `known` is by what the browser is known to them, if it is."""

    name: str
    password: str
    code: str = ""
    browser: str = ""
    address: str = ""
    known: str = ""


class SignIn:
    """The clerk at the staff entrance."""

    def __init__(
        self, store: Store, passwords: Passwords, sealer: Sealer, audit: Audit, clock: Callable[[], datetime]
    ) -> None:
        self._store = store
        self._passwords = passwords
        self._sealer = sealer
        self._audit = audit
        self._clock = clock

    async def enter(self, given: Given) -> Entered | TurnedAway:
        """Open a session for whoever gives the right name, password and (if they have one) code."""
        checked = await self._check(given)
        if isinstance(checked, TurnedAway):
            return checked
        entered = await self._store.write(lambda tx: self._let_in(tx, checked, given))
        if isinstance(entered, Entered) and self._passwords.is_outdated(checked.password_hash):
            await self._renew_hash(checked, given.password)
        return entered

    async def confirm(self, session: Session, password: str, code: str) -> Entered | TurnedAway:
        """Make a session fresh again; its token changes."""
        given = Given(session.staff.name, password, code, known=f"session {session.id}")
        checked = await self._check(given)
        if isinstance(checked, TurnedAway):
            return checked
        return await self._store.write(lambda tx: self._confirmed(tx, checked, given, session))

    async def change_password(self, session: Session, old: str, new: str) -> Entered | TurnedAway:
        """A new password; every other session of this person ends, and this one gets a new token.

        Raises:
            WeakPassword: the new one is too easy.
        """
        check_password(new, session.staff.name)
        given = Given(session.staff.name, old, known=f"session {session.id}")
        checked = await self._check(given)
        if isinstance(checked, TurnedAway):
            return checked
        new_hash = await self._passwords.hash(new)
        return await self._store.write(lambda tx: self._with_password(tx, checked, session, new_hash))

    async def leave(self, session: Session) -> None:
        """Sign out on this browser."""
        now = self._clock()
        await self._store.write(lambda tx: sessions.end(tx, session.id, session.staff.id, "signed out", now))

    def offer_code(self, person: Staff) -> tuple[str, str]:
        """A new secret for an authenticator app, and the same sealed for the form that confirms it."""
        secret = totp.new_secret()
        sealed = self._sealer.seal(secret, place("staff", "totp_offer", person.id))
        return secret, base64.urlsafe_b64encode(sealed).decode()

    def offered_secret(self, person: Staff, offer: str) -> str | None:
        """The secret of an offer, None when it was made for somebody else or altered."""
        try:
            sealed = base64.urlsafe_b64decode(offer)
            return self._sealer.open(sealed, place("staff", "totp_offer", person.id))
        except (ValueError, SealError):
            return None

    async def keep_code(self, person: Staff, offer: str, code: str) -> bool:
        """Ask this person for codes from now on; False when the first code is wrong."""
        secret, now = self.offered_secret(person, offer), self._clock()
        step = totp.step_of(secret, code, now) if secret else None
        if secret is None or step is None:
            return False
        sealed = self._sealer.seal_bytes(secret.encode(), place("staff", "totp_sealed", person.id))
        await self._store.write(lambda tx: self._with_code(tx, person, sealed, step))
        return True

    async def _check(self, given: Given) -> Account | TurnedAway:
        now = self._clock()
        wait = await self._store.write(lambda tx: take_try(tx, given.name, now, given.known))
        if wait is not None:
            return TurnedAway("wait", wait)
        account = await self._store.read(lambda tx: staff.account_named(tx, given.name))
        known_hash = account.password_hash if account and account.staff.disabled_at is None else None
        try:
            fits = await self._passwords.fits(given.password[: LONGEST + 1], known_hash)
        except TooManySignIns:
            await self._store.write(lambda tx: give_back_try(tx, given.name, given.known))
            return TurnedAway("busy")
        if account is None or not fits:
            await self._store.write(lambda tx: self._note_failure(tx, account))
            return TurnedAway("wrong")
        return account

    def _let_in(self, tx: Connection, checked: Account, given: Given) -> Entered | TurnedAway:
        now = self._clock()
        if not self._still_fits(tx, checked, given.code, now):
            self._note_failure(tx, checked)
            return TurnedAway("wrong")
        forgive(tx, given.name, given.known)
        person = checked.staff
        token = sessions.open_session(tx, person.id, now, browser=given.browser, address=given.address)
        self._audit.note(tx, person.name, "staff.sign_in", f"staff:{person.id}")
        return Entered(token, person)

    def _confirmed(
        self, tx: Connection, checked: Account, given: Given, session: Session
    ) -> Entered | TurnedAway:
        now = self._clock()
        if not self._still_fits(tx, checked, given.code, now):
            self._note_failure(tx, checked)
            return TurnedAway("wrong")
        forgive(tx, given.name, given.known)
        return self._renewed(tx, session, "staff.confirm")

    def _with_password(
        self, tx: Connection, checked: Account, session: Session, new_hash: str
    ) -> Entered | TurnedAway:
        now, person = self._clock(), session.staff
        if not self._is_unchanged(tx, checked):
            return TurnedAway("wrong")
        forgive_everywhere(tx, person.name)
        staff.change_password(tx, person.id, new_hash, now)
        sessions.end_all(tx, person.id, "password changed", now, but=session.id)
        return self._renewed(tx, session, "staff.password")

    def _renewed(self, tx: Connection, session: Session, action: str) -> Entered | TurnedAway:
        token = sessions.renew(tx, session, self._clock())
        if token is None:
            return TurnedAway("gone")
        self._audit.note(tx, session.staff.name, action, f"staff:{session.staff.id}")
        return Entered(token, session.staff)

    def _with_code(self, tx: Connection, person: Staff, sealed: bytes, step: int) -> None:
        staff.keep_totp(tx, person.id, sealed, step)
        self._audit.note(tx, person.name, "staff.code_kept", f"staff:{person.id}")

    def _still_fits(self, tx: Connection, checked: Account, code: str, now: datetime) -> bool:
        """The account is as it was when the password was checked, and the code, if asked for, is unused."""
        if not self._is_unchanged(tx, checked):
            return False
        if checked.totp_sealed is None:
            return True
        secret = self._sealer.open(checked.totp_sealed, place("staff", "totp_sealed", checked.staff.id))
        step = totp.step_of(secret, code, now, after=checked.totp_step)
        return step is not None and staff.use_totp_step(tx, checked.staff.id, step)

    def _is_unchanged(self, tx: Connection, checked: Account) -> bool:
        current = staff.account(tx, checked.staff.id)
        known = (checked.password_hash, checked.totp_sealed, None)
        return (current.password_hash, current.totp_sealed, current.staff.disabled_at) == known

    def _note_failure(self, tx: Connection, account: Account | None) -> None:
        # An unknown name is not written down: people type passwords into the wrong field.
        thing = f"staff:{account.staff.id}" if account else "staff:unknown"
        self._audit.note(tx, "nobody", "staff.sign_in_refused", thing)

    async def _renew_hash(self, checked: Account, password: str) -> None:
        new_hash = await self._passwords.hash(password)
        await self._store.write(
            lambda tx: staff.renew_hash(tx, checked.staff.id, checked.password_hash, new_hash)
        )
