"""Is this picture good enough? The cheap components of ISO/IEC 29794-5, as reasons a citizen can act on."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from verification.engines.mesh import Face
from verification.engines.outcomes import Reason
from verification.engines.pictures import Pixels
from verification.engines.settings import QualityLimits

CHIP = 224  # side of the square around the face on which light and sharpness are measured
BURNT = 247  # a grey level from which detail is gone

# FaceMesh outlines: the face, the lips, the two eyes; and single spots of skin.
OVAL = (
    *(10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377, 152),
    *(148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109),
)
LIPS = (61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291, 409, 270, 269, 267, 0, 37, 39, 40, 185)
RIGHT_EYE = (33, 7, 163, 144, 145, 153, 154, 155, 133, 173, 157, 158, 159, 160, 161, 246)
LEFT_EYE = (362, 382, 381, 380, 374, 373, 390, 249, 263, 466, 388, 387, 386, 385, 384, 398)
AROUND_LIPS = (164, 199, 205, 425)
UNDER_EYES = (50, 280)


def shortcomings(pixels: Pixels, face: Face, limits: QualityLimits) -> list[Reason]:
    """What is wrong with the picture of this one face, worst first; empty when nothing is."""
    chip, points = _chip(pixels, face)
    inside = _inside(points, OVAL)
    grey = cv2.cvtColor(chip, cv2.COLOR_BGR2GRAY)
    light = float(grey[inside].mean())
    burnt = float((grey[inside] >= BURNT).mean())
    sharp = float(cv2.Laplacian(grey, cv2.CV_64F)[inside].var())
    badly_lit = light < limits.mean_light or burnt > limits.burnt_share
    found = {
        Reason.CUT_OFF: _share_outside(pixels, face) > limits.outside_share,
        Reason.TOO_SMALL: face.between_eyes_px < limits.eye_distance_px,
        Reason.TOO_DARK: light < limits.mean_light,
        Reason.TOO_BRIGHT: burnt > limits.burnt_share,
        Reason.NOT_FRONTAL: not is_frontal(face, limits),
        # In bad light neither colour nor sharpness says anything: the light is to be mended first.
        Reason.COVERED: not badly_lit and _is_covered(chip, points, limits),
        Reason.BLURRED: not badly_lit and sharp < limits.sharpness,
    }
    return [reason for reason, is_so in found.items() if is_so]


def is_frontal(face: Face, limits: QualityLimits) -> bool:
    return abs(face.yaw) <= limits.yaw and abs(face.pitch) <= limits.pitch and abs(face.roll) <= limits.roll


def _share_outside(pixels: Pixels, face: Face) -> float:
    """How much of the face's outline lies beyond the edge of the picture."""
    height, width = pixels.shape[:2]
    outline = face.points[list(OVAL), :2]
    inside = (outline >= 0) & (outline < (width, height))
    return 1.0 - float(inside.all(axis=1).mean())


def _chip(pixels: Pixels, face: Face) -> tuple[Pixels, NDArray[np.float32]]:
    """The square around the face at a fixed size, whatever the camera; and its points in it."""
    x, y, width, height = face.rectangle()
    scale = CHIP / max(width, height, 1)
    shift = CHIP / 2 - scale * np.array([x + width / 2, y + height / 2])
    matrix = np.array([[scale, 0, shift[0]], [0, scale, shift[1]]])
    chip = np.asarray(cv2.warpAffine(pixels, matrix, (CHIP, CHIP)), dtype=np.uint8)
    return chip, np.asarray(face.points[:, :2] * scale + shift, dtype=np.float32)


def _inside(points: NDArray[np.float32], outline: tuple[int, ...]) -> NDArray[np.bool_]:
    mask = np.zeros((CHIP, CHIP), dtype=np.uint8)
    cv2.fillPoly(mask, [points[list(outline)].astype(np.int32)], 1)
    return mask.astype(bool)


def _is_covered(chip: Pixels, points: NDArray[np.float32], limits: QualityLimits) -> bool:
    """Suspects a mask where lips look like what surrounds them, and dark glasses where eyes are black."""
    lab = cv2.cvtColor(chip, cv2.COLOR_BGR2LAB).astype(np.float32)
    lips = np.median(lab[_inside(points, LIPS)], axis=0)
    contrast = float(np.linalg.norm(lips - _skin(lab, points, AROUND_LIPS)))
    eyes = np.median(lab[_inside(points, RIGHT_EYE) | _inside(points, LEFT_EYE)][:, 0])
    eye_light = float(eyes) / max(float(_skin(lab, points, UNDER_EYES)[0]), 1.0)
    return contrast < limits.lip_contrast or eye_light < limits.eye_light


def _skin(
    lab: NDArray[np.float32], points: NDArray[np.float32], spots: tuple[int, ...]
) -> NDArray[np.float32]:
    """The median colour of small patches around these points."""
    near = 5
    patches = [
        lab[max(y - near, 0) : y + near + 1, max(x - near, 0) : x + near + 1].reshape(-1, 3)
        for x, y in points[list(spots)].astype(int).tolist()
    ]
    return np.asarray(np.median(np.concatenate(patches), axis=0), dtype=np.float32)
