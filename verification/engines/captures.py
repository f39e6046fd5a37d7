"""What goes into a face check: the capture that the page sent, and the template it is compared with."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from verification.engines.challenge import Frame

MODEL_ID = "sface-2021dec-int8bq/mesh5-112"
DIMENSIONS = 128

Source = Literal["camera", "file"]
PortraitKind = Literal["portrait", "document"]


@dataclass(frozen=True, slots=True)
class Template:
    """A face as 128 little-endian float32 of length 1, bound to its model. Biometric: seal it."""

    vector: bytes = field(repr=False)
    model: str = MODEL_ID

    def __post_init__(self) -> None:
        numbers = self.numbers() if len(self.vector) == 4 * DIMENSIONS else None
        if numbers is None or not abs(float(np.linalg.norm(numbers.astype(np.float64))) - 1) < 1e-3:
            raise ValueError(f"a template is {DIMENSIONS} float32 of length 1")

    def numbers(self) -> NDArray[np.float32]:
        return np.frombuffer(self.vector, dtype="<f4")


@dataclass(frozen=True, slots=True)
class Capture:
    """What the page sent: frames in order, where they came from, when they arrived, the nonce they answer.

    "camera" is a live stream. "file" is a picture chosen from somewhere: no challenge can be asked of it.
    """

    frames: tuple[Frame, ...] = field(repr=False)
    source: Source
    received_at: datetime
    nonce: str = field(default="", repr=False)
