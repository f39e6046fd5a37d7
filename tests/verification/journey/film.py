"""A film for Chromium's fake camera, made from one photograph: the head turns both ways, the mouth opens.

Every picture carries its own grain, because no camera takes the same picture twice. It can be made darker,
smaller or emptier, for what the quality checks should say.
"""

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from tests.verification.engines.synthesis import Puppet
from verification.engines.pictures import STANDARD, Pixels, read_picture, reduced

POSES = ({}, {"yaw": 30.0}, {}, {"mouth": 1.0}, {}, {"yaw": -32.0}, {}, {"mouth": 1.0})
HELD = 45
"""Pictures for each pose; Chromium plays about thirty a second."""


def film(photograph: Path, models: Path, file: Path, *, light: float = 1.0) -> Path:
    """An MJPEG file that Chromium plays round and round."""
    read = read_picture(photograph.read_bytes(), STANDARD)
    assert not isinstance(read, str)
    puppet = Puppet(reduced(read, 640), models)
    still = [_dimmed(puppet.looks(**pose), light) for pose in POSES]
    with file.open("wb") as out:
        for picture in _grained(still):
            out.write(cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 85])[1].tobytes())
    return file


def _dimmed(pixels: Pixels, light: float) -> Pixels:
    height, width = pixels.shape[0] // 2 * 2, pixels.shape[1] // 2 * 2
    return (pixels[:height, :width].astype(np.float32) * light).clip(0, 255).astype(np.uint8)


def _grained(still: list[Pixels]) -> Iterator[Pixels]:
    rng = np.random.default_rng(7)
    for picture in still:
        for _ in range(HELD):
            grain = rng.integers(-3, 4, picture.shape, dtype=np.int16)
            yield (picture.astype(np.int16) + grain).clip(0, 255).astype(np.uint8)
