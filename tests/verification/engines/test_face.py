"""The engine as a whole, on real photographs and frames made from them."""

from __future__ import annotations

import pickle
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from tests.verification.engines import spoiling
from tests.verification.engines.conftest import NOW, asked, jpeg, live, pixels_of, upload
from verification.engines.captures import Template
from verification.engines.challenge import Action, Frame
from verification.engines.deepface_door import MissingModel
from verification.engines.face import FaceEngine
from verification.engines.outcomes import Check, FaceOutcome, PoorPicture, Reason
from verification.engines.settings import FaceSettings, QualityLimits

LEFT, RIGHT, MOUTH = Action.TURN_LEFT, Action.TURN_RIGHT, Action.OPEN_MOUTH


class TestACitizenBeforeTheCamera:
    @pytest.mark.parametrize("actions", [(LEFT, MOUTH), (MOUTH, RIGHT)])
    def test_who_does_what_is_asked_is_recognised(self, engine, template, acted, actions):
        outcome = engine.check(live(acted(actions)), template, asked(*actions))
        assert (outcome.word, outcome.reasons) == ("match", ())
        assert {Check.QUALITY, Check.CHALLENGE, Check.LIKENESS} <= outcome.checks_done
        assert not outcome.needs_review
        assert outcome.best_frame == 0

    def test_who_does_something_else_is_asked_again_and_then_recognised(self, engine, template, acted):
        wrong = engine.check(live(acted((RIGHT, MOUTH))), template, asked(LEFT, MOUTH))
        assert (wrong.word, wrong.reasons) == ("challenge", (Reason.ACTION_NOT_SEEN,))
        assert engine.check(live(acted((LEFT, MOUTH))), template, asked(LEFT, MOUTH)).word == "match"

    def test_who_swaps_with_another_midway_is_not_recognised(self, engine, template, acted, stranger):
        frames = list(acted((LEFT, MOUTH)))
        other = jpeg(pixels_of(stranger))
        frames[3] = replace(frames[3], picture=other)
        outcome = engine.check(live(tuple(frames)), template, asked(LEFT, MOUTH))
        assert (outcome.word, outcome.reasons) == ("challenge", (Reason.ANOTHER_PERSON,))

    def test_who_blinks_out_of_focus_first_is_compared_by_the_next_good_frame(self, engine, template, acted):
        frames = list(acted((LEFT, MOUTH)))
        blurred = jpeg(spoiling.out_of_focus(pixels_of(frames[0].picture)))
        frames = [Frame(blurred, 0), *(replace(frame, at_ms=frame.at_ms + 400) for frame in frames)]
        outcome = engine.check(live(tuple(frames)), template, asked(LEFT, MOUTH))
        assert (outcome.word, outcome.best_frame) == ("match", 1)

    def test_too_late_is_told_so_before_a_picture_is_opened(self, engine, template):
        frames = tuple(Frame(b"never opened %d" % n, n) for n in range(6))
        late = live(frames, at=NOW + timedelta(seconds=121))
        outcome = engine.check(late, template, asked(LEFT, MOUTH))
        assert (outcome.word, outcome.reasons) == ("challenge", (Reason.CHALLENGE_EXPIRED,))

    def test_shown_by_a_still_picture_re_encoded_each_time_is_refused(self, engine, template, portrait):
        # Lossless, so that only the bytes differ and not one pixel.
        still = pixels_of(portrait)
        frames = tuple(Frame(_png(still, level), 300 * level) for level in range(6))
        outcome = engine.check(live(frames), template, asked(LEFT, MOUTH))
        assert (outcome.word, outcome.reasons) == ("challenge", (Reason.FRAMES_REPEATED,))

    def test_that_sees_the_same_because_it_is_dark_is_told_of_the_dark(self, engine, template, portrait):
        dark = _png(spoiling.lit(pixels_of(portrait), 0.2), 3)
        outcome = engine.check(
            live(tuple(Frame(dark, 300 * n) for n in range(6))), template, asked(LEFT, MOUTH)
        )
        assert (outcome.word, outcome.reasons[0]) == ("poor", Reason.TOO_DARK)
        still = engine.check(
            live(tuple(Frame(portrait, 300 * n) for n in range(6))), template, asked(LEFT, MOUTH)
        )
        assert (still.word, still.reasons) == ("challenge", (Reason.FRAMES_REPEATED,))


class TestAPictureFromAFile:
    def test_of_the_same_person_matches_but_is_for_a_person_to_review(self, engine, template, portrait):
        outcome = engine.check(upload(portrait), template)
        assert outcome.word == "match"
        assert Check.CHALLENGE not in outcome.checks_done
        assert outcome.needs_review

    def test_answers_no_challenge_even_when_one_was_asked(self, engine, template, portrait):
        outcome = engine.check(upload(portrait), template, asked(LEFT, MOUTH))
        assert Check.CHALLENGE not in outcome.checks_done

    def test_of_somebody_else_does_not_match(self, engine, template, stranger):
        outcome = engine.check(upload(stranger), template)
        assert (outcome.word, outcome.reasons) == ("mismatch", (Reason.NOT_ALIKE,))

    def test_between_the_bands_may_be_tried_again(self, models_folder, template, portrait):
        strict = FaceEngine(FaceSettings(models=models_folder, match_at=0.01))
        outcome = strict.check(upload(portrait), template)
        assert (outcome.word, outcome.reasons) == ("retry", (Reason.HARDLY_ALIKE,))

    def test_among_too_many_is_refused(self, engine, template, portrait):
        many = replace(upload(portrait), frames=tuple(Frame(portrait, n) for n in range(13)))
        assert engine.check(many, template).reasons == (Reason.TOO_MANY_FRAMES,)

    def test_that_is_missing_is_refused(self, engine, template, portrait):
        assert engine.check(replace(upload(portrait), frames=()), template).reasons == (
            Reason.TOO_FEW_FRAMES,
        )


class TestACitizenWhoWasNeverEnrolled:
    def test_hears_that_there_is_nothing_to_compare_with(self, engine, portrait):
        outcome = engine.check(upload(portrait), None)
        assert (outcome.word, outcome.reasons) == ("no_template", (Reason.NO_TEMPLATE,))

    def test_or_with_another_model_must_be_enrolled_anew(self, engine, portrait, template):
        outcome = engine.check(upload(portrait), replace(template, model="sface-2030"))
        assert (outcome.word, outcome.reasons) == ("no_template", (Reason.TEMPLATE_OUTDATED,))


class TestEnrolling:
    def test_gives_128_numbers_of_length_one(self, template):
        numbers = template.numbers()
        assert (numbers.dtype, numbers.shape) == (np.float32, (128,))
        assert np.linalg.norm(numbers) == pytest.approx(1)

    def test_refuses_a_small_portrait_but_takes_it_from_a_document(self, engine, portrait):
        small = jpeg(spoiling.far_away(pixels_of(portrait), 260))
        assert engine.enrol(small) == PoorPicture((Reason.TOO_SMALL,))
        assert isinstance(engine.enrol(small, "document"), Template)

    def test_refuses_what_is_no_portrait(self, engine):
        assert engine.enrol(b"") == PoorPicture((Reason.UNREADABLE,))

    def test_of_two_people_is_refused(self, engine, portrait, stranger):
        both = jpeg(spoiling.beside(pixels_of(portrait), pixels_of(stranger)))
        assert engine.enrol(both) == PoorPicture((Reason.SEVERAL_FACES,))


class TestATemplate:
    @pytest.mark.parametrize(
        "vector", [b"", b"\0" * 512, b"\0" * 511, np.full(128, np.nan, "<f4").tobytes(), b"\x7f" * 512]
    )
    def test_of_anything_but_a_face_cannot_be_made(self, vector):
        with pytest.raises(ValueError, match="128"):
            Template(vector)

    def test_keeps_itself_out_of_logs(self, template):
        assert repr(template) == f"Template(model={template.model!r})"

    def test_survives_being_stored(self, template):
        assert Template(bytes(template.vector), template.model) == template


class TestWhatLeavesTheEngine:
    def test_never_shows_a_score(self, engine, template, portrait):
        outcome = engine.check(upload(portrait), template)
        assert outcome.distance is not None
        assert "distance" not in repr(outcome)
        assert str(outcome.distance)[:5] not in repr(outcome)

    def test_never_shows_a_picture(self, portrait):
        assert len(repr(upload(portrait))) < 200

    def test_travels_between_processes(self):
        outcome = FaceOutcome("poor", (Reason.TOO_DARK,), frozenset({Check.QUALITY}), 0)
        assert pickle.loads(pickle.dumps(outcome)) == outcome


class TestTheSpoofCheck:
    def test_sorts_the_attacks_from_the_living(self, with_spoof_models, photographs):
        engine = FaceEngine(FaceSettings(models=with_spoof_models))
        found = {p.name: engine.look(p.read_bytes()).is_live for p in (photographs / "pad").iterdir()}
        assert found == {"image_F1.jpg": False, "image_F2.jpg": False, "image_T1.jpg": True}

    def test_refuses_an_attack_on_the_live_frame(self, with_spoof_models, photographs):
        attack = (photographs / "pad" / "image_F2.jpg").read_bytes()
        whatever = QualityLimits(0, 1, 0, 1, 0, 90, 90, 90, 0, 0)
        settings = FaceSettings(models=with_spoof_models, selfie=whatever, document=whatever)
        engine = FaceEngine(settings)
        owner = engine.enrol(attack, "document")
        assert isinstance(owner, Template), "a printed portrait may be enrolled: only live frames are checked"
        outcome = engine.check(upload(attack), owner)
        assert (outcome.word, outcome.reasons, outcome.distance) == ("spoof", (Reason.NOT_LIVE,), None)

    def test_that_has_no_models_is_visibly_off(self, models_folder, tmp_path, template, portrait):
        for name in ("face_detection_short_range.tflite", "face_landmark.tflite"):
            (tmp_path / name).symlink_to(models_folder / name)
        for name in ("face_detection_yunet_2023mar.onnx", "face_recognition_sface_2021dec.onnx"):
            (tmp_path / name).symlink_to(models_folder / name)
        engine = FaceEngine(FaceSettings(models=tmp_path))
        (off,) = engine.health().checks_off
        assert off[0] == Check.SPOOF
        assert "missing" in off[1]
        outcome = engine.check(upload(portrait), template)
        assert outcome.word == "match"
        assert Check.SPOOF not in outcome.checks_done

    def test_that_is_switched_off_says_so(self, models_folder):
        engine = FaceEngine(FaceSettings(models=models_folder, check_spoof=False))
        assert engine.health().checks_off == ((Check.SPOOF, "switched off in the settings"),)
        assert Check.SPOOF not in engine.health().checks_on


class TestSettings:
    @pytest.mark.parametrize(("match_at", "retry_to"), [(0.0, 0.6), (0.6, 0.5), (0.5, 1.0), (-1, 0.5)])
    def test_whose_bands_make_no_sense_are_refused(self, tmp_path, match_at, retry_to):
        with pytest.raises(ValueError, match="must hold"):
            FaceSettings(models=tmp_path, match_at=match_at, retry_to=retry_to)


class TestAnEngineWithoutItsModels:
    def test_does_not_start_and_says_what_to_run(self, tmp_path):
        with pytest.raises(MissingModel, match=r"missing.*python -m verification models fetch"):
            FaceEngine(FaceSettings(models=tmp_path))

    def test_does_not_start_on_a_damaged_one(self, models_folder, tmp_path):
        for file in models_folder.iterdir():
            (tmp_path / file.name).write_bytes(file.read_bytes())
        damaged = tmp_path / "face_recognition_sface_2021dec.onnx"
        damaged.write_bytes(damaged.read_bytes()[:-1] + b"\0")
        with pytest.raises(MissingModel, match=r"sface_2021dec\.onnx .damaged"):
            FaceEngine(FaceSettings(models=tmp_path))


def _png(pixels, level: int) -> bytes:
    import cv2

    return cv2.imencode(".png", pixels, [cv2.IMWRITE_PNG_COMPRESSION, level])[1].tobytes()
