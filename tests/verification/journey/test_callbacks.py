"""What a citizen answered goes back signed, to the registered address alone, until it is taken."""

import json
from datetime import date

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from sqlalchemy import select

from tests.verification.journey.registry import BODY, CLIENT, PREFIX, System, system
from verification import matters, orders
from verification.callbacks import PAUSES, Callbacks
from verification.records import callback
from verification.signatures import sign

__all__ = ["system"]


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
