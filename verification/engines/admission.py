"""Whether bytes from a stranger may be decoded at all: told by their size and by what the header declares.

The header is read before a pixel is decoded, so a small file that unfolds into gigabytes is refused unread.
"""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass
from typing import Literal

from PIL import Image, UnidentifiedImageError

Refusal = Literal["unreadable", "too_heavy"]
FORMATS = ("JPEG", "PNG", "WEBP")


@dataclass(frozen=True, slots=True)
class PictureLimits:
    """What a citizen may send: at most 8 MB and 20 megapixels; larger sides are reduced to `long_side`.

    A phone of "12 megapixels" takes 12.2 to 12.6 of them, one of 64 gives pictures of 16.
    """

    most_bytes: int = 8 * 1024 * 1024
    most_pixels: int = 20_000_000
    long_side: int = 1280


STANDARD = PictureLimits()


def declared_size(data: bytes, limits: PictureLimits) -> tuple[int, int] | Refusal:
    """Width and height as the header states them, or why the picture is not to be decoded."""
    if len(data) > limits.most_bytes:
        return "too_heavy"
    try:
        with warnings.catch_warnings():
            # Our own limit speaks for us; Pillow's warning about large pictures would only be noise.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=FORMATS) as picture:
                width, height = picture.size
    except Image.DecompressionBombError:
        return "too_heavy"
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError):
        return "unreadable"
    return (width, height) if width * height <= limits.most_pixels else "too_heavy"
