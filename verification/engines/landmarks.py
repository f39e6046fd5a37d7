"""Puts the mesh on a face: FaceMesh in OpenCV's DNN.

Belongs to one thread, like every cv2.dnn net.
"""

from __future__ import annotations

import math
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from verification.engines.detection import Box
from verification.engines.mesh import (
    CHIN,
    FOREHEAD,
    LEFT_EYE_INNER,
    LEFT_EYE_OUTER,
    LIP_LEFT,
    LIP_LOWER,
    LIP_RIGHT,
    LIP_UPPER,
    RIGHT_EYE_INNER,
    RIGHT_EYE_OUTER,
    Face,
)
from verification.engines.pictures import Pixels

FACEMESH = "face_landmark.tflite"
SIDE = 192  # FaceMesh's input, pixels
LEVEL_PITCH = 8.0  # what the mesh reads, in degrees, of a level face: the median of 114 photographs
ROOM = 1.5  # the square cut out around a box, in box sides: MediaPipe's face-landmark graph


class Mesher:
    """Puts the mesh on a face that a detector found."""

    def __init__(self, models: Path) -> None:
        self._net = cv2.dnn.readNetFromTFLite(str(models / FACEMESH))

    def face(self, pixels: Pixels, box: Box) -> Face:
        """The face in this box. `presence` (0 to 1) says how sure the mesh is that there is one."""
        to_square = _to_square(box)
        square = cv2.warpAffine(pixels, to_square, (SIDE, SIDE), flags=cv2.INTER_LINEAR)
        self._net.setInput(cv2.dnn.blobFromImage(square, 1 / 255, (SIDE, SIDE), swapRB=True))
        flat, presence = self._net.forward(["conv2d_21", "conv2d_31"])
        points = _in_picture(np.asarray(flat, dtype=np.float32).reshape(468, 3), to_square)
        return _measured(points, 1 / (1 + math.exp(-float(presence.ravel()[0]))))


def _to_square(box: Box) -> NDArray[np.float64]:
    """The turn, shift and scale that put a box, eyes level, into the mesh's square."""
    (x0, y0), (x1, y1) = box.eyes
    angle = math.degrees(math.atan2(y1 - y0, x1 - x0))
    side = max(box.width, box.height, 1.0) * ROOM
    centre = (box.x + box.width / 2, box.y + box.height / 2)
    matrix = np.asarray(cv2.getRotationMatrix2D(centre, angle, SIDE / side), dtype=np.float64)
    matrix[:, 2] += SIDE / 2 - np.array(centre)
    return matrix


def _in_picture(points: NDArray[np.float32], to_square: NDArray[np.float64]) -> NDArray[np.float32]:
    back = cv2.invertAffineTransform(to_square)
    scale = math.hypot(back[0, 0], back[1, 0])
    flat = points[:, :2] @ back[:, :2].T + back[:, 2]
    return np.column_stack([flat, points[:, 2] * scale]).astype(np.float32)


def _measured(points: NDArray[np.float32], presence: float) -> Face:
    across = points[LEFT_EYE_OUTER] - points[RIGHT_EYE_OUTER]
    down = points[CHIN] - points[FOREHEAD]
    five = points[[RIGHT_EYE_OUTER, RIGHT_EYE_INNER, LEFT_EYE_INNER, LEFT_EYE_OUTER], :2]
    width = float(np.linalg.norm(points[LIP_LEFT, :2] - points[LIP_RIGHT, :2]))
    height = float(np.linalg.norm(points[LIP_LOWER, :2] - points[LIP_UPPER, :2]))
    return Face(
        points=points,
        presence=presence,
        yaw=math.degrees(math.atan2(-across[2], math.hypot(across[0], across[1]))),
        pitch=math.degrees(math.atan2(down[2], math.hypot(down[0], down[1]))) - LEVEL_PITCH,
        roll=math.degrees(math.atan2(across[1], across[0])),
        mouth_open=height / max(width, 1e-6),
        between_eyes_px=float(np.linalg.norm(five[2:].mean(axis=0) - five[:2].mean(axis=0))),
    )
