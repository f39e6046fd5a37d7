"""What other implementations and WeChat's own pages say a push, a reply and a signature look like."""

from datetime import UTC, datetime
from typing import Any

import pytest

from bot.channels import wechat_push, wechat_words, wechat_xml
from bot.channels.wechat_crypto import Forged, PushCrypto
from bot.channels.wechat_page import sign_page
from handlers.messages import (
    Card,
    Followed,
    Heard,
    Image,
    Left,
    MenuTapped,
    Notice,
    PassToWeChatAgents,
    Picture,
    Place,
    Recording,
    Scanned,
    SharedLink,
    Text,
    Words,
)
from tests.channels.conftest import CONFORMANCE, NOON, Clock, conformance, push_fields

ABOUT_SOMEONE_ELSE = {"user_authorization_revoke", "user_info_modified"}

ACT_OF_ROUTE: dict[str, tuple[type, ...]] = {
    "answer": (Words,),
    "answer(recognition or ask to type)": (Words, Recording),
    "answer_or_store": (Picture,),
    "ack_unsupported": (Recording, Place, SharedLink),
    "menu_click": (MenuTapped,),
    "scene": (Scanned,),
    "welcome(+scene if qrscene_)": (Followed,),
    "forget_subscription; never reply": (Left,),
}


def vectors(kind: str) -> list[dict[str, Any]]:
    found = [vector for vector in conformance("crypto_vectors.json") if vector["kind"] == kind]
    assert found, kind
    return found


def crypto_of(vector: dict[str, Any]) -> PushCrypto:
    app_id = vector["expect"].get("real_tail") or vector.get("appid", "")
    keys = (vector["encoding_aes_key"],) if "encoding_aes_key" in vector else ()
    return PushCrypto(vector.get("token", ""), app_id, keys)


def check_and_open(crypto: PushCrypto, signature: str, timestamp: str, nonce: str, encrypted: str) -> bytes:
    crypto.check(signature, timestamp, nonce, encrypted)
    return crypto.open(encrypted).text


class TestTheCryptoVectors:
    def test_are_all_of_a_kind_that_is_tested_here(self):
        kinds = {vector["kind"] for vector in conformance("crypto_vectors.json")}
        assert kinds == {"url_signature", "msg_signature", "decrypt", "encrypt", "jssdk"}

    @pytest.mark.parametrize("kind", ["url_signature", "msg_signature"])
    def test_carry_signatures_that_prove_them(self, kind):
        for vector in vectors(kind):
            checked = vector["signature" if kind == "url_signature" else "msg_signature"]
            crypto_of(vector).check(checked, vector["timestamp"], vector["nonce"], vector.get("encrypt", ""))

    def test_open(self):
        for vector in vectors("decrypt"):
            expected, crypto = vector["expect"], crypto_of(vector)
            proof = (vector["msg_signature"], vector["timestamp"], vector["nonce"], vector["encrypt"])
            if "error" in expected:
                with pytest.raises(Forged) as refused:
                    check_and_open(crypto, *proof)
                assert refused.value.status == expected["http_status"], vector["id"]
                continue
            text = check_and_open(crypto, *proof)
            assert expected.get("plaintext", text.decode()) == text.decode(), vector["id"]
            for name, value in expected.get("fields", {}).items():
                assert wechat_xml.read(text)[name] == value, vector["id"]

    def test_seal_to_the_same_letters_with_the_same_random_bytes(self, monkeypatch):
        for vector in vectors("encrypt"):
            crypto = crypto_of(vector)
            monkeypatch.setattr("secrets.token_bytes", lambda _, v=vector: v["random"].encode())
            sealed = crypto.seal(vector["plaintext"])
            assert sealed == vector["expect"]["encrypt"], vector["id"]
            if signature := vector["expect"].get("msg_signature"):
                assert crypto.sign(vector["timestamp"], vector["nonce"], sealed) == signature, vector["id"]

    def test_sign_a_page(self):
        for vector in vectors("jssdk"):
            signed = sign_page(
                "wx0", vector["jsapi_ticket"], vector["url"], int(vector["timestamp"]), vector["noncestr"]
            )
            assert signed.signature == vector["expect"]["signature"]


class TestThePushes:
    def test_are_read_to_the_exact_text(self):
        for push in conformance("messages.json"):
            fields = wechat_xml.read((CONFORMANCE / push["file"]).read_bytes())
            assert fields == push["expect"]["fields"], push["file"]

    def test_are_known_by_their_key(self):
        for push in conformance("messages.json"):
            heard, expected = self.heard(push), push["expect"]
            assert heard.key.startswith(expected["dedupe_key"]), push["file"]
            assert heard.at == datetime.fromtimestamp(expected["create_time"], UTC), push["file"]
            if expected["event"] not in ABOUT_SOMEONE_ELSE:
                assert heard.openid == expected["from_user"], push["file"]

    def test_become_the_act_that_their_route_wants(self):
        for push in conformance("messages.json"):
            act, expected = self.heard(push).act, push["expect"]
            wanted = ACT_OF_ROUTE.get(expected["route"], (Notice,))
            assert isinstance(act, wanted), push["file"]
            if isinstance(act, Notice):
                assert act.event == expected["event"] or act.event == expected["msg_type"], push["file"]

    async def test_are_all_answered_with_success_when_there_is_nothing_to_say(self, wechat_at):
        wechat = await wechat_at("safe")
        for push in conformance("messages.json"):
            status, body = await wechat.seals((CONFORMANCE / push["file"]).read_text("utf-8"))
            expected = push["expect"]
            assert (status, body) == (expected["http_status"], expected["body_when_no_reply"]), push["file"]
        assert len(wechat.heard) == len(conformance("messages.json")) == 133

    def test_in_json_are_read_and_heard_alike(self):
        for push in conformance("messages_json.json"):
            expected = push["expect"]
            fields = wechat_xml.read((CONFORMANCE / push["file"]).read_bytes())
            assert fields == expected["fields"], push["file"]
            heard = wechat_push.heard(fields, NOON)
            key = f"msg:{expected['msg_id']}" if expected["msg_id"] else f"evt:{expected['from_user']}:"
            assert heard.key.startswith(key), push["file"]
            assert isinstance(heard.act, Words if expected["msg_type"] == "text" else Notice)

    @staticmethod
    def heard(push: dict[str, Any]) -> Heard:
        return wechat_push.heard(wechat_xml.read((CONFORMANCE / push["file"]).read_bytes()), NOON)


class TestTheReplies:
    def test_are_written_to_the_same_tree(self):
        for reply in conformance("replies.json"):
            expected = reply["expect"]["fields"]
            assert wechat_xml.read(wechat_xml.write_xml(expected).encode()) == expected, reply["file"]
            assert wechat_xml.read((CONFORMANCE / reply["file"]).read_bytes()) == expected, reply["file"]

    @pytest.mark.parametrize(
        ("file", "saying"),
        [
            ("TextMessageReply", Text("你好")),
            ("ImageMessageReply", Image("media_id")),
            ("NewsMessageReply", Card("title1", "description1", "url", "picurl")),
            ("TransferCustomerServiceReply", PassToWeChatAgents("test1@test")),
        ],
    )
    def test_are_what_our_sayings_become(self, file, saying):
        wanted = {reply["file"]: reply["expect"]["fields"] for reply in conformance("replies.json")}
        addressed = {"ToUserName", "FromUserName", "CreateTime"}
        fields = {
            name: value for name, value in wanted[f"replies/{file}.xml"].items() if name not in addressed
        }
        assert wechat_xml.read(wechat_xml.write_xml(wechat_words.passive(saying)).encode()) == fields


class TestTheDoorOnTheOfficialExamples:
    async def test_verifies_the_address(self, wechat_at):
        for vector in vectors("url_signature"):
            if "echostr" not in vector:
                continue
            wechat = await wechat_at("safe", token=vector["token"])
            query = {name: vector[name] for name in ("signature", "timestamp", "nonce", "echostr")}
            async with wechat.http.get("/wechat", params=query) as response:
                told = response.status, await response.text()
            assert told == (vector["expect"]["http_status"], vector["expect"]["body"])

    async def test_hears_the_sealed_pushes_at_their_time(self, wechat_at, clock: Clock):
        tried = 0
        for vector in vectors("decrypt"):
            if "url_signature" not in vector:
                continue
            tried += 1
            clock.now = datetime.fromtimestamp(int(vector["timestamp"]) + 10, UTC)
            wechat = await wechat_at(
                "safe", (vector["encoding_aes_key"],), token=vector["token"], app_id=vector["appid"]
            )
            body = wechat_xml.write_xml({"Encrypt": vector["encrypt"], **push_fields()})
            query = {name: vector[name] for name in ("timestamp", "nonce", "msg_signature")}
            query |= {"signature": vector["url_signature"], "encrypt_type": "aes"}
            async with wechat.http.post("/wechat", params=query, data=body.encode()) as response:
                assert (response.status, await response.text()) == (200, "success")
            assert wechat.heard[0].act == Notice("debug_demo")
        assert tried == 2
