"""Faults on order, and the levers of whoever drives the stand-in."""

import asyncio
import json

import pytest

from tests.simulator.stage import Stage

HOUR = 3600


class TestAFaultOnOrder:
    @pytest.mark.parametrize("errcode", [40001, 42001, 45009, 45015, 45047, -1, 40164])
    async def test_fails_as_often_as_told(self, house: Stage, errcode):
        citizen = await house.citizen()
        await house.says(citizen, "在吗")
        await house.post("fail", api="custom/send", errcode=errcode, times=2)
        assert [await house.send(citizen) for _ in range(3)] == [errcode, errcode, 0]

    async def test_can_hit_every_api_or_just_one(self, house: Stage):
        citizen = await house.citizen()
        await house.says(citizen, "在吗")
        await house.post("fail", api="menu/create", errcode=-1)
        assert await house.send(citizen) == 0
        await house.post("fail", api="*", errcode=-1)
        assert await house.send(citizen) == -1
        assert len((await house.get("fail"))["faults"]) == 1

    async def test_can_keep_silent(self, house: Stage):
        citizen = await house.citizen()
        await house.says(citizen, "在吗")
        await house.post("fail", api="custom/send", what="timeout")
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(house.send(citizen), 0.2)
        assert len(await house.chat(citizen)) == 2
        assert await house.send(citizen) == 0

    async def test_can_deliver_and_then_keep_silent(self, house: Stage):
        citizen = await house.citizen()
        await house.says(citizen, "在吗")
        await house.token()
        await house.post("fail", api="custom/send", what="timeout_after_accept")
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(house.send(citizen), 0.5)
        assert (await house.chat(citizen))[-1]["via"] == "push"

    async def test_can_break_the_server(self, house: Stage):
        await house.token()
        await house.post("fail", api="menu/get", what="http_500")
        assert (await house.open("/simulator/api/cgi-bin/menu/get"))[0] == 500

    async def test_must_be_one_that_exists(self, house: Stage):
        assert "timeout" in (await house.post("fail", 400, api="*", what="earthquake"))["error"]
        assert (await house.get("fail"))["faults"] == []


class TestTheControls:
    async def test_are_listed(self, house: Stage):
        _, _, body = await house.open("/simulator/control/")
        for path in (
            "citizens",
            "act",
            "chat",
            "clock",
            "fail",
            "reset",
            "menu",
            "qrcodes",
            "quota",
            "agents",
        ):
            assert path in body.decode()

    async def test_forget_everything(self, house: Stage):
        citizen = await house.citizen()
        await house.passes(HOUR)
        await house.post("reset")
        assert (await house.get("citizens"))["citizens"] == []
        assert (await house.get("clock"))["moved_s"] == 0
        await house.act(citizen, "text", status=409, text="在吗")

    async def test_cannot_be_used_by_a_foreign_page(self, house: Stage):
        url = f"{house.origin}/simulator/control/reset"
        async with house._http.post(url, data=b"{}", headers={"Content-Type": "text/plain"}) as answer:
            assert answer.status == 400

    @pytest.mark.parametrize("what", ["nan", "inf", "1e400", "x"])
    async def test_take_only_numbers_that_are_some(self, house: Stage, what):
        citizen = await house.citizen()
        for name in ("after", "wait_s"):
            status, _, told = await house.open(f"/simulator/control/chat?openid={citizen}&{name}={what}")
            assert (status, json.loads(told)) == (400, {"error": f"'{name}' must be a number"})
        await house.act(citizen, "text", status=400, text="在吗", expect=float(what) if what != "x" else what)
        assert (await house.says(citizen, "在吗"))["bubbles"]

    @pytest.mark.parametrize("raw", [b"[" * 9**5, b'{"openid": "\\ud83d"}', b"\xff", b""])
    @pytest.mark.parametrize("charset", ["", "; charset=nowhere"])
    async def test_say_that_a_body_is_no_json(self, house: Stage, raw, charset):
        headers = {"Content-Type": f"application/json{charset}"}
        async with house._http.post(f"{house.origin}/simulator/control/act", data=raw, headers=headers) as no:
            assert (no.status, await no.json()) == (400, {"error": "the body is no JSON"})

    async def test_keep_to_keys_that_wechat_could_issue(self, house: Stage):
        citizen = await house.citizen()
        await house.post("settings", 400, encoding_aes_key="short")
        assert (await house.says(citizen, "在吗"))["exchanges"][0]["outcome"] == "replied"

    async def test_wait_for_something_new(self, house: Stage):
        citizen = await house.citizen()
        waiting = asyncio.create_task(house.get("chat", openid=citizen, after="0", wait_s="5"))
        await house.says(citizen, "在吗")
        assert (await waiting)["bubbles"]

    async def test_keep_a_chat_within_bounds(self, house: Stage):
        citizen = await house.citizen()
        for _ in range(160):
            await house.says(citizen, "在吗")
        assert len(await house.chat(citizen)) == 300
