"""The registration system: pushes to-dos, signed, and hears what becomes of them."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from tests.verification.journey.harness import PERSON, World
from verification.matters_api import MattersApi
from verification.signatures import Client, sign

PREFIX = "http://127.0.0.1:"
CLIENT = Client("registry", "a-shared-secret", PREFIX)
BODY = {
    "person": {"name": PERSON.name, "document_type": PERSON.kind, "document_number": PERSON.number},
    "title": "公司设立登记确认",
    "lines": [{"label": "公司名称", "value": "杭州好运来商贸有限公司"}],
}
PATH = "/api/v1/matters"


class System:
    """The registration system: signs and sends, and hears callbacks."""

    def __init__(self, world: World, client: "TestClient[Any, Any]") -> None:
        self.world, self.client, self.count = world, client, 0
        self.heard: list[tuple[dict[str, str], bytes]] = []
        self.answers: list[int] = []

    async def sends(self, body: Any = BODY, key: str = "order-0001", **headers: str) -> tuple[int, Any]:
        raw = json.dumps(body).encode() if not isinstance(body, bytes) else body
        signed = self.signed("POST", PATH, raw) | {"Idempotency-Key": key} | headers
        async with self.client.post(PATH, data=raw, headers=signed) as answer:
            return answer.status, await answer.json()

    def signed(self, method: str, path: str, raw: bytes) -> dict[str, str]:
        self.count += 1
        return sign(CLIENT, method, path, raw, nonce=f"nonce-{self.count:04}", now=self.world.clock())

    async def asks(self, ref: str) -> tuple[int, Any]:
        path = f"{PATH}/{ref}"
        async with self.client.get(path, headers=self.signed("GET", path, b"")) as answer:
            return answer.status, await answer.json()

    async def hears(self, request: web.Request) -> web.Response:
        self.heard.append((dict(request.headers), await request.read()))
        return web.Response(status=self.answers.pop(0) if self.answers else 200)


@pytest.fixture
async def system(world: World) -> AsyncIterator[System]:
    world.app.add_routes(MattersApi(world.house, {"registry": CLIENT}).routes())
    async with TestClient(TestServer(world.app)) as client:
        yield System(world, client)
