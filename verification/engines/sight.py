"""Finding the one face that counts: detector, second opinion and mesh together, whichever way up.

Belongs to one thread, like the nets inside.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from verification.engines.admission import PictureLimits
from verification.engines.detection import Box, Detector
from verification.engines.landmarks import Mesher
from verification.engines.mesh import Face
from verification.engines.outcomes import Reason
from verification.engines.pictures import Pixels, read_picture, reduced

GLANCE_LONG_SIDE = 640  # a frame that is only measured need not be large
A_SECOND_FACE = 0.22  # a face this large beside the main one (share of its area) is a second person
SURE = 0.5  # presence below which the mesh says "no face here"
UPSIDE = 45  # degrees of roll past which another quarter turn of the picture is the better one


@dataclass(frozen=True, slots=True)
class Seen:
    """A picture with the one face that counts in it."""

    pixels: Pixels = field(repr=False)
    face: Face


class Sight:
    """Sees the main face of a picture."""

    def __init__(self, models: Path, limits: PictureLimits) -> None:
        self._limits = limits
        self._detector = Detector(models)
        self._mesher = Mesher(models)

    def warm_up(self, blank: Pixels) -> None:
        """Run every net once."""
        self._detector.faces(blank)
        self._detector.second_opinion(blank)
        self._mesher.face(blank, Box(160, 160, 160, 160, ((200, 200), (280, 200))))

    def see(self, picture: bytes) -> Seen | Reason:
        """The largest face of an encoded picture, turned upright if it lies on its side."""
        pixels = read_picture(picture, self._limits)
        if isinstance(pixels, str):
            return Reason(pixels)
        for quarter_turns in (0, 1, 3, 2):
            turned = np.ascontiguousarray(np.rot90(pixels, quarter_turns))
            face = self._face(turned, self._detector.faces(turned) or self._detector.second_opinion(turned))
            if face is not None:
                return Seen(turned, face)
        # Where a detector sees a face and the mesh does not, something is before it.
        return Reason.COVERED if self._detector.second_opinion(pixels) else Reason.NO_FACE

    def glance(self, picture: bytes) -> Seen | None:
        """The largest face of one frame of a burst, quickly; None when it is out of sight."""
        pixels = read_picture(picture, self._limits)
        if isinstance(pixels, str):
            return None
        small = reduced(pixels, GLANCE_LONG_SIDE)
        face = self._face(small, self._detector.faces(small))
        return None if face is None else Seen(small, face)

    def is_crowded(self, pixels: Pixels) -> bool:
        """Whether a second person stands close enough to be meant."""
        areas = [box.area for box in self._detector.second_opinion(pixels)]
        return sum(area > A_SECOND_FACE * max(areas) for area in areas) > 1

    def _face(self, pixels: Pixels, boxes: list[Box]) -> Face | None:
        if not boxes:
            return None
        face = self._mesher.face(pixels, boxes[0])
        return face if face.presence >= SURE and abs(face.roll) < UPSIDE else None
