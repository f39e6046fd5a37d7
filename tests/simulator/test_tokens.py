"""Access tokens and OAuth codes: who gets one, how long it lives, what refuses it."""

from typing import Any

import pytest

from tests.simulator.stage import APP_ID, SECRET, Stage

HOUR = 3600


class TestAStableToken:
    async def test_stays_the_same_while_it_lives(self, house: Stage):
        first = await house.token()
        await house.passes(HOUR)
        assert await house.token() == first

    async def test_is_renewed_in_its_last_five_minutes_and_both_work(self, house: Stage):
        first = await house.token()
        await house.passes(2 * HOUR - 240)
        second = await house.token()
        assert second != first
        citizen = await house.citizen()
        for token in (first, second):
            house.access_token = token
            assert await house.send(citizen) == 45015

    async def test_expires_with_42001_and_can_be_had_again(self, house: Stage):
        citizen = await house.citizen()
        await house.send(citizen)
        await house.passes(2 * HOUR)
        assert await house.send(citizen) == 42001
        house.access_token = await house.token()
        assert await house.send(citizen) == 45015

    async def test_is_over_at_the_push_of_a_button(self, house: Stage):
        await house.send(await house.citizen())
        await house.post("tokens", expire=True)
        assert await house.send(await house.citizen()) == 42001

    async def test_dies_at_once_when_another_is_forced(self, house: Stage):
        house.access_token = await house.token()
        await house.token(force=True)
        assert await house.send(await house.citizen()) == 40001

    async def test_is_not_forced_twice_within_half_a_minute(self, house: Stage):
        first = await house.token(force=True)
        assert await house.token(force=True) == first
        await house.passes(31)
        assert await house.token(force=True) != first

    async def test_is_forced_twenty_times_a_day_at_most(self, house: Stage):
        for _ in range(20):
            await house.token(force=True)
            await house.passes(31)
        body = {"grant_type": "client_credential", "appid": APP_ID, "secret": SECRET, "force_refresh": True}
        answer = await house.api("POST", "/cgi-bin/stable_token", json_body=body, bare=True)
        assert answer["errcode"] == 45009

    @pytest.mark.parametrize(
        ("wrong", "errcode"),
        [({"appid": "wx0"}, 40013), ({"secret": "no"}, 40125), ({"grant_type": "x"}, 40002)],
    )
    async def test_is_only_for_those_who_know_the_secret(self, house: Stage, wrong, errcode):
        body = {"grant_type": "client_credential", "appid": APP_ID, "secret": SECRET, **wrong}
        answer = await house.api("POST", "/cgi-bin/stable_token", json_body=body, bare=True)
        assert answer["errcode"] == errcode


class TestAnOldToken:
    async def test_lives_five_minutes_beside_its_successor(self, house: Stage):
        first = await house.token(kind="token")
        await house.token(kind="token")
        house.access_token = first
        citizen = await house.citizen()
        assert await house.send(citizen) == 45015
        await house.passes(300)
        assert await house.send(citizen) == 40001

    async def test_does_not_touch_the_stable_one(self, house: Stage):
        house.access_token = await house.token()
        await house.token(kind="token")
        await house.passes(600)
        assert await house.send(await house.citizen()) == 45015

    async def test_can_be_had_2000_times_a_day(self, house: Stage):
        for _ in range(2000):
            await house.token(kind="token")
        wanted = {"grant_type": "client_credential", "appid": APP_ID, "secret": SECRET}
        refused = await house.api("GET", "/cgi-bin/token", params=wanted, bare=True)
        assert refused["errcode"] == 45009
        await house.passes(24 * HOUR)
        assert await house.token(kind="token")


class TestACallWithoutAGoodToken:
    @pytest.mark.parametrize(("token", "errcode"), [("", 41001), ("short", 40014), ("x" * 128, 40001)])
    async def test_is_refused(self, house: Stage, token, errcode):
        query = {"access_token": token} if token else {}
        answer = await house.api("GET", "/cgi-bin/menu/get", params=query, bare=True)
        assert answer["errcode"] == errcode

    async def test_by_the_wrong_method_is_refused(self, house: Stage):
        assert (await house.api("GET", "/cgi-bin/menu/create"))["errcode"] == 43002
        assert (await house.api("POST", "/cgi-bin/menu/get", json_body={}))["errcode"] == 43001


class TestOAuth:
    def ask(self, **more: str) -> dict[str, str]:
        return {
            "appid": APP_ID,
            "redirect_uri": "http://127.0.0.1:8080/v/ticket?a=1",
            "response_type": "code",
            "scope": "snsapi_base",
            "state": "s1",
            **more,
        }

    async def code(self, house: Stage, **more: str) -> str:
        path = "/simulator/api/connect/oauth2/authorize"
        status, headers, _ = await house.open(path, params=self.ask(**more))
        assert status == 302
        assert headers["Location"].startswith("http://127.0.0.1:8080/v/ticket?a=1&code=")
        assert headers["Location"].endswith("&state=s1")
        return str(headers["Location"].split("code=")[1].split("&")[0])

    async def exchange(self, house: Stage, code: str) -> dict[str, Any]:
        params = {"appid": APP_ID, "secret": SECRET, "code": code, "grant_type": "authorization_code"}
        return await house.api("GET", "/sns/oauth2/access_token", params=params, bare=True)

    async def test_asks_as_whom(self, house: Stage):
        await house.citizen(name="王阿姨")
        _, headers, body = await house.open("/simulator/api/connect/oauth2/authorize", params=self.ask())
        assert "王阿姨（快照页）" in body.decode()
        assert "default-src 'none'" in headers["Content-Security-Policy"]

    async def test_gives_a_code_for_one_use(self, house: Stage):
        citizen = await house.citizen()
        code = await self.code(house, **{"as": citizen})
        found = await self.exchange(house, code)
        assert found["openid"] == citizen
        assert "is_snapshotuser" not in found
        assert (await self.exchange(house, code))["errcode"] == 40163

    async def test_gives_a_code_for_five_minutes(self, house: Stage):
        code = await self.code(house, **{"as": await house.citizen()})
        await house.passes(300)
        assert (await self.exchange(house, code))["errcode"] == 40029

    async def test_shows_a_stranger_from_a_snapshot_page(self, house: Stage):
        citizen = await house.citizen()
        found = await self.exchange(house, await self.code(house, **{"as": citizen, "snapshot": "1"}))
        assert found["is_snapshotuser"] == 1
        assert found["openid"] != citizen

    @pytest.mark.parametrize(
        "wrong", [{"redirect_uri": "https://evil.example/"}, {"appid": "wx0"}, {"scope": "all"}]
    )
    async def test_ends_here_when_it_was_asked_wrongly(self, house: Stage, wrong):
        query = self.ask(**wrong, **{"as": await house.citizen()})
        assert (await house.open("/simulator/api/connect/oauth2/authorize", params=query))[0] == 400


class TestTheQuotaOfCalls:
    async def test_can_be_cleared_ten_times_a_month(self, house: Stage):
        answers = [
            (await house.api("POST", "/cgi-bin/clear_quota", json_body={"appid": APP_ID}))["errcode"]
            for _ in range(11)
        ]
        assert answers == [0] * 10 + [48006]

    async def test_can_be_cleared_with_the_secret_alone(self, house: Stage):
        body = {"appid": APP_ID, "appsecret": SECRET}
        answer = await house.api("POST", "/cgi-bin/clear_quota/v2", json_body=body, bare=True)
        assert answer["errcode"] == 0
