"""The challenge: asked at random, answered in order, once, by one living person."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from random import Random, SystemRandom

import numpy as np
import pytest

from tests.verification.engines.conftest import NOW, asked
from verification.engines.challenge import (
    STANDARD,
    Action,
    Challenge,
    Frame,
    formal_faults,
    new_challenge,
    unmet,
)
from verification.engines.mesh import Face
from verification.engines.outcomes import Reason

LEFT, RIGHT, MOUTH = Action.TURN_LEFT, Action.TURN_RIGHT, Action.OPEN_MOUTH


def face(yaw: float = 0.0, mouth: float = 0.05) -> Face:
    return Face(np.zeros((468, 3), np.float32), 1.0, yaw, 0.0, 0.0, mouth, 80.0)


REST, TO_LEFT, TO_RIGHT, OPEN = face(), face(yaw=-22), face(yaw=22), face(mouth=0.5)
SLIGHTLY = face(yaw=12)


def faults(frames: list[Frame], challenge: Challenge | None = None, nonce: str = "n" * 64, late_s: float = 5):
    return formal_faults(
        frames,
        nonce=nonce,
        received_at=NOW + timedelta(seconds=late_s),
        challenge=challenge or asked(LEFT, MOUTH),
        settings=STANDARD,
    )


def frames(count: int = 6) -> list[Frame]:
    return [Frame(bytes([number]) * 10, 300 * number) for number in range(count)]


class TestANewChallenge:
    def test_asks_for_one_turn_and_the_mouth_in_either_order(self):
        rng = Random(7)
        seen = Counter(new_challenge(rng, NOW).actions for _ in range(400))
        assert set(seen) == {(LEFT, MOUTH), (RIGHT, MOUTH), (MOUTH, LEFT), (MOUTH, RIGHT)}
        assert min(seen.values()) > 60, "none of the four may be rare enough to bet against"

    def test_never_has_the_nonce_of_another(self):
        nonces = {new_challenge(SystemRandom(), NOW).nonce for _ in range(100)}
        assert len(nonces) == 100
        assert all(len(nonce) == 64 for nonce in nonces)

    def test_does_not_show_its_nonce_in_logs(self):
        challenge = new_challenge(SystemRandom(), NOW)
        assert challenge.nonce not in repr(challenge)


class TestFramesInGoodOrder:
    def test_have_no_formal_fault(self):
        assert faults(frames()) == []

    def test_may_arrive_in_the_last_second(self):
        assert faults(frames(), late_s=120) == []


class TestFramesThatCannotBeTheAnswer:
    def test_bear_another_nonce(self):
        assert faults(frames(), nonce="m" * 64) == [Reason.CHALLENGE_UNKNOWN]

    def test_bear_a_nonce_that_is_not_even_ascii(self):
        assert faults(frames(), nonce="号") == [Reason.CHALLENGE_UNKNOWN]

    @pytest.mark.parametrize("late_s", [120.1, 3600, -1])
    def test_arrive_after_their_time_or_before_they_were_asked_for(self, late_s):
        assert faults(frames(), late_s=late_s) == [Reason.CHALLENGE_EXPIRED]

    def test_are_too_few(self):
        assert faults(frames(4)) == [Reason.TOO_FEW_FRAMES]

    def test_are_too_many(self):
        assert faults(frames(13)) == [Reason.TOO_MANY_FRAMES]

    def test_are_none_at_all(self):
        assert faults([]) == [Reason.TOO_FEW_FRAMES]

    def test_go_back_in_time(self):
        assert faults(list(reversed(frames()))) == [Reason.FRAMES_OUT_OF_ORDER]

    def test_stand_still_in_time(self):
        assert faults([Frame(one.picture, 5) for one in frames()]) == [Reason.FRAMES_OUT_OF_ORDER]

    def test_last_longer_than_the_challenge(self):
        stretched = [Frame(one.picture, one.at_ms * 1000) for one in frames()]
        assert faults(stretched) == [Reason.FRAMES_OUT_OF_ORDER]

    def test_are_one_picture_sent_again_and_again(self):
        assert faults([Frame(b"same", 100 * n) for n in range(6)]) == [Reason.FRAMES_REPEATED]


class TestMovementsThatAnswer:
    @pytest.mark.parametrize("after", [[], [REST]])
    def test_come_back_between_and_may_end_either_way(self, after):
        done = [REST, TO_LEFT, REST, OPEN, *after]
        assert unmet(done, asked(LEFT, MOUTH), STANDARD) == []

    def test_may_be_slow(self):
        done = [REST, REST, SLIGHTLY, TO_RIGHT, TO_RIGHT, SLIGHTLY, REST, OPEN, OPEN, REST]
        assert unmet(done, asked(RIGHT, MOUTH), STANDARD) == []

    def test_are_measured_from_the_persons_own_straight_look(self):
        done = [face(yaw=9), face(yaw=26), face(yaw=9), face(yaw=9, mouth=0.5)]
        assert unmet(done, asked(RIGHT, MOUTH), STANDARD) == []

    def test_are_measured_from_the_persons_own_shut_mouth(self):
        smiling = 0.30
        done = [face(mouth=smiling), TO_LEFT, face(mouth=smiling), face(mouth=0.55)]
        assert unmet([*done, face(mouth=smiling)], asked(LEFT, MOUTH), STANDARD) != []
        steady = [face(mouth=smiling), face(-22, smiling), face(mouth=smiling), face(mouth=0.55)]
        assert unmet(steady, asked(LEFT, MOUTH), STANDARD) == []

    def test_may_lose_a_face_for_a_moment(self):
        assert unmet([REST, TO_LEFT, None, REST, OPEN], asked(LEFT, MOUTH), STANDARD) == []


class TestMovementsThatDoNot:
    @pytest.mark.parametrize(
        "done", [[REST] * 6, [REST, TO_LEFT, REST], [REST, OPEN, REST], [REST, SLIGHTLY]]
    )
    def test_leave_an_action_out(self, done):
        assert unmet(done, asked(LEFT, MOUTH), STANDARD) == [Reason.ACTION_NOT_SEEN]

    def test_turn_to_the_other_side(self):
        assert unmet([REST, TO_RIGHT, REST, OPEN], asked(LEFT, MOUTH), STANDARD) == [Reason.ACTION_NOT_SEEN]

    def test_come_in_the_other_order(self):
        assert unmet([REST, OPEN, REST, TO_LEFT], asked(LEFT, MOUTH), STANDARD) == [Reason.OTHER_ACTION]

    def test_show_everything_as_a_recording_would(self):
        everything = [REST, TO_LEFT, REST, TO_RIGHT, REST, OPEN, REST]
        assert unmet(everything, asked(LEFT, MOUTH), STANDARD) == [Reason.OTHER_ACTION]

    def test_never_come_back_between(self):
        assert unmet([REST, TO_LEFT, OPEN], asked(LEFT, MOUTH), STANDARD) == [Reason.OTHER_ACTION]

    def test_begin_in_the_middle(self):
        assert unmet([TO_LEFT, REST, OPEN], asked(LEFT, MOUTH), STANDARD) == [Reason.OTHER_ACTION]

    def test_happen_out_of_sight(self):
        assert unmet([REST, None, None, OPEN], asked(LEFT, MOUTH), STANDARD) == [Reason.FACE_LOST]

    def test_have_no_face_at_all(self):
        assert unmet([None] * 6, asked(LEFT, MOUTH), STANDARD) == [Reason.FACE_LOST]
