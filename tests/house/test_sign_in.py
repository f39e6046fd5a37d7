import asyncio
import threading
from datetime import UTC, datetime, timedelta

import pytest
from argon2 import PasswordHasher, extract_parameters
from argon2.exceptions import VerifyMismatchError
from sqlalchemy import func, select, update

from bot import entrance, sessions, staff, totp
from bot.audit import Audit, entries
from bot.keys import KeyRing
from bot.metrics import Metrics
from bot.passwords import MOST_WAITING, Passwords, TooManySignIns, WeakPassword
from bot.records import sign_in_tries, staff_session
from bot.records import staff as staff_table
from bot.rights import Role
from bot.sealer import Sealer
from bot.sign_in import Entered, SignIn, TurnedAway
from bot.tries import FREE_TRIES, LONGEST_LOCK
from tests.house.conftest import SECRET
from tests.house.people import PASSWORD, given, hired, quick_passwords


@pytest.fixture
def clerk(store, clock) -> SignIn:
    return SignIn(store, quick_passwords(), Sealer(KeyRing.grown_from(SECRET)), Audit(clock), clock)


@pytest.fixture
async def senior(store, clock):
    return await store.write(hired(Role.SENIOR, "老周", clock))


async def session_behind(store, clock, entered: Entered):
    return await store.read(lambda tx: sessions.session_of(tx, entered.token, clock()))


async def wrong(clerk, name="小李"):
    return await clerk.enter(given(name, "not the password"))


class TestTheRightPassword:
    async def test_opens_a_session(self, clerk, store, clock, xiaoli):
        entered = await clerk.enter(given("小李"))
        session = await session_behind(store, clock, entered)
        assert session.staff == xiaoli
        assert session.browser == "Firefox"

    async def test_opens_another_session_each_time(self, clerk, xiaoli):
        first, second = await clerk.enter(given("小李")), await clerk.enter(given("小李"))
        assert first.token != second.token

    async def test_leaves_no_token_in_the_database(self, clerk, store, xiaoli):
        entered = await clerk.enter(given("小李"))
        rows = await store.read(lambda tx: str(tx.execute(select(staff_session)).all()))
        assert entered.token not in rows
        assert entered.token not in repr(entered)
        assert PASSWORD not in repr(given("小李"))

    async def test_is_hashed_anew_when_the_settings_grew(self, clerk, store, clock, xiaoli):
        old = await store.read(lambda tx: staff.account(tx, xiaoli.id).password_hash)
        stronger = Passwords(PasswordHasher(time_cost=2, memory_cost=16, parallelism=1))
        clerk._passwords = stronger
        await clerk.enter(given("小李"))
        new = await store.read(lambda tx: staff.account(tx, xiaoli.id).password_hash)
        assert new != old
        assert not stronger.is_outdated(new)
        assert isinstance(await clerk.enter(given("小李")), Entered)


class TestAWrongSignIn:
    async def test_gets_one_answer_for_every_cause(self, clerk, store, clock, xiaoli, senior):
        await store.write(lambda tx: staff.disable(tx, senior.id, clock()))
        answers = {await wrong(clerk), await wrong(clerk, "没有这个人"), await clerk.enter(given("老周"))}
        assert answers == {TurnedAway("wrong")}

    async def test_is_followed_by_a_right_one(self, clerk, xiaoli):
        await wrong(clerk)
        assert isinstance(await clerk.enter(given("小李")), Entered)

    async def test_is_noted_without_what_was_typed(self, clerk, store, xiaoli):
        await clerk.enter(given("my-own-password-in-the-wrong-field", "x"))
        (entry,) = await store.read(entries)
        assert (entry.action, entry.object) == ("staff.sign_in_refused", "staff:unknown")
        assert "my-own-password" not in str(entry)


class TestAStormOfPasswords:
    async def test_is_slowed_after_five_even_for_the_right_one(self, clerk, clock, xiaoli):
        for _ in range(FREE_TRIES):
            assert await wrong(clerk) == TurnedAway("wrong")
        assert await clerk.enter(given("小李")) == TurnedAway("wait", timedelta(seconds=30))
        clock.passes(seconds=31)
        assert isinstance(await clerk.enter(given("小李")), Entered)

    async def test_waits_twice_as_long_each_time_up_to_a_quarter_of_an_hour(self, clerk, clock, xiaoli):
        waits = []
        for _ in range(FREE_TRIES + 8):
            await wrong(clerk)
            away = await wrong(clerk)
            waits.append(away.wait)
            clock.now += away.wait
        locks = [wait for wait in waits if wait]
        assert locks[:3] == [timedelta(seconds=30), timedelta(seconds=60), timedelta(seconds=120)]
        assert max(locks) == LONGEST_LOCK

    async def test_at_one_moment_wins_no_more_tries(self, clerk, xiaoli):
        answers = await asyncio.gather(*(wrong(clerk) for _ in range(15)))
        assert [each.why for each in answers].count("wrong") == FREE_TRIES

    async def test_tells_nobody_which_names_exist(self, clerk, xiaoli):
        known = [await wrong(clerk, "小李") for _ in range(FREE_TRIES + 2)]
        unknown = [await wrong(clerk, "没有这个人") for _ in range(FREE_TRIES + 2)]
        assert known == unknown

    async def test_on_one_name_does_not_stop_another(self, clerk, xiaoli, senior):
        for _ in range(FREE_TRIES + 1):
            await wrong(clerk, "小李")
        assert isinstance(await clerk.enter(given("老周")), Entered)

    async def test_does_not_get_round_by_spelling_the_name_differently(self, clerk, store, clock):
        await store.write(hired(Role.AGENT, "xiaoli", clock))
        for name in ("xiaoli", "XIAOLI", "ＸＩＡＯＬＩ", " xiaoli ", "Xiaoli"):
            await wrong(clerk, name)
        assert (await clerk.enter(given("xiaoli"))).why == "wait"

    async def test_is_forgiven_by_the_next_day(self, clerk, clock, xiaoli):
        for _ in range(FREE_TRIES - 1):
            await wrong(clerk)
        clock.passes(hours=25)
        await wrong(clerk)
        assert await wrong(clerk) == TurnedAway("wrong")

    async def test_does_not_lock_for_a_day_when_the_clock_is_moved_back_a_day(self, clerk, clock, xiaoli):
        for _ in range(FREE_TRIES):
            await wrong(clerk)
        clock.passes(days=-1)
        assert (await clerk.enter(given("小李"))).wait == LONGEST_LOCK
        clock.passes(minutes=16)
        assert isinstance(await clerk.enter(given("小李")), Entered)

    async def test_leaves_no_rows_behind_for_ever(self, clerk, store, clock, tmp_path):
        house = entrance.build(
            store,
            secret=SECRET,
            sealer=Sealer(KeyRing.grown_from(SECRET)),
            metrics=Metrics(),
            clock=clock,
            public_url="http://127.0.0.1:8080",
            anchors=tmp_path,
            codes_required=False,
        )
        await wrong(clerk, "甲乙")
        clock.passes(hours=25)
        assert await house.forget_old() == 1
        assert await store.read(lambda tx: tx.scalar(select(func.count()).select_from(sign_in_tries))) == 0

    async def test_of_hashes_is_turned_away_and_costs_the_name_no_try(self, clerk, store, xiaoli):
        answers = await asyncio.gather(*(clerk.enter(given(f"陌生人{n}")) for n in range(MOST_WAITING * 2)))
        busy = [each for each in answers if each == TurnedAway("busy")]
        assert isinstance(await clerk.enter(given("小李")), Entered)
        counted = await store.read(lambda tx: tx.scalar(select(func.sum(sign_in_tries.c.tries))))
        assert counted == MOST_WAITING * 2 - len(busy)


class TestTheWorkersThatHash:
    async def test_turn_away_the_twenty_first(self):
        gate = threading.Event()
        passwords = quick_passwords()
        passwords._check = lambda *_: gate.wait(10)
        waiting = [asyncio.ensure_future(passwords.fits("x", "y")) for _ in range(MOST_WAITING)]
        await asyncio.sleep(0)
        with pytest.raises(TooManySignIns):
            await passwords.fits("x", "y")
        gate.set()
        assert all(await asyncio.gather(*waiting))
        assert await passwords.fits("x", "y")

    async def test_take_a_broken_hash_for_a_no(self):
        assert not await quick_passwords().fits("x", "not a hash")
        assert not await quick_passwords().fits("x", None)

    def test_work_as_hard_for_nobody_as_for_somebody(self):
        hasher = PasswordHasher()
        nobodys = Passwords(hasher)._nobodys
        assert extract_parameters(nobodys) == extract_parameters(hasher.hash("somebody"))
        with pytest.raises(VerifyMismatchError):  # refused after the work, not before as misshapen
            hasher.verify(nobodys, "x")


class TestACodeFromAPhone:
    """RFC 6238, appendix B, gives the codes of this secret (SHA-1, last six of eight digits)."""

    SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"

    @pytest.mark.parametrize(
        ("at", "code"),
        [(59, "287082"), (1111111109, "081804"), (1234567890, "005924"), (20000000000, "353130")],
    )
    def test_is_the_one_of_the_standard(self, at, code):
        assert totp.step_of(self.SECRET, code, datetime.fromtimestamp(at, UTC)) == at // 30

    def test_may_be_half_a_minute_early_or_late(self, clock):
        step = totp.step_at(clock.now)
        accepted = [
            drift
            for drift in range(-3, 4)
            if totp.step_of(self.SECRET, totp.code_for(self.SECRET, step + drift), clock.now)
        ]
        assert accepted == [-1, 0, 1]

    @pytest.mark.parametrize("typed", ["", "12345", "１２３４５６", "abcdef", "1234567", "-12345"])
    def test_that_is_no_code_is_wrong(self, clock, typed):
        assert totp.step_of(self.SECRET, typed, clock.now) is None


class TestSomebodyWithACode:
    @pytest.fixture
    async def secret(self, clerk, senior, clock):
        secret, offer = clerk.offer_code(senior)
        assert await clerk.keep_code(senior, offer, totp.code_for(secret, totp.step_at(clock.now)))
        clock.passes(minutes=2)
        return secret

    def code(self, secret, clock):
        return totp.code_for(secret, totp.step_at(clock.now))

    async def test_enters_with_both(self, clerk, clock, secret):
        assert isinstance(await clerk.enter(given("老周", code=self.code(secret, clock))), Entered)

    async def test_does_not_enter_with_the_password_alone(self, clerk, clock, secret):
        for code in ("", "000000"):
            assert await clerk.enter(given("老周", code=code)) == TurnedAway("wrong")
        assert isinstance(await clerk.enter(given("老周", code=self.code(secret, clock))), Entered)

    async def test_cannot_use_a_code_twice(self, clerk, clock, secret):
        code = self.code(secret, clock)
        await clerk.enter(given("老周", code=code))
        assert await clerk.enter(given("老周", code=code)) == TurnedAway("wrong")
        clock.passes(seconds=30)
        assert isinstance(await clerk.enter(given("老周", code=self.code(secret, clock))), Entered)

    async def test_enters_once_when_one_code_is_sent_many_times_at_once(self, clerk, clock, secret):
        code = self.code(secret, clock)
        answers = await asyncio.gather(*(clerk.enter(given("老周", code=code)) for _ in range(5)))
        assert len([each for each in answers if isinstance(each, Entered)]) == 1

    async def test_has_a_secret_that_is_sealed_for_them_alone(
        self, clerk, store, clock, secret, xiaoli, senior
    ):
        sealed = await store.read(lambda tx: staff.account(tx, senior.id).totp_sealed)
        assert secret.encode() not in sealed
        await store.write(lambda tx: staff.keep_totp(tx, xiaoli.id, sealed, 0))
        with pytest.raises(Exception, match=r"staff:totp_sealed was altered or moved"):
            await clerk.enter(given("小李", code=self.code(secret, clock)))

    async def test_cannot_confirm_an_offer_made_to_somebody_else(self, clerk, clock, senior, xiaoli):
        secret, offer = clerk.offer_code(senior)
        assert not await clerk.keep_code(xiaoli, offer, self.code(secret, clock))
        assert not await clerk.keep_code(senior, "garbage", self.code(secret, clock))
        assert not await clerk.keep_code(senior, offer, "000000")
        assert await clerk.keep_code(senior, offer, self.code(secret, clock))


class TestConfirmingThePassword:
    @pytest.fixture
    async def inside(self, clerk, store, clock, xiaoli):
        session = await session_behind(store, clock, await clerk.enter(given("小李")))
        clock.passes(minutes=15)
        return session

    async def test_makes_the_session_fresh_and_changes_its_token(self, clerk, store, clock, inside):
        assert not inside.is_fresh(clock())
        confirmed = await clerk.confirm(inside, PASSWORD, "")
        assert (await session_behind(store, clock, confirmed)).is_fresh(clock())
        assert (await session_behind(store, clock, confirmed)).id == inside.id

    async def test_does_not_lengthen_the_day(self, clerk, store, clock, inside):
        confirmed = await clerk.confirm(inside, PASSWORD, "")
        assert (await session_behind(store, clock, confirmed)).created_at == inside.created_at

    async def test_is_slowed_like_any_guessing(self, clerk, inside):
        answers = [await clerk.confirm(inside, "guess", "") for _ in range(FREE_TRIES + 1)]
        assert answers[-1].why == "wait"

    async def test_is_too_late_for_a_session_that_was_ended(self, clerk, store, clock, inside):
        await clerk.leave(inside)
        assert await clerk.confirm(inside, PASSWORD, "") == TurnedAway("gone")


class TestANewPassword:
    async def test_ends_every_other_session(self, clerk, store, clock, xiaoli):
        elsewhere, here = await clerk.enter(given("小李")), await clerk.enter(given("小李"))
        changed = await clerk.change_password(
            await session_behind(store, clock, here), PASSWORD, "another-Word-77"
        )
        assert await session_behind(store, clock, elsewhere) is None
        assert await session_behind(store, clock, here) is None
        assert (await session_behind(store, clock, changed)).staff == xiaoli

    async def test_replaces_the_old_one(self, clerk, store, clock, xiaoli):
        here = await session_behind(store, clock, await clerk.enter(given("小李")))
        await clerk.change_password(here, PASSWORD, "another-Word-77")
        assert await clerk.enter(given("小李")) == TurnedAway("wrong")
        assert isinstance(await clerk.enter(given("小李", "another-Word-77")), Entered)

    async def test_needs_the_old_one_and_strength(self, clerk, store, clock, xiaoli):
        here = await session_behind(store, clock, await clerk.enter(given("小李")))
        assert await clerk.change_password(here, "wrong", "another-Word-77") == TurnedAway("wrong")
        with pytest.raises(WeakPassword):
            await clerk.change_password(here, PASSWORD, "short")
        assert isinstance(await clerk.enter(given("小李")), Entered)


class TestAnAccountThatChangesWhileItsPasswordIsChecked:
    @pytest.mark.parametrize(
        "change",
        [
            {"disabled_at": datetime(2026, 11, 23, tzinfo=UTC)},
            {"password_hash": "new"},
            {"totp_sealed": b"new"},
        ],
        ids=["disabled", "password changed", "code asked for"],
    )
    async def test_is_not_let_in(self, clerk, store, clock, xiaoli, change):
        checked = await store.read(lambda tx: staff.account(tx, xiaoli.id))
        await store.write(lambda tx: tx.execute(update(staff_table).values(**change)) and None)
        answer = await store.write(lambda tx: clerk._let_in(tx, checked, given("小李")))
        assert answer == TurnedAway("wrong")
        assert await store.read(lambda tx: tx.scalar(select(func.count()).select_from(staff_session))) == 0
