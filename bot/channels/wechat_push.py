"""From the fields of a push to what the conversation hears.

No value of a field may crash this: a field may be missing, be a number, a list or a dict, or hold anything.
"""

import hashlib
import math
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from bot.channels.wechat_crypto import Malformed
from handlers.messages import (
    Act,
    Followed,
    Heard,
    Left,
    MenuTapped,
    Notice,
    Picture,
    Place,
    Recording,
    Scanned,
    SharedLink,
    Words,
)

_SCENE = "qrscene_"
_LONGEST_OPENID = 64
_LONGEST_KEY = 255
_LONGEST_WORD = 64
_ABOUT_SOMEONE_ELSE = {"user_authorization_revoke", "user_info_modified", "user_authorization_cancellation"}
"""Privacy events come from the platform; the citizen whose data must go is named in OpenID."""

_DETAILS = ("EventKey", "KfAccount", "ToKfAccount", "Status", "RevokeInfo", "SessionFrom")


def heard(fields: Mapping[str, Any], now: datetime) -> Heard:
    """One push as one Heard; `now` stands in for a CreateTime that is no time.

    Raises:
        Malformed: the push does not say who sent it or what kind it is.
    """
    sender, kind = text_of(fields, "FromUserName"), _word(fields, "MsgType")
    if not sender.strip() or len(sender) > _LONGEST_OPENID or not kind:
        raise Malformed("fields")
    event = _word(fields, "Event") if kind == "event" else kind
    return Heard(
        key=_key(fields, sender, event),
        openid=_citizen(fields, sender, event),
        at=_time(text_of(fields, "CreateTime"), now),
        act=_event(fields, event) if kind == "event" else _message(fields, kind),
    )


def text_of(fields: Mapping[str, Any], name: str) -> str:
    """The exact text of a field, the first where a tag repeats; "" for what is no text.

    JSON can smuggle in what no database stores: NUL and lone surrogates.
    """
    value = fields.get(name, "")
    if isinstance(value, list):
        value = next(iter(value), "")
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value) if abs(value) < 10**20 else ""
    if not isinstance(value, str):
        return ""
    if not value.isascii():
        value = value.encode("utf-8", "replace").decode()
    return value.replace("\0", "")


def _key(fields: Mapping[str, Any], sender: str, event: str) -> str:
    """The identity of a push, the same at each of WeChat's three tries.

    The sender belongs to it, as a mark since editors see keys of messages: nobody is ever given the reply of
    somebody else. MsgID, which reports about sent messages carry, is not the id of the push. Sender and
    second alone would make one of two quick taps, so event and key belong to it (WxJava does the same).
    """
    if message_id := text_of(fields, "MsgId").strip():
        key = f"msg:{message_id}:{_digest(sender)[:16]}"
    else:
        created = text_of(fields, "CreateTime").strip()
        key = f"evt:{sender}:{created}:{event}:{text_of(fields, 'EventKey')}"
    if len(key) <= _LONGEST_KEY:
        return key
    return f"{key[:190]}#{_digest(key)}"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _citizen(fields: Mapping[str, Any], sender: str, event: str) -> str:
    if event not in _ABOUT_SOMEONE_ELSE:
        return sender
    named = text_of(fields, "OpenID") or text_of(fields, "openid")
    return named if 0 < len(named) <= _LONGEST_OPENID else sender


def _message(fields: Mapping[str, Any], kind: str) -> Act:
    media_id = text_of(fields, "MediaId")
    match kind:
        case "text":
            return _words(fields)
        case "image":
            return Picture(media_id, text_of(fields, "PicUrl"))
        case "voice":
            recognised = text_of(fields, "Recognition")
            return Words(recognised, via="voice") if recognised.strip() else Recording("voice", media_id)
        case "video" | "shortvideo":
            return Recording("video" if kind == "video" else "shortvideo", media_id)
        case "location":
            return _place(fields)
        case "link":
            return SharedLink(text_of(fields, "Title"), text_of(fields, "Url"))
    return Notice(kind)


def _words(fields: Mapping[str, Any]) -> Words:
    option = text_of(fields, "bizmsgmenuid")
    if option:
        return Words(text_of(fields, "Content"), via="tapped", option=option)
    return Words(text_of(fields, "Content"))


def _place(fields: Mapping[str, Any]) -> Place | Notice:
    latitude, longitude = _number(fields, "Location_X"), _number(fields, "Location_Y")
    if abs(latitude) <= 90 and abs(longitude) <= 180:
        return Place(latitude, longitude, text_of(fields, "Label"))
    return Notice("location")


def _event(fields: Mapping[str, Any], event: str) -> Act:
    event_key = text_of(fields, "EventKey")
    match event:
        case "subscribe":
            return Followed(event_key.removeprefix(_SCENE) if event_key.startswith(_SCENE) else None)
        case "unsubscribe":
            return Left()
        case "scan":
            return Scanned(event_key)
        case "click":
            return MenuTapped(event_key)
        case "scancode_push" | "scancode_waitmsg":
            return Notice(event, _inside(fields, "ScanCodeInfo", "ScanResult"))
    return Notice(event, _detail(fields))


def _detail(fields: Mapping[str, Any]) -> str:
    """The one field that says most; where a citizen is (LOCATION) is nobody's business."""
    return next((text for name in _DETAILS if (text := text_of(fields, name))), "")


def _inside(fields: Mapping[str, Any], outer: str, inner: str) -> str:
    nested = fields.get(outer)
    return text_of(nested, inner) if isinstance(nested, Mapping) else ""


def _word(fields: Mapping[str, Any], name: str) -> str:
    """A name of WeChat's own, which it writes in more than one case."""
    return text_of(fields, name).strip().lower()[:_LONGEST_WORD]


def _number(fields: Mapping[str, Any], name: str) -> float:
    value = fields.get(name)
    try:
        return float(value) if isinstance(value, str | int | float) else math.inf
    except (ValueError, OverflowError):
        return math.inf


def _time(created: str, now: datetime) -> datetime:
    try:
        return datetime.fromtimestamp(int(created), UTC)
    except (ValueError, OverflowError, OSError):
        return now
