"""api.weixin.qq.com: tokens, the push quota, limits of content, and faults on order."""

import asyncio
import io
import json
from typing import Any

import pytest
from aiohttp import FormData

from bot.simulator.media import SAMPLE_VIDEO, sample_picture
from tests.simulator.stage import APP_ID, SECRET, Stage

HOUR = 3600


async def menu(house: Stage, *buttons: Any) -> int:
    answer = await house.api("POST", "/cgi-bin/menu/create", json_body={"button": list(buttons)})
    return int(answer["errcode"])


def button(name: str = "帮助", **more: Any) -> dict[str, Any]:
    return {"type": "click", "name": name, "key": "help", **more}


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


class TestThePushQuota:
    async def test_is_five_after_a_message(self, house: Stage):
        citizen = await house.citizen()
        await house.says(citizen, "在吗")
        assert [await house.send(citizen) for _ in range(6)] == [0] * 5 + [45047]
        await house.says(citizen, "在吗")
        assert await house.send(citizen) == 0

    async def test_ends_48_hours_after_the_message(self, house: Stage):
        citizen = await house.citizen()
        await house.says(citizen, "在吗")
        await house.passes(48 * HOUR - 1)
        house.access_token = await house.token()
        assert await house.send(citizen) == 0
        await house.passes(1)
        assert await house.send(citizen) == 45015

    @pytest.mark.parametrize("deed", ["follow", "scan", "menu"])
    async def test_is_three_in_one_minute_after_an_event(self, house: Stage, deed):
        await menu(house, button())
        citizen = await house.citizen(following=deed != "follow")
        await house.act(citizen, deed, scene="a", path=[0])
        assert [await house.send(citizen) for _ in range(4)] == [0] * 3 + [45047]
        await house.passes(60)
        assert await house.send(citizen) == 45015

    async def test_is_not_given_by_opening_a_page(self, house: Stage):
        await menu(house, {"type": "view", "name": "首页", "url": "https://e.cn/"})
        citizen = await house.citizen()
        await house.act(citizen, "menu", path=[0])
        assert house.bot.heard[-1]["Event"] == "VIEW"
        assert await house.send(citizen) == 45015

    async def test_does_not_add_up_over_windows(self, house: Stage):
        citizen = await house.citizen()
        await house.says(citizen, "在吗")
        await house.act(citizen, "scan", scene="a")
        assert [await house.send(citizen) for _ in range(6)] == [0] * 5 + [45047]

    async def test_is_not_used_by_passive_replies(self, house: Stage):
        citizen = await house.citizen()
        await house.says(citizen, "在吗")
        assert (await house.get("quota", openid=citizen))["left"] == 5

    async def test_is_shown(self, house: Stage):
        citizen = await house.citizen()
        await house.says(citizen, "在吗")
        await house.send(citizen)
        found = await house.get("quota", openid=citizen)
        assert found["windows"] == [{"trigger": "message", "left": 4, "seconds": 48 * HOUR}]

    async def test_is_none_for_strangers(self, house: Stage):
        assert await house.send("oNobodyAtAll") == 40003
        assert await house.send(await house.citizen(following=False)) == 43004

    async def test_is_none_for_those_who_left(self, house: Stage):
        citizen = await house.citizen()
        await house.says(citizen, "在吗")
        await house.act(citizen, "unfollow")
        assert await house.send(citizen) == 45015
        await house.act(citizen, "follow")
        assert await house.send(citizen) == 0


class TestAPush:
    async def test_appears_in_the_chat_with_its_call(self, house: Stage):
        citizen = await house.citizen()
        await house.says(citizen, "在吗")
        await house.send(citizen, content="这是推送")
        bubble = (await house.chat(citizen))[-1]
        assert (bubble["via"], bubble["body"]["runs"]) == ("push", [{"text": "这是推送"}])
        call = await house.get(f"raw/{bubble['raw']}")
        assert "这是推送" in call["sent"]
        assert house.access_token not in str(await house.get("calls"))
        assert SECRET not in str(await house.get("calls"))

    async def test_is_waited_for_by_the_act_that_expects_it(self, house: Stage):
        citizen = await house.citizen()
        acting = asyncio.create_task(house.says(citizen, "在吗", expect=2, wait_s=5))
        while not house.bot.heard:
            await house.get("citizens")
        await house.send(citizen, content="稍后的回答")
        assert [bubble["via"] for bubble in (await acting)["bubbles"]].count("push") == 1

    @pytest.mark.parametrize(
        ("kind", "inner", "errcode"),
        [
            ("text", {"content": "x" * 2048}, 0),
            ("text", {"content": "x" * 2049}, 45002),
            ("text", {"content": ""}, 44004),
            ("hologram", {"content": "x"}, 40008),
            ("news", {"articles": [{"title": "一", "url": "https://e.cn/"}]}, 0),
            ("news", {"articles": [{"title": "一"}, {"title": "二"}]}, 45008),
            ("image", {"media_id": "unknown"}, 40007),
            (
                "msgmenu",
                {"head_content": "选", "list": [{"id": "1", "content": "好"}], "tail_content": ""},
                0,
            ),
            ("msgmenu", {"head_content": "选", "list": []}, 40035),
        ],
    )
    async def test_keeps_the_limits_of_its_type(self, house: Stage, kind, inner, errcode):
        citizen = await house.citizen()
        await house.says(citizen, "在吗")
        assert await house.send(citizen, kind, **inner) == errcode

    async def test_must_be_raw_utf8(self, house: Stage):
        citizen = await house.citizen()
        await house.says(citizen, "在吗")
        body = {"touser": citizen, "msgtype": "text", "text": {"content": "您好"}}
        path = "/cgi-bin/message/custom/send"
        assert (await house.api("POST", path, raw=json.dumps(body).encode()))["errcode"] == 40033
        assert (await house.api("POST", path, json_body=body))["errcode"] == 0
        body["text"] = {"content": "a literal \\u4f60 stays"}
        assert (await house.api("POST", path, json_body=body))["errcode"] == 0

    @pytest.mark.parametrize(("raw", "errcode"), [(b"", 44002), (b"{", 47001), (b"[]", 47001)])
    async def test_must_be_an_object(self, house: Stage, raw, errcode):
        assert (await house.api("POST", "/cgi-bin/message/custom/send", raw=raw))["errcode"] == errcode

    async def test_can_speak_as_a_known_agent_only(self, house: Stage):
        citizen = await house.citizen()
        await house.says(citizen, "在吗")
        account = (await house.api("GET", "/cgi-bin/customservice/getkflist"))["kf_list"][0]["kf_account"]
        body = {"touser": citizen, "msgtype": "text", "text": {"content": "您好"}}
        for name, errcode in ((account, 0), ("kf0@gh_0", 65401)):
            spoken = {**body, "customservice": {"kf_account": name}}
            answer = await house.api("POST", "/cgi-bin/message/custom/send", json_body=spoken)
            assert answer["errcode"] == errcode


class TestTyping:
    async def types(self, house: Stage, citizen: str, command: str = "Typing") -> int:
        body = {"touser": citizen, "command": command}
        return int((await house.api("POST", "/cgi-bin/message/custom/typing", json_body=body))["errcode"])

    async def test_needs_something_done_within_30_seconds(self, house: Stage):
        citizen = await house.citizen()
        assert await self.types(house, citizen) == 45080
        await house.says(citizen, "在吗")
        await house.passes(31)
        assert await self.types(house, citizen) == 45080
        await house.says(citizen, "在吗")
        assert await self.types(house, citizen) == 0

    async def test_is_not_repeated_for_15_seconds_unless_a_message_ends_it(self, house: Stage):
        citizen = await house.citizen()
        await house.says(citizen, "在吗")
        assert [await self.types(house, citizen) for _ in range(2)] == [0, 45081]
        await house.send(citizen)
        assert await self.types(house, citizen) == 0
        assert await self.types(house, citizen, "CancelTyping") == 0
        assert await self.types(house, citizen, "Whistle") == 45072


class TestAMenu:
    @pytest.mark.parametrize(
        ("buttons", "errcode"),
        [
            ([button()], 0),
            ([button(), button(), button(), button()], 40016),
            ([], 40016),
            ([button("x" * 16)], 0),
            ([button("x" * 17)], 40018),
            ([button("帮助帮助帮助")], 40018),
            ([button(key="k" * 129)], 40019),
            ([{"type": "view", "name": "页", "url": "h" * 1025}], 40020),
            ([{"type": "dance", "name": "页"}], 40017),
            ([{"type": "miniprogram", "name": "页", "url": "https://e.cn/", "appid": "wx1"}], 40020),
            ([{"name": "更多", "sub_button": [button()] * 5}], 0),
            ([{"name": "更多", "sub_button": [button()] * 6}], 40023),
            ([{"name": "更多", "sub_button": [button("x" * 61)]}], 40025),
            ([{"name": "更多", "sub_button": [button(type="dance")]}], 40024),
            ([{"name": "更多", "sub_button": [button(key="k" * 129)]}], 40026),
            ([{"name": "更多", "sub_button": [{"type": "view", "name": "页", "url": ""}]}], 40027),
        ],
    )
    async def test_keeps_its_limits(self, house: Stage, buttons, errcode):
        assert await menu(house, *buttons) == errcode

    async def test_is_given_back_and_deleted(self, house: Stage):
        assert (await house.api("GET", "/cgi-bin/menu/get"))["errcode"] == 46003
        await menu(house, button(), {"name": "更多", "sub_button": [button("子")]})
        found = await house.api("GET", "/cgi-bin/menu/get")
        assert found["menu"]["button"][0] == {**button(), "sub_button": []}
        own = await house.api("GET", "/cgi-bin/get_current_selfmenu_info")
        assert own["selfmenu_info"]["button"][1]["sub_button"]["list"] == [button("子")]
        assert (await house.api("GET", "/cgi-bin/menu/delete"))["errcode"] == 0
        assert (await house.api("GET", "/cgi-bin/menu/get"))["errcode"] == 46003

    async def test_is_tapped_where_there_is_a_button(self, house: Stage):
        app = {
            "type": "miniprogram",
            "name": "小程序",
            "url": "https://e.cn/",
            "appid": "wx1",
            "pagepath": "p/i",
        }
        scan = {"type": "scancode_push", "name": "扫一扫", "key": "scan"}
        await menu(house, button(), {"name": "更多", "sub_button": [app, scan]})
        citizen = await house.citizen()
        for path in ([0], [1, 0], [1, 1]):
            await house.act(citizen, "menu", path=path)
        events = [heard["Event"] for heard in house.bot.heard]
        assert events == ["CLICK", "view_miniprogram", "scancode_push"]
        assert house.bot.heard[2]["ScanCodeInfo"]["ScanType"] == "qrcode"
        for path in ([1], [2], [1, 9], "x"):
            await house.act(citizen, "menu", status=400, path=path)


class TestACode:
    async def create(self, house: Stage, **body: Any) -> dict[str, Any]:
        return await house.api("POST", "/cgi-bin/qrcode/create", json_body=body)

    @pytest.mark.parametrize(
        ("name", "scene", "more", "errcode"),
        [
            ("QR_SCENE", {"scene_id": 2**32 - 1}, {}, None),
            ("QR_SCENE", {"scene_id": 2**32}, {}, 40053),
            ("QR_LIMIT_SCENE", {"scene_id": 100_000}, {}, None),
            ("QR_LIMIT_SCENE", {"scene_id": 100_001}, {}, 40053),
            ("QR_STR_SCENE", {"scene_str": "x" * 64}, {"expire_seconds": 2_592_000}, None),
            ("QR_STR_SCENE", {"scene_str": "x" * 65}, {}, 40053),
            ("QR_STR_SCENE", {"scene_str": "x"}, {"expire_seconds": 2_592_001}, 40035),
            ("QR_DREAM", {"scene_str": "x"}, {}, 40053),
        ],
    )
    async def test_keeps_its_limits(self, house: Stage, name, scene, more, errcode):
        answer = await self.create(house, action_name=name, action_info={"scene": scene}, **more)
        assert answer.get("errcode") == errcode
        assert ("ticket" in answer) == (errcode is None)

    async def test_is_drawn_and_scanned_until_it_expires(self, house: Stage):
        info = {"scene": {"scene_str": "stuck"}}
        made = await self.create(house, action_name="QR_STR_SCENE", action_info=info)
        shown = f"/simulator/api/cgi-bin/showqrcode?ticket={made['ticket']}"
        citizen = await house.citizen()
        await house.act(citizen, "scan", ticket=made["ticket"])
        assert house.bot.heard[0]["EventKey"] == "stuck"
        assert house.bot.heard[0]["Ticket"] == made["ticket"]
        assert (await house.open(shown))[2].startswith(b"\x89PNG")
        await house.passes(61)
        await house.act(citizen, "scan", status=400, ticket=made["ticket"])
        assert (await house.open(shown))[0] == 404


class TestAFile:
    async def upload(self, house: Stage, kind: str, data: bytes) -> dict[str, Any]:
        form = FormData()
        form.add_field("media", io.BytesIO(data), filename="f", content_type="application/octet-stream")
        return await house.api("POST", "/cgi-bin/media/upload", params={"type": kind}, data=form)

    async def test_is_uploaded_sent_and_fetched_for_three_days(self, house: Stage):
        picture = sample_picture(1)
        media_id = (await self.upload(house, "image", picture))["media_id"]
        citizen = await house.citizen()
        await house.says(citizen, "在吗")
        assert await house.send(citizen, "image", media_id=media_id) == 0
        query = {"access_token": house.access_token, "media_id": media_id}
        status, headers, body = await house.open("/simulator/api/cgi-bin/media/get", params=query)
        assert (status, headers["Content-Type"], body) == (200, "image/png", picture)
        await house.passes(3 * 24 * HOUR)
        house.access_token = await house.token()
        answer = await house.api("GET", "/cgi-bin/media/get", params={"media_id": media_id})
        assert answer["errcode"] == 40007

    @pytest.mark.parametrize(
        ("kind", "start", "more", "errcode"),
        [
            ("poem", b"x", 0, 40004),
            ("image", b"not a picture", 0, 40005),
            ("image", b"", 0, 41005),
            ("voice", b"#!AMR\n", 2 * 1024 * 1024, 40010),
            ("thumb", b"\xff\xd8\xff", 64 * 1024, 40012),
            ("video", SAMPLE_VIDEO, 10 * 1024 * 1024, 40011),
        ],
    )
    async def test_keeps_the_limits_of_its_type(self, house: Stage, kind, start, more, errcode):
        assert (await self.upload(house, kind, start + bytes(more)))["errcode"] == errcode

    async def test_of_a_citizen_reaches_the_product(self, house: Stage):
        url = f"{house.origin}/simulator/control/media?kind=image"
        headers = {"Content-Type": "image/png"}
        async with house._http.post(url, data=sample_picture(2), headers=headers) as answer:
            media_id = (await answer.json())["media_id"]
        await house.act(await house.citizen(), "image", media_id=media_id)
        assert house.bot.heard[0]["MediaId"] == media_id


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


class TestSmallThings:
    async def test_the_jssdk_ticket_stays_for_two_hours(self, house: Stage):
        async def ticket() -> str:
            found = await house.api("GET", "/cgi-bin/ticket/getticket", params={"type": "jsapi"})
            return str(found["ticket"])

        first = await ticket()
        assert await ticket() == first
        await house.passes(2 * HOUR)
        house.access_token = await house.token()
        assert await ticket() != first

    async def test_user_info_holds_no_name(self, house: Stage):
        citizen = await house.citizen(name="王阿姨")
        found = await house.api("GET", "/cgi-bin/user/info", params={"openid": citizen})
        assert found["subscribe"] == 1
        assert "王阿姨" not in str(found)

    async def test_callback_check_looks_at_the_way(self, house: Stage):
        body = {"action": "all", "check_operator": "DEFAULT"}
        assert (await house.api("POST", "/cgi-bin/callback/check", json_body=body))["dns"]

    async def test_sessions_can_be_begun_and_ended(self, house: Stage):
        citizen = await house.citizen()
        online = await house.api("GET", "/cgi-bin/customservice/getonlinekflist")
        body = {"kf_account": online["kf_online_list"][0]["kf_account"], "openid": citizen}
        assert (await house.api("POST", "/customservice/kfsession/close", json_body=body))["errcode"] == 65413
        assert (await house.api("POST", "/customservice/kfsession/create", json_body=body))["errcode"] == 0
        found = await house.api("GET", "/customservice/kfsession/getsession", params={"openid": citizen})
        assert found["kf_account"] == body["kf_account"]
        assert (await house.says(citizen, "在吗"))["exchanges"] == []
        assert (await house.api("POST", "/customservice/kfsession/close", json_body=body))["errcode"] == 0
        listed = await house.api(
            "GET", "/customservice/kfsession/getsessionlist", params={"kf_account": body["kf_account"]}
        )
        assert listed["sessionlist"] == []

    async def test_an_offline_agent_cannot_begin_one(self, house: Stage):
        citizen = await house.citizen()
        await house.post("agents", do="offline")
        body = {"kf_account": (await house.get("agents"))["agents"][0]["account"], "openid": citizen}
        assert (await house.api("POST", "/customservice/kfsession/create", json_body=body))[
            "errcode"
        ] == 65415
        assert (await house.api("GET", "/customservice/kfsession/getwaitcase"))["count"] == 0


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
