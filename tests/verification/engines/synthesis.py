"""Frames of a live capture made from one portrait: the head turned, the mouth opened.

The face's mesh is turned in depth and the picture is carried along, triangle by triangle. It is also what an
attacker can do; see docs/decisions/face-engine.md for what that means.
"""

from __future__ import annotations

import math
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from verification.engines.detection import Detector
from verification.engines.landmarks import Mesher
from verification.engines.mesh import CHIN, FOREHEAD, LIP_LOWER, LIP_UPPER
from verification.engines.pictures import Pixels

LOWER_INNER_LIP = (78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308)


class Puppet:
    """One portrait that can be asked to move."""

    def __init__(self, pixels: Pixels, models: Path) -> None:
        self.pixels = pixels
        self.points = Mesher(models).face(pixels, Detector(models).faces(pixels)[0]).points
        height, width = pixels.shape[:2]
        frame = [(x, y) for x in (0, width / 2, width - 1) for y in (0, height / 2, height - 1)]
        self._still = np.array([p for p in frame if p != (width / 2, height / 2)], dtype=np.float32)

    def looks(self, yaw: float = 0.0, mouth: float = 0.0, shift: float = 0.0) -> Pixels:
        """The portrait with the head turned `yaw` degrees to its own right, the mouth opened (0 to 1)."""
        target = self._opened(self.points, mouth)
        centre = self.points.mean(axis=0)
        angle = math.radians(yaw)
        depth, across = target[:, 2] - centre[2], target[:, 0] - centre[0]
        turned = target[:, :2].copy()
        turned[:, 0] = centre[0] + across * math.cos(angle) + depth * math.sin(angle) + shift
        return self._carried(turned, mouth)

    def _opened(self, points: NDArray[np.float32], mouth: float) -> NDArray[np.float32]:
        """Everything below the upper lip's rim drops, the chin most."""
        moved = points.copy()
        tall = points[CHIN, 1] - points[FOREHEAD, 1]
        rim = (points[LIP_UPPER, 1] + points[LIP_LOWER, 1]) / 2
        below = (points[:, 1] > rim) | np.isin(np.arange(468), LOWER_INNER_LIP)
        side = np.abs(points[:, 0] - points[LIP_LOWER, 0]) / (0.35 * tall)
        moved[below, 1] += (0.16 * tall * mouth * np.clip(1 - side**2, 0, 1))[below]
        return moved

    def _carried(self, target: NDArray[np.float32], mouth: float) -> Pixels:
        source = np.vstack([self.points[:, :2], self._still])
        target = np.vstack([target, self._still])
        out = self.pixels.copy()
        triangles = [t for t in _triangles(source, self.pixels.shape) if not _folded(target[list(t)])]
        # Far triangles first, so that the near cheek covers the far one.
        depth = np.append(self.points[:, 2], np.full(len(self._still), 1e6))
        for triangle in sorted(triangles, key=lambda t: -depth[list(t)].mean()):
            _carry(self.pixels, out, source[list(triangle)], target[list(triangle)])
        if mouth:
            hole = np.vstack(
                [target[list(LOWER_INNER_LIP)], target[[308, 415, 310, 311, 312, 13, 82, 81, 80, 191]]]
            )
            cv2.fillPoly(out, [hole.astype(np.int32)], (40, 30, 60))
        return out


def _triangles(points: NDArray[np.float32], shape: tuple[int, ...]) -> list[tuple[int, ...]]:
    height, width = shape[:2]
    net = cv2.Subdiv2D((0, 0, width, height))
    index: dict[tuple[float, float], int] = {}
    for number, (x, y) in enumerate(points.tolist()):
        spot = (min(max(x, 0), width - 1), min(max(y, 0), height - 1))
        index.setdefault((np.float32(spot[0]).item(), np.float32(spot[1]).item()), number)
        net.insert(spot)
    corners = np.asarray(net.getTriangleList()).reshape(-1, 3, 2).tolist()
    found = [tuple(index.get((x, y), -1) for x, y in triangle) for triangle in corners]
    return [triangle for triangle in found if -1 not in triangle]


def _folded(corners: NDArray[np.float32]) -> bool:
    (ax, ay), (bx, by), (cx, cy) = corners.tolist()
    return bool(abs((bx - ax) * (cy - ay) - (cx - ax) * (by - ay)) < 1e-3)


def _carry(source: Pixels, out: Pixels, here: NDArray[np.float32], there: NDArray[np.float32]) -> None:
    x, y, width, height = cv2.boundingRect(there.astype(np.float32))
    x0, y0 = max(x, 0), max(y, 0)
    x1, y1 = min(x + width, out.shape[1]), min(y + height, out.shape[0])
    if x0 >= x1 or y0 >= y1:
        return
    matrix = cv2.getAffineTransform(here.astype(np.float32), (there - (x0, y0)).astype(np.float32))
    piece = cv2.warpAffine(source, matrix, (x1 - x0, y1 - y0), borderMode=cv2.BORDER_REFLECT_101)
    mask = np.zeros((y1 - y0, x1 - x0), dtype=np.uint8)
    cv2.fillConvexPoly(mask, np.rint(there - (x0, y0)).astype(np.int32), 1)
    out[y0:y1, x0:x1][mask > 0] = piece[mask > 0]
