from datetime import timedelta

import pytest

from nlu.engines.breaker import Breaker, State


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def states() -> list[State]:
    return []


@pytest.fixture
def breaker(clock: Clock, states: list[State]) -> Breaker:
    return Breaker(failures=3, rest=timedelta(seconds=5), clock=clock, changed=states.append)


def fail(breaker: Breaker, times: int) -> None:
    for _ in range(times):
        breaker.went_wrong()


class TestAServiceThatFailsNowAndThen:
    def test_is_asked_on(self, breaker: Breaker) -> None:
        fail(breaker, 2)
        breaker.went_well()
        fail(breaker, 2)
        assert breaker.state == "closed"


class TestAServiceThatFailsThreeTimesInARow:
    def test_is_left_alone(self, breaker: Breaker, states: list[State]) -> None:
        fail(breaker, 3)
        assert breaker.state == "open"
        assert not breaker.may_probe()
        assert states == ["open"]

    def test_is_left_alone_until_the_rest_is_over(self, breaker: Breaker, clock: Clock) -> None:
        fail(breaker, 3)
        clock.now = 4.9
        assert not breaker.may_probe()
        clock.now = 5.0
        assert breaker.may_probe()

    def test_stays_alone_when_late_calls_come_back_wrong(self, breaker: Breaker, clock: Clock) -> None:
        fail(breaker, 3)
        clock.now = 1.0
        fail(breaker, 1)
        assert breaker.state == "open"


class TestAServiceAfterItsRest:
    @pytest.fixture(autouse=True)
    def rested(self, breaker: Breaker, clock: Clock) -> None:
        fail(breaker, 3)
        clock.now = 5.0

    def test_is_tried_by_one_call_alone(self, breaker: Breaker) -> None:
        assert [breaker.may_probe() for _ in range(3)] == [True, False, False]

    def test_is_asked_again_when_the_probe_went_well(self, breaker: Breaker, states: list[State]) -> None:
        breaker.may_probe()
        breaker.went_well()
        assert breaker.state == "closed"
        assert states == ["open", "half_open", "closed"]

    def test_rests_again_after_one_failed_probe(self, breaker: Breaker, clock: Clock) -> None:
        breaker.may_probe()
        breaker.went_wrong()
        assert breaker.state == "open"
        clock.now = 10.0
        assert breaker.may_probe()

    def test_is_tried_again_when_a_probe_was_called_off(self, breaker: Breaker) -> None:
        breaker.may_probe()
        breaker.gave_up()
        assert breaker.may_probe()
