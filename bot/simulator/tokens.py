"""The two kinds of access token, with the difference that breaks products: who kills whom, and when."""

import hmac
import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.simulator.rules import Refusal

LIFE = timedelta(hours=2)
OVERLAP = timedelta(minutes=5)
FORCE_PAUSE = timedelta(seconds=30)
FORCES_A_DAY = 20

WELL_FORMED = re.compile(r"[A-Za-z0-9_-]{64,512}")


@dataclass(slots=True)
class Issued:
    """A token that was given out. A superseded one answers 40001 when it is over, another 42001."""

    value: str
    dies: datetime
    superseded: bool = False


class TokenBook:
    """Gives out and checks tokens of one account: `stable` and `old` live side by side."""

    def __init__(self, app_id: str, app_secret: str) -> None:
        self._app_id = app_id
        self._app_secret = app_secret
        self._issued: dict[str, Issued] = {}
        self._stable: Issued | None = None
        self._old: Issued | None = None
        self._forced: list[datetime] = []

    def know(self, app_id: str, secret: str) -> None:
        """Raise Refusal 40013 or 40125 when these are not the account's own."""
        if app_id != self._app_id:
            raise Refusal(40013)
        if not hmac.compare_digest(secret.encode(), self._app_secret.encode()):
            raise Refusal(40125)

    def stable(self, now: datetime, *, force: bool = False) -> tuple[str, int]:
        """stable_token: the same token while it lives, a new one in its last five minutes.

        `force` kills the current token at once; at most 20 times a day, and it changes nothing
        within 30 s of the last time.
        """
        if force and self._may_force(now):
            self._forced.append(now)
            _supersede(self._stable, now)
            self._stable = self._issue(now)
        elif self._stable is None or self._stable.dies - now <= OVERLAP:
            self._stable = self._issue(now)
        return self._stable.value, int((self._stable.dies - now).total_seconds())

    def _may_force(self, now: datetime) -> bool:
        self._forced = [at for at in self._forced if now - at < timedelta(days=1)]
        if self._forced and now - self._forced[-1] < FORCE_PAUSE:
            return self._stable is None
        if len(self._forced) >= FORCES_A_DAY:
            raise Refusal(45009)
        return True

    def old(self, now: datetime) -> tuple[str, int]:
        """token: always a new one; the one before it lives five minutes more."""
        _supersede(self._old, now + OVERLAP)
        self._old = self._issue(now)
        return self._old.value, int(LIFE.total_seconds())

    def check(self, value: str, now: datetime) -> None:
        """Raise 41001 (none), 40014 (not a token), 40001 (not ours, or not the latest), 42001 (expired)."""
        if not value:
            raise Refusal(41001)
        if not WELL_FORMED.fullmatch(value):
            raise Refusal(40014)
        issued = self._issued.get(value)
        if issued is None:
            raise Refusal(40001)
        if issued.dies <= now:
            raise Refusal(40001 if issued.superseded else 42001)

    def expire(self, now: datetime) -> None:
        """All tokens are over from now on (42001)."""
        for issued in self._issued.values():
            issued.dies = min(issued.dies, now)

    def _issue(self, now: datetime) -> Issued:
        self._issued = {value: one for value, one in self._issued.items() if now - one.dies < LIFE}
        issued = Issued(secrets.token_urlsafe(96), now + LIFE)
        self._issued[issued.value] = issued
        return issued


def _supersede(issued: Issued | None, dies: datetime) -> None:
    if issued is not None and dies < issued.dies:
        issued.dies, issued.superseded = dies, True
