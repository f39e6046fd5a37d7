"""The face engine: a portrait becomes a template, a live capture is checked against it, one word comes out.

This file tells the order of the checks; each check stands in its own file. An engine belongs to one thread
(see workers.py for many). Nothing is written, nothing is downloaded, and the distance between two faces
leaves only in `FaceOutcome.distance`, which is for the evaluation and never for a citizen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from verification import models
from verification.engines import deepface_door
from verification.engines.alignment import SIDE, aligned
from verification.engines.captures import MODEL_ID, Capture, PortraitKind, Template
from verification.engines.challenge import Challenge, Frame, formal_faults, unmet
from verification.engines.deepface_door import MissingModel
from verification.engines.outcomes import Check, EngineHealth, FaceOutcome, PoorPicture, Reason, Word
from verification.engines.pictures import Pixels
from verification.engines.quality import shortcomings
from verification.engines.settings import FaceSettings, QualityLimits
from verification.engines.sight import Seen, Sight


@dataclass(frozen=True, slots=True)
class Look:
    """What the engine makes of one picture, for those who measure it. Biometric."""

    reasons: tuple[Reason, ...]
    vector: NDArray[np.float32] | None = field(default=None, repr=False)
    is_live: bool | None = None


class FaceEngine:
    """Detection, quality, challenge, spoof check and comparison, in that order."""

    def __init__(self, settings: FaceSettings) -> None:
        """Loads every model, after its sha256 was found right.

        Raises:
            MissingModel: a model it cannot do without is absent or not the one on the list.
        """
        cv2.setNumThreads(1)
        self._spoof_off = _checked(settings)
        self._settings = settings
        self._sight = Sight(settings.models, settings.pictures)
        self._embedder = deepface_door.Embedder(settings.models)
        self._spoof = None if self._spoof_off else deepface_door.SpoofDetector(settings.models)

    def health(self) -> EngineHealth:
        """What is examined and what is not; ask at start, and show it where people look."""
        on = [Check.QUALITY, Check.SECOND_OPINION, Check.CHALLENGE, Check.LIKENESS]
        off: tuple[tuple[Check, str], ...] = ((Check.SPOOF, self._spoof_off),) if self._spoof_off else ()
        return EngineHealth(MODEL_ID, tuple(on if off else [*on, Check.SPOOF]), off)

    def warm_up(self) -> None:
        """Run every net once on nothing, so that the first citizen does not wait for them."""
        blank = np.full((480, 480, 3), 127, dtype=np.uint8)
        self._sight.warm_up(blank)
        self._embedder.embedding(blank[:SIDE, :SIDE])
        if self._spoof:
            self._spoof.is_live(blank, (160, 160, 160, 160))

    def enrol(self, picture: bytes, kind: PortraitKind = "portrait") -> Template | PoorPicture:
        """The template of the one person in a portrait, or of the portrait on a photographed document.

        The spoof check is not asked: a printed portrait is what a document carries.
        """
        seen = self._sight.see(picture)
        if not isinstance(seen, Seen):
            return PoorPicture((seen,))
        limits = self._settings.document if kind == "document" else self._settings.portrait
        reasons = self._reasons(seen, limits)
        return PoorPicture(tuple(reasons)) if reasons else _template(self._embedding(seen))

    def check(
        self, capture: Capture, template: Template | None, challenge: Challenge | None = None
    ) -> FaceOutcome:
        """Is this the enrolled person, live, now?

        Without a challenge the outcome says so in `checks_done`, and a match needs review. One-time use of a
        challenge is the caller's to remember (FaceWorkers does).
        """
        if template is None:
            return FaceOutcome("no_template", (Reason.NO_TEMPLATE,))
        if template.model != MODEL_ID:
            return FaceOutcome("no_template", (Reason.TEMPLATE_OUTDATED,))
        asked = challenge if capture.source == "camera" else None
        faults = self._formal_faults(capture, asked)
        if faults == [Reason.FRAMES_REPEATED]:
            return self._repeated(capture.frames)
        if faults:
            return FaceOutcome("challenge", tuple(faults))
        return self._judged(capture.frames, template, asked)

    def look(self, picture: bytes) -> Look:
        """Every step on one picture, whatever its quality: for the evaluation and the bench."""
        seen = self._sight.see(picture)
        if not isinstance(seen, Seen):
            return Look((seen,))
        reasons = tuple(self._reasons(seen, self._settings.selfie))
        return Look(reasons, self._embedding(seen), self._is_live(seen))

    def vector(self, picture: bytes) -> NDArray[np.float32] | None:
        """The face found and turned into numbers, and nothing else examined: for the bench."""
        seen = self._sight.see(picture)
        return self._embedding(seen) if isinstance(seen, Seen) else None

    def _formal_faults(self, capture: Capture, asked: Challenge | None) -> list[Reason]:
        if asked is None:
            if len(capture.frames) > self._settings.challenge.most_frames:
                return [Reason.TOO_MANY_FRAMES]
            return [] if capture.frames else [Reason.TOO_FEW_FRAMES]
        return formal_faults(
            capture.frames,
            nonce=capture.nonce,
            received_at=capture.received_at,
            challenge=asked,
            settings=self._settings.challenge,
        )

    def _repeated(self, frames: Sequence[Frame]) -> FaceOutcome:
        """A lens in the dark or under a finger sees the same twice: that is no photograph held up to it."""
        _, _, reasons = self._best(frames[:1])
        if reasons:
            return FaceOutcome("poor", tuple(reasons), frozenset({Check.QUALITY, Check.SECOND_OPINION}))
        return FaceOutcome("challenge", (Reason.FRAMES_REPEATED,))

    def _judged(self, frames: Sequence[Frame], template: Template, asked: Challenge | None) -> FaceOutcome:
        best, seen, reasons = self._best(frames)
        done = {Check.QUALITY, Check.SECOND_OPINION}
        if seen is None or reasons:
            return FaceOutcome("poor", tuple(reasons), frozenset(done), best)
        probe = self._embedding(seen)
        if asked is not None:
            done.add(Check.CHALLENGE)
            unanswered = self._unanswered(frames, probe, asked)
            if unanswered:
                return FaceOutcome("challenge", tuple(unanswered), frozenset(done), best)
        live = self._is_live(seen)
        if live is not None:
            done.add(Check.SPOOF)
        if live is False:
            return FaceOutcome("spoof", (Reason.NOT_LIVE,), frozenset(done), best)
        return self._compared(probe, template, frozenset({*done, Check.LIKENESS}), best)

    def _compared(
        self, probe: NDArray[np.float32], template: Template, done: frozenset[Check], best: int
    ) -> FaceOutcome:
        distance = 1.0 - float(probe @ template.numbers())
        word: Word = "mismatch"
        reasons: tuple[Reason, ...] = (Reason.NOT_ALIKE,)
        if distance <= self._settings.match_at:
            word, reasons = "match", ()
        elif distance <= self._settings.retry_to:
            word, reasons = "retry", (Reason.HARDLY_ALIKE,)
        return FaceOutcome(word, reasons, done, best, distance)

    def _best(self, frames: Sequence[Frame]) -> tuple[int, Seen | None, list[Reason]]:
        """The first frame that is good enough; or what is wrong with the very first."""
        verdicts: list[tuple[int, Seen | None, list[Reason]]] = []
        for index, frame in enumerate(frames):
            seen = self._sight.see(frame.picture)
            if isinstance(seen, Seen):
                verdicts.append((index, seen, self._reasons(seen, self._settings.selfie)))
            else:
                verdicts.append((index, None, [seen]))
            if not verdicts[-1][2]:
                return verdicts[-1]
        return verdicts[0]

    def _unanswered(
        self, frames: Sequence[Frame], probe: NDArray[np.float32], asked: Challenge
    ) -> list[Reason]:
        seen = [self._sight.glance(frame.picture) for frame in frames]
        reasons = unmet([one.face if one else None for one in seen], asked, self._settings.challenge)
        if _any_repeated([one.pixels for one in seen if one]):
            return [Reason.FRAMES_REPEATED]
        if reasons:
            return reasons
        same_at = self._settings.challenge.same_person_at
        strangers = any(1.0 - float(probe @ self._embedding(one)) > same_at for one in seen if one)
        return [Reason.ANOTHER_PERSON] if strangers else []

    def _reasons(self, seen: Seen, limits: QualityLimits) -> list[Reason]:
        if self._sight.is_crowded(seen.pixels):
            return [Reason.SEVERAL_FACES]
        return shortcomings(seen.pixels, seen.face, limits)

    def _is_live(self, seen: Seen) -> bool | None:
        """None where the check is off."""
        return self._spoof.is_live(seen.pixels, seen.face.rectangle()) if self._spoof else None

    def _embedding(self, seen: Seen) -> NDArray[np.float32]:
        return self._embedder.embedding(aligned(seen.pixels, seen.face.five_points()))


def _checked(settings: FaceSettings) -> str:
    """Why the spoof check must stay off; empty when it need not. Its models are the only optional ones."""
    wrong = [state for state in models.check(settings.models) if not state.is_well]
    needed = [state for state in wrong if not state.file.optional]
    if needed:
        named = ", ".join(f"{state.file.name} ({state.state})" for state in needed)
        raise MissingModel(f"{named} in {settings.models}. Run: {models.HOW_TO_FETCH}")
    if not settings.check_spoof:
        return "switched off in the settings"
    return "; ".join(f"{state.file.name} is {state.state}: {state.remedy}" for state in wrong)


def _template(numbers: NDArray[np.float32]) -> Template:
    return Template(numbers.astype("<f4").tobytes())


def _any_repeated(pictures: Sequence[Pixels]) -> bool:
    """Whether two frames show exactly the same pixels; no camera ever takes the same picture twice."""
    return len({picture.tobytes() for picture in pictures}) < len(pictures)
