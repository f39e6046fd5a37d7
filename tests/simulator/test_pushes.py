"""What reaches the webhook, in every mode and format, and what becomes of its answers."""

import asyncio

import pytest

from tests.simulator.stage import KEY, Stage, other_reply, stage, text_reply

APOLOGY = "该公众号暂时无法提供服务，请稍后再试"


def said(bubble: dict) -> str:
    return "".join(run["text"] for run in bubble["body"].get("runs", [])) or bubble["body"].get("text", "")


class TestEveryModeAndFormat:
    @pytest.mark.parametrize("push_format", ["xml", "json"])
    @pytest.mark.parametrize("mode", ["plain", "compatible", "safe"])
    async def test_carries_words_there_and_back(self, mode, push_format):
        async with stage(mode, push_format) as house:
            citizen = await house.citizen()
            done = await house.says(citizen, "护照可以吗 <&]]> \U0001f600")
        assert house.bot.heard[0]["Content"] == "护照可以吗 <&]]> \U0001f600"
        assert house.bot.heard[0]["FromUserName"] == citizen
        assert done["exchanges"][0]["outcome"] == "replied"
        assert said(done["bubbles"][-1]) == "你说：护照可以吗 <&]]> \U0001f600"
        assert done["bubbles"][-1]["via"] == "passive"

    async def test_shows_how_it_was_signed_without_the_token(self, house: Stage):
        done = await house.says(await house.citizen(), "您好")
        one = done["exchanges"][0]["tries"][0]
        assert "<Content><![CDATA[您好]]></Content>" in done["exchanges"][0]["plain"]
        assert "您好" not in one["sent"]
        assert any("msg_signature" in step for step in one["steps"])
        assert "stagetoken" not in str(done)

    async def test_says_whether_the_server_can_be_verified(self, house: Stage):
        assert (await house.post("verify"))["ok"] is True
        await house.post("settings", token="another")
        assert (await house.post("verify"))["ok"] is False


class TestEveryAction:
    @pytest.mark.parametrize(
        ("wish", "fields"),
        [
            ({"do": "emoji", "text": "[微笑]"}, {"MsgType": "text", "Content": "[微笑]"}),
            ({"do": "tap", "text": "是的", "option": "yes"}, {"MsgType": "text", "bizmsgmenuid": "yes"}),
            ({"do": "sticker"}, {"MsgType": "text", "Content": "【收到不支持的消息类型，暂无法显示】"}),
            ({"do": "image"}, {"MsgType": "image"}),
            ({"do": "voice", "recognition": "怎么刷脸"}, {"MsgType": "voice", "Recognition": "怎么刷脸"}),
            ({"do": "video"}, {"MsgType": "video"}),
            ({"do": "video", "short": True}, {"MsgType": "shortvideo"}),
            ({"do": "location", "label": "市民中心"}, {"MsgType": "location", "Label": "市民中心"}),
            ({"do": "link", "title": "指南", "url": "https://e.cn/"}, {"MsgType": "link", "Title": "指南"}),
            ({"do": "unfollow"}, {"MsgType": "event", "Event": "unsubscribe"}),
            ({"do": "scan", "scene": "card"}, {"Event": "SCAN", "EventKey": "card"}),
            ({"do": "event", "event": "user_info_modified", "fields": {"X": "1"}}, {"X": "1"}),
        ],
    )
    async def test_becomes_its_own_push(self, house: Stage, wish, fields):
        citizen = await house.citizen()
        await house.post("act", openid=citizen, **wish)
        assert house.bot.heard[0].items() >= fields.items()
        assert ("MsgId" in house.bot.heard[0]) == (house.bot.heard[0]["MsgType"] != "event")

    async def test_voice_without_recognition_has_no_such_field(self, house: Stage):
        await house.act(await house.citizen(), "voice")
        assert "Recognition" not in house.bot.heard[0]

    async def test_a_picture_can_be_seen_at_its_address(self, house: Stage):
        done = await house.act(await house.citizen(), "image")
        status, headers, body = await house.open("/simulator" + done["bubbles"][0]["body"]["path"])
        assert (status, headers["Content-Type"]) == (200, "image/png")
        assert body.startswith(b"\x89PNG")
        assert (await house.open("/simulator/media/unknown"))[0] == 404

    async def test_an_unknown_one_is_refused_with_the_list(self, house: Stage):
        citizen = await house.citizen()
        refused = await house.act(citizen, "fly", status=400)
        assert "text" in refused["error"]
        assert (await house.says(citizen, "您好"))["exchanges"][0]["outcome"] == "replied"


class TestACitizenWhoDoesNotFollow:
    async def test_cannot_write_until_they_do(self, house: Stage):
        citizen = await house.citizen(following=False)
        assert "follow" in (await house.act(citizen, "text", status=400, text="您好"))["error"]
        await house.act(citizen, "follow")
        assert house.bot.heard[0]["Event"] == "subscribe"
        assert (await house.says(citizen, "您好"))["exchanges"][0]["outcome"] == "replied"

    async def test_follows_by_scanning(self, house: Stage):
        citizen = await house.citizen(following=False)
        await house.act(citizen, "scan", scene="stuck_at_face")
        await house.act(citizen, "scan", scene="stuck_at_face")
        assert [one["Event"] for one in house.bot.heard] == ["subscribe", "SCAN"]
        assert [one["EventKey"] for one in house.bot.heard] == ["qrscene_stuck_at_face", "stuck_at_face"]

    async def test_hears_nothing_after_leaving(self, house: Stage):
        citizen = await house.citizen()
        house.bot.answer = lambda heard: text_reply(heard, "再见")
        done = await house.act(citizen, "unfollow")
        assert [bubble["kind"] for bubble in done["bubbles"]] == ["notice"]


class TestAWebhookThatIsLate:
    async def test_is_cut_and_asked_again_with_the_same_message(self, house: Stage):
        house.bot.slow = 2
        done = await house.says(await house.citizen(), "在吗")
        tries = done["exchanges"][0]["tries"]
        assert [one["verdict"] for one in tries] == ["cut after 0.2 s", "cut after 0.2 s", "replied"]
        assert len({heard["MsgId"] for heard in house.bot.heard}) == 1
        assert len({one["url"] for one in tries}) == 3
        assert said(done["bubbles"][-1]) == "你说：在吗"

    async def test_leaves_the_citizen_with_an_apology_after_three_tries(self, house: Stage):
        house.bot.slow = 3
        citizen = await house.citizen()
        done = await house.says(citizen, "在吗")
        assert len(house.bot.heard) == 3
        assert said(done["bubbles"][-1]) == APOLOGY
        assert said((await house.says(citizen, "还在吗"))["bubbles"][-1]) == "你说：还在吗"

    async def test_is_tried_again_when_it_fails(self, house: Stage):
        house.bot.statuses = [500, 403]
        done = await house.says(await house.citizen(), "在吗")
        verdicts = [one["verdict"] for one in done["exchanges"][0]["tries"]]
        assert verdicts == ["status 500", "status 403", "replied"]

    async def test_is_tried_in_turn_when_there_are_several(self, house: Stage):
        urls = (await house.get("webhooks"))["urls"]
        await house.post("webhooks", urls=["http://127.0.0.1:9/wechat", *urls])
        done = await house.says(await house.citizen(), "在吗")
        tries = done["exchanges"][0]["tries"]
        assert tries[0]["verdict"].startswith("no connection")
        assert tries[1]["verdict"] == "replied"

    async def test_waits_between_tries_as_long_as_told(self):
        async with stage(retry_after_s=0.3) as house:
            house.bot.statuses = [500]
            done = await house.says(await house.citizen(), "在吗")
        assert done["exchanges"][0]["outcome"] == "replied"


class TestAStandInThatIsTurnedOff:
    async def test_does_not_wait_for_the_next_try(self):
        async with stage(retry_after_s=60) as house:
            house.bot.statuses = [500]
            acting = asyncio.create_task(house.says(await house.citizen(), "在吗"))
            while not house.bot.heard:
                await house.get("citizens")
        done = await acting
        assert done["exchanges"][0]["outcome"] == "pending"


class TestTheSamePushOnPurpose:
    async def test_arrives_as_often_as_wished_and_is_answered_once(self, house: Stage):
        done = await house.says(await house.citizen(), "在吗", duplicates=2)
        assert len(done["exchanges"]) == 3
        assert len({heard["MsgId"] for heard in house.bot.heard}) == 1
        assert sum(bubble["who"] == "account" for bubble in done["bubbles"]) == 1

    @pytest.mark.parametrize("duplicates", [-1, "many", 1.5])
    async def test_is_counted_in_whole_numbers(self, house: Stage, duplicates):
        citizen = await house.citizen()
        await house.act(citizen, "text", status=400, text="在吗", duplicates=duplicates)
        assert house.bot.heard == []

    async def test_is_not_the_same_as_two_messages(self, house: Stage):
        citizen = await house.citizen()
        await house.says(citizen, "在吗")
        await house.says(citizen, "在吗")
        assert len({heard["MsgId"] for heard in house.bot.heard}) == 2


class TestAnAnswerThatWeChatDoesNotTake:
    @pytest.mark.parametrize(
        ("spoil", "why"),
        [
            (lambda reply: reply, "plaintext"),
            (lambda reply: "<html>Oops</html>", "root element"),
            (lambda reply: "<xml><unclosed></xml>", "does not parse"),
            (lambda reply: '{"msg": "ok"}', "does not parse"),
            (lambda reply: "<xml><Encrypt>AAAA</Encrypt></xml>", "no MsgSignature"),
            (
                lambda reply: (
                    "<xml><Encrypt>AAAA</Encrypt><MsgSignature>bad</MsgSignature>"
                    "<TimeStamp>1</TimeStamp><Nonce>1</Nonce></xml>"
                ),
                "wrong MsgSignature",
            ),
        ],
    )
    async def test_becomes_an_apology(self, house: Stage, spoil, why):
        citizen = await house.citizen()
        house.bot.raw = spoil
        done = await house.says(citizen, "在吗")
        assert said(done["bubbles"][-1]) == APOLOGY
        assert why in done["exchanges"][0]["tries"][0]["verdict"]
        house.bot.raw = None
        assert said((await house.says(citizen, "在吗"))["bubbles"][-1]) == "你说：在吗"

    async def test_cannot_be_made_with_another_key(self, house: Stage):
        citizen = await house.citizen()
        await house.post("settings", encoding_aes_key="a" * 43)
        assert (await house.says(citizen, "在吗"))["exchanges"][0]["outcome"] == "apology"
        await house.post("settings", encoding_aes_key=KEY)
        assert (await house.says(citizen, "在吗"))["exchanges"][0]["outcome"] == "replied"

    @pytest.mark.parametrize(("size", "outcome"), [(2047, "replied"), (2048, "apology")])
    async def test_may_be_2047_bytes_long_and_no_longer(self, house: Stage, size, outcome):
        house.bot.answer = lambda heard: text_reply(heard, "x" * size)
        done = await house.says(await house.citizen(), "在吗")
        assert done["exchanges"][0]["outcome"] == outcome

    @pytest.mark.parametrize("kind", ["sound", "hologram"])
    async def test_may_be_of_a_type_that_does_not_exist(self, house: Stage, kind):
        house.bot.answer = lambda heard: other_reply(heard, kind)
        assert (await house.says(await house.citizen(), "在吗"))["exchanges"][0]["outcome"] == "apology"

    async def test_may_be_for_somebody_else(self, house: Stage):
        house.bot.answer = lambda heard: text_reply({**heard, "FromUserName": "oSomebodyElse"}, "您好")
        assert (await house.says(await house.citizen(), "在吗"))["exchanges"][0]["outcome"] == "apology"


class TestAnAnswerInOtherShapes:
    @pytest.mark.parametrize("answer", ["", "success"])
    async def test_says_nothing(self, house: Stage, answer):
        house.bot.answer = lambda heard: answer
        done = await house.says(await house.citizen(), "在吗")
        assert done["exchanges"][0]["outcome"] == "silence"
        assert [bubble["who"] for bubble in done["bubbles"]] == ["citizen"]

    async def test_has_links_and_quick_replies_to_tap(self, house: Stage):
        words = (
            '点<a href="https://e.cn/a?b=1">这里</a>，或<a href="weixin://bizmsgmenu?'
            'msgmenucontent=%E8%BD%AC%E4%BA%BA%E5%B7%A5&msgmenuid=human">转人工</a>'
            '<a href="javascript:alert(1)">坏</a>'
        )
        house.bot.answer = lambda heard: text_reply(heard, words)
        done = await house.says(await house.citizen(), "在吗")
        assert done["bubbles"][-1]["body"]["runs"] == [
            {"text": "点"},
            {"text": "这里", "href": "https://e.cn/a?b=1"},
            {"text": "，或"},
            {"text": "转人工", "option": "human", "say": "转人工"},
            {"text": '<a href="javascript:alert(1)">坏</a>'},
        ]

    async def test_shows_one_article_to_a_message_and_eight_to_an_event(self, house: Stage):
        item = "<item><Title>标题</Title><Description/><PicUrl/><Url>https://e.cn/</Url></item>"
        news = f"<ArticleCount>9</ArticleCount><Articles>{item * 9}</Articles>"
        house.bot.answer = lambda heard: other_reply(heard, "news", news)
        citizen = await house.citizen()
        to_message = await house.says(citizen, "在吗")
        to_event = await house.act(citizen, "scan", scene="a")
        assert len(to_message["bubbles"][-1]["body"]["articles"]) == 1
        assert len(to_event["bubbles"][-1]["body"]["articles"]) == 8


class TestACitizenWithWeChatsOwnAgents:
    async def test_is_not_heard_by_the_webhook_until_the_session_ends(self, house: Stage):
        citizen = await house.citizen()
        house.bot.answer = lambda heard: other_reply(heard, "transfer_customer_service")
        assert (await house.says(citizen, "转人工"))["exchanges"][0]["outcome"] == "transferred"
        house.bot.answer = lambda heard: text_reply(heard, "我在")
        assert (await house.says(citizen, "有人吗"))["exchanges"] == []
        await house.post("agents", do="say", openid=citizen, text="您好，请讲")
        assert said((await house.chat(citizen))[-1]) == "您好，请讲"
        await house.post("agents", do="close", openid=citizen)
        assert (await house.says(citizen, "谢谢"))["exchanges"][0]["outcome"] == "replied"
        events = [heard.get("Event") for heard in house.bot.heard]
        assert events == [None, "kf_create_session", "kf_close_session", None]

    async def test_may_be_passed_from_one_agent_to_another(self, house: Stage):
        citizen = await house.citizen()
        house.bot.answer = lambda heard: other_reply(heard, "transfer_customer_service")
        await house.says(citizen, "转人工")
        await house.post("agents", do="hire", account="kf2@gh_x", nick="小言")
        await house.post("agents", do="switch", openid=citizen, account="kf2@gh_x")
        told = house.bot.heard[-1]
        assert (told["Event"], told["ToKfAccount"]) == ("kf_switch_session", "kf2@gh_x")
        assert told["FromKfAccount"].startswith("kf2001@")
        assert (await house.says(citizen, "有人吗"))["exchanges"] == []
        await house.post("agents", do="close", openid=citizen, account="kf2@gh_x")
        assert house.bot.heard[-1]["Event"] == "kf_close_session"

    async def test_comes_back_after_half_an_hour(self, house: Stage):
        citizen = await house.citizen()
        house.bot.answer = lambda heard: other_reply(heard, "transfer_customer_service")
        await house.says(citizen, "转人工")
        await house.passes(30 * 60)
        house.bot.answer = lambda heard: text_reply(heard, "我在")
        assert (await house.says(citizen, "有人吗"))["exchanges"][0]["outcome"] == "replied"

    async def test_waits_while_no_agent_is_there_and_is_still_heard(self, house: Stage):
        citizen = await house.citizen()
        await house.post("agents", do="offline")
        house.bot.answer = lambda heard: other_reply(heard, "transfer_customer_service")
        await house.says(citizen, "转人工")
        assert len((await house.get("agents"))["waiting"]) == 1
        house.bot.answer = lambda heard: text_reply(heard, "排队中")
        assert (await house.says(citizen, "有人吗"))["exchanges"][0]["outcome"] == "replied"
        await house.post("agents", do="online")
        await house.post("agents", do="accept", openid=citizen)
        assert (await house.says(citizen, "您好"))["exchanges"] == []

    async def test_cannot_be_handed_over_by_an_event(self, house: Stage):
        citizen = await house.citizen()
        house.bot.answer = lambda heard: other_reply(heard, "transfer_customer_service")
        assert (await house.act(citizen, "scan", scene="a"))["exchanges"][0]["outcome"] == "silence"
        assert (await house.get("agents"))["sessions"] == []

    async def test_waits_for_the_agent_that_was_named(self, house: Stage):
        citizen = await house.citizen()
        named = "<TransInfo><KfAccount>kf9@gh_x</KfAccount></TransInfo>"
        house.bot.answer = lambda heard: other_reply(heard, "transfer_customer_service", named)
        await house.says(citizen, "转人工")
        assert (await house.get("agents"))["waiting"][0]["account"] == "kf9@gh_x"
