"""The HTTP API by which to-dos come in, under /api/v1/. Every request is signed; see signatures.py."""

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import yaml
from aiohttp import web

from verification import matters, orders, signatures
from verification.answers import BEIJING
from verification.knocks import Limit, may_knock
from verification.provided import Provided
from verification.signatures import Client, Signed

ROOT = "/api/v1"
MOST_BYTES = 64 * 1024
PER_CLIENT = Limit(120, timedelta(minutes=1))
KEY = re.compile(r"[!-~]{8,80}")
DESCRIPTION = Path(__file__).with_name("openapi.yml")


class MattersApi:
    """Handlers for other systems; `routes` is what the house mounts."""

    def __init__(self, house: Provided, clients: Mapping[str, Client]) -> None:
        self._house = house
        self._clients = clients
        self._description = yaml.safe_load(DESCRIPTION.read_text(encoding="utf-8"))

    def routes(self) -> list[web.RouteDef]:
        """Everything under /api/v1/."""
        return [
            web.post(f"{ROOT}/matters", self.receive),
            web.get(f"{ROOT}/matters/{{ref}}", self.tell, allow_head=False),
            web.get(f"{ROOT}/openapi.json", self.describe, allow_head=False),
        ]

    async def receive(self, request: web.Request) -> web.Response:
        """Take a matter in: 201, or 200 when the same came before."""
        body = await _body(request)
        client = await self._signed_by(request, body)
        key = request.headers.get("Idempotency-Key", "")
        if not KEY.fullmatch(key):
            raise _refusal(web.HTTPBadRequest, "bad_idempotency_key", "8 to 80 visible ASCII characters")
        today = self._house.clock().astimezone(BEIJING).date()
        try:
            read = orders.read(body, today, client.callback_prefix)
        except orders.BadOrder as bad:
            raise _refusal(web.HTTPUnprocessableEntity, "bad_field", bad.message, bad.field) from None
        digest = hashlib.sha256(body).hexdigest()
        order = matters.Order(client.name, key, digest, read.who, read.business, read.callback_url)
        try:
            one, is_new = await self._house.write(lambda tx: matters.receive(tx, order, self._house))
        except matters.OtherBody as other:
            raise _refusal(web.HTTPConflict, "idempotency_key_reused", str(other)) from None
        return web.json_response(matters.as_json(one), status=201 if is_new else 200)

    async def tell(self, request: web.Request) -> web.Response:
        """The state of one of the client's own matters."""
        client = await self._signed_by(request, b"")
        ref = request.match_info["ref"]
        one = await self._house.read(lambda tx: matters.find(tx, client.name, ref))
        if one is None:
            raise _refusal(web.HTTPNotFound, "not_found", "no such matter of this client")
        return web.json_response(matters.as_json(one))

    async def describe(self, _request: web.Request) -> web.Response:
        """The description of this API."""
        return web.json_response(self._description)

    async def _signed_by(self, request: web.Request, body: bytes) -> Client:
        """Who signed this request, freshly, for the first time, and not too often."""
        header, now = request.headers.get, self._house.clock()
        signed = Signed(
            method=request.method,
            path=request.path_qs,
            body=body,
            client=header("X-Client", ""),
            timestamp=header("X-Timestamp", ""),
            nonce=header("X-Nonce", ""),
            signature=header("X-Signature", ""),
        )
        fault = signatures.fault_of(signed, self._clients, now)
        if fault is None and not await self._house.write(lambda tx: signatures.is_first(tx, signed, now)):
            fault = "replayed"
        if fault is not None:
            raise _refusal(web.HTTPUnauthorized, fault, "the signature is not valid")
        who = signed.client.encode()
        if not await self._house.write(lambda tx: may_knock(tx, "api", who, PER_CLIENT, now)):
            refusal = _refusal(web.HTTPTooManyRequests, "too_many", "at most 120 requests a minute")
            refusal.headers["Retry-After"] = str(int(PER_CLIENT.span.total_seconds()))
            raise refusal
        return self._clients[signed.client]


async def _body(request: web.Request) -> bytes:
    """The body as it was signed: whatever says that it is packed would not be."""
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise _refusal(web.HTTPUnsupportedMediaType, "packed", "send the body without Content-Encoding")
    body = await request.content.read(MOST_BYTES + 1)
    while len(body) <= MOST_BYTES and not request.content.at_eof():
        body += await request.content.read(MOST_BYTES + 1 - len(body))
    if len(body) > MOST_BYTES:
        raise _refusal(_TooLarge, "too_large", f"at most {MOST_BYTES} bytes")
    return body


_TooLarge = partial(web.HTTPRequestEntityTooLarge, MOST_BYTES)


def _refusal(
    kind: Callable[..., web.HTTPException], error: str, message: str, field: str = ""
) -> web.HTTPException:
    said: dict[str, Any] = {"error": error, "message": message} | ({"field": field} if field else {})
    return kind(text=json.dumps(said), content_type="application/json")
