"""What every page has in common: its headers, its cookie, and an apology when something breaks."""

import logging
import secrets
from collections.abc import Awaitable, Callable, Mapping
from ipaddress import ip_address

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.web_request import FileField

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

MOST_BODY_BYTES = 18 * 1024 * 1024
"""Two photographs of 8 MB each; what is larger is refused unread."""

NO_FORM = (ValueError, LookupError, HttpProcessingError, web.RequestPayloadError, ConnectionResetError)
"""What aiohttp says of a body that is none, or that ended before its end."""

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "media-src 'self' blob:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'self'"
)
CSP_WITH_GUIDE = CSP.replace("script-src 'self'", "script-src 'self' 'wasm-unsafe-eval'")
"""For the page with the camera: its guide is WebAssembly. No other page needs it."""

HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": CSP,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
    "Permissions-Policy": "camera=(self), microphone=(), geolocation=()",
}

log = logging.getLogger(__name__)


class Cookie:
    """The cookie of a visit: `__Host-` over HTTPS, a plain one on the developer's own machine."""

    def __init__(self, public_url: str) -> None:
        self._is_secure = public_url.startswith("https://")
        self.name = "__Host-proof" if self._is_secure else "proof"

    def read(self, request: web.Request) -> str:
        return request.cookies.get(self.name, "")

    def put(self, response: web.StreamResponse, token: str) -> None:
        response.set_cookie(self.name, token, path="/", secure=self._is_secure, httponly=True, samesite="Lax")

    def drop(self, response: web.StreamResponse) -> None:
        response.del_cookie(self.name, path="/", secure=self._is_secure, httponly=True, samesite="Lax")


def guarded(handler: Handler, apology: Callable[[web.Request, str], web.Response]) -> Handler:
    """The handler with our headers; what it breaks on is logged once and apologised for."""

    async def answer(request: web.Request) -> web.StreamResponse:
        try:
            response = await handler(request)
        except web.HTTPRequestEntityTooLarge:
            response = apology(request, "too_large")
        except web.HTTPException as refusal:
            refusal.headers.update(HEADERS)
            raise
        except Exception:
            log.exception("a page broke (%s)", secrets.token_hex(4))
            response = apology(request, "fault")
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        return response

    return answer


async def read_form(request: web.Request) -> tuple[dict[str, str], dict[str, list[bytes]]]:
    """Fields and files of a form.

    Raises:
        HTTPRequestEntityTooLarge: more than two photographs.
        HTTPBadRequest: no form, letters of no alphabet, or the phone was gone before the end.
    """
    if (request.content_length or 0) > MOST_BODY_BYTES:
        raise web.HTTPRequestEntityTooLarge(MOST_BODY_BYTES, request.content_length or 0)
    try:
        sent = await request.clone(client_max_size=MOST_BODY_BYTES).post()
    except NO_FORM:
        raise web.HTTPBadRequest from None
    fields: dict[str, str] = {}
    files: dict[str, list[bytes]] = {}
    for name, value in sent.items():
        if isinstance(value, FileField):
            with value.file:
                files.setdefault(name, []).append(value.file.read())
        elif isinstance(value, str):
            fields[name] = value
    return fields, files


def address_of(request: web.Request) -> str:
    """Where the citizen is: behind our own proxy, what the proxy says of them.

    Only a neighbour is believed, and only its own last entry; the others come from outside.
    """
    peer = request.remote or ""
    said = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
    return said if said and _is_neighbour(peer) else peer


def _is_neighbour(peer: str) -> bool:
    try:
        return not ip_address(peer).is_global
    except ValueError:
        return False


def is_from_elsewhere(request: web.Request) -> bool:
    """Whether another site made the browser send this."""
    return request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none")
