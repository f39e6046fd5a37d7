"""Bytes from a stranger become an upright picture of bounded size, or a word that says why not."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from verification.engines.admission import PictureLimits, Refusal, declared_size

Pixels = NDArray[np.uint8]


def read_picture(data: bytes, limits: PictureLimits) -> Pixels | Refusal:
    """The picture, upright by its EXIF tag, as uint8 BGR of shape (height, width, 3)."""
    size = declared_size(data, limits)
    return size if isinstance(size, str) else _decode(data, max(size), limits.long_side)


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
