"""Films for Chromium's fake camera, made from one photograph: the head turns both ways, the mouth opens.

Every picture carries its own grain, because no camera takes the same picture twice. A spoilt film shows what
the quality checks are there for.
"""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np

from tests.verification.engines import spoiling
from tests.verification.engines.synthesis import Puppet
from tests.verification.portraits import People
from verification.engines.pictures import Pixels, reduced

POSES = ({}, {"yaw": 30.0}, {}, {"mouth": 1.0}, {}, {"yaw": -32.0}, {}, {"mouth": 1.0})
HELD = 45
"""Pictures for each pose; Chromium plays about thirty a second."""

STILL = 400
"""Pictures of a film in which nothing moves: longer than a capture, so that none is taken twice."""

Scene = Callable[[People, Path], Pixels]

SPOILT: dict[str, Scene] = {
    "no_face": lambda who, _: np.full_like(_citizen(who), 140),
    "several_faces": lambda who, _: spoiling.beside(_citizen(who), _as_tall(who.stranger, _citizen(who))),
    "too_small": lambda who, _: _far_away(_citizen(who)),
    "too_dark": lambda who, _: spoiling.lit(_citizen(who), 0.25),
    "too_bright": lambda who, _: spoiling.lit(_citizen(who), 3.2),
    "blurred": lambda who, _: spoiling.out_of_focus(_citizen(who), 6.0),
    "not_frontal": lambda who, models: Puppet(_citizen(who), models).looks(yaw=38.0),
    "covered": lambda who, models: spoiling.masked(_citizen(who), models, (200, 190, 180)),
}
"""What the camera sees instead of a good face, by the reason that it should be told."""


def moving(who: Pixels, models: Path, file: Path) -> Path:
    """Somebody who does all that can be asked for, round and round."""
    puppet = Puppet(reduced(who, 640), models)
    return _filmed([puppet.looks(**pose) for pose in POSES], HELD, file)


def spoilt(reason: str, who: People, models: Path, file: Path) -> Path:
    """Somebody whom the camera does not see well."""
    return _filmed([SPOILT[reason](who, models)], STILL, file)


def _filmed(scenes: Sequence[Pixels], held: int, file: Path) -> Path:
    """An MJPEG file that Chromium plays round and round."""
    even = [each[: each.shape[0] // 2 * 2, : each.shape[1] // 2 * 2] for each in scenes]
    with file.open("wb") as out:
        for picture in _grained(even, held):
            out.write(cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 85])[1].tobytes())
    return file


def _grained(scenes: Sequence[Pixels], held: int) -> Iterator[Pixels]:
    """Faint, coarse and grey: fine grain makes a blur look sharp, coloured grain a mask like lips."""
    rng = np.random.default_rng(7)
    for picture in scenes:
        height, width = picture.shape[:2]
        for _ in range(held):
            grain = rng.integers(-2, 3, (height // 16, width // 16)).astype(np.float32)
            smooth = cv2.resize(grain, (width, height), interpolation=cv2.INTER_CUBIC)
            yield (picture + smooth[:, :, None]).clip(0, 255).astype(np.uint8)


def _citizen(who: People) -> Pixels:
    return reduced(who.citizen, 640)


def _as_tall(one: Pixels, other: Pixels) -> Pixels:
    scale = other.shape[0] / one.shape[0]
    return np.asarray(cv2.resize(one, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8)


def _far_away(pixels: Pixels) -> Pixels:
    room = np.full_like(pixels, 120)
    small = spoiling.far_away(pixels, 200)
    top, left = (room.shape[0] - small.shape[0]) // 2, (room.shape[1] - small.shape[1]) // 2
    room[top : top + small.shape[0], left : left + small.shape[1]] = small
    return room
