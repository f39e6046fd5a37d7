"""WeChat's side of the wire: pushes sealed with wechatpy, replies opened and checked with it."""

import re
import secrets
import time
from dataclasses import dataclass
from urllib.parse import urlencode

from wechatpy import parse_message
from wechatpy.crypto import WeChatCrypto

SUCCESS = "success"

_ENCRYPT = re.compile(r"<Encrypt><!\[CDATA\[(.*?)\]\]>")
_FIELD = r"<{0}>(?:<!\[CDATA\[)?(.*?)(?:\]\]>)?</{0}>"


class NotAReply(AssertionError):
    """What came back is nothing that WeChat would show to a citizen."""


@dataclass(frozen=True, slots=True)
class Push:
    """One push on its way: the query of the URL and the body, the same at every try."""

    openid: str
    message_id: str
    query: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Account:
    """What WeChat and the bot both know of a public account."""

    app_id: str = "wx8f1c2d3e4a5b6c7d"
    token: str = "benchtoken"  # noqa: S105 - of no account anywhere
    aes_key: str = "q1Os1ZMe0nG28KUEx9lg3HjK7V5QyXvi212fzsgDqgz"
    name: str = "gh_0000000bench"

    @property
    def crypto(self) -> WeChatCrypto:
        """wechatpy's envelope for this account."""
        return WeChatCrypto(self.token, self.aes_key, self.app_id)

    def text(self, openid: str, message_id: str, words: str) -> Push:
        """A citizen's text message."""
        inner = (
            f"<MsgType><![CDATA[text]]></MsgType><Content><![CDATA[{words}]]></Content>"
            f"<MsgId>{message_id}</MsgId>"
        )
        return self.push(openid, message_id, inner)

    def push(self, openid: str, message_id: str, inner: str) -> Push:
        """Any push: `inner` is what follows ToUserName, FromUserName and CreateTime."""
        now = int(time.time())
        return self.sealed(
            f"<xml><ToUserName><![CDATA[{self.name}]]></ToUserName>"
            f"<FromUserName><![CDATA[{openid}]]></FromUserName><CreateTime>{now}</CreateTime>{inner}</xml>",
            openid=openid,
            message_id=message_id,
        )

    def sealed(self, xml: str, *, openid: str = "", message_id: str = "") -> Push:
        """Any text in a valid envelope of safe mode."""
        now, nonce = str(int(time.time())), secrets.token_hex(5)
        envelope = self.crypto.encrypt_message(xml, nonce, now)
        encrypted = _found(_ENCRYPT, envelope)
        query = {
            "signature": secrets.token_hex(20),
            "timestamp": now,
            "nonce": nonce,
            "openid": openid,
            "encrypt_type": "aes",
            "msg_signature": _field("MsgSignature", envelope),
        }
        body = (
            f"<xml><ToUserName><![CDATA[{self.name}]]></ToUserName>"
            f"<Encrypt><![CDATA[{encrypted}]]></Encrypt></xml>"
        )
        return Push(openid, message_id, urlencode(query), body.encode())

    def words_of(self, reply: bytes, openid: str) -> str | None:
        """The words of a passive reply, None for `success`.

        Raises:
            NotAReply: not ours, not sealed, or not for this citizen.
        """
        text = reply.decode()
        if text in ("", SUCCESS):
            return None
        if "<Encrypt>" not in text:
            raise NotAReply(text[:80])
        nonce, at = _field("Nonce", text), _field("TimeStamp", text)
        xml = self.crypto.decrypt_message(text, _field("MsgSignature", text), at, nonce)
        if _field("ToUserName", xml) != openid:
            raise NotAReply("the reply is for somebody else")
        return str(parse_message(xml).content)

    def environment(self) -> dict[str, str]:
        """The settings that make a server this account."""
        return {
            "WECHAT_APP_ID": self.app_id,
            "WECHAT_APP_SECRET": "bench-app-secret",
            "WECHAT_TOKEN": self.token,
            "WECHAT_ENCODING_AES_KEY": self.aes_key,
            "WECHAT_MODE": "safe",
        }


def _field(name: str, xml: str) -> str:
    return _found(re.compile(_FIELD.format(name), re.DOTALL), xml)


def _found(pattern: re.Pattern[str], text: str) -> str:
    found = pattern.search(text)
    if found is None:
        raise NotAReply(f"no {pattern.pattern}")
    return found[1]
