"""The way to a Rasa server: a limit on every wait, the token on every request and in no message."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import aiohttp

LARGEST = 1 << 20
"""Bytes of a parse that are read; the scores of 52 intents are 4 KB."""


class RasaRefused(Exception):
    """The Rasa server did not do what it was asked for; what answered before goes on answering."""


class RasaDoor:
    """The server at `url`; opened by the first request, inside the event loop that uses it."""

    def __init__(self, url: str, token: str) -> None:
        self._url, self._token = url.rstrip("/"), token
        self._session: aiohttp.ClientSession | None = None

    async def parse(self, text: str, limit: timedelta) -> tuple[int, bytes]:
        """Status and body of one parse. Lets TimeoutError and aiohttp.ClientError rise."""
        async with self._request("POST", "/model/parse", limit, json={"text": text}) as response:
            return response.status, await _cut(response)

    async def call(self, method: str, path: str, limit: timedelta, **more: Any) -> bytes:
        """The body of an answer with status 200 or 204.

        Raises:
            RasaRefused: another status, no connection, or no answer within `limit`.
        """
        try:
            async with self._request(method, path, limit, **more) as response:
                if response.status in (200, 204):
                    return await response.read()
                trouble = f"was answered {response.status}"
        except TimeoutError:
            trouble = f"took longer than {limit.total_seconds():g} s"
        except aiohttp.ClientError as error:
            trouble = f"failed ({type(error).__name__})"
        raise RasaRefused(f"{method} {path} {trouble}: see that the Rasa server runs and has the same token")

    async def close(self) -> None:
        """Let go of the connections."""
        if self._session is not None:
            await self._session.close()

    def _request(
        self, method: str, path: str, limit: timedelta, params: Mapping[str, str] | None = None, **more: Any
    ) -> "aiohttp.client._RequestContextManager":
        if self._session is None:
            self._session = aiohttp.ClientSession()
        return self._session.request(
            method,
            self._url + path,
            params={"token": self._token, **(params or {})},
            timeout=aiohttp.ClientTimeout(total=limit.total_seconds()),
            allow_redirects=False,
            **more,
        )


async def _cut(response: aiohttp.ClientResponse) -> bytes:
    """The body up to `LARGEST` bytes: a cut one is no JSON, and so no answer."""
    body = bytearray()
    async for part in response.content.iter_chunked(1 << 16):
        body += part
        if len(body) > LARGEST:
            break
    return bytes(body[:LARGEST])
