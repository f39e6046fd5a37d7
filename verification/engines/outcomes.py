"""What the face engine says: one word, its reasons, and which checks were really made.

A reason is a key; its Chinese sentence stands in verification/words.yml. A test keeps the two in step.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

Word = Literal["match", "retry", "mismatch", "poor", "challenge", "spoof", "no_template"]


class Reason(StrEnum):
    """Why a capture did not simply pass."""

    # the picture
    UNREADABLE = "unreadable"
    TOO_HEAVY = "too_heavy"
    NO_FACE = "no_face"
    SEVERAL_FACES = "several_faces"
    CUT_OFF = "cut_off"
    TOO_SMALL = "too_small"
    TOO_DARK = "too_dark"
    TOO_BRIGHT = "too_bright"
    BLURRED = "blurred"
    NOT_FRONTAL = "not_frontal"
    COVERED = "covered"
    # the challenge
    CHALLENGE_UNKNOWN = "challenge_unknown"
    CHALLENGE_EXPIRED = "challenge_expired"
    CHALLENGE_USED = "challenge_used"
    TOO_FEW_FRAMES = "too_few_frames"
    TOO_MANY_FRAMES = "too_many_frames"
    FRAMES_OUT_OF_ORDER = "frames_out_of_order"
    FRAMES_REPEATED = "frames_repeated"
    FACE_LOST = "face_lost"
    ACTION_NOT_SEEN = "action_not_seen"
    OTHER_ACTION = "other_action"
    ANOTHER_PERSON = "another_person"
    # the comparison
    NOT_LIVE = "not_live"
    NOT_ALIKE = "not_alike"
    HARDLY_ALIKE = "hardly_alike"
    NO_TEMPLATE = "no_template"
    TEMPLATE_OUTDATED = "template_outdated"


class Check(StrEnum):
    """What was really examined. A check that is switched off never appears."""

    QUALITY = "quality"
    SECOND_OPINION = "second_opinion"
    CHALLENGE = "challenge"
    SPOOF = "spoof"
    LIKENESS = "likeness"


@dataclass(frozen=True, slots=True)
class PoorPicture:
    """A portrait that cannot be enrolled, and why."""

    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class FaceOutcome:
    """One word, its reasons, and which checks were really made.

    `best_frame` is the index of the frame that was compared: the picture to show the citizen. The distance
    stays inside the server.
    """

    word: Word
    reasons: tuple[Reason, ...] = ()
    checks_done: frozenset[Check] = frozenset()
    best_frame: int | None = None
    distance: float | None = field(default=None, repr=False, compare=False)

    @property
    def needs_review(self) -> bool:
        """A match that no live challenge stands behind is for a person to look at."""
        return self.word == "match" and Check.CHALLENGE not in self.checks_done


@dataclass(frozen=True, slots=True)
class EngineHealth:
    """What this engine can examine, and what it cannot and why."""

    model: str
    checks_on: tuple[Check, ...]
    checks_off: tuple[tuple[Check, str], ...] = ()
