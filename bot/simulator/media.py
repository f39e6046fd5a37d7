"""Files that were sent or uploaded: their types, sizes and three days of life."""

import io
import secrets
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta

from PIL import Image, ImageDraw

from bot.simulator.rules import Refusal

LIFE = timedelta(days=3)
MIB = 1024 * 1024
KEPT = 200
KEPT_BYTES = 64 * MIB


@dataclass(frozen=True, slots=True)
class Limit:
    """What media/upload takes of one type: content types, size in bytes and the errcode above it."""

    types: tuple[str, ...]
    size_bytes: int
    errcode: int


LIMITS = {
    "image": Limit(("image/png", "image/jpeg", "image/gif"), 10 * MIB, 40009),
    "voice": Limit(("audio/amr", "audio/mpeg"), 2 * MIB, 40010),
    "video": Limit(("video/mp4",), 10 * MIB, 40011),
    "thumb": Limit(("image/jpeg",), 64 * 1024, 40012),
}
LARGEST = max(limit.size_bytes for limit in LIMITS.values())


@dataclass(frozen=True, slots=True)
class Medium:
    """One file."""

    media_id: str
    kind: str
    content_type: str
    data: bytes
    since: datetime


def content_type(data: bytes) -> str:
    """The type by the first bytes, never by a name; empty when it is none that WeChat takes."""
    starts = {
        b"\x89PNG\r\n\x1a\n": "image/png",
        b"\xff\xd8\xff": "image/jpeg",
        b"GIF8": "image/gif",
        b"#!AMR": "audio/amr",
        b"ID3": "audio/mpeg",
        b"\xff\xfb": "audio/mpeg",
    }
    if data[4:8] == b"ftyp":
        return "video/mp4"
    return next((name for start, name in starts.items() if data.startswith(start)), "")


class Cupboard:
    """Keeps files for three days; the oldest go first when it is full."""

    def __init__(self) -> None:
        self._files: OrderedDict[str, Medium] = OrderedDict()

    def keep(self, kind: str, data: bytes, now: datetime) -> Medium:
        """Check a file as media/upload does and keep it."""
        limit = LIMITS.get(kind)
        if limit is None:
            raise Refusal(40004)
        if not data:
            raise Refusal(41005)
        if len(data) > limit.size_bytes:
            raise Refusal(limit.errcode)
        found = content_type(data)
        if found not in limit.types:
            raise Refusal(40005)
        medium = Medium(secrets.token_urlsafe(48), kind, found, data, now)
        self._files[medium.media_id] = medium
        self._drop_oldest()
        return medium

    def find(self, media_id: str, now: datetime) -> Medium:
        """The file. Raises Refusal 40007 when it was never there or its three days are over."""
        medium = self._files.get(media_id)
        if medium is None or now - medium.since >= LIFE:
            raise Refusal(40007)
        return medium

    def _drop_oldest(self) -> None:
        while len(self._files) > KEPT or sum(len(one.data) for one in self._files.values()) > KEPT_BYTES:
            self._files.popitem(last=False)


def sample_picture(seed: int) -> bytes:
    """A drawn picture (PNG, 480 by 320): hills and a sun, a little different for each seed."""
    picture = Image.new("RGB", (480, 320), (200, 225, 240))
    pen = ImageDraw.Draw(picture)
    sun = 60 + seed * 67 % 340
    pen.ellipse((sun, 40, sun + 64, 104), fill=(250, 205, 90))
    for number, green in enumerate(((150, 190, 150), (110, 165, 120), (80, 140, 95))):
        top = 170 + number * 40
        peak = (seed * 53 + number * 160) % 480
        pen.polygon([(0, 320), (0, top + 40), (peak, top), (480, top + 50), (480, 320)], fill=green)
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


SAMPLE_VOICE = b"#!AMR\n" + b"\x3c" + bytes(31)
SAMPLE_VIDEO = b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom"
