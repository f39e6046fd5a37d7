"""WeChat's own rules that need no state but their own: error codes, the push quota, request text.

Figures are those of the customer-service message page (in force since 2023-06-12) and of the
error-code list at developers.weixin.qq.com.
"""

import json
import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

Trigger = Literal["message", "click", "subscribe", "scan"]

GRANTS: dict[Trigger, tuple[int, timedelta]] = {
    "message": (5, timedelta(hours=48)),
    "click": (3, timedelta(minutes=1)),
    "subscribe": (3, timedelta(minutes=1)),
    "scan": (3, timedelta(minutes=1)),
}

TEXT_BYTES = 2048

PHRASES = {
    -1: "system error",
    40001: "invalid credential, access_token is invalid or not latest",
    40002: "invalid grant_type",
    40003: "invalid openid",
    40004: "invalid media type",
    40005: "invalid file type",
    40007: "invalid media_id",
    40008: "invalid message type",
    40009: "invalid image size",
    40010: "invalid voice size",
    40011: "invalid video size",
    40012: "invalid thumb size",
    40013: "invalid appid",
    40014: "invalid access_token",
    40016: "invalid button size",
    40017: "invalid button type",
    40018: "invalid button name size",
    40019: "invalid button key size",
    40020: "invalid button url size",
    40023: "invalid sub button size",
    40024: "invalid sub button type",
    40025: "invalid sub button name size",
    40026: "invalid sub button key size",
    40027: "invalid sub button url size",
    40029: "invalid code",
    40033: "invalid charset. please check your request, if include \\uxxxx will create fail",
    40035: "invalid parameter",
    40053: "invalid action info",
    40125: "invalid appsecret",
    40163: "code been used",
    40164: "invalid ip, not in whitelist",
    40243: "appsecret has been frozen",
    41001: "access_token missing",
    41005: "media data missing",
    42001: "access_token expired",
    43001: "require GET method",
    43002: "require POST method",
    43004: "require subscribe",
    44002: "empty post data",
    44004: "empty content",
    45002: "message content size out of limit",
    45008: "article size out of limit",
    45009: "reach max api daily quota limit",
    45015: "response out of time limit or subscription is canceled",
    45047: "out of response count limit",
    45072: "invalid command",
    45080: "need interactive in 30s",
    45081: "already in typing",
    46003: "menu no exist",
    47001: "data format error",
    48001: "api unauthorized",
    48006: "forbid to clear quota because of reaching the limit",
    65401: "invalid custom service account",
    65406: "invalid character in custom service account",
    65413: "no such session",
    65414: "the user is accepted by another account",
    65415: "the account is offline",
}


class Refusal(Exception):
    """WeChat refuses a call with an errcode."""

    def __init__(self, errcode: int) -> None:
        super().__init__(f"{errcode} {PHRASES.get(errcode, 'refused')}")
        self.errcode = errcode

    def answer(self) -> dict[str, Any]:
        """The JSON body of the refusal; WeChat sends it with status 200."""
        return {"errcode": self.errcode, "errmsg": PHRASES.get(self.errcode, "refused")}


@dataclass(slots=True)
class Window:
    """Room for `left` pushes until `until`."""

    left: int
    until: datetime


@dataclass(slots=True)
class Ledger:
    """How often the account may still write to one citizen, kept the way that promises least.

    WeChat does not say how triggers that overlap combine: here a push counts in every open window
    and is allowed while one of them has room, so windows never add up.
    """

    windows: dict[Trigger, Window] = field(default_factory=dict)

    def open(self, trigger: Trigger, now: datetime) -> None:
        """The citizen did something: the window of that kind begins anew."""
        count, length = GRANTS[trigger]
        self.windows[trigger] = Window(count, now + length)

    def close(self) -> None:
        """The citizen left: nothing may be sent."""
        self.windows.clear()

    def spend(self, now: datetime) -> None:
        """One push is sent. Raises Refusal 45015 outside every window, 45047 when they are used up."""
        live = [window for window in self.windows.values() if now < window.until]
        if not live:
            raise Refusal(45015)
        if not any(window.left for window in live):
            raise Refusal(45047)
        for window in live:
            window.left = max(0, window.left - 1)

    def left(self, now: datetime) -> int:
        """How many pushes would go through right now."""
        return max((window.left for window in self.windows.values() if now < window.until), default=0)

    def shown(self, now: datetime) -> list[dict[str, Any]]:
        """The open windows for a reader: trigger, pushes left, seconds left."""
        return [
            {"trigger": trigger, "left": window.left, "seconds": int((window.until - now).total_seconds())}
            for trigger, window in self.windows.items()
            if now < window.until
        ]


DAILY = {
    "/cgi-bin/token": 2_000,
    "/cgi-bin/stable_token": 500_000,
    "/cgi-bin/message/custom/send": 500_000,
    "/cgi-bin/media/upload": 100_000,
    "/cgi-bin/media/get": 200_000,
    "/cgi-bin/menu/create": 1_000,
    "/cgi-bin/qrcode/create": 100_000,
    "/cgi-bin/user/info": 5_000_000,
}


@dataclass(slots=True)
class Meter:
    """Calls per API and day (China time); `clear` empties it, ten times a month."""

    counts: dict[str, int] = field(default_factory=dict)
    day: str = ""
    month: str = ""
    clears: int = 0

    def count(self, path: str, now: datetime) -> None:
        """One more call. Raises Refusal 45009 above the daily limit of a new account."""
        today = (now + timedelta(hours=8)).date().isoformat()
        if today != self.day:
            self.counts, self.day = {}, today
        self.counts[path] = self.counts.get(path, 0) + 1
        if self.counts[path] > DAILY.get(path, 10_000_000):
            raise Refusal(45009)

    def clear(self, now: datetime) -> None:
        """Set all counts to zero. Raises Refusal 48006 after the tenth time in a month."""
        month = (now + timedelta(hours=8)).strftime("%Y-%m")
        if month != self.month:
            self.month, self.clears = month, 0
        if self.clears >= 10:
            raise Refusal(48006)
        self.clears += 1
        self.counts = {}


ESCAPED = re.compile(rb"(?<!\\)(?:\\\\)*\\u[0-9a-fA-F]{4}")


def json_body(raw: bytes) -> dict[str, Any]:
    """The JSON object of a call; WeChat wants raw UTF-8 and refuses escapes (40033)."""
    if not raw.strip():
        raise Refusal(44002)
    if ESCAPED.search(raw):
        raise Refusal(40033)
    try:
        body = json.loads(raw.decode("utf-8"))
    except (ValueError, RecursionError):
        raise Refusal(47001) from None
    if not isinstance(body, dict):
        raise Refusal(47001)
    return body


def part(body: dict[str, Any], name: str) -> dict[str, Any]:
    """The object under `name`. Raises Refusal 47001 when it is not there."""
    found = body.get(name)
    if not isinstance(found, dict):
        raise Refusal(47001)
    return found


def words(body: dict[str, Any], name: str) -> str:
    """The text under `name`, empty when it is not there. Raises Refusal 47001 for another type."""
    found = body.get(name, "")
    if not isinstance(found, str):
        raise Refusal(47001)
    return found
