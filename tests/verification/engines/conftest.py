"""The real models and real photographs; without them these tests say aloud that they were not run."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import cv2
import pytest

from tests.verification.engines.synthesis import Puppet
from verification import models
from verification.engines.admission import STANDARD
from verification.engines.captures import Capture, Template
from verification.engines.challenge import Action, Challenge, Frame
from verification.engines.face import FaceEngine
from verification.engines.pictures import Pixels, read_picture, reduced
from verification.engines.settings import FaceSettings

REPOSITORY = Path(__file__).parents[3]
SHARED = REPOSITORY.parent / "shared"
NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)


@pytest.fixture(scope="session")
def models_folder() -> Path:
    folder = REPOSITORY / "var" / "models"
    try:
        models.fetch(folder, list(models.folders_beside(REPOSITORY)))
    except models.ModelsUnavailable as unavailable:
        pytest.skip(f"NOT RUN, no models: {unavailable}")
    return folder


@pytest.fixture(scope="session")
def with_spoof_models(models_folder: Path) -> Path:
    if not all(state.is_well for state in models.check(models_folder)):
        pytest.skip("NOT RUN: FasNet's files are neither in var/models nor in ../shared/models")
    return models_folder


@pytest.fixture(scope="session")
def photographs() -> Path:
    if not (SHARED / "faces").is_dir():
        pytest.skip("NOT RUN: no photographs in ../shared/faces")
    return SHARED / "faces"


@pytest.fixture(scope="session")
def engine(models_folder: Path) -> FaceEngine:
    return FaceEngine(FaceSettings(models=models_folder))


@pytest.fixture(scope="session")
def portrait(photographs: Path) -> bytes:
    return (photographs / "pairs" / "img2.jpg").read_bytes()


@pytest.fixture(scope="session")
def stranger(photographs: Path) -> bytes:
    return (photographs / "pairs" / "img3.jpg").read_bytes()


@pytest.fixture(scope="session")
def template(engine: FaceEngine, photographs: Path) -> Template:
    enrolled = engine.enrol((photographs / "pairs" / "img1.jpg").read_bytes())
    assert isinstance(enrolled, Template)
    return enrolled


@pytest.fixture(scope="session")
def puppet(portrait: bytes, models_folder: Path) -> Puppet:
    return Puppet(pixels_of(portrait), models_folder)


@pytest.fixture(scope="session")
def acted(puppet: Puppet) -> Callable[[tuple[Action, ...]], tuple[Frame, ...]]:
    """Frames of the person on `portrait` doing these actions, with a straight look between and after."""
    poses = {
        Action.TURN_RIGHT: [{"yaw": 14.0}, {"yaw": 30.0}],
        Action.TURN_LEFT: [{"yaw": -14.0}, {"yaw": -32.0}],
        Action.OPEN_MOUTH: [{"mouth": 0.5}, {"mouth": 1.0}],
    }
    cache: dict[object, bytes] = {}

    def frames(actions: tuple[Action, ...]) -> tuple[Frame, ...]:
        wanted: list[dict[str, float]] = [{}]
        for action in actions:
            wanted += [*poses[action], {}]
        pictures = []
        for shift, pose in enumerate(wanted):
            key = (shift, *pose.items())
            if key not in cache:
                cache[key] = jpeg(puppet.looks(**pose, shift=float(shift)))
            pictures.append(cache[key])
        return tuple(Frame(picture, 400 * number) for number, picture in enumerate(pictures))

    return frames


def pixels_of(picture: bytes, long_side: int = 640) -> Pixels:
    read = read_picture(picture, STANDARD)
    assert not isinstance(read, str)
    return reduced(read, long_side)


def jpeg(pixels: Pixels, quality: int = 92) -> bytes:
    return cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, quality])[1].tobytes()


def asked(*actions: Action, nonce: str = "n" * 64) -> Challenge:
    return Challenge(nonce, actions, NOW)


def live(frames: tuple[Frame, ...], nonce: str = "n" * 64, at: datetime = NOW) -> Capture:
    return Capture(frames, "camera", at, nonce)


def upload(picture: bytes) -> Capture:
    return Capture((Frame(picture, 0),), "file", NOW)
