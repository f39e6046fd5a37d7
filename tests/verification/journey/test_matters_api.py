"""To-dos come in signed, and each of them once."""

import asyncio
import gzip
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer
from sqlalchemy import select

from tests.verification.journey.harness import PERSON, opened
from tests.verification.journey.registry import BODY, CLIENT, PATH, PREFIX, System, system
from verification import matters
from verification.matters_api import MattersApi
from verification.records import callback, matter
from verification.signatures import Signed, fault_of

__all__ = ["system"]


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
