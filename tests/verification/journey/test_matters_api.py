"""To-dos come in signed, once, and the answer goes back signed until it is taken."""

import asyncio
import gzip
import json
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from sqlalchemy import select

from tests.verification.journey.harness import PERSON, World, opened
from verification import matters, orders
from verification.callbacks import PAUSES, Callbacks
from verification.matters_api import MattersApi
from verification.records import callback, matter
from verification.signatures import Client, Signed, fault_of, sign

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


class TestTheSameMatterAtTheSameMoment:
    @pytest.fixture
    async def system(self, tmp_path: Path, database_url: str) -> AsyncIterator[System]:
        async with opened(tmp_path, url=database_url) as world:
            world.app.add_routes(MattersApi(world.house, {"registry": CLIENT}).routes())
            async with TestClient(TestServer(world.app)) as client:
                yield System(world, client)

    async def test_is_taken_once_and_told_to_all(self, system: System) -> None:
        for key in ("order-0001", "order-0002", "order-0003"):
            answers = await asyncio.gather(*(system.sends(key=key) for _ in range(9)))
            assert sorted(status for status, _ in answers) == [200] * 8 + [201]
            assert len({told["id"] for _, told in answers}) == 1

    async def test_is_refused_to_whoever_meant_another(self, system: System) -> None:
        answers = await asyncio.gather(*(system.sends(BODY | {"title": f"第{n}项"}) for n in range(9)))
        assert sorted(status for status, _ in answers) == [201] + [409] * 8


class TestAMatter:
    async def test_is_taken_and_told_without_the_person(self, system: System) -> None:
        status, told = await system.sends()
        assert (status, told["state"]) == (201, "pending")
        assert PERSON.name not in str(told)
        assert await system.asks(told["id"]) == (200, told)

    async def test_is_the_same_when_it_comes_again(self, system: System) -> None:
        _, first = await system.sends()
        status, second = await system.sends()
        assert (status, second) == (200, first)
        rows = await system.world.read(lambda tx: tx.execute(select(matter.c.id)).all())
        assert len(rows) == 1

    async def test_cannot_be_another_under_the_same_key(self, system: System) -> None:
        await system.sends()
        status, told = await system.sends(BODY | {"title": "另一项"})
        assert (status, told["error"]) == (409, "idempotency_key_reused")
        assert (await system.sends(BODY | {"title": "另一项"}, key="order-0002"))[0] == 201

    @pytest.mark.parametrize(
        ("change", "field"),
        [
            ({"title": ""}, "title"),
            ({"title": "长" * 81}, "title"),
            ({"lines": []}, "lines"),
            ({"lines": [{"label": "公司名称"}]}, "value"),
            ({"person": None}, "person"),
            (
                {"person": BODY["person"] | {"document_number": "110105194912310021"}},
                "person.document_number",
            ),  # type: ignore[operator]
            ({"person": BODY["person"] | {"name": "Zhang3"}}, "person.name"),  # type: ignore[operator]
            ({"person": BODY["person"] | {"document_type": "badge"}}, "person.document_type"),  # type: ignore[operator]
            ({"callback_url": "http://metadata.internal/"}, "callback_url"),
            ({"callback_url": "http://127.0.0.1:x@metadata.internal/"}, "callback_url"),
            ({"callback_url": "http://127.0.0.1:99999/"}, "callback_url"),
            ({"title": "公司\x00设立"}, "title"),
            ({"title": "公司\ud800设立"}, "title"),
            ({"lines": [{"label": "公司名称", "value": "\udfff"}]}, "value"),
            ({"title": "公司\n设立"}, "title"),
            ({"title": "\u200b\u3000"}, "title"),
            ({"lines": [{"label": "金额", "value": "\u202e元 001"}]}, "value"),
            ({"person": BODY["person"] | {"document_type": ["resident_id"]}}, "person.document_type"),  # type: ignore[operator]
            ({"callback_url": 0}, "callback_url"),
            ({"callback_url": False}, "callback_url"),
            ({"surprise": 1}, "surprise"),
        ],
    )
    async def test_with_a_bad_field_names_it_and_repeats_nothing(
        self, system: System, change: dict[str, Any], field: str
    ) -> None:
        status, told = await system.sends(BODY | change)
        assert (status, told["field"]) == (422, field)
        assert "1101051949" not in str(told)
        assert (await system.sends())[0] == 201

    @pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"text"', b"[" * 60_000, b"\xff\xfe"])
    async def test_that_is_no_object_is_refused(self, system: System, body: bytes) -> None:
        assert (await system.sends(body))[0] == 422

    async def test_that_is_too_large_is_refused(self, system: System) -> None:
        status, told = await system.sends(b"x" * 70_000)
        assert (status, told["error"]) == (413, "too_large")

    async def test_that_was_packed_after_signing_is_refused(self, system: System) -> None:
        status, told = await system.sends(gzip.compress(b"{}"), **{"Content-Encoding": "gzip"})
        assert (status, told["error"]) == (415, "packed")
        assert (await system.sends())[0] == 201

    @pytest.mark.parametrize("key", ["", "short", "k" * 81, "order 0001", "单号-0001-0001"])
    async def test_needs_an_idempotency_key(self, system: System, key: str) -> None:
        status, told = await system.sends(key=key)
        assert (status, told["error"]) == (400, "bad_idempotency_key")

    async def test_may_have_values_of_several_lines_and_no_callback(self, system: System) -> None:
        lines = [{"label": "经营范围", "value": "一、零售\n二、批发"}]
        status, told = await system.sends(BODY | {"lines": lines, "callback_url": None})
        assert status == 201
        await system.world.store.write(lambda tx: matters.refuse(tx, told["id"], "不对", system.world.house))
        assert not await system.world.read(lambda tx: tx.execute(select(callback.c.key)).all())

    async def test_expires_after_seven_days_and_is_told(self, system: System) -> None:
        _, told = await system.sends(BODY | {"callback_url": PREFIX + "1/heard"})
        system.world.clock.passes(days=7)
        house = system.world.house
        assert await system.world.store.write(lambda tx: matters.expire_due(tx, house)) == 1
        assert (await system.asks(told["id"]))[1]["state"] == "expired"
        keys = await system.world.read(lambda tx: tx.execute(select(callback.c.key)).scalars().all())
        assert keys == [f"{told['id']}.expired"]


class TestASignature:
    @pytest.mark.parametrize(
        ("headers", "error"),
        [
            ({"X-Signature": "0" * 64}, "bad_signature"),
            ({"X-Signature": "签"}, "bad_signature"),
            ({"X-Nonce": "a nonce of words"}, "bad_nonce"),
            ({"X-Client": "nobody"}, "unknown_client"),
            ({"X-Timestamp": "0"}, "bad_timestamp"),
            ({"X-Timestamp": "soon"}, "bad_timestamp"),
            ({"X-Timestamp": "9" * 30}, "bad_timestamp"),
            ({"X-Nonce": "short"}, "bad_nonce"),
            ({"X-Nonce": "another-nonce"}, "bad_signature"),
        ],
    )
    async def test_that_is_not_right_is_refused(
        self, system: System, headers: dict[str, str], error: str
    ) -> None:
        assert await system.sends(**headers) == (
            401,
            {"error": error, "message": "the signature is not valid"},
        )
        assert (await system.sends())[0] == 201

    @pytest.mark.parametrize(
        ("nonce", "signature", "fault"),
        [("a-nonce-\udcff", "0" * 64, "bad_nonce"), ("nonce-0001", "\udcff", "bad_signature")],
    )
    def test_of_bytes_that_are_no_text_is_refused(self, nonce: str, signature: str, fault: str) -> None:
        now = datetime(2026, 11, 23, tzinfo=UTC)
        timestamp = str(int(now.timestamp()))
        sent = Signed("POST", PATH, b"{}", CLIENT.name, timestamp, nonce, signature)
        assert fault_of(sent, {CLIENT.name: CLIENT}, now) == fault

    async def test_covers_the_body(self, system: System) -> None:
        raw = json.dumps(BODY).encode()
        headers = system.signed("POST", PATH, raw) | {"Idempotency-Key": "order-0001"}
        async with system.client.post(PATH, data=raw + b" ", headers=headers) as answer:
            assert (await answer.json())["error"] == "bad_signature"

    async def test_is_taken_once(self, system: System) -> None:
        raw = json.dumps(BODY).encode()
        headers = system.signed("POST", PATH, raw) | {"Idempotency-Key": "order-0001"}
        async with system.client.post(PATH, data=raw, headers=headers) as answer:
            assert answer.status == 201
        async with system.client.post(PATH, data=raw, headers=headers) as answer:
            assert (await answer.json())["error"] == "replayed"

    async def test_is_too_old_after_five_minutes(self, system: System) -> None:
        raw = json.dumps(BODY).encode()
        headers = system.signed("POST", PATH, raw) | {"Idempotency-Key": "order-0001"}
        system.world.clock.passes(minutes=6)
        async with system.client.post(PATH, data=raw, headers=headers) as answer:
            assert (await answer.json())["error"] == "bad_timestamp"

    async def test_does_not_show_its_secret(self) -> None:
        assert "a-shared-secret" not in repr(CLIENT)


class TestTheApi:
    async def test_is_limited_for_each_client(self, system: System) -> None:
        statuses = [(await system.asks("unknown"))[0] for _ in range(121)]
        assert statuses[:120] == [404] * 120
        assert statuses[120] == 429
        headers = system.signed("GET", f"{PATH}/unknown", b"")
        async with system.client.get(f"{PATH}/unknown", headers=headers) as answer:
            assert answer.headers["Retry-After"] == "60"
        system.world.clock.passes(seconds=61)
        assert (await system.sends())[0] == 201

    async def test_describes_itself(self, system: System) -> None:
        async with system.client.get("/api/v1/openapi.json") as answer:
            described = await answer.json()
        assert described["paths"].keys() == {"/matters", "/matters/{id}"}
        kinds = described["components"]["schemas"]["NewMatter"]["properties"]["person"]["properties"]
        from verification.documents import DocumentKind

        assert kinds["document_type"]["enum"] == list(DocumentKind)


class TestACallback:
    async def refused_matter(self, system: System, port: int) -> str:
        _, told = await system.sends(BODY | {"callback_url": f"{PREFIX}{port}/heard?a=1"})
        house = system.world.house
        await system.world.store.write(lambda tx: matters.refuse(tx, told["id"], "名称不对", house))
        return str(told["id"])

    async def test_is_signed_and_names_the_answer(self, system: System) -> None:
        app = web.Application()
        app.add_routes([web.post("/heard", system.hears)])
        async with TestServer(app) as server, aiohttp.ClientSession() as session:
            ref = await self.refused_matter(system, server.port or 0)
            callbacks = Callbacks(system.world.house, {"registry": CLIENT}, session)
            assert await callbacks.deliver_due() == 1
            assert await callbacks.deliver_due() == 0
        headers, body = system.heard[0]
        told = json.loads(body)
        assert (told["event"], told["refusal"]) == (f"{ref}.refused", "名称不对")
        nonce, now = headers["X-Nonce"], system.world.clock()
        assert (
            headers["X-Signature"]
            == sign(CLIENT, "POST", "/heard?a=1", body, nonce=nonce, now=now)["X-Signature"]
        )

    async def test_is_repeated_with_the_same_key_until_it_is_taken(self, system: System) -> None:
        app = web.Application()
        app.add_routes([web.post("/heard", system.hears)])
        system.answers = [500, 302, 204]
        async with TestServer(app) as server, aiohttp.ClientSession() as session:
            await self.refused_matter(system, server.port or 0)
            callbacks = Callbacks(system.world.house, {"registry": CLIENT}, session)
            for pause in PAUSES[:3]:
                await callbacks.deliver_due()
                assert await callbacks.deliver_due() == 0
                system.world.clock.passes(seconds=pause.total_seconds())
        keys = [headers["Idempotency-Key"] for headers, _ in system.heard]
        assert len(keys) == 3
        assert len(set(keys)) == 1

    async def test_is_given_up_after_three_days_and_says_so(self, system: System) -> None:
        async with aiohttp.ClientSession() as session:
            await self.refused_matter(system, 1)
            callbacks = Callbacks(system.world.house, {"registry": CLIENT}, session)
            for _ in range(len(PAUSES) + 1):
                await callbacks.deliver_due()
                system.world.clock.passes(hours=17)
        row = (await system.world.read(lambda tx: tx.execute(select(callback)).all()))[0]
        assert row.state == "given_up"
        assert "no answer" in row.last_error


class TestAnAddressForCallbacks:
    @pytest.mark.parametrize(
        ("url", "prefix", "is_taken"),
        [
            ("https://a.cn/heard", "https://a.cn", True),
            ("https://a.cn/heard/1?b=2", "https://a.cn/heard", True),
            ("https://a.cn/heard?b=2", "https://a.cn/heard", True),
            ("https://a.cn:8443/heard", "https://a.cn:8443/", True),
            ("https://a.cn.evil.cn/heard", "https://a.cn", False),
            ("https://a.cn@evil.cn/heard", "https://a.cn", False),
            ("https://a.cn:8443/heard", "https://a.cn", False),
            ("https://a.cn/heardless", "https://a.cn/heard", False),
            ("https://a.cn/heard/../other", "https://a.cn/heard", False),
            ("https://a.cn/heard/%2e%2e/other", "https://a.cn/heard", False),
            ("https://evil.cn/", "", False),
            ("https://a.cn:port/", "https://a.cn:", False),
        ],
    )
    def test_lies_below_what_was_registered(self, url: str, prefix: str, is_taken: bool) -> None:
        raw = json.dumps(BODY | {"callback_url": url}).encode()
        today = date(2026, 11, 23)
        if is_taken:
            assert orders.read(raw, today, prefix).callback_url == url
        else:
            with pytest.raises(orders.BadOrder, match="callback_url"):
                orders.read(raw, today, prefix)
