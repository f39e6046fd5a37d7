"""Browsers in which somebody has signed in before: guessing at their name elsewhere locks nobody out here.

The cookie opens nothing. It only says which count of tries is meant, as OWASP's "device cookies" do; its
marks are bound to a name without holding it. A shared computer keeps those of its last few people.
"""

import secrets
from datetime import timedelta

from aiohttp import web

from bot.forms import Forms
from bot.staff import name_key

LASTS = timedelta(days=180)
PEOPLE = 6
_BETWEEN, _WITHIN = "~", "."


class KnownBrowsers:
    """Reads and writes the cookie."""

    def __init__(self, forms: Forms) -> None:
        self._forms = forms

    def mark(self, request: web.Request, name: str) -> str:
        """By what this browser is known to whoever bears the name; "" where they never signed in."""
        ours = (one for one in self._kept(request) if one == self._signed(one.partition(_WITHIN)[0], name))
        return next(ours, "").partition(_WITHIN)[0]

    def remember(self, request: web.Request, response: web.StreamResponse, name: str) -> None:
        """They have signed in here."""
        mark = self.mark(request, name) or secrets.token_urlsafe(16)
        newest = self._signed(mark, name)
        kept = [newest, *(one for one in self._kept(request) if one != newest)][:PEOPLE]
        self._forms.set_cookie(response, self._forms.known_cookie, _BETWEEN.join(kept), lasts=LASTS)

    def _kept(self, request: web.Request) -> list[str]:
        cookie = request.cookies.get(self._forms.known_cookie, "")
        return [one for one in cookie.split(_BETWEEN)[:PEOPLE] if one]

    def _signed(self, mark: str, name: str) -> str:
        return f"{mark}{_WITHIN}{self._forms.seal_of(f'browser {mark} {name_key(name)}')}"
