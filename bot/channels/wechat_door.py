"""The webhook `/wechat`: WeChat's signed pushes in, the first reply out.

Nothing of a request is believed before its proof. A refused request costs one hash or one decryption and
never reaches the conversation. What is answered is only ever 200, 400, 403 or 413.
"""

import asyncio
import hashlib
import traceback
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import structlog
from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from bot.channels import wechat_push, wechat_words, wechat_xml
from bot.channels.wechat_crypto import Forged, Malformed, PushCrypto, Refusal, TooLarge
from handlers.messages import Heard, Saying

Mode = Literal["plain", "compatible", "safe"]
Hear = Callable[[Heard], Awaitable[Saying | None]]
"""The conversation: one Heard in, what rides home in the response out; None leaves with `success`."""

_BODY_PATIENCE = timedelta(seconds=5)
"""WeChat itself gives up on a push after five seconds."""

_log = structlog.get_logger("bot.wechat")


@dataclass(frozen=True, slots=True)
class _Push:
    """A proven push; `key` opened its envelope, None where it came without one."""

    fields: wechat_xml.Fields
    is_json: bool
    key: int | None


class WeChatDoor:
    """One account's webhook.

    In "safe" mode only `msg_signature` counts, since the plain `signature` does not cover the body, and
    a body without an envelope is refused. "compatible" takes both kinds, "plain" only open bodies.

    Raises:
        ValueError: a mode that encrypts, without an EncodingAESKey; or a key that is none.
    """

    def __init__(
        self,
        *,
        app_id: str,
        token: str,
        encoding_aes_keys: Sequence[str],
        mode: Mode,
        hear: Hear,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        freshness: timedelta = timedelta(minutes=10),
    ) -> None:
        if mode != "plain" and not encoding_aes_keys:
            raise ValueError(f"WeChat mode {mode!r} needs an EncodingAESKey")
        self._crypto = PushCrypto(token, app_id, tuple(encoding_aes_keys))
        self._mode = mode
        self._hear = hear
        self._clock = clock
        self._freshness = freshness

    async def get(self, request: web.Request) -> web.Response:
        """WeChat verifies the address: its `echostr` goes back as it came, in every mode.

        How old the signature is does not matter here: nothing is heard and nothing is told.
        """
        query = request.query
        try:
            self._crypto.check(query.get("signature", ""), query.get("timestamp", ""), query.get("nonce", ""))
        except Refusal as refusal:
            return _refused(refusal)
        return web.Response(text=query.get("echostr", ""), headers={"X-Content-Type-Options": "nosniff"})

    async def post(self, request: web.Request) -> web.Response:
        """One push: proven, heard, answered in the notation and the envelope that it came in."""
        try:
            push = await self._proven(request)
            heard = wechat_push.heard(push.fields, self._clock())
        except Refusal as refusal:
            return _refused(refusal)
        saying = await self._answer(heard)
        if saying is None:
            return web.Response(text="success")
        return self._reply(request, push, saying)

    async def _proven(self, request: web.Request) -> _Push:
        query = request.query
        timestamp, nonce = query.get("timestamp", ""), query.get("nonce", "")
        self._check_freshness(timestamp)
        sealed = self._mode == "safe" or (
            self._mode == "compatible" and query.get("encrypt_type", "raw") != "raw"
        )
        if not sealed:
            self._crypto.check(query.get("signature", ""), timestamp, nonce)
        body = await _body(request)
        fields, is_json = wechat_xml.read(body), wechat_xml.is_json(body)
        if not sealed:
            return _Push(fields, is_json, key=None)
        envelope = _envelope(fields)
        self._crypto.check(query.get("msg_signature", ""), timestamp, nonce, envelope)
        opened = self._crypto.open(envelope)
        return _Push(wechat_xml.read(opened.text), wechat_xml.is_json(opened.text), opened.key)

    def _check_freshness(self, timestamp: str) -> None:
        if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
            raise Forged("timestamp")
        if abs(self._clock().timestamp() - int(timestamp)) > self._freshness.total_seconds():
            raise Forged("stale")

    async def _answer(self, heard: Heard) -> Saying | None:
        """A conversation that fails is logged here, once, and WeChat is told `success`.

        Otherwise WeChat would show the citizen its own "该公众号暂时无法提供服务" and try again.
        """
        try:
            saying = await self._hear(heard)
            if saying is not None and not wechat_words.fits(saying):
                raise ValueError("a reply that is empty or needs more than one message: wechat_words.parts")
        except Exception as fault:  # noqa: BLE001  # the door: everything is logged once
            _log.error("wechat.turn_failed", push=_name(heard), error=type(fault).__name__, at=_place(fault))
            return None
        return saying

    def _reply(self, request: web.Request, push: _Push, saying: Saying) -> web.Response:
        now = int(self._clock().timestamp())
        fields = {
            "ToUserName": wechat_push.text_of(push.fields, "FromUserName"),
            "FromUserName": wechat_push.text_of(push.fields, "ToUserName"),
            "CreateTime": now,
            **wechat_words.passive(saying),
        }
        write = wechat_xml.write_json if push.is_json else wechat_xml.write_xml
        text = write(fields)
        if push.key is not None:
            text = write(self._sealed(text, push.key, now, request.query.get("nonce", "")))
        return web.Response(text=text, content_type="application/json" if push.is_json else "application/xml")

    def _sealed(self, text: str, key: int, now: int, nonce: str) -> dict[str, Any]:
        encrypted = self._crypto.seal(text, key)
        signature = self._crypto.sign(str(now), nonce, encrypted)
        return {"Encrypt": encrypted, "MsgSignature": signature, "TimeStamp": now, "Nonce": nonce}


def _envelope(fields: wechat_xml.Fields) -> str:
    envelope = fields.get("Encrypt")
    if not isinstance(envelope, str) or not envelope.strip():
        raise Forged("plaintext")
    return envelope.strip()


async def _body(request: web.Request) -> bytes:
    """The body, read no further than the cap, however it is declared.

    Raises:
        TooLarge: over 64 KiB.
        Malformed: compressed, which WeChat never does; broken off; or slower than five seconds.
    """
    if (request.content_length or 0) > wechat_xml.BODY_CAP_BYTES:
        raise TooLarge
    if request.headers.get("Content-Encoding"):
        raise Malformed("compressed")
    chunks: list[bytes] = []
    size_bytes = 0
    try:
        async with asyncio.timeout(_BODY_PATIENCE.total_seconds()):
            async for chunk in request.content.iter_any():
                chunks.append(chunk)
                size_bytes += len(chunk)
                if size_bytes > wechat_xml.BODY_CAP_BYTES:
                    raise TooLarge
    except (TimeoutError, ConnectionError, HttpProcessingError, web.RequestPayloadError):
        raise Malformed("body") from None
    return b"".join(chunks)


def _refused(refusal: Refusal) -> web.Response:
    _log.info("wechat.refused", status=refusal.status, reason=str(refusal))
    return web.Response(status=refusal.status)


def _name(heard: Heard) -> str:
    """A push by a short hash of its key, which may hold an openid."""
    return hashlib.sha256(heard.key.encode()).hexdigest()[:12]


def _place(fault: BaseException) -> str:
    """Where it broke, without the message, which may hold a citizen's words."""
    frames = traceback.extract_tb(fault.__traceback__)[-3:]
    return " < ".join(f"{frame.name}:{frame.lineno}" for frame in reversed(frames))
