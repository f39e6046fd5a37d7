"""Ways in which a good portrait goes wrong at the other end."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from verification.engines.detection import Detector
from verification.engines.landmarks import Mesher
from verification.engines.mesh import Face
from verification.engines.pictures import Pixels
from verification.engines.quality import LEFT_EYE, RIGHT_EYE

# The outline of a face mask: jaw from ear to ear, up over the bridge of the nose.
BELOW_THE_EYES = (
    *(234, 93, 132, 58, 172, 136, 150, 149, 176, 148, 152, 377, 400, 378, 379, 365, 397, 288, 361, 323, 454),
    *(346, 6, 117),
)


def lit(pixels: Pixels, strength: float) -> Pixels:
    return np.clip(pixels.astype(np.float32) * strength, 0, 255).astype(np.uint8)


def out_of_focus(pixels: Pixels, sigma: float = 5.0) -> Pixels:
    return np.asarray(cv2.GaussianBlur(pixels, (0, 0), sigma), dtype=np.uint8)


def far_away(pixels: Pixels, long_side: int = 150) -> Pixels:
    scale = long_side / max(pixels.shape[:2])
    return np.asarray(cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8)


def beside(pixels: Pixels, other: Pixels) -> Pixels:
    height = min(pixels.shape[0], other.shape[0])
    return np.hstack([pixels[:height], other[:height]])


def cut_off(pixels: Pixels, models: Path, edge: str) -> Pixels:
    """A third of the face lies beyond this edge of the picture."""
    x, y, width, height = _face(pixels, models).rectangle()
    match edge:
        case "left":
            return pixels[:, x + width // 3 :]
        case "right":
            return pixels[:, : x + width - width // 3]
        case "top":
            return pixels[y + height // 3 :]
        case _:
            return pixels[: y + height - height // 3]


def masked(pixels: Pixels, models: Path, colour: tuple[int, int, int]) -> Pixels:
    outline = _face(pixels, models).points[list(BELOW_THE_EYES), :2].astype(np.int32)
    out = pixels.copy()
    cv2.fillPoly(out, [cv2.convexHull(outline)], colour)
    return out


def behind_dark_glasses(pixels: Pixels, models: Path) -> Pixels:
    face = _face(pixels, models)
    out = pixels.copy()
    for eye in (RIGHT_EYE, LEFT_EYE):
        x, y = face.points[list(eye), :2].mean(axis=0)
        axes = (int(0.42 * face.between_eyes_px), int(0.32 * face.between_eyes_px))
        cv2.ellipse(out, (int(x), int(y)), axes, face.roll, 0, 360, (20, 20, 22), -1)
    return out


def _face(pixels: Pixels, models: Path) -> Face:
    return Mesher(models).face(pixels, Detector(models).faces(pixels)[0])
