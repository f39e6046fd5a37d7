"""Menu, codes, files and what may be asked about citizens and agents."""

import io
from typing import Any

import pytest
from aiohttp import FormData

from bot.simulator.media import SAMPLE_VIDEO, sample_picture
from tests.simulator.stage import Stage, button, menu

HOUR = 3600


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
