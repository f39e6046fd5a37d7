"""How a push is dressed for the wire and a reply undressed: XML or JSON, signed, encrypted by mode.

The crypto is wechatpy's, which the product's own codec is thereby measured against.
"""

import json
import secrets
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from xml.etree import ElementTree

from wechatpy.crypto import PrpCrypto, WeChatCrypto
from wechatpy.exceptions import InvalidAppIdException, InvalidSignatureException
from wechatpy.utils import WeChatSigner

from bot.simulator.settings import SimulatorSettings


class Abnormal(Exception):
    """WeChat cannot read the answer; the citizen is told that the account is out of order."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """One try on the wire. `steps` says how each signature was made, without the token."""

    query: dict[str, str]
    content_type: str
    body: str
    plain: str
    steps: list[str]


def sign(*parts: str) -> str:
    """sha1 over the sorted parts."""
    signer = WeChatSigner()
    signer.add_data(*parts)
    return str(signer.signature)


def fresh_query(settings: SimulatorSettings, at: datetime) -> dict[str, str]:
    """signature, timestamp and nonce: what every request of WeChat carries."""
    timestamp, nonce = str(int(at.timestamp())), str(secrets.randbelow(9 * 10**8) + 10**8)
    return {
        "signature": sign(settings.token, timestamp, nonce),
        "timestamp": timestamp,
        "nonce": nonce,
    }


def seal(settings: SimulatorSettings, fields: Mapping[str, Any], openid: str, at: datetime) -> Sealed:
    """Dress a push: plain, both (compatible) or encrypted only (safe)."""
    query = {**fresh_query(settings, at), "openid": openid}
    steps = [f"signature = sha1(sort(token, {query['timestamp']}, {query['nonce']})) = {query['signature']}"]
    as_json = settings.push_format == "json"
    plain = _render(fields, as_json)
    content_type = "application/json" if as_json else "text/xml"
    if settings.mode == "plain":
        return Sealed(query, content_type, plain, plain, steps)
    encrypted = _encrypt(settings, plain)
    proof = sign(settings.token, query["timestamp"], query["nonce"], encrypted)
    query |= {"encrypt_type": "aes", "msg_signature": proof}
    steps.append(f"Encrypt = AES-256-CBC(16 random bytes + length + body + {settings.app_id}), PKCS#7 to 32")
    steps.append(f"msg_signature = sha1(sort(token, timestamp, nonce, Encrypt)) = {proof}")
    kept = {"ToUserName": fields["ToUserName"]} if settings.mode == "safe" else dict(fields)
    return Sealed(query, content_type, _render({**kept, "Encrypt": encrypted}, as_json), plain, steps)


def _encrypt(settings: SimulatorSettings, plain: str) -> str:
    key = WeChatCrypto(settings.token, settings.encoding_aes_key, settings.app_id).key
    return str(PrpCrypto(key).encrypt(plain, settings.app_id).decode())


def _render(fields: Mapping[str, Any], as_json: bool) -> str:
    if as_json:
        return json.dumps(fields, ensure_ascii=False)
    return "<xml>" + "".join(_element(name, value) for name, value in fields.items()) + "</xml>"


def _element(name: str, value: object) -> str:
    match value:
        case dict():
            return f"<{name}>" + "".join(_element(inner, one) for inner, one in value.items()) + f"</{name}>"
        case int() | float():
            return f"<{name}>{value}</{name}>"
        case _:
            safe = str(value).replace("]]>", "]]]]><![CDATA[>")
            return f"<{name}><![CDATA[{safe}]]></{name}>"


# ---- the way back ----


def unseal(settings: SimulatorSettings, answer: str) -> tuple[dict[str, Any], str]:
    """The fields of a reply and its decrypted text. Raises Abnormal for what WeChat would not take."""
    outer = parse(settings, answer)
    if "Encrypt" not in outer:
        if settings.mode == "safe":
            raise Abnormal("a plaintext reply in safe mode")
        return outer, answer
    if settings.mode == "plain":
        raise Abnormal("an encrypted reply in plaintext mode")
    plain = _decrypt(settings, outer)
    return parse(settings, plain), plain


def _decrypt(settings: SimulatorSettings, outer: Mapping[str, Any]) -> str:
    crypto = WeChatCrypto(settings.token, settings.encoding_aes_key, settings.app_id)
    try:
        proof, timestamp, nonce = (str(outer[name]) for name in ("MsgSignature", "TimeStamp", "Nonce"))
        return str(crypto.decrypt_message(dict(outer), proof, timestamp, nonce))
    except InvalidSignatureException:
        raise Abnormal("a wrong MsgSignature") from None
    except InvalidAppIdException:
        raise Abnormal("another appid at the end of the ciphertext") from None
    except KeyError as missing:
        raise Abnormal(f"no {missing.args[0]} beside Encrypt") from None
    except (ValueError, IndexError, TypeError, struct.error):
        raise Abnormal("a ciphertext that does not open") from None


def parse(settings: SimulatorSettings, text: str) -> dict[str, Any]:
    """The fields of an XML body; of a JSON body too, when the account pushes JSON."""
    if settings.push_format == "json" and text.lstrip().startswith("{"):
        try:
            found: dict[str, Any] = json.loads(text)
        except ValueError:
            raise Abnormal("JSON that does not parse") from None
        return found
    try:
        root = ElementTree.fromstring(text)  # noqa: S314 - expat >= 2.6 has its own bomb protection
    except ElementTree.ParseError:
        raise Abnormal("XML that does not parse") from None
    if root.tag != "xml":
        raise Abnormal(f"a root element <{root.tag}>, not <xml>")
    return {child.tag: _value(child) for child in root}


def _value(element: ElementTree.Element) -> Any:
    children = list(element)
    if not children:
        return element.text or ""
    if all(child.tag == "item" for child in children):
        return [_value(child) for child in children]
    return {child.tag: _value(child) for child in children}
