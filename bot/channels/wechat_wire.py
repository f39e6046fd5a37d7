"""One HTTP exchange with WeChat's API, and the access token that goes with it.

WeChat says 200 to everything and hides the outcome in `errcode`; addresses carry the token, so no error
of aiohttp's, which all name the address, gets past this file.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import aiohttp
from yarl import URL

from bot.channels.wechat_outcomes import (
    TOKEN_CODES,
    ApiError,
    ApiRefused,
    ApiUnknown,
    ApiUnreached,
    MediaRefused,
)
from bot.channels.wechat_token import Lease, Leased

_JSON_CAP_BYTES = 1024 * 1024
_MEDIA_TYPES = ("image/", "audio/", "voice/", "video/")
_REQUEST_ID = re.compile(r"rid: ?([\w-]{1,64})")

Answer = dict[str, Any]
Body = Callable[[], bytes | aiohttp.FormData] | None
"""Makes the body anew for each try: a form can be sent only once."""

PATIENCE = timedelta(seconds=3)
FILE_PATIENCE = aiohttp.ClientTimeout(total=20, connect=2)


@dataclass(frozen=True, slots=True)
class Media:
    """A file that a citizen sent."""

    content_type: str
    data: bytes = field(repr=False)


class WeChatWire:
    """Calls by path, with the token of this account; all raise the family in wechat_outcomes.

    An answer is waited for as long as `patience`, a file for 20 s.
    """

    def __init__(
        self,
        *,
        app_id: str,
        app_secret: str,
        session: aiohttp.ClientSession,
        base_url: str,
        clock: Callable[[], datetime],
        patience: timedelta = PATIENCE,
    ) -> None:
        self._app_id = app_id
        self._app_secret = app_secret
        self._session = session
        self._base = base_url.rstrip("/")
        self._patience = aiohttp.ClientTimeout(total=patience.total_seconds(), connect=2)
        self._token = Leased(self._fetch_token, clock)

    async def get(self, path: str, query: Mapping[str, str] | None = None) -> Answer:
        """A GET with the token."""
        return await self._with_token("GET", path, query or {}, None, self._patience)

    async def post(self, path: str, content: Mapping[str, Any]) -> Answer:
        """A POST of JSON with the token."""
        return await self._with_token("POST", path, {}, lambda: json_bytes(content), self._patience)

    async def post_form(
        self, path: str, query: Mapping[str, str], form: Callable[[], aiohttp.FormData]
    ) -> Answer:
        """A POST of a file with the token."""
        return await self._with_token("POST", path, query, form, FILE_PATIENCE)

    async def download(self, path: str, query: Mapping[str, str], cap_bytes: int) -> Media:
        """A file, read no further than `cap_bytes`.

        Raises:
            MediaRefused: larger than the cap, or not a picture, a sound or a film.
        """
        token = await self._token.value()
        try:
            return await self._download(path, {**query, "access_token": token}, cap_bytes)
        except ApiRefused as refusal:
            renewed = await self._renewed(refusal, token)
        return await self._download(path, {**query, "access_token": renewed}, cap_bytes)

    async def exchange(
        self,
        method: str,
        path: str,
        query: Mapping[str, str],
        body: Body = None,
        patience: aiohttp.ClientTimeout | None = None,
    ) -> Answer:
        """A call that needs no token, or brings its own."""
        _, content = await self._wire(method, path, query, body, patience or self._patience, _JSON_CAP_BYTES)
        if content is None:
            raise ApiUnknown(f"{path} answered more than {_JSON_CAP_BYTES} bytes")
        return _answer(path, content)

    # ---- the token ----

    async def _with_token(
        self,
        method: str,
        path: str,
        query: Mapping[str, str],
        body: Body,
        patience: aiohttp.ClientTimeout,
    ) -> Answer:
        """If WeChat refuses the token, once more with a new one, and never again."""
        token = await self._token.value()
        try:
            return await self.exchange(method, path, {"access_token": token, **query}, body, patience)
        except ApiRefused as refusal:
            renewed = await self._renewed(refusal, token)
        return await self.exchange(method, path, {"access_token": renewed, **query}, body, patience)

    async def _renewed(self, refusal: ApiRefused, token: str) -> str:
        if refusal.errcode not in TOKEN_CODES:
            raise refusal
        renewed = await self._token.after_refusal(token)
        if renewed == token:
            raise refusal
        return renewed

    async def _fetch_token(self, force: bool) -> Lease:
        """stable_token: every process gets the same token, and asking does not end the old one.

        A call whose token could not be fetched was surely not made, however the fetching ended.
        """
        asked = {
            "grant_type": "client_credential",
            "appid": self._app_id,
            "secret": self._app_secret,
            "force_refresh": force,
        }
        try:
            told = await self.exchange("POST", "/cgi-bin/stable_token", {}, lambda: json_bytes(asked))
            return lease(told, "access_token")
        except ApiUnknown as unknown:
            failed = ApiUnreached(f"no token: {unknown}")
        raise failed

    # ---- HTTP ----

    async def _download(self, path: str, query: Mapping[str, str], cap_bytes: int) -> Media:
        kind, content = await self._wire("GET", path, query, None, FILE_PATIENCE, cap_bytes)
        if content is None:
            raise MediaRefused(f"larger than {cap_bytes} bytes")
        if kind.startswith(_MEDIA_TYPES):
            return Media(kind, content)
        if content[:1] == b"{":
            _answer(path, content)
        raise MediaRefused(f"not a file that a citizen can send: {kind[:60]}")

    async def _wire(
        self,
        method: str,
        path: str,
        query: Mapping[str, str],
        body: Body,
        patience: aiohttp.ClientTimeout,
        cap_bytes: int,
    ) -> tuple[str, bytes | None]:
        """Content type and content; None in place of more content than the cap."""
        data = body() if body else None
        headers = {"Content-Type": "application/json"} if isinstance(data, bytes) else {}
        address = URL(self._base + path).update_query(query)
        failed: ApiError
        try:
            async with self._session.request(
                method, address, data=data, headers=headers, timeout=patience, allow_redirects=False
            ) as response:
                if response.status == 200:
                    return response.content_type, await _capped(response, cap_bytes)
                failed = ApiUnknown(f"{path} answered HTTP {response.status}")
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.InvalidURL) as error:
            failed = ApiUnreached(f"{path}: {type(error).__name__}")
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            failed = ApiUnknown(f"{path}: {type(error).__name__}")
        raise failed


async def _capped(response: aiohttp.ClientResponse, cap_bytes: int) -> bytes | None:
    content = bytearray()
    async for chunk in response.content.iter_any():
        content += chunk
        if len(content) > cap_bytes:
            return None
    return bytes(content)


def _answer(path: str, content: bytes) -> Answer:
    """WeChat labels its JSON text/plain, so only trying tells."""
    try:
        told = json.loads(content)
    except (ValueError, RecursionError):
        told = None
    errcode = told.get("errcode", 0) if isinstance(told, dict) else None
    if not isinstance(told, dict) or not isinstance(errcode, int):
        raise ApiUnknown(f"{path} answered something that is not WeChat's JSON")
    if errcode == 0:
        return told
    request_id = _REQUEST_ID.search(str(told.get("errmsg", "")))
    raise ApiRefused(path, errcode, request_id[1] if request_id else "")


def json_bytes(content: Mapping[str, Any]) -> bytes:
    """Raw UTF-8: WeChat refuses `\\u` escapes (40033)."""
    return json.dumps(content, ensure_ascii=False).encode("utf-8", "replace")


def lease(told: Answer, name: str) -> Lease:
    """A token or ticket and its life as WeChat tells them."""
    seconds = told.get("expires_in")
    return Lease(text_in(told, name), timedelta(seconds=seconds if isinstance(seconds, int) else 7200))


def text_in(told: Answer, name: str) -> str:
    """A text that an answer must hold.

    Raises:
        ApiUnknown: it does not.
    """
    value = told.get(name)
    if not isinstance(value, str) or not value:
        raise ApiUnknown(f"WeChat's answer has no {name}")
    return value
