"""What every request passes on its way in and out: its log line, faults, forged requests, safe headers."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from urllib.parse import urlsplit

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from bot.forms import FIELD, HEADER, Forms
from bot.metrics import Metrics

UNSAFE = frozenset({"POST", "PUT", "PATCH", "DELETE"})
NUL = "\x00"
ErrorPage = Callable[[web.Request, int, str], web.Response]

CSP = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data: blob:",
        "media-src 'self' blob:",
        "worker-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": CSP,
    "X-Content-Type-Options": "nosniff",
    # Not "no-referrer": with that, browsers say "Origin: null" on our own forms.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Cache-Control": "no-store",
}
KEPT = ("/static/", "/content/static/", "/verify/static/", "/verify/front/")
"""Files of the pages: the same for everybody, and megabytes of them for the camera."""

HSTS = "max-age=31536000; includeSubDomains"
REQUEST_ID = web.RequestKey("request_id", str)

_log = structlog.get_logger("bot.web")


def safe_headers(*, secure: bool) -> Callable[[web.Request, web.StreamResponse], Awaitable[None]]:
    """For `app.on_response_prepare`: headers that a handler may set otherwise but not forget."""

    async def put(request: web.Request, response: web.StreamResponse) -> None:
        if request.path.startswith(KEPT):
            response.headers.setdefault("Cache-Control", "no-cache")  # kept, but asked for anew
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        if secure:
            response.headers.setdefault("Strict-Transport-Security", HSTS)
        if "Server" in response.headers:
            del response.headers["Server"]

    return put


def request_log(metrics: Metrics) -> Middleware:
    """One line and one count for each request: route, status, time; no address, query or path with ids."""

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        request[REQUEST_ID] = f"{random.getrandbits(40):010x}"
        route, began, status = route_of(request), time.perf_counter(), 500
        try:
            with structlog.contextvars.bound_contextvars(request=request[REQUEST_ID]):
                response = await handler(request)
            status = response.status
            return response
        except web.HTTPException as leaving:
            status = leaving.status
            raise
        except asyncio.CancelledError:
            status = 499
            raise
        finally:
            seconds = time.perf_counter() - began
            metrics.requests.labels(_known_method(request), route, str(status)).inc()
            metrics.request_seconds.labels(route).observe(seconds)
            said = {"route": route, "status": status, "seconds": round(seconds, 4)}
            _log.debug("answered", method=_known_method(request), request=request[REQUEST_ID], **said)

    return middleware


def errors(page: ErrorPage) -> Middleware:
    """Faults are logged once and answered with an apology; refusals get a page with a way out."""

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            return await handler(request)
        except web.HTTPException as refused:
            if refused.status < 400 or not wants_html(request):
                raise
            answer = page(request, refused.status, request.get(REQUEST_ID, ""))
            for name in ("Allow", "HX-Redirect", "Retry-After"):
                if name in refused.headers:
                    answer.headers[name] = refused.headers[name]
            return answer
        except (ConnectionResetError, asyncio.CancelledError):
            raise
        except Exception:  # noqa: BLE001  the last door before the citizen
            _log.exception("fault", route=route_of(request))
            if wants_html(request):
                return page(request, 500, request.get(REQUEST_ID, ""))
            return web.Response(status=500, text="500: Internal Server Error")

    return middleware


def forged_requests(
    forms: Forms, public_url: str, *, exempt: Sequence[str] = (), origin_only: Sequence[str] = ()
) -> Middleware:
    """Refuse unsafe requests that another site made a browser send.

    `exempt` prefixes are called by machines and prove themselves otherwise; `origin_only` prefixes are
    pages of citizens, whose one-time link is their token.
    """
    ours = urlsplit(public_url).netloc

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.method in UNSAFE and not _lies_under(request.path, exempt):
            if not _comes_from_us(request, ours):
                raise web.HTTPForbidden
            if not _lies_under(request.path, origin_only) and not forms.are_ours(
                request, await _token(request)
            ):
                raise web.HTTPForbidden
        response = await handler(request)
        forms.remember_visitor(request, response)
        return response

    return middleware


def readable(*, exempt: Sequence[str] = ()) -> Middleware:
    """Refuse what no page of ours sends: a form that cannot be read, or a NUL, which PostgreSQL refuses.

    `exempt` prefixes read what they are sent themselves: the bodies of machines, the pictures of citizens.
    """

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        if not _lies_under(request.path, exempt):
            form = await _form(request) if request.method in UNSAFE else {}
            typed = [value for value in form.values() if isinstance(value, str)]
            if any(NUL in said for said in (request.path, request.query_string, *typed)):
                raise web.HTTPBadRequest
        return await handler(request)

    return middleware


def route_of(request: web.Request) -> str:
    """The pattern of the route, never the path that was asked for."""
    resource = request.match_info.route.resource
    return resource.canonical if resource is not None else "unknown"


def wants_html(request: web.Request) -> bool:
    """Whether a person looks at the answer."""
    return "text/html" in request.headers.get("Accept", "")


def _known_method(request: web.Request) -> str:
    return request.method if request.method in UNSAFE | {"GET", "HEAD", "OPTIONS"} else "other"


def _lies_under(path: str, prefixes: Sequence[str]) -> bool:
    return any(path == prefix.rstrip("/") or path.startswith(prefix.rstrip("/") + "/") for prefix in prefixes)


def _comes_from_us(request: web.Request, ours: str) -> bool:
    """By Sec-Fetch-Site where the browser says it, else by Origin; the oldest say neither."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site in ("same-origin", "none")
    origin = request.headers.get("Origin")
    return origin is None or urlsplit(origin).netloc in (ours, request.host)


async def _token(request: web.Request) -> str:
    given = request.headers.get(HEADER)
    if given is not None:
        return given
    field = (await _form(request)).get(FIELD, "")
    return field if isinstance(field, str) else ""


async def _form(request: web.Request) -> Mapping[str, object]:
    """The fields of a form, which is read once however often it is asked for; {} where there is none."""
    if request.content_type not in ("application/x-www-form-urlencoded", "multipart/form-data"):
        return {}
    try:
        return await request.post()
    except (ValueError, LookupError, AssertionError, RuntimeError):
        raise web.HTTPBadRequest from None
