"""How we call WeChat, against a small server that plays api.weixin.qq.com."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer, unused_port

from bot.channels.wechat_api import WeChatApi
from bot.channels.wechat_outcomes import (
    ApiRefused,
    ApiUnknown,
    ApiUnreached,
    MediaRefused,
    Sent,
    SnapshotVisitor,
)
from bot.channels.wechat_words import pushed
from handlers.messages import Text

SECRET = "the-app-secret"
MESSAGE = pushed("o-citizen", Text("您好"))
SEND = "/cgi-bin/message/custom/send"
TOKEN = "/cgi-bin/stable_token"
BUSY, EXPIRED = {"errcode": -1, "errmsg": "system error"}, {"errcode": 42001, "errmsg": "expired"}


class Api:
    """Counts calls, hands out tokens, and answers a path as it is told to, else with errcode 0."""

    def __init__(self) -> None:
        self.calls: Counter[str] = Counter()
        self.asked: list[tuple[str, dict[str, str], bytes]] = []
        self.answers: dict[str, Any] = {}
        self.forced: list[bool] = []
        self.token = 0
        self.renews_when_asked = False
        self.slow = asyncio.Event()
        self.was_asked = asyncio.Event()
        self.hands_out = asyncio.Event()
        self.hands_out.set()

    async def handle(self, request: web.Request) -> web.StreamResponse:
        path, body = request.path, await request.read()
        self.calls[path] += 1
        self.asked.append((path, dict(request.query), body))
        if path == TOKEN and path not in self.answers:
            self.was_asked.set()
            await self.hands_out.wait()
            return web.json_response(self.new_token(json.loads(body)))
        answer = self.answers.get(path, {"errcode": 0, "errmsg": "ok"})
        answer = answer(request) if callable(answer) else answer
        if answer == "slow":
            await self.slow.wait()
        if isinstance(answer, web.StreamResponse):
            return answer
        return web.Response(text=json.dumps(answer), content_type="text/plain")

    def new_token(self, asked: dict[str, Any]) -> dict[str, Any]:
        self.forced.append(asked["force_refresh"])
        if self.token == 0 or self.renews_when_asked or asked["force_refresh"]:
            self.token += 1
        return {"access_token": f"token-{self.token}", "expires_in": 7200}

    def only_takes(self, token: str, otherwise: dict[str, Any]) -> Any:
        def answer(request: web.Request) -> dict[str, Any]:
            return {"errcode": 0} if request.query["access_token"] == token else otherwise

        return answer


@pytest.fixture
async def api() -> Api:
    return Api()


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
async def wechat(api, session, clock) -> AsyncIterator[WeChatApi]:
    app = web.Application(client_max_size=32 * 1024 * 1024)
    app.router.add_route("*", "/{path:.*}", api.handle)
    server = TestServer(app)
    await server.start_server()
    yield client_of(session, f"http://127.0.0.1:{server.port}/", clock)
    api.slow.set()
    await server.close()


def client_of(session, base_url, clock, **other) -> WeChatApi:
    patience = timedelta(seconds=2)  # a busy machine takes a moment, too
    settings = {"app_id": "wx0", "app_secret": SECRET, "base_url": base_url, "clock": clock}
    return WeChatApi(session=session, **{"patience": patience} | settings | other)


class TestAMessage:
    async def test_is_sent_in_raw_utf_8(self, wechat, api):
        assert await wechat.send(MESSAGE) == Sent()
        path, query, body = api.asked[-1]
        assert (path, query) == (SEND, {"access_token": "token-1"})
        assert "您好".encode() in body
        assert json.loads(body) == MESSAGE

    @pytest.mark.parametrize(
        "errcode", [45015, 45047, 40003, 43004, 43019, 45002, 45008, 40033, 48001, 40007, 99999]
    )
    async def test_that_can_never_be_sent_is_refused_for_good(self, wechat, api, errcode):
        api.answers[SEND] = {"errcode": errcode, "errmsg": "no, rid: 6f-a1"}
        outcome = await wechat.send(MESSAGE)
        assert isinstance(outcome, ApiRefused)
        assert (outcome.errcode, outcome.final, outcome.request_id) == (errcode, True, "6f-a1")
        assert api.calls[SEND] == 1

    @pytest.mark.parametrize(("errcode", "retry"), [(-1, "soon"), (45009, "later"), (40164, "later")])
    async def test_that_may_be_sent_yet_says_when(self, wechat, api, errcode, retry):
        api.answers[SEND] = {"errcode": errcode}
        outcome = await wechat.send(MESSAGE)
        assert (outcome.retry, outcome.final) == (retry, False)
        api.answers.clear()
        assert await wechat.send(MESSAGE) == Sent()

    async def test_whose_answer_does_not_come_may_have_been_sent(self, wechat, api):
        api.answers[SEND] = "slow"
        assert isinstance(await wechat.send(MESSAGE), ApiUnknown)
        assert api.calls[SEND] == 1

    @pytest.mark.parametrize(
        "answer",
        [
            web.Response(status=502, text="<html>bad gateway</html>"),
            web.Response(status=302, headers={"Location": "http://127.0.0.1:9/"}),
            web.Response(text="<html>ok</html>"),
            web.Response(text="[]"),
            web.Response(text='{"errcode": "x"}'),
            web.Response(body=b"{" + b" " * 2_000_000 + b"}"),
        ],
    )
    async def test_answered_with_nonsense_may_have_been_sent(self, wechat, api, answer):
        api.answers[SEND] = lambda _: answer
        assert isinstance(await wechat.send(MESSAGE), ApiUnknown)

    async def test_was_surely_not_sent_when_wechat_is_not_there(self, session, clock):
        nobody = client_of(session, f"http://127.0.0.1:{unused_port()}", clock)
        assert isinstance(await nobody.send(MESSAGE), ApiUnreached)

    async def test_was_surely_not_sent_when_only_the_token_could_not_be_fetched(self, wechat, api):
        api.answers[TOKEN] = "slow"
        assert isinstance(await wechat.send(MESSAGE), ApiUnreached)
        assert api.calls[SEND] == 0
        api.slow.set()
        api.answers.clear()
        assert await wechat.send(MESSAGE) == Sent()


class TestTheToken:
    async def test_is_fetched_once_for_twenty_who_want_it(self, wechat, api):
        outcomes = await asyncio.gather(*[wechat.send(MESSAGE) for _ in range(20)])
        assert outcomes == [Sent()] * 20
        assert api.calls == {TOKEN: 1, SEND: 20}

    async def test_is_renewed_in_its_last_five_minutes_and_not_before(self, wechat, api, clock):
        api.renews_when_asked = True
        await wechat.send(MESSAGE)
        clock.move(timedelta(seconds=7200 - 301))
        await wechat.send(MESSAGE)
        assert api.calls[TOKEN] == 1
        clock.move(timedelta(seconds=2))
        await wechat.send(MESSAGE)
        assert api.asked[-1][1] == {"access_token": "token-2"}

    @pytest.mark.parametrize("errcode", [40001, 40014, 42001])
    async def test_that_is_refused_is_renewed_once_and_the_call_made_again(self, wechat, api, errcode):
        await wechat.send(MESSAGE)
        api.renews_when_asked = True
        api.answers[SEND] = api.only_takes("token-2", {"errcode": errcode})
        assert await wechat.send(MESSAGE) == Sent()
        assert api.forced == [False, False]

    async def test_is_forced_only_if_wechat_insists_on_the_refused_one(self, wechat, api):
        api.answers[SEND] = api.only_takes("token-2", {"errcode": 40001})
        assert await wechat.send(MESSAGE) == Sent()
        assert api.forced == [False, False, True]

    async def test_that_is_always_refused_is_renewed_once_and_then_believed(self, wechat, api):
        await wechat.send(MESSAGE)
        api.renews_when_asked = True
        api.answers[SEND] = {"errcode": 40001}
        outcome = await wechat.send(MESSAGE)
        assert isinstance(outcome, ApiRefused)
        assert (outcome.errcode, outcome.final) == (40001, False)
        assert (api.calls[TOKEN], api.calls[SEND]) == (2, 3)

    async def test_is_not_forced_again_and_again(self, wechat, api, clock):
        api.answers[SEND] = {"errcode": 40001}
        for _ in range(10):
            assert isinstance(await wechat.send(MESSAGE), ApiRefused)
        assert api.forced.count(True) == 1
        clock.move(timedelta(minutes=6))
        await wechat.send(MESSAGE)
        assert api.forced.count(True) == 2

    async def test_that_twenty_find_refused_is_renewed_for_all_at_once(self, wechat, api):
        await wechat.send(MESSAGE)
        api.answers[SEND] = api.only_takes("token-2", EXPIRED)
        outcomes = await asyncio.gather(*[wechat.send(MESSAGE) for _ in range(20)])
        assert outcomes == [Sent()] * 20
        assert api.forced == [False, False, True]

    async def test_reaches_the_others_when_the_first_to_ask_goes_away(self, wechat, api):
        api.hands_out.clear()
        impatient = asyncio.create_task(wechat.send(MESSAGE))
        await api.was_asked.wait()
        patient = asyncio.create_task(wechat.send(MESSAGE))
        impatient.cancel()
        await asyncio.sleep(0)
        api.hands_out.set()
        assert await patient == Sent()
        assert api.calls == {TOKEN: 1, SEND: 1}

    async def test_that_is_refused_for_our_address_is_a_refusal(self, wechat, api):
        api.answers[TOKEN] = {"errcode": 40164, "errmsg": "invalid ip, not in whitelist rid: 1"}
        outcome = await wechat.send(MESSAGE)
        assert (outcome.errcode, outcome.retry) == (40164, "later")

    @pytest.mark.parametrize("answer", [EXPIRED, BUSY, "slow", web.Response(status=500)])
    async def test_and_the_secret_are_in_no_error(self, wechat, api, answer):
        await wechat.send(MESSAGE)
        api.answers["/cgi-bin/menu/create"] = answer if isinstance(answer, dict | str) else lambda _: answer
        with pytest.raises(Exception) as failed:  # whichever it is
            await wechat.create_menu({})
        shown = repr(failed.value) + str(failed.value) + repr(failed.value.__context__)
        assert "token-" not in shown
        assert SECRET not in shown
        assert SECRET not in repr(vars(wechat)["_wire"])


class TestTheMenu:
    async def test_that_is_not_there_is_none(self, wechat, api):
        api.answers["/cgi-bin/menu/get"] = {"errcode": 46003}
        assert await wechat.menu() is None
        api.answers["/cgi-bin/menu/get"] = {"menu": {"button": []}}
        assert await wechat.menu() == {"menu": {"button": []}}

    async def test_is_written(self, wechat, api):
        await wechat.create_menu({"button": [{"type": "click", "name": "人工服务", "key": "HUMAN"}]})
        assert "人工服务".encode() in api.asked[-1][2]

    async def test_failure_is_raised(self, wechat, api):
        api.answers["/cgi-bin/menu/get"] = {"errcode": 48001}
        with pytest.raises(ApiRefused):
            await wechat.menu()


class TestACode:
    async def test_is_temporary_or_for_ever(self, wechat, api):
        api.answers["/cgi-bin/qrcode/create"] = {"ticket": "t", "url": "http://weixin.qq.com/q/x"}
        code = await wechat.create_code("step-3", timedelta(days=30))
        assert (code.url, code.lasts) == ("http://weixin.qq.com/q/x", timedelta(days=30))
        assert json.loads(api.asked[-1][2]) == {
            "action_name": "QR_STR_SCENE",
            "action_info": {"scene": {"scene_str": "step-3"}},
            "expire_seconds": 2592000,
        }
        await wechat.create_code("step-3")
        assert json.loads(api.asked[-1][2])["action_name"] == "QR_LIMIT_STR_SCENE"


class TestAFile:
    GET = "/cgi-bin/media/get"

    async def test_is_fetched_with_its_type(self, wechat, api):
        api.answers[self.GET] = lambda _: web.Response(body=b"\xff\xd8", content_type="image/jpeg")
        media = await wechat.download("m")
        assert (media.content_type, media.data) == ("image/jpeg", b"\xff\xd8")
        assert api.asked[-1][1]["media_id"] == "m"

    async def test_that_is_too_large_is_refused(self, wechat, api):
        api.answers[self.GET] = lambda _: web.Response(body=b"x" * 1001, content_type="image/jpeg")
        with pytest.raises(MediaRefused):
            await wechat.download("m", cap_bytes=1000)
        assert len((await wechat.download("m", cap_bytes=1001)).data) == 1001

    @pytest.mark.parametrize("kind", ["text/html", "application/zip", "application/octet-stream"])
    async def test_of_another_kind_is_refused(self, wechat, api, kind):
        api.answers[self.GET] = lambda _: web.Response(body=b"PK", content_type=kind)
        with pytest.raises(MediaRefused):
            await wechat.download("m")

    async def test_that_has_expired_is_refused_by_its_code(self, wechat, api):
        api.answers[self.GET] = {"errcode": 40007, "errmsg": "invalid media_id"}
        with pytest.raises(ApiRefused) as refused:
            await wechat.download("m")
        assert refused.value.errcode == 40007

    async def test_is_fetched_with_a_renewed_token(self, wechat, api):
        picture = web.Response(body=b"\xff\xd8", content_type="image/jpeg")
        refused = web.json_response({"errcode": 42001})
        api.answers[self.GET] = lambda request: (
            picture if request.query["access_token"] == "token-2" else refused
        )
        assert (await wechat.download("m")).data == b"\xff\xd8"

    async def test_is_uploaded_again_whole_after_a_renewed_token(self, wechat, api):
        upload = "/cgi-bin/media/upload"
        api.answers[upload] = lambda request: (
            {"media_id": "m"} if request.query["access_token"] == "token-2" else EXPIRED
        )
        assert await wechat.upload("image", b"\x89PNG", "a.png", "image/png") == "m"
        bodies = [body for path, _, body in api.asked if path == upload]
        assert len(bodies) == 2
        assert all(b"\x89PNG" in body for body in bodies)

    async def test_of_more_than_ten_megabytes_is_not_uploaded(self, wechat, api):
        with pytest.raises(MediaRefused):
            await wechat.upload("image", bytes(10 * 1024 * 1024 + 1), "a.png", "image/png")
        assert not api.calls


class TestAPage:
    async def test_learns_who_opened_it(self, wechat, api):
        api.answers["/sns/oauth2/access_token"] = {"access_token": "oauth", "openid": "o-citizen"}
        assert await wechat.openid_of("code-1") == "o-citizen"
        assert api.asked[-1][1] == {
            "appid": "wx0",
            "secret": SECRET,
            "code": "code-1",
            "grant_type": "authorization_code",
        }
        assert not api.calls[TOKEN]

    @pytest.mark.parametrize("mark", [1, "1"])
    async def test_that_is_a_snapshot_is_refused(self, wechat, api, mark):
        api.answers["/sns/oauth2/access_token"] = {"openid": "o-virtual", "is_snapshotuser": mark}
        with pytest.raises(SnapshotVisitor):
            await wechat.openid_of("code-1")

    async def test_with_a_used_code_is_refused(self, wechat, api):
        api.answers["/sns/oauth2/access_token"] = {"errcode": 40163}
        with pytest.raises(ApiRefused):
            await wechat.openid_of("code-1")

    async def test_ticket_is_fetched_once_for_all(self, wechat, api):
        api.answers["/cgi-bin/ticket/getticket"] = {"errcode": 0, "ticket": "t", "expires_in": 7200}
        assert await asyncio.gather(*[wechat.page_ticket() for _ in range(20)]) == ["t"] * 20
        assert api.calls["/cgi-bin/ticket/getticket"] == 1


class TestWeChatsAgents:
    async def test_who_are_there_are_listed(self, wechat, api):
        api.answers["/cgi-bin/customservice/getonlinekflist"] = {"kf_online_list": [{"kf_account": "a@b"}]}
        assert await wechat.agents_online() == [{"kf_account": "a@b"}]

    async def test_take_a_citizen(self, wechat, api):
        await wechat.open_session("o", "a@b")
        assert api.asked[-1][0] == "/customservice/kfsession/create"


class TestLookingAfterTheAccount:
    async def test_whether_wechat_reaches_us_is_asked_of_wechat(self, wechat, api):
        await wechat.check_callback()
        assert api.asked[-1][0] == "/cgi-bin/callback/check"
