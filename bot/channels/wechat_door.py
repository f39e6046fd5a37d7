"""The webhook `/wechat`: WeChat's signed pushes in, the first reply out.

Nothing of a request is believed before its proof. A refused request costs one hash or one decryption and
never reaches the conversation: 400, 403 or 413. A proven push is answered 200, or held when it could not be
kept, so that WeChat asks again.
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
from handlers.reception import Reply

Mode = Literal["plain", "compatible", "safe"]
Hear = Callable[[Heard], Awaitable[Reply | None]]
"""The conversation: one Heard in, what rides home in the response out; None leaves with `success`."""

CUT_AFTER = timedelta(seconds=5.2)
"""WeChat cuts at five seconds and asks again; a push that could not be kept is held until then."""

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
        cut_after: timedelta = CUT_AFTER,
        observe: Callable[[int], None] = lambda _status: None,
    ) -> None:
        if mode != "plain" and not encoding_aes_keys:
            raise ValueError(f"WeChat mode {mode!r} needs an EncodingAESKey")
        self._crypto = PushCrypto(token, app_id, tuple(encoding_aes_keys))
        self._mode = mode
        self._hear = hear
        self._clock = clock
        self._freshness = freshness
        self._cut_after = cut_after
        self._observe = observe

    async def get(self, request: web.Request) -> web.Response:
        """WeChat verifies the address: its `echostr` goes back as it came, in every mode.

        How old the signature is does not matter here: nothing is heard and nothing is told.
        """
        query = request.query
        try:
            self._crypto.check(query.get("signature", ""), query.get("timestamp", ""), query.get("nonce", ""))
        except Refusal as refusal:
            return self._refused(refusal)
        return web.Response(text=query.get("echostr", ""), headers={"X-Content-Type-Options": "nosniff"})

    async def post(self, request: web.Request) -> web.Response:
        """One push: proven, heard, answered in the notation and the envelope that it came in."""
        try:
            push = await self._proven(request)
            heard = wechat_push.heard(push.fields, self._clock())
        except Refusal as refusal:
            return self._refused(refusal)
        began = asyncio.get_running_loop().time()
        try:
            reply = await self._hear(heard)
            response = self._reply(request, push, reply.saying) if reply else web.Response(text="success")
        except Exception as fault:  # noqa: BLE001  # the door: everything is logged once
            _log.error("wechat.turn_failed", push=_name(heard), error=type(fault).__name__, at=_place(fault))
            return await self._unheard(began)
        if reply:
            await response.prepare(request)
            await response.write_eof()
            reply.carried()
        return response

    async def _unheard(self, began: float) -> web.Response:
        """No answer: the push was not kept, and "success" would lose it. WeChat cuts and asks again."""
        held = asyncio.get_running_loop().time() - began
        await asyncio.sleep(max(0.0, self._cut_after.total_seconds() - held))
        return web.Response(status=503)

    def _refused(self, refusal: Refusal) -> web.Response:
        self._observe(refusal.status)
        _log.info("wechat.refused", status=refusal.status, reason=str(refusal))
        return web.Response(status=refusal.status)

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

    def _reply(self, request: web.Request, push: _Push, saying: Saying) -> web.Response:
        if not wechat_words.fits(saying):
            raise ValueError("a reply that is empty or needs more than one message: wechat_words.parts")
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


def _name(heard: Heard) -> str:
    """A push by a short hash of its key, which may hold an openid."""
    return hashlib.sha256(heard.key.encode()).hexdigest()[:12]


def _place(fault: BaseException) -> str:
    """Where it broke, without the message, which may hold a citizen's words."""
    frames = traceback.extract_tb(fault.__traceback__)[-3:]
    return " < ".join(f"{frame.name}:{frame.lineno}" for frame in reversed(frames))
