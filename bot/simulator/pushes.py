"""What a citizen can do, and the push that WeChat makes of it.

A wish is JSON: {"do": "text", "text": …}. `push_for` turns it into the fields of the push (field names
are WeChat's own), the quota window that it opens, and what the citizen sees of it in the chat.
"""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.simulator.account import Account
from bot.simulator.chat import Citizen
from bot.simulator.media import SAMPLE_VIDEO, SAMPLE_VOICE, Medium, sample_picture
from bot.simulator.menu import button_at
from bot.simulator.rules import Refusal, Trigger

Wish = Mapping[str, Any]

# What WeChat puts in the place of a sticker from the sticker shop.
UNSUPPORTED = "【收到不支持的消息类型，暂无法显示】"


class Impossible(Exception):
    """A citizen cannot do that now."""


@dataclass(frozen=True, slots=True)
class Push:
    """The fields after ToUserName, FromUserName and CreateTime; `shown` is (kind, body) in the chat."""

    fields: dict[str, Any]
    trigger: Trigger | None = None
    shown: tuple[str, dict[str, Any]] | None = None
    opens: str = ""

    @property
    def is_message(self) -> bool:
        return bool(self.fields["MsgType"] != "event")


@dataclass(frozen=True, slots=True)
class Wisher:
    """Who wishes, what, and in which account."""

    account: Account
    citizen: Citizen
    wish: Wish = field(repr=False)

    def text(self, name: str, default: str | None = None) -> str:
        value = self.wish.get(name, default)
        if not isinstance(value, str) or (default is None and not value):
            raise Impossible(f"'{name}' must be words")
        return value

    def number(self, name: str, default: float) -> float:
        value = self.wish.get(name, default)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise Impossible(f"'{name}' must be a number")
        return float(value)


def push_for(account: Account, citizen: Citizen, wish: Wish) -> Push:
    """The push for a wish. Raises Impossible when the citizen cannot do that."""
    made = DEEDS.get(str(wish.get("do", "")))
    if made is None:
        raise Impossible(f"'do' must be one of {', '.join(DEEDS)}")
    if not citizen.following and wish["do"] not in ("follow", "scan", "event"):
        raise Impossible("the citizen does not follow the account")
    return made(Wisher(account, citizen, wish))


# ---- messages ----


def _message(kind: str, fields: dict[str, Any], shown: tuple[str, dict[str, Any]]) -> Push:
    return Push({"MsgType": kind, **fields}, "message", shown)


def _text(w: Wisher) -> Push:
    return _message("text", {"Content": w.text("text")}, ("text", {"runs": [{"text": w.text("text")}]}))


def _tap(w: Wisher) -> Push:
    fields = {"Content": w.text("text"), "bizmsgmenuid": w.text("option")}
    return _message("text", fields, ("text", {"runs": [{"text": w.text("text")}]}))


def _sticker(w: Wisher) -> Push:
    shown = ("sticker", {"text": w.text("text", "[表情]")})
    return _message("text", {"Content": UNSUPPORTED}, shown)


def _file(w: Wisher, kind: str, sample: Callable[[], bytes]) -> Medium:
    media_id = w.text("media_id", "")
    try:
        if media_id:
            return w.account.media.find(media_id, w.account.now())
        return w.account.media.keep(kind, sample(), w.account.now())
    except Refusal as no:
        raise Impossible(str(no)) from no


def _image(w: Wisher) -> Push:
    medium = _file(w, "image", lambda: sample_picture(w.citizen.number + len(w.citizen.chat)))
    path = f"/media/{medium.media_id}"
    fields = {"PicUrl": w.account.settings.address(path), "MediaId": medium.media_id}
    return _message("image", fields, ("image", {"path": path}))


def _voice(w: Wisher) -> Push:
    medium = _file(w, "voice", lambda: SAMPLE_VOICE)
    said = w.text("recognition", "")
    fields = {"MediaId": medium.media_id, "Format": "amr"}
    if said:
        fields["Recognition"] = said
    return _message("voice", fields, ("voice", {"recognition": said, "seconds": max(1, len(said) // 4)}))


def _video(w: Wisher) -> Push:
    medium = _file(w, "video", lambda: SAMPLE_VIDEO)
    kind = "shortvideo" if w.wish.get("short") else "video"
    fields = {"MediaId": medium.media_id, "ThumbMediaId": secrets.token_urlsafe(48)}
    return _message(kind, fields, ("video", {}))


def _location(w: Wisher) -> Push:
    x, y, label = (
        w.number("latitude", 30.2741),
        w.number("longitude", 120.1551),
        w.text("label", "杭州市市民中心"),
    )
    fields = {"Location_X": x, "Location_Y": y, "Scale": 15, "Label": label}
    return _message("location", fields, ("location", {"label": label, "latitude": x, "longitude": y}))


def _link(w: Wisher) -> Push:
    title, url, about = w.text("title"), w.text("url"), w.text("description", "")
    shown = ("link", {"title": title, "url": url, "description": about})
    return _message("link", {"Title": title, "Description": about, "Url": url}, shown)


# ---- events ----


def _event(name: str, fields: dict[str, Any], trigger: Trigger | None, note: str, opens: str = "") -> Push:
    return Push({"MsgType": "event", "Event": name, **fields}, trigger, ("notice", {"text": note}), opens)


def _follow(w: Wisher) -> Push:
    if w.citizen.following:
        raise Impossible("the citizen follows the account already")
    return _event("subscribe", {"EventKey": ""}, "subscribe", f"关注了{w.account.settings.account_name}")


def _unfollow(w: Wisher) -> Push:
    return _event("unsubscribe", {"EventKey": ""}, None, f"取消关注了{w.account.settings.account_name}")


def _scan(w: Wisher) -> Push:
    scene, ticket = w.text("scene", ""), w.text("ticket", "")
    known = {code.ticket: code for code in w.account.live_codes()}
    if ticket and ticket not in known:
        raise Impossible("the code has expired")
    if not ticket and not scene:
        raise Impossible("'scene' or 'ticket' must be given")
    scene = known[ticket].scene if ticket else scene
    ticket = ticket or next((code.ticket for code in known.values() if code.scene == scene), "gQ" + "0" * 80)
    if w.citizen.following:
        return _event("SCAN", {"EventKey": scene, "Ticket": ticket}, "scan", f"扫了二维码（{scene}）")
    fields = {"EventKey": f"qrscene_{scene}", "Ticket": ticket}
    return _event(
        "subscribe", fields, "subscribe", f"扫了二维码（{scene}），关注了{w.account.settings.account_name}"
    )


def _menu(w: Wisher) -> Push:
    path = w.wish.get("path")
    if not isinstance(path, list) or not all(isinstance(place, int) for place in path):
        raise Impossible("'path' must be like [0] or [0, 2]")
    button = button_at(w.account.menu, path)
    if button is None:
        raise Impossible("there is no such button in the menu")
    note = f"点了菜单“{button['name']}”"
    match button["type"]:
        case "click":
            return _event("CLICK", {"EventKey": button["key"]}, "click", note)
        case "view":
            return _event("VIEW", {"EventKey": button["url"], "MenuId": 424242}, None, note, button["url"])
        case "miniprogram":
            fields = {"EventKey": button["pagepath"], "MenuId": 424242}
            return _event("view_miniprogram", fields, None, note + "，打开了小程序")
        case "scancode_push" | "scancode_waitmsg" as kind:
            info = {"ScanType": "qrcode", "ScanResult": w.text("result", "https://example.com/")}
            return _event(kind, {"EventKey": button["key"], "ScanCodeInfo": info}, "click", note)
        case other:
            raise Impossible(f"the stand-in cannot tap a '{other}' button")


def _any_event(w: Wisher) -> Push:
    fields = w.wish.get("fields", {})
    if not isinstance(fields, dict):
        raise Impossible("'fields' must be an object")
    return _event(w.text("event"), fields, None, f"事件 {w.text('event')}")


DEEDS: dict[str, Callable[[Wisher], Push]] = {
    "text": _text,
    "emoji": _text,
    "tap": _tap,
    "sticker": _sticker,
    "image": _image,
    "voice": _voice,
    "video": _video,
    "location": _location,
    "link": _link,
    "follow": _follow,
    "unfollow": _unfollow,
    "scan": _scan,
    "menu": _menu,
    "event": _any_event,
}
