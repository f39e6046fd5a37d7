"""What proves a push, and every way in which an envelope can be wrong."""

import base64
import struct

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.wechat_crypto import Forged, PushCrypto
from tests.channels.conftest import APP_ID, KEY, OLD_KEY, TOKEN

CRYPTO = PushCrypto(TOKEN, APP_ID, (KEY, OLD_KEY))


def sealed(plain: bytes, key: str = KEY) -> str:
    """Encrypt exactly these bytes, padding and all."""
    raw = base64.b64decode(key + "=")
    encryptor = Cipher(algorithms.AES(raw), modes.CBC(raw[:16])).encryptor()
    return base64.b64encode(encryptor.update(plain) + encryptor.finalize()).decode()


def plain(text: bytes, *, app_id: bytes = APP_ID.encode(), length: int | None = None) -> bytes:
    return bytes(16) + struct.pack(">I", len(text) if length is None else length) + text + app_id


def padded(content: bytes, block: int = 32) -> bytes:
    padding = block - len(content) % block
    return content + bytes((padding,)) * padding


class TestAnEnvelope:
    @given(st.text())
    def test_gives_back_what_was_sealed(self, text):
        text = text.encode("utf-8", "replace").decode()
        assert CRYPTO.open(CRYPTO.seal(text)).text.decode() == text

    def test_is_never_the_same_twice(self):
        assert CRYPTO.seal("同一句话") != CRYPTO.seal("同一句话")

    @pytest.mark.parametrize("size", range(33))
    def test_may_be_padded_with_1_to_32_bytes(self, size):
        text = b"x" * size
        assert CRYPTO.open(sealed(padded(plain(text)))).text == text

    def test_opens_with_the_previous_key_and_says_so(self):
        previous = PushCrypto(TOKEN, APP_ID, (OLD_KEY,))
        opened = CRYPTO.open(previous.seal("还在路上的消息"))
        assert (opened.text.decode(), opened.key) == ("还在路上的消息", 1)
        assert previous.open(CRYPTO.seal("回复", opened.key)).text.decode() == "回复"

    def test_does_not_open_once_the_key_is_forgotten(self):
        with pytest.raises(Forged):
            PushCrypto(TOKEN, APP_ID, (KEY,)).open(PushCrypto(TOKEN, APP_ID, (OLD_KEY,)).seal("旧"))

    @pytest.mark.parametrize(
        "content",
        [
            padded(plain(b"hello", app_id=b"wx9999999999999999")),
            padded(plain(b"hello", app_id=APP_ID.encode() + b"x")),
            padded(plain(b"hello", app_id=b"")),
            padded(plain(b"hello", length=4)),
            padded(plain(b"hello", length=6)),
            padded(plain(b"hello", length=2**32 - 1)),
            padded(plain(b"hello"))[:-1] + b"\x00",
            padded(plain(b"hello"))[:-1] + b"\x21",
            padded(plain(b"hello"))[:-2] + b"\x07" + padded(plain(b"hello"))[-1:],
            bytes((32,)) * 32,
            bytes((16,)) * 16,
            bytes(16),
        ],
    )
    def test_for_another_account_or_with_wrong_bytes_is_refused(self, content):
        with pytest.raises(Forged):
            CRYPTO.open(sealed(content))

    @pytest.mark.parametrize("text", ["", "=", "AAAA", "中文", "A" * 43, "a b=", "\ud800", "A" * 64 + "\n"])
    def test_that_is_none_is_refused(self, text):
        with pytest.raises(Forged):
            CRYPTO.open(text)

    @given(st.binary(min_size=16, max_size=400).map(lambda raw: raw[: len(raw) // 16 * 16]))
    def test_of_random_bytes_is_refused(self, raw):
        with pytest.raises(Forged):
            CRYPTO.open(base64.b64encode(raw).decode())


class TestASignature:
    def test_that_is_right_passes(self):
        CRYPTO.check(CRYPTO.sign("1", "2", "3"), "1", "2", "3")

    @given(st.text(), st.text(), st.text(), st.text())
    def test_of_anything_else_is_refused(self, signature, timestamp, nonce, encrypted):
        with pytest.raises(Forged):
            CRYPTO.check(signature, timestamp, nonce, encrypted)

    def test_is_compared_in_constant_time(self, monkeypatch):
        compared = []
        monkeypatch.setattr("hmac.compare_digest", lambda *pair: compared.append(pair) or False)
        with pytest.raises(Forged):
            CRYPTO.check("0" * 40, "1", "2")
        assert len(compared) == 1


class TestAnEncodingAESKey:
    @pytest.mark.parametrize("key", ["", KEY[:-1], KEY + "=", KEY + "A", KEY[:-1] + "!", KEY[:-1] + "\n"])
    def test_that_is_none_is_refused_without_showing_it(self, key):
        with pytest.raises(ValueError, match="exactly 43 characters") as refused:
            PushCrypto(TOKEN, APP_ID, (key,))
        assert not key or key not in str(refused.value)

    def test_is_not_shown_by_its_holder(self):
        assert KEY not in repr(CRYPTO)
        assert TOKEN not in repr(CRYPTO)
