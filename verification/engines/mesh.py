"""The points of one face, and what can be read off them: the head's pose and the mouth's opening."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

# Indices of FaceMesh's 468 points. "Right" is the subject's own right: the left of an unmirrored picture.
RIGHT_EYE_OUTER, RIGHT_EYE_INNER, LEFT_EYE_INNER, LEFT_EYE_OUTER = 33, 133, 362, 263
NOSE_TIP, FOREHEAD, CHIN = 1, 10, 152
MOUTH_RIGHT, MOUTH_LEFT = 61, 291
LIP_UPPER, LIP_LOWER, LIP_RIGHT, LIP_LEFT = 13, 14, 78, 308  # the inner rim


@dataclass(frozen=True, slots=True)
class Face:
    """One face: 468 points (x, y, depth) in picture pixels, and what follows from them.

    Angles are degrees. Yaw above zero is a head turned to its own right, pitch above zero is a head lowered.
    `mouth_open` is the inner mouth's height over its width: about 0 shut, above 0.3 open; a broad smile
    reaches 0.28 to 0.38, so an opening is judged against the same person's shut mouth.
    """

    points: NDArray[np.float32] = field(repr=False)
    presence: float
    yaw: float
    pitch: float
    roll: float
    mouth_open: float
    between_eyes_px: float

    def five_points(self) -> NDArray[np.float32]:
        """Eye centres, nose tip and mouth corners, the picture's left first: shape (5, 2)."""
        p = self.points[:, :2]
        eyes = [(p[RIGHT_EYE_OUTER] + p[RIGHT_EYE_INNER]) / 2, (p[LEFT_EYE_INNER] + p[LEFT_EYE_OUTER]) / 2]
        return np.array([*eyes, p[NOSE_TIP], p[MOUTH_RIGHT], p[MOUTH_LEFT]], dtype=np.float32)

    def rectangle(self) -> tuple[int, int, int, int]:
        """x, y, width, height of the rectangle around all points."""
        (x, y), (far_x, far_y) = self.points[:, :2].min(axis=0), self.points[:, :2].max(axis=0)
        return int(x), int(y), int(far_x - x), int(far_y - y)
