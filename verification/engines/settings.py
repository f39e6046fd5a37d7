"""What the face engine is told when it starts: where the lines are drawn.

Nothing here needs the engine: the house that only asks face processes knows their settings, not their tools.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from verification.engines import admission
from verification.engines import challenge as challenges
from verification.engines.admission import PictureLimits
from verification.engines.challenge import ChallengeSettings

# Cosine distances, 0 the same and about 1 strangers. Source: SFace with five-point alignment on 6,217
# impostor pairs (deepface's list, an LFW subset, Chinese, Korean and Japanese faces) let 0 through at 0.50
# (below 4.8e-4 at 95 %) and 5 at 0.593; 1.4 % of 488 genuine pairs lay above 0.50.
MATCH_AT = 0.50
RETRY_TO = 0.60


@dataclass(frozen=True, slots=True)
class QualityLimits:
    """Where a picture stops being good enough. Pixels, grey levels (0-255), shares (0-1), degrees.

    Every number is a starting point measured on 114 ordinary photographs and their degraded copies
    (docs/decisions/face-engine.md); of all of them only over-exposure measurably raises false refusals.
    """

    eye_distance_px: float = 40
    outside_share: float = 0.10
    mean_light: float = 70
    burnt_share: float = 0.10
    sharpness: float = 9
    yaw: float = 20
    pitch: float = 25
    roll: float = 20
    lip_contrast: float = 3
    eye_light: float = 0.15


SELFIE = QualityLimits()
PORTRAIT = QualityLimits(eye_distance_px=60, yaw=15, pitch=20, roll=15)
# A portrait printed on a card is small and soft by nature; only what spoils the comparison is asked of it.
DOCUMENT = QualityLimits(eye_distance_px=25, mean_light=40, sharpness=2, yaw=20, lip_contrast=0, eye_light=0)


@dataclass(frozen=True, slots=True)
class FaceSettings:
    """Where the lines are drawn; measure again on your own enrolled people before relying on them.

    Up to `match_at` it is the same person, up to `retry_to` it may be, beyond it is not.
    """

    models: Path
    match_at: float = MATCH_AT
    retry_to: float = RETRY_TO
    selfie: QualityLimits = SELFIE
    portrait: QualityLimits = PORTRAIT
    document: QualityLimits = DOCUMENT
    pictures: PictureLimits = admission.STANDARD
    challenge: ChallengeSettings = challenges.STANDARD
    check_spoof: bool = True

    def __post_init__(self) -> None:
        if not 0 < self.match_at <= self.retry_to < 1:
            raise ValueError(f"0 < match_at {self.match_at} <= retry_to {self.retry_to} < 1 must hold")
