"""Where the faces are: BlazeFace first, YuNet as the second opinion. Both run in OpenCV's own DNN.

A cv2.dnn net shared between threads gives silently wrong answers, so a Detector belongs to one thread.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from verification.engines.pictures import Pixels

BLAZEFACE = "face_detection_short_range.tflite"
YUNET = "face_detection_yunet_2023mar.onnx"
SIDE = 128  # BlazeFace's input, pixels
CONFIDENT = 0.5  # MediaPipe's own default for the short-range model
SAME_FACE_OVERLAP = 0.3
YUNET_LONG_SIDE = 320  # enough for every face that could matter beside the main one, at 2-3 ms
YUNET_SMALLEST = 32  # pixels, the coarsest step of its grid; below it what OpenCV answers is not repeatable
YUNET_CONFIDENT = 0.8

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Box:
    """A face's rectangle in picture pixels, with the eye on the picture's left and the one on its right."""

    x: float
    y: float
    width: float
    height: float
    eyes: tuple[Point, Point]

    @property
    def area(self) -> float:
        return self.width * self.height


class Detector:
    """Finds faces, largest first."""

    def __init__(self, models: Path) -> None:
        self._blazeface = cv2.dnn.readNetFromTFLite(str(models / BLAZEFACE))
        self._yunet = cv2.FaceDetectorYN.create(str(models / YUNET), "", (SIDE, SIDE), YUNET_CONFIDENT)
        self._anchors = _anchors()

    def faces(self, pixels: Pixels) -> list[Box]:
        """Faces by BlazeFace (short range: a face of a phone at arm's length)."""
        blob, scale, left, top = _letterboxed(pixels)
        self._blazeface.setInput(blob)
        scores, raw = self._blazeface.forward(["classificators", "regressors"])
        sure = 1 / (1 + np.exp(-np.clip(scores[0, :, 0], -80, 80)))
        keep = sure >= CONFIDENT
        rows = _decoded(raw[0][keep], self._anchors[keep])
        merged = _merged(rows, sure[keep].astype(np.float32))
        return _largest_first([_box(row * SIDE, scale, left, top) for row in merged])

    def second_opinion(self, pixels: Pixels) -> list[Box]:
        """Faces by YuNet, which also sees the small and the far ones."""
        height, width = pixels.shape[:2]
        if min(height, width) < YUNET_SMALLEST:
            return []
        scale = min(1.0, YUNET_LONG_SIDE / max(height, width))
        small = cv2.resize(pixels, (max(1, round(width * scale)), max(1, round(height * scale))))
        self._yunet.setInputSize((small.shape[1], small.shape[0]))
        _, rows = self._yunet.detect(small)
        found = [] if rows is None else rows[:, :8] / scale
        return _largest_first(
            [Box(r[0], r[1], r[2], r[3], ((r[4], r[5]), (r[6], r[7]))) for r in np.asarray(found).tolist()]
        )


def _anchors() -> NDArray[np.float32]:
    """Centres of BlazeFace's 896 anchors: 2 for each cell of 16x16, then 6 for each cell of 8x8."""
    centres = [
        ((x + 0.5) / cells, (y + 0.5) / cells)
        for cells, each in ((16, 2), (8, 6))
        for y in range(cells)
        for x in range(cells)
        for _ in range(each)
    ]
    return np.array(centres, dtype=np.float32)


def _letterboxed(pixels: Pixels) -> tuple[NDArray[np.float32], float, int, int]:
    """The picture in the middle of a 128x128 square, RGB from -1 to 1; and how to get back from there."""
    height, width = pixels.shape[:2]
    scale = SIDE / max(height, width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    square = np.zeros((SIDE, SIDE, 3), dtype=np.uint8)
    left, top = (SIDE - size[0]) // 2, (SIDE - size[1]) // 2
    small = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    square[top : top + size[1], left : left + size[0]] = small
    blob = cv2.dnn.blobFromImage(square, 1 / 127.5, (SIDE, SIDE), (127.5, 127.5, 127.5), swapRB=True)
    return np.asarray(blob, dtype=np.float32), scale, left, top


def _decoded(raw: NDArray[np.float32], anchors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Rows of x, y, width, height, then six key points (eyes first), in parts of the square."""
    rows = np.asarray(raw / SIDE, dtype=np.float32)
    rows[:, 0:2] += anchors
    rows[:, 4:] += np.tile(anchors, 6)
    rows[:, 0:2] -= rows[:, 2:4] / 2
    return rows


def _merged(rows: NDArray[np.float32], scores: NDArray[np.float32]) -> list[NDArray[np.float32]]:
    """Overlapping rows become their mean weighted by score, which steadies the box between frames."""
    merged = []
    left = np.argsort(-scores)
    while left.size:
        together = _overlap(rows[left[0]], rows[left]) >= SAME_FACE_OVERLAP
        together[0] = True
        group = left[together]
        merged.append(np.average(rows[group], axis=0, weights=scores[group]).astype(np.float32))
        left = left[~together]
    return merged


def _overlap(one: NDArray[np.float32], many: NDArray[np.float32]) -> NDArray[np.float32]:
    """Intersection over union of one row with many."""
    near = np.maximum(one[0:2], many[:, 0:2])
    far = np.minimum(one[0:2] + one[2:4], many[:, 0:2] + many[:, 2:4])
    shared = np.prod(np.clip(far - near, 0, None), axis=1)
    union = np.prod(one[2:4]) + np.prod(many[:, 2:4], axis=1) - shared
    return np.asarray(shared / np.maximum(union, 1e-9), dtype=np.float32)


def _box(row: NDArray[np.float32], scale: float, left: int, top: int) -> Box:
    spots = ((row[[0, 1, 4, 5, 6, 7]].reshape(3, 2) - (left, top)) / scale).tolist()
    (x, y), one_eye, other_eye = spots
    eyes = ((one_eye[0], one_eye[1]), (other_eye[0], other_eye[1]))
    return Box(x, y, float(row[2]) / scale, float(row[3]) / scale, eyes)


def _largest_first(boxes: list[Box]) -> list[Box]:
    return sorted(boxes, key=lambda box: -box.area)
