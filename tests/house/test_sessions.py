from datetime import timedelta

import pytest

from bot import sessions, staff
from bot.rights import Right, Role
from bot.sessions import IDLE, LONGEST
from tests.house.people import hired


@pytest.fixture
def xiaoli(tx, clock):
    return hired(Role.AGENT, "小李", clock)(tx)


@pytest.fixture
def token(tx, clock, xiaoli):
    return sessions.open_session(tx, xiaoli.id, clock(), browser="Firefox", address="127.0.0.1")


def found(tx, token, clock):
    return sessions.session_of(tx, token, clock())


class TestASession:
    def test_belongs_to_one_person(self, tx, clock, token, xiaoli):
        assert found(tx, token, clock).staff == xiaoli

    @pytest.mark.parametrize("other", ["", "x", "a" * 10_000, "\x00", "老周"])
    def test_is_not_found_by_another_cookie(self, tx, clock, token, other):
        assert found(tx, other, clock) is None
        assert found(tx, token + other, clock) is None or other == ""

    def test_is_long_enough_never_to_be_guessed(self, token):
        assert len(token) >= 43

    def test_ends_after_half_an_hour_of_nothing(self, tx, clock, token):
        clock.now += IDLE
        assert found(tx, token, clock)
        clock.passes(seconds=1)
        assert found(tx, token, clock) is None

    def test_lives_on_while_its_person_acts(self, tx, clock, token):
        for _ in range(10):
            clock.passes(minutes=25)
            sessions.note_activity(tx, found(tx, token, clock), clock())
        assert found(tx, token, clock)

    def test_ends_after_ten_hours_however_busy(self, tx, clock, token):
        end = clock.now + LONGEST
        while clock.now < end:
            sessions.note_activity(tx, found(tx, token, clock), clock())
            clock.passes(minutes=20)
        clock.passes(seconds=1)
        assert found(tx, token, clock) is None

    def test_ends_when_its_person_is_disabled(self, tx, clock, token, xiaoli):
        staff.disable(tx, xiaoli.id, clock())
        assert found(tx, token, clock) is None

    def test_has_the_new_rights_at_once_when_the_role_changes(self, tx, clock, token, xiaoli):
        staff.change_role(tx, xiaoli.id, Role.EDITOR)
        person = found(tx, token, clock).staff
        assert not person.may(Right.ANSWER)
        assert person.may(Right.WRITE_CONTENT)

    def test_once_ended_stays_ended(self, tx, clock, token, xiaoli):
        session = found(tx, token, clock)
        assert sessions.end(tx, session.id, xiaoli.id, "signed out", clock())
        sessions.note_activity(tx, session, clock())
        assert found(tx, token, clock) is None
        assert sessions.renew(tx, session, clock()) is None
        assert not sessions.end(tx, session.id, xiaoli.id, "signed out", clock())


class TestAClockThatJumps:
    def test_a_little_back_signs_nobody_out(self, tx, clock, token):
        clock.passes(minutes=-5)
        assert found(tx, token, clock)

    def test_far_back_ends_sessions_instead_of_prolonging_them(self, tx, clock, token):
        clock.passes(days=-1)
        assert found(tx, token, clock) is None

    def test_back_leaves_no_session_fresh(self, tx, clock, token):
        clock.passes(minutes=-1)
        assert not found(tx, token, clock).is_fresh(clock())


class TestFreshness:
    def test_lasts_ten_minutes(self, tx, clock, token):
        assert found(tx, token, clock).is_fresh(clock())
        clock.passes(minutes=10, seconds=1)
        assert not found(tx, token, clock).is_fresh(clock())

    def test_is_not_gained_by_acting(self, tx, clock, token):
        clock.passes(minutes=11)
        sessions.note_activity(tx, found(tx, token, clock), clock())
        assert not found(tx, token, clock).is_fresh(clock())


class TestOnesOwnSessions:
    def test_are_listed_newest_first(self, tx, clock, token, xiaoli):
        clock.passes(minutes=1)
        sessions.open_session(tx, xiaoli.id, clock(), browser="手机", address="127.0.0.2")
        assert [each.browser for each in sessions.sessions_of(tx, xiaoli.id, clock())] == ["手机", "Firefox"]

    def test_no_longer_list_the_ended_and_the_idle(self, tx, clock, token, xiaoli):
        clock.now += IDLE + timedelta(seconds=1)
        assert sessions.sessions_of(tx, xiaoli.id, clock()) == []

    def test_can_be_ended_all_but_this_one(self, tx, clock, token, xiaoli):
        other = sessions.open_session(tx, xiaoli.id, clock(), browser="手机", address="")
        here = found(tx, token, clock)
        assert sessions.end_all(tx, xiaoli.id, "by hand", clock(), but=here.id) == 1
        assert found(tx, token, clock)
        assert found(tx, other, clock) is None

    def test_cannot_be_ended_by_somebody_else(self, tx, clock, token):
        stranger = hired(Role.AGENT, "小王", clock)(tx)
        assert not sessions.end(tx, found(tx, token, clock).id, stranger.id, "by hand", clock())
        assert found(tx, token, clock)

    def test_are_forgotten_after_a_month(self, tx, clock, token):
        clock.passes(days=31)
        assert sessions.forget_old(tx, clock()) == 1
