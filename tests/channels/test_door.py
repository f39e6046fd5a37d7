"""Who gets in at /wechat, and what comes out."""

import asyncio
import contextlib
import json
import random
import re
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from bot.channels import wechat_xml
from bot.channels.wechat_crypto import PushCrypto
from bot.channels.wechat_door import WeChatDoor
from handlers.messages import Card, Option, PassToWeChatAgents, Text, Words
from tests.channels.conftest import APP_ID, KEY, NOON, OLD_KEY, TOKEN, push_fields, text_push

REFUSED = (403, "")


class TestVerifyingTheAddress:
    @pytest.mark.parametrize("mode", ["plain", "compatible", "safe"])
    async def test_gives_the_echostr_back_in_every_mode(self, wechat_at, mode):
        wechat = await wechat_at(mode)
        query = {
            "timestamp": "1",
            "nonce": "2",
            "echostr": "4375 +&<b>",
            "signature": wechat.crypto.sign("1", "2"),
        }
        async with wechat.http.get("/wechat", params=query) as response:
            assert (response.status, await response.text()) == (200, "4375 +&<b>")
            assert response.content_type == "text/plain"

    @pytest.mark.parametrize("signature", [None, "", "0" * 40, "中"])
    async def test_tells_a_stranger_nothing(self, wechat_at, signature):
        wechat = await wechat_at()
        query = {"timestamp": "1", "nonce": "2", "echostr": "secret"}
        query |= {"signature": signature} if signature is not None else {}
        async with wechat.http.get("/wechat", params=query) as response:
            assert (response.status, await response.text()) == REFUSED


class TestInPlainMode:
    async def test_a_signed_push_is_heard_and_answered_openly(self, wechat_at):
        wechat = await wechat_at("plain", ())
        wechat.says = Text("您好")
        status, body = await wechat.posts(text_push())
        assert status == 200
        assert wechat_xml.read(body.encode()) == {
            "ToUserName": "oia2TjuEGTNoeX76QEjQNrcURxG8",
            "FromUserName": "gh_7f083739789a",
            "CreateTime": str(int(NOON.timestamp())),
            "MsgType": "text",
            "Content": "您好",
        }
        assert wechat.heard[0].act == Words("人脸识别不过怎么办")

    async def test_an_unsigned_push_is_refused_and_a_signed_one_is_heard_after(self, wechat_at):
        wechat = await wechat_at("plain", ())
        assert await wechat.posts(text_push(), signature="0" * 40) == REFUSED
        assert wechat.heard == []
        assert await wechat.posts(text_push()) == (200, "success")


class TestInCompatibleMode:
    async def test_both_kinds_are_heard_and_answered_in_kind(self, wechat_at):
        wechat = await wechat_at("compatible")
        wechat.says = Text("您好")
        _, openly = await wechat.posts(text_push(), encrypt_type="raw")
        _, sealed = await wechat.seals(text_push())
        assert wechat_xml.read(openly.encode())["Content"] == "您好"
        assert wechat.opens(sealed)["Content"] == "您好"

    async def test_a_sealed_push_is_judged_by_its_msg_signature_alone(self, wechat_at):
        wechat = await wechat_at("compatible")
        assert await wechat.seals(text_push(), msg_signature="0" * 40) == REFUSED
        assert await wechat.seals(text_push(), signature="0" * 40) == (200, "success")


class TestInSafeMode:
    async def test_a_sealed_push_is_answered_sealed_with_the_nonce_of_the_request(self, wechat_at):
        wechat = await wechat_at("safe")
        wechat.says = Text("请看]]>这里", (Option("a", "转人工"),))
        status, body = await wechat.seals(text_push(), nonce="415670741")
        assert status == 200
        assert wechat_xml.read(body.encode())["Nonce"] == "415670741"
        assert wechat.opens(body)["Content"].startswith("请看]]>这里\n\n<a href=")

    async def test_what_is_refused_is_counted(self, wechat_at):
        statuses = []
        wechat = await wechat_at("safe", observe=statuses.append)
        await wechat.seals(text_push(), msg_signature="0" * 40)
        await wechat.seals("<xml>")
        await wechat.seals(text_push())
        assert statuses == [403, 400]

    @pytest.mark.parametrize("encrypt_type", ["", "raw", "aes"])
    async def test_an_open_body_is_refused_however_well_signed(self, wechat_at, encrypt_type):
        wechat = await wechat_at("safe")
        signed = {"msg_signature": wechat.crypto.sign(str(int(NOON.timestamp())), "486452656")}
        assert await wechat.posts(text_push(), encrypt_type=encrypt_type) == REFUSED
        assert await wechat.posts(text_push(), encrypt_type=encrypt_type, **signed) == REFUSED
        assert wechat.heard == []

    async def test_the_plain_signature_proves_nothing(self, wechat_at):
        wechat = await wechat_at("safe")
        right = wechat.crypto.sign(str(int(NOON.timestamp())), "1590219412")
        assert await wechat.seals(text_push(), msg_signature=right) == REFUSED
        assert await wechat.seals(text_push(), msg_signature="") == REFUSED
        assert wechat.heard == []

    async def test_a_body_changed_on_the_way_is_refused(self, wechat_at):
        wechat = await wechat_at("safe")
        timestamp, nonce = str(int(NOON.timestamp())), "1"
        first, other = wechat.crypto.seal(text_push("一")), wechat.crypto.seal(text_push("二"))
        query = {"msg_signature": wechat.crypto.sign(timestamp, nonce, first)}
        query |= {"timestamp": timestamp, "nonce": nonce, "encrypt_type": "aes"}
        assert await wechat.posts(wechat_xml.write_xml({"Encrypt": other}), **query) == REFUSED
        assert await wechat.posts(wechat_xml.write_xml({"Encrypt": first}), **query) == (200, "success")

    async def test_a_push_for_another_account_is_refused(self, wechat_at):
        wechat = await wechat_at("safe")
        assert await wechat.seals(text_push(), PushCrypto(TOKEN, "wx-of-another", (KEY,))) == REFUSED

    async def test_a_push_under_the_previous_key_is_answered_with_it(self, wechat_at):
        wechat = await wechat_at("safe", (KEY, OLD_KEY))
        wechat.says = Text("您好")
        previous = PushCrypto(TOKEN, APP_ID, (OLD_KEY,))
        status, body = await wechat.seals(text_push(), previous)
        assert (status, wechat.opens(body, previous)["Content"]) == (200, "您好")

    async def test_a_push_under_a_forgotten_key_is_refused(self, wechat_at):
        wechat = await wechat_at("safe", (KEY,))
        assert await wechat.seals(text_push(), PushCrypto(TOKEN, APP_ID, (OLD_KEY,))) == REFUSED

    async def test_white_space_around_the_envelope_does_no_harm(self, wechat_at):
        wechat = await wechat_at("safe")
        timestamp, nonce = str(int(NOON.timestamp())), "1"
        sealed = wechat.crypto.seal(text_push())
        query = {"msg_signature": wechat.crypto.sign(timestamp, nonce, sealed), "timestamp": timestamp}
        body = f"<xml>\n<Encrypt> <![CDATA[{sealed}]]> </Encrypt></xml>"
        assert await wechat.posts(body, nonce=nonce, **query) == (200, "success")

    @pytest.mark.parametrize("inside", ["", "success", "<xml>", "{", "<xml><A>1</A></xml>", "[]"])
    async def test_an_envelope_with_no_push_in_it_is_malformed(self, wechat_at, inside):
        wechat = await wechat_at("safe")
        assert await wechat.seals(inside) == (400, "")
        assert wechat.heard == []

    def test_needs_a_key(self):
        with pytest.raises(ValueError, match="EncodingAESKey"):
            WeChatDoor(app_id=APP_ID, token=TOKEN, encoding_aes_keys=(), mode="safe", hear=None)


class TestAnOldRequest:
    async def test_is_refused_once_the_window_has_passed_and_a_new_one_is_heard(self, wechat_at, clock):
        wechat = await wechat_at("safe")
        then = str(int(clock().timestamp()))
        clock.move(timedelta(minutes=10, seconds=1))
        assert await wechat.seals(text_push(), timestamp=then) == REFUSED
        assert wechat.heard == []
        assert await wechat.seals(text_push()) == (200, "success")

    async def test_is_heard_again_when_it_is_a_retry(self, wechat_at, clock):
        wechat = await wechat_at("safe")
        then = str(int(clock().timestamp()))
        for _ in range(3):
            assert await wechat.seals(text_push(), timestamp=then) == (200, "success")
            clock.move(timedelta(seconds=5))
        assert len({heard.key for heard in wechat.heard}) == 1

    async def test_from_the_future_is_refused(self, wechat_at, clock):
        wechat = await wechat_at("plain")
        soon = str(int((clock() + timedelta(minutes=11)).timestamp()))
        assert await wechat.posts(text_push(), timestamp=soon) == REFUSED

    @pytest.mark.parametrize("timestamp", ["", "now", "-1", "1e9", "１７６３８７０４００", "9" * 400, "²"])
    async def test_without_a_time_is_refused(self, wechat_at, timestamp):
        wechat = await wechat_at("plain")
        assert await wechat.posts(text_push(), timestamp=timestamp) == REFUSED


class TestAnAccountThatPushesJson:
    async def test_is_answered_in_json_in_the_same_envelope(self, wechat_at):
        wechat = await wechat_at("safe")
        wechat.says = Text("您好")
        status, body = await wechat.seals(wechat_xml.write_json(push_fields()), as_json=True)
        assert status == 200
        assert set(json.loads(body)) == {"Encrypt", "MsgSignature", "TimeStamp", "Nonce"}
        assert wechat.opens(body)["Content"] == "您好"
        assert wechat.heard[0].key.startswith("msg:6260957665266699303:")

    async def test_is_answered_openly_in_plain_mode(self, wechat_at):
        wechat = await wechat_at("plain")
        wechat.says = Card("标题", "说明", "https://e.org")
        _, body = await wechat.posts(wechat_xml.write_json(push_fields()))
        assert json.loads(body)["Articles"]["item"][0]["Title"] == "标题"

    async def test_may_not_skip_the_envelope(self, wechat_at):
        wechat = await wechat_at("safe")
        assert await wechat.posts(wechat_xml.write_json(push_fields())) == REFUSED


NOT_KEPT = (503, "")
"""Held until WeChat gives up, so that it asks again: "success" would lose the message."""


class TestAConversationThat:
    async def test_has_nothing_to_say_leaves_success_unsealed(self, wechat_at):
        wechat = await wechat_at("safe")
        assert await wechat.seals(text_push()) == (200, "success")

    async def test_hands_over_to_wechats_agents_says_so(self, wechat_at):
        wechat = await wechat_at("safe")
        wechat.says = PassToWeChatAgents("kf@a")
        _, body = await wechat.seals(text_push())
        assert wechat.opens(body)["TransInfo"] == {"KfAccount": "kf@a"}

    async def test_fails_is_logged_once_without_a_word_of_the_citizen(self, wechat_at):
        wechat = await wechat_at("safe")
        wechat.fault = KeyError("oia2TjuEGTNoeX76QEjQNrcURxG8 said 110105194912310021")
        event = text_push(MsgType="event", Event="CLICK", EventKey="K", MsgId="")
        with capture_logs() as logs:
            assert await wechat.seals(event) == NOT_KEPT
        (logged,) = logs
        assert (logged["event"], logged["error"]) == ("wechat.turn_failed", "KeyError")
        assert "oia2Tju" not in str(logged)
        assert "1101051949" not in str(logged)
        wechat.fault = None
        assert await wechat.seals(text_push()) == (200, "success")
        assert len(wechat.heard) == 2

    @pytest.mark.parametrize("words", ["", "长" * 700])
    async def test_says_nothing_or_too_much_for_one_message_is_at_fault(self, wechat_at, words):
        wechat = await wechat_at("safe")
        wechat.says = Text(words)
        with capture_logs() as logs:
            assert await wechat.seals(text_push()) == NOT_KEPT
        assert logs[0]["error"] == "ValueError"
        assert wechat.carried == 0

    async def test_answers_learns_that_the_answer_was_written(self, wechat_at):
        wechat = await wechat_at("safe")
        wechat.says = Text("请到光线好的地方再试")
        await wechat.seals(text_push())
        assert wechat.carried == 1


class TestALargeBody:
    async def test_is_refused_before_it_is_parsed(self, wechat_at):
        wechat = await wechat_at("plain")
        assert await wechat.posts(b"<xml>" + b"<b/>" * 200_000) == (413, "")

    async def test_is_refused_when_its_length_is_not_declared(self, wechat_at):
        wechat = await wechat_at("safe")

        async def endless():
            for _ in range(40):
                yield b"x" * 4096

        query = {"timestamp": str(int(NOON.timestamp())), "nonce": "1"}
        async with wechat.http.post("/wechat", params=query, data=endless()) as response:
            assert response.status == 413

    async def test_of_just_64_kib_is_heard(self, wechat_at):
        wechat = await wechat_at("plain")
        room = 64 * 1024 - len(text_push(""))
        assert await wechat.posts(text_push("a" * room)) == (200, "success")
        assert await wechat.posts(text_push("a" * (room + 1))) == (413, "")

    async def test_that_is_compressed_is_refused(self, wechat_at):
        wechat = await wechat_at("plain")
        query = {"timestamp": str(int(NOON.timestamp())), "nonce": "1"}
        query["signature"] = wechat.crypto.sign(query["timestamp"], "1")
        headers = {"Content-Encoding": "gzip"}
        async with wechat.http.post("/wechat", params=query, data=b"no gzip", headers=headers) as response:
            assert response.status == 400


class TestHostileRequests:
    """Bytes straight onto the wire, so that no client tidies them up."""

    async def test_that_never_end_are_given_up(self, wechat_at, monkeypatch):
        monkeypatch.setattr("bot.channels.wechat_door._BODY_PATIENCE", timedelta(milliseconds=50))
        wechat = await wechat_at("safe")
        query = f"timestamp={int(NOON.timestamp())}"
        head = (
            f"POST /wechat?{query} HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 9\r\n\r\n<xml>"
        )
        assert await self.status(wechat, head.encode()) == 400

    async def test_get_nothing_but_a_refusal_and_reach_nobody(self, wechat_at):
        wechat = await wechat_at("safe")
        dice = random.Random(20261123)
        statuses = [await self.status(wechat, self.request(dice, wechat)) for _ in range(300)]
        assert set(statuses) <= {400, 403, 413}
        assert len(set(statuses)) > 1
        assert wechat.heard == []
        assert await wechat.seals(text_push()) == (200, "success")

    async def test_with_a_proof_but_nonsense_inside_never_break_the_door(self, wechat_at):
        wechat = await wechat_at("plain")
        dice = random.Random(20261124)
        for _ in range(300):
            status, body = await wechat.posts(self.body(dice, wechat))
            assert (status, body) in {(200, "success"), (400, ""), (413, "")}

    def request(self, dice, wechat):
        body = self.body(dice, wechat)
        stamp = dice.choice([str(int(NOON.timestamp())), "", "x", "%ff%fe", "%ed%a0%80", "1" * 300])
        query = "&".join(
            dice.sample(
                [
                    f"timestamp={stamp}",
                    "nonce=" + dice.choice(["1", "%00", "%F0%9F", "n" * 500]),
                    "signature=" + dice.choice(["", "0" * 40, "%E4%B8%AD", "%ff"]),
                    "msg_signature=" + dice.choice(["", "f" * 40, "%ED%A0%80", "é".encode().hex()]),
                    "encrypt_type=" + dice.choice(["aes", "raw", "AES", "%00"]),
                    f"timestamp={int(NOON.timestamp())}",
                ],
                k=dice.randrange(7),
            )
        )
        kind = dice.choice(
            ["text/xml", "application/json; charset=nonsense", "multipart/form-data", "", "\x01"]
        )
        extra = dice.choice(
            ["", "Content-Encoding: gzip\r\n", "Content-Encoding: br\r\n", "Expect: 100-continue\r\n"]
        )
        chunked = dice.random() < 0.2
        length = "Transfer-Encoding: chunked\r\n" if chunked else f"Content-Length: {len(body)}\r\n"
        if chunked:
            size = dice.choice([b"%x" % len(body), b"zz", b"-1"])
            body = size + b"\r\n" + body + b"\r\n0\r\n\r\n"
        head = f"POST /wechat?{query} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"
        return f"{head}Content-Type: {kind}\r\n{extra}{length}\r\n".encode() + body

    def body(self, dice, wechat):
        whole = text_push().encode()
        sealed = wechat.crypto.seal(text_push()) if wechat.crypto.encoding_aes_keys else ""
        match dice.randrange(9):
            case 0:
                return dice.randbytes(dice.randrange(200))
            case 1:
                return b""
            case 2:
                return whole[: dice.randrange(len(whole))]
            case 3:
                at = dice.randrange(len(whole))
                return whole[:at] + dice.randbytes(3) + whole[at:]
            case 4:
                return wechat_xml.write_xml({"Encrypt": sealed[: dice.randrange(len(sealed))]}).encode()
            case 5:
                return wechat_xml.write_json({"Encrypt": dice.choice([1, None, [], {}, sealed])}).encode()
            case 6:
                return b'{"a":' * dice.randrange(1, 9000)
            case 7:
                return b"<xml>" + b"<a>" * dice.randrange(1, 9000)
        return b"x" * dice.choice([65536, 65537, 200_000])

    async def status(self, wechat, request):
        reader, writer = await asyncio.open_connection("127.0.0.1", wechat.http.port)
        try:
            writer.write(request)
            head = await asyncio.wait_for(self.head(reader), 10)
            length = re.search(rb"Content-Length: (\d+)", head)
            body = await reader.readexactly(int(length[1])) if length else b""
        finally:
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()
        assert b"Traceback" not in body
        return int(head.split()[1])

    async def head(self, reader):
        head = await reader.readuntil(b"\r\n\r\n")
        return await self.head(reader) if b" 100 Continue" in head else head
