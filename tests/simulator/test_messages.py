"""What may be pushed to a citizen, how often, and in which shape."""

import asyncio
import json

import pytest

from tests.simulator.stage import SECRET, Stage, button, menu

HOUR = 3600


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

    @pytest.mark.parametrize(
        ("raw", "errcode"), [(b"", 44002), (b"{", 47001), (b"[]", 47001), (b"[" * 9**5, 47001)]
    )
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
