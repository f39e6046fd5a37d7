"""The active challenge: asked at random, bound to a nonce, valid for two minutes, good for one use.

It raises the cost of a photograph or a recording. It does not stop a picture injected through a virtual
camera; no page in a browser can.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import groupby, pairwise
from pickle import PickleBuffer
from random import Random
from typing import Literal

from verification.engines.mesh import Face
from verification.engines.outcomes import Reason


class Action(StrEnum):
    """What the citizen is asked to do. Left and right are the citizen's own."""

    TURN_LEFT = "turn_left"
    TURN_RIGHT = "turn_right"
    OPEN_MOUTH = "open_mouth"


Movement = Action | Literal["rest"]


@dataclass(frozen=True, slots=True)
class ChallengeSettings:
    """Degrees against the person's own straight look, mouth opening against the person's own shut mouth.

    Blinking is not asked for: narrow eyes and closed ones overlap in what the mesh measures.
    """

    lifetime: timedelta = timedelta(seconds=120)
    fewest_frames: int = 5
    most_frames: int = 12
    turn: float = 15
    straight: float = 10
    mouth_opening: float = 0.20
    mouth_shut: float = 0.12
    lost_share: float = 0.25
    same_person_at: float = 0.50


STANDARD = ChallengeSettings()


@dataclass(frozen=True, slots=True)
class Challenge:
    """What was asked, when, and the nonce that ties the answer to the question."""

    nonce: str = field(repr=False)
    actions: tuple[Action, ...]
    issued_at: datetime


@dataclass(frozen=True, slots=True)
class Frame:
    """One encoded picture and its time in milliseconds since the capture began."""

    picture: bytes = field(repr=False)
    at_ms: int

    def __reduce_ex__(self, protocol: object) -> tuple[object, ...]:
        # Lets a picture travel to another process beside the pickle instead of being copied into it.
        return Frame, (PickleBuffer(self.picture), self.at_ms)


def new_challenge(rng: Random, now: datetime) -> Challenge:
    """One turn of the head to a random side and one opening of the mouth, in random order.

    Give it `random.SystemRandom()`; a seeded generator is for tests.
    """
    actions = [rng.choice((Action.TURN_LEFT, Action.TURN_RIGHT)), Action.OPEN_MOUTH]
    rng.shuffle(actions)
    return Challenge(nonce=f"{rng.getrandbits(256):064x}", actions=tuple(actions), issued_at=now)


def formal_faults(
    frames: Sequence[Frame],
    *,
    nonce: str,
    received_at: datetime,
    challenge: Challenge,
    settings: ChallengeSettings,
) -> list[Reason]:
    """What can be refused before a picture is opened."""
    times = [frame.at_ms for frame in frames]
    span = timedelta(milliseconds=times[-1] - times[0]) if times else timedelta(0)
    age = received_at - challenge.issued_at
    rising = all(earlier < later for earlier, later in pairwise(times))
    prints = {hashlib.sha256(frame.picture).digest() for frame in frames}
    found = {
        Reason.CHALLENGE_UNKNOWN: not hmac.compare_digest(nonce.encode(), challenge.nonce.encode()),
        Reason.CHALLENGE_EXPIRED: not timedelta(0) <= age <= settings.lifetime,
        Reason.TOO_FEW_FRAMES: len(frames) < settings.fewest_frames,
        Reason.TOO_MANY_FRAMES: len(frames) > settings.most_frames,
        Reason.FRAMES_OUT_OF_ORDER: not rising or span > settings.lifetime,
        Reason.FRAMES_REPEATED: len(prints) < len(frames),
    }
    return [reason for reason, is_so in found.items() if is_so]


def unmet(faces: Sequence[Face | None], challenge: Challenge, settings: ChallengeSettings) -> list[Reason]:
    """Why the movements, in order, do not answer the challenge; empty when they do.

    The head must come back between two actions, and nothing else may have been done: a recording that shows
    every movement in a row answers no challenge.
    """
    seen = [face for face in faces if face is not None]
    if len(faces) - len(seen) > settings.lost_share * len(faces):
        return [Reason.FACE_LOST]
    done = _movements(seen, settings)
    asked: list[Movement] = [movement for action in challenge.actions for movement in ("rest", action)]
    if done in (asked, [*asked, "rest"]):
        return []
    missing = [action for action in challenge.actions if action not in done]
    return [Reason.ACTION_NOT_SEEN] if missing else [Reason.OTHER_ACTION]


def _movements(faces: Sequence[Face], settings: ChallengeSettings) -> list[Movement]:
    """What the face did, one entry for as long as it did the same; half-done movements are left out."""
    if not faces:
        return []
    shut = min(face.mouth_open for face in faces)
    straight = min((face.yaw for face in faces), key=abs)
    each = [_movement(face.yaw - straight, face.mouth_open - shut, settings) for face in faces]
    return [movement for movement, _ in groupby(movement for movement in each if movement is not None)]


def _movement(turned: float, opened: float, settings: ChallengeSettings) -> Movement | None:
    if turned >= settings.turn:
        return Action.TURN_RIGHT
    if turned <= -settings.turn:
        return Action.TURN_LEFT
    if abs(turned) > settings.straight:
        return None
    if opened >= settings.mouth_opening:
        return Action.OPEN_MOUTH
    return "rest" if opened <= settings.mouth_shut else None
