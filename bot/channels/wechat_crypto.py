"""Proof that a push is WeChat's own, and the AES envelope that pushes and replies travel in.

    Refusal             status
    ├── Malformed       400   not a push at all
    ├── Forged          403   no proof that WeChat sent it to this account, or too old a proof
    └── TooLarge        413   more bytes than any push has

wechatpy signs, pads and encrypts. It also opens envelopes, but without looking at the padding, with one
key, and with six kinds of exception for bad input; so only its cipher is used there, and `open` checks.
"""

import base64
import binascii
import hmac
import re
import secrets
import struct
from collections.abc import Sequence
from dataclasses import dataclass, field

from wechatpy.crypto import PrpCrypto
from wechatpy.utils import WeChatSigner

_ENCODING_AES_KEY = re.compile(r"[A-Za-z0-9+/]{43}")
_BLOCK = 16
_LONGEST_PADDING = 32
_RANDOM = 16
_DRAWN = 256
"""Replies for which random bytes are drawn at once: 4 KB."""
_HEAD = 20
"""16 random bytes and the length of the text, four bytes, big-endian."""


class Refusal(Exception):
    """This request is not answered. The caller learns the status and nothing else."""

    status = 400


class Malformed(Refusal):
    """The body is not a push that WeChat could have written."""

    status = 400


class Forged(Refusal):
    """Nothing proves that WeChat sent this to this account just now."""

    status = 403


class TooLarge(Refusal):
    """The body is larger than any push."""

    status = 413


@dataclass(frozen=True, slots=True)
class Opened:
    """What was inside an envelope; `key` says which key opened it, so that the reply uses the same."""

    text: bytes
    key: int


class _Key(PrpCrypto):  # type: ignore[misc]  # wechatpy has no types
    """wechatpy's envelope with unpredictable random bytes; its own come from `random`.

    They are asked of the system for many replies at once: each call lets other threads have the interpreter.
    """

    _drawn = b""

    def get_random_string(self) -> bytes:
        self._drawn = self._drawn or secrets.token_bytes(_RANDOM * _DRAWN)
        mine, self._drawn = self._drawn[:_RANDOM], self._drawn[_RANDOM:]
        return mine


@dataclass(frozen=True, slots=True)
class PushCrypto:
    """The token, and the EncodingAESKeys that may be in use: the current one first, then the previous.

    After a change of the key WeChat may still send with the old one. A key is 43 characters; its last
    character may carry bits that no byte uses, which strict base64 decoders refuse and WeChat issues.

    Raises:
        ValueError: a key is not 43 base64 characters. The message does not hold the key.
    """

    token: str = field(repr=False)
    app_id: str
    encoding_aes_keys: Sequence[str] = field(default=(), repr=False)
    _keys: tuple[_Key, ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_keys", tuple(_key(text) for text in self.encoding_aes_keys))

    def sign(self, timestamp: str, nonce: str, encrypted: str = "") -> str:
        """WeChat's SHA-1 over the token, the timestamp, the nonce and, in safe mode, the envelope."""
        signer = WeChatSigner()
        signer.add_data(self.token, _bytes(timestamp), _bytes(nonce), _bytes(encrypted))
        return str(signer.signature)

    def check(self, signature: str, timestamp: str, nonce: str, encrypted: str = "") -> None:
        """Compare in constant time.

        Raises:
            Forged: the signature is not the one that the token gives.
        """
        expected = self.sign(timestamp, nonce, encrypted)
        if not hmac.compare_digest(expected.encode(), _bytes(signature)):
            raise Forged("signature")

    def open(self, encrypted: str) -> Opened:
        """Decrypt with the first key that fits.

        Raises:
            Forged: no key gives correct padding, a possible length and this account's app id.
        """
        sealed = _sealed_bytes(encrypted)
        for number, key in enumerate(self._keys):
            text = _text_for(self.app_id.encode(), key.cipher.decrypt(sealed))
            if text is not None:
                return Opened(text, number)
        raise Forged("envelope")

    def seal(self, text: str, key: int = 0) -> str:
        """Encrypt for WeChat, as base64. `key` is the one that opened the push."""
        return bytes(self._keys[key].encrypt(text.encode(), self.app_id)).decode("ascii")


def _key(encoding_aes_key: str) -> _Key:
    if not _ENCODING_AES_KEY.fullmatch(encoding_aes_key):
        raise ValueError("an EncodingAESKey has exactly 43 characters, A-Z a-z 0-9 + /")
    return _Key(base64.b64decode(encoding_aes_key + "="))


def _bytes(text: str) -> bytes:
    """UTF-8 whatever came over the wire: a lone surrogate must not crash a comparison."""
    return text.encode("utf-8", "replace")


def _sealed_bytes(encrypted: str) -> bytes:
    try:
        sealed = base64.b64decode(encrypted, validate=True)
    except (binascii.Error, ValueError):
        raise Forged("base64") from None
    if not sealed or len(sealed) % _BLOCK:
        raise Forged("blocks")
    return sealed


def _text_for(app_id: bytes, plain: bytes) -> bytes | None:
    """random(16) | length(4) | text | app id | 1 to 32 padding bytes, each saying how many they are."""
    padding = plain[-1]
    if not 1 <= padding <= _LONGEST_PADDING or not plain.endswith(bytes((padding,)) * padding):
        return None
    content = plain[_HEAD:-padding]
    if len(plain) < _HEAD + padding:
        return None
    (length,) = struct.unpack_from(">I", plain, _HEAD - 4)
    if not hmac.compare_digest(content[length:], app_id):
        return None
    return content[:length]
