"""Bytes from a stranger become an upright picture of bounded size, or a word that says why not.

The header is read before a pixel is decoded, so a small file that unfolds into gigabytes is refused unread.
"""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

Pixels = NDArray[np.uint8]
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


def read_picture(data: bytes, limits: PictureLimits) -> Pixels | Refusal:
    """The picture, upright by its EXIF tag, as uint8 BGR of shape (height, width, 3)."""
    if len(data) > limits.most_bytes:
        return "too_heavy"
    size = _declared_size(data)
    if size is None:
        return "unreadable"
    if size[0] * size[1] > limits.most_pixels:
        return "too_heavy"
    return _decode(data, max(size), limits.long_side)


def _declared_size(data: bytes) -> tuple[int, int] | None:
    """Width and height as the header states them, or None when this is not a picture we take."""
    try:
        with warnings.catch_warnings():
            # Our own limit speaks for us; Pillow's warning about large pictures would only be noise.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=FORMATS) as picture:
                return picture.size
    except Image.DecompressionBombError:
        return (Image.MAX_IMAGE_PIXELS or 0, 2)
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError):
        return None


def _decode(data: bytes, declared_long_side: int, long_side: int) -> Pixels | Refusal:
    # A JPEG can be decoded at half size for a third of the work; what we keep is smaller still.
    halve = declared_long_side >= 2 * long_side
    flag = cv2.IMREAD_REDUCED_COLOR_2 if halve else cv2.IMREAD_COLOR
    try:
        pixels = cv2.imdecode(np.frombuffer(data, dtype=np.uint8), flag)
    except cv2.error:
        return "unreadable"
    if pixels is None:
        return "unreadable"
    return reduced(np.asarray(pixels, dtype=np.uint8), long_side)


def reduced(pixels: Pixels, long_side: int) -> Pixels:
    """The same picture with its longer side at most `long_side` pixels; never enlarged."""
    height, width = pixels.shape[:2]
    scale = long_side / max(height, width)
    if scale >= 1:
        return pixels
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
