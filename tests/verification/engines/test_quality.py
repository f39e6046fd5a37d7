"""Each way a picture can be poor is told apart, on real photographs spoilt on purpose."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from tests.verification.engines import spoiling
from tests.verification.engines.conftest import jpeg, pixels_of, upload
from verification.engines.face import FaceEngine
from verification.engines.outcomes import Reason
from verification.engines.settings import SELFIE

pytestmark = pytest.mark.filterwarnings("error")


@pytest.fixture(scope="module")
def pixels(portrait):
    return pixels_of(portrait)


def reasons(engine: FaceEngine, pixels) -> tuple[Reason, ...]:
    return engine.look(jpeg(pixels)).reasons


class TestAGoodPortrait:
    def test_has_nothing_wrong_with_it(self, engine, pixels):
        assert reasons(engine, pixels) == ()

    @pytest.mark.parametrize("quarter_turns", [1, 2, 3])
    def test_is_turned_upright_when_the_phone_forgot_to_say_how_it_was_held(
        self, engine, pixels, quarter_turns
    ):
        assert reasons(engine, np.rot90(pixels, quarter_turns)) == ()


class TestASpoiltPortrait:
    @pytest.mark.parametrize("strength", [0.2, 0.35])
    def test_that_is_too_dark_says_so_and_nothing_else(self, engine, pixels, strength):
        assert reasons(engine, spoiling.lit(pixels, strength)) == (Reason.TOO_DARK,)

    def test_that_is_too_bright_says_so(self, engine, pixels):
        assert reasons(engine, spoiling.lit(pixels, 2.2)) == (Reason.TOO_BRIGHT,)

    def test_that_is_out_of_focus_says_so(self, engine, pixels):
        assert reasons(engine, spoiling.out_of_focus(pixels)) == (Reason.BLURRED,)

    def test_that_is_too_far_away_says_so(self, engine, pixels):
        assert Reason.TOO_SMALL in reasons(engine, spoiling.far_away(pixels))

    @pytest.mark.parametrize("edge", ["left", "right", "top", "bottom"])
    def test_that_is_cut_off_by_the_edge_says_so(self, engine, pixels, models_folder, edge):
        assert Reason.CUT_OFF in reasons(engine, spoiling.cut_off(pixels, models_folder, edge))

    @pytest.mark.parametrize("yaw", [-40.0, 40.0])
    def test_that_looks_aside_says_so(self, engine, puppet, yaw):
        assert reasons(engine, puppet.looks(yaw=yaw)) == (Reason.NOT_FRONTAL,)

    def test_that_is_tilted_says_so(self, engine, pixels):
        height, width = pixels.shape[:2]
        tilt = cv2.getRotationMatrix2D((width / 2, height / 2), 30, 1)
        assert reasons(engine, cv2.warpAffine(pixels, tilt, (width, height))) == (Reason.NOT_FRONTAL,)

    def test_with_a_second_person_says_so(self, engine, pixels, stranger):
        crowd = spoiling.beside(pixels, pixels_of(stranger))
        assert reasons(engine, crowd) == (Reason.SEVERAL_FACES,)

    @pytest.mark.parametrize("colour", [(200, 150, 80), (235, 235, 235), (30, 30, 30)])
    def test_behind_a_mask_says_so(self, engine, pixels, models_folder, colour):
        assert Reason.COVERED in reasons(engine, spoiling.masked(pixels, models_folder, colour))

    def test_behind_dark_glasses_says_so(self, engine, pixels, models_folder):
        assert reasons(engine, spoiling.behind_dark_glasses(pixels, models_folder)) == (Reason.COVERED,)


class TestAPictureWithoutAFace:
    @pytest.mark.parametrize("shade", [0, 127, 255])
    def test_of_one_colour_says_so(self, engine, shade):
        assert reasons(engine, np.full((480, 360, 3), shade, np.uint8)) == (Reason.NO_FACE,)

    def test_of_noise_says_so(self, engine):
        noise = np.random.default_rng(1).integers(0, 256, (480, 360, 3), dtype=np.uint8)
        assert reasons(engine, noise) == (Reason.NO_FACE,)

    def test_of_one_pixel_says_so(self, engine):
        assert reasons(engine, np.zeros((1, 1, 3), np.uint8)) == (Reason.NO_FACE,)

    def test_that_is_no_picture_says_so(self, engine):
        assert engine.look(b"not a picture").reasons == (Reason.UNREADABLE,)


class TestAPoorSelfie:
    def test_is_not_compared_and_the_next_good_one_is(self, engine, pixels, template, portrait):
        dark = engine.check(upload(jpeg(spoiling.lit(pixels, 0.3))), template)
        assert (dark.word, dark.reasons, dark.distance) == ("poor", (Reason.TOO_DARK,), None)
        assert engine.check(upload(portrait), template).word == "match"


class TestOrdinaryPhotographs:
    def test_are_hardly_ever_called_poor_for_light_or_cover(self, engine, photographs):
        pictures = sorted((photographs / "pairs").glob("img*.jpg"))[::3]
        looks = [engine.look(picture.read_bytes()) for picture in pictures]
        wrongly = [look for look in looks if {Reason.TOO_DARK, Reason.COVERED} & set(look.reasons)]
        assert len(wrongly) <= len(looks) // 10
        assert all(look.reasons != (Reason.NO_FACE,) for look in looks)


def test_a_selfie_may_be_looser_than_a_portrait_for_enrolment(engine):
    assert SELFIE.eye_distance_px < engine._settings.portrait.eye_distance_px
