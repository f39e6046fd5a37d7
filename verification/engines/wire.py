"""How the house and a face process speak: jobs one way, answers the other, over the child's input and output.

The number of parts, their lengths, then the parts, of which the first is a pickle and the rest are the
pictures it refers to.
"""

from __future__ import annotations

import pickle
import struct
from dataclasses import dataclass, field
from typing import Any

from verification.engines.captures import Capture, PortraitKind, Template
from verification.engines.challenge import Challenge, Frame
from verification.engines.outcomes import FaceOutcome, PoorPicture

COUNT = struct.Struct(">I")


@dataclass(frozen=True, slots=True)
class CheckJob:
    capture: Capture = field(repr=False)
    template: Template | None = field(repr=False)
    challenge: Challenge | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class EnrolJob:
    picture: Frame = field(repr=False)
    kind: PortraitKind


@dataclass(frozen=True, slots=True)
class Unfit:
    """Why the process cannot work at all; it ends with this."""

    why: str


@dataclass(frozen=True, slots=True)
class Bug:
    """What an engine stumbled over on one job; the process goes on."""

    kind: str


Job = CheckJob | EnrolJob
Answer = FaceOutcome | Template | PoorPicture


def packed(value: object) -> list[memoryview]:
    """What to send for a value: count and lengths, the pickle, the pictures as they are."""
    pictures: list[pickle.PickleBuffer] = []
    pickled = pickle.dumps(value, protocol=5, buffer_callback=pictures.append)
    parts = [memoryview(pickled), *(picture.raw() for picture in pictures)]
    lengths = struct.pack(f">{len(parts)}Q", *map(len, parts))
    return [memoryview(COUNT.pack(len(parts)) + lengths), *parts]


def lengths_of(data: bytes) -> list[int]:
    return [length for (length,) in struct.iter_unpack(">Q", data)]


def unpacked(parts: list[bytes]) -> Any:
    return pickle.loads(parts[0], buffers=parts[1:])  # noqa: S301 - both ends are ours
