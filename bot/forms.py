"""Forms that only our own pages can send: each carries a token bound to the browser's cookie."""

import base64
import hashlib
import hmac
import secrets
from datetime import timedelta

from aiohttp import web
from markupsafe import Markup

FIELD = "csrf"
HEADER = "X-CSRF-Token"
_NEW_VISITOR = web.RequestKey("new_visitor", str)


class Forms:
    """Makes and checks the tokens; knows the names of the cookies.

    Before sign-in a token is bound to a visitor cookie, afterwards to the session's, so neither an old
    token nor somebody else's is of use.
    """

    def __init__(self, key: bytes, *, secure: bool) -> None:
        """`secure` is whether the house is reached by https; only a demonstration on this machine is not."""
        self._key = key
        self._secure = secure
        prefix = "__Host-" if secure else ""
        self.session_cookie = f"{prefix}session"
        self.visitor_cookie = f"{prefix}visitor"
        self.known_cookie = f"{prefix}known"

    def token(self, request: web.Request) -> str:
        """The token for forms on the page that answers this request."""
        return self._token_for(self._binding(request) or self._new_visitor(request))

    def field(self, request: web.Request) -> Markup:
        """The hidden field that every form with method post must contain."""
        return Markup('<input type="hidden" name="{}" value="{}">').format(FIELD, self.token(request))

    def are_ours(self, request: web.Request, token: str) -> bool:
        """Whether a form with this token was made for this browser."""
        binding = self._binding(request)
        if not binding:
            return False
        return hmac.compare_digest(self._token_for(binding).encode(), token.encode(errors="replace"))

    def remember_visitor(self, request: web.Request, response: web.StreamResponse) -> None:
        """Give a browser that saw its first form the cookie that the form is bound to."""
        visitor = request.get(_NEW_VISITOR)
        if visitor and not response.prepared:
            self.set_cookie(response, self.visitor_cookie, visitor)

    def set_cookie(
        self, response: web.StreamResponse, name: str, value: str, *, lasts: timedelta | None = None
    ) -> None:
        """A cookie that scripts cannot read and that ends with the browser, or after `lasts`."""
        age = int(lasts.total_seconds()) if lasts else None
        secure = self._secure
        response.set_cookie(name, value, path="/", max_age=age, secure=secure, httponly=True, samesite="Lax")

    def drop_cookie(self, response: web.StreamResponse, name: str) -> None:
        """Take the cookie away again."""
        response.del_cookie(name, path="/", secure=self._secure, httponly=True, samesite="Lax")

    def seal_of(self, words: str) -> str:
        """What only we can write under these words, for a cookie that must be ours."""
        return self._token_for(f"sealed {words}")

    def _binding(self, request: web.Request) -> str:
        session, visitor = request.cookies.get(self.session_cookie), request.cookies.get(self.visitor_cookie)
        if session:
            return f"session {session}"
        return f"visitor {visitor}" if visitor else ""

    def _new_visitor(self, request: web.Request) -> str:
        visitor = request.get(_NEW_VISITOR) or secrets.token_urlsafe(16)
        request[_NEW_VISITOR] = visitor
        return f"visitor {visitor}"

    def _token_for(self, binding: str) -> str:
        mac = hmac.digest(self._key, binding.encode(errors="replace"), hashlib.sha256)
        return base64.urlsafe_b64encode(mac).decode().rstrip("=")
