"""Whoever is signed in opens what their role allows, as long as their session lives."""

import pytest
from sqlalchemy import func, select

from bot import sessions, staff
from bot.records import staff_session
from bot.rights import RIGHTS, Right, Role
from tests.house.conftest import SECRET
from tests.house.entrance import Entrance
from tests.house.people import PASSWORD, hired


class TestEveryRoleAtEveryRoom:
    @pytest.mark.parametrize("role", Role)
    async def test_opens_only_what_its_rights_allow(self, browser, store, clock, role):
        await store.write(hired(role, "某人", clock))
        await browser.signs_in("某人")
        opened = {right for right in Right if (await browser.opens(f"/room/{right}")).status == 200}
        assert opened == RIGHTS[role]

    @pytest.mark.parametrize("role", Role)
    async def test_opens_only_its_own_staff_pages(self, browser, store, clock, role):
        await store.write(hired(role, "某人", clock))
        await browser.signs_in("某人")
        statuses = {path: (await browser.opens(path)).status for path in ("/staff/people", "/staff/audit")}
        assert statuses == {
            "/staff/people": 200 if role is Role.OPERATOR else 403,
            "/staff/audit": 200 if role is Role.AUDITOR else 403,
        }
        assert (await browser.opens("/staff/me")).status == 200
        assert ('href="/staff/people"' in browser.text) == (role is Role.OPERATOR)

    def test_with_an_unknown_right_does_not_even_start(self, store, clock, tmp_path):
        entrance = Entrance(store, clock, tmp_path, secret=SECRET)
        with pytest.raises(ValueError, match=r"thread\.answr"):
            entrance.door.require("thread.answr")


class TestASessionInUse:
    async def test_ends_at_once_when_its_person_is_disabled(self, browser, store, clock, xiaoli):
        await browser.signs_in("小李")
        await store.write(lambda tx: staff.disable(tx, xiaoli.id, clock()))
        assert (await browser.opens("/room/acts")).url.path == "/staff/sign-in"

    async def test_loses_a_right_at_once_when_the_role_changes(self, browser, store, clock, xiaoli):
        await browser.signs_in("小李")
        assert (await browser.opens("/room/thread.answer")).status == 200
        await store.write(lambda tx: staff.change_role(tx, xiaoli.id, Role.EDITOR))
        assert (await browser.opens("/room/thread.answer")).status == 403

    async def test_is_not_kept_alive_by_heartbeats(self, browser, clock, xiaoli):
        await browser.signs_in("小李")
        for _ in range(7):
            clock.passes(minutes=5)
            answer = await browser.opens("/room/heartbeat")
        assert answer.url.path == "/staff/sign-in"

    async def test_is_kept_alive_by_acting(self, browser, clock, xiaoli):
        await browser.signs_in("小李")
        for _ in range(7):
            clock.passes(minutes=5)
            answer = await browser.opens("/room/acts")
        assert answer.url.path == "/room/acts"

    async def test_writes_its_activity_at_most_once_a_minute(self, browser, store, clock, xiaoli):
        await browser.signs_in("小李")
        before = await last_active(store)
        clock.passes(seconds=50)
        await browser.opens("/room/acts")
        assert await last_active(store) == before
        clock.passes(seconds=20)
        await browser.opens("/room/acts")
        assert await last_active(store) == clock.now

    async def test_tells_an_open_stream_when_it_ended(self, browser, entrance, store, clock, xiaoli):
        await browser.signs_in("小李")
        (session,) = await store.read(lambda tx: sessions.sessions_of(tx, xiaoli.id, clock()))
        assert await entrance.door.is_still_signed_in(session.id)
        await store.write(lambda tx: staff.disable(tx, xiaoli.id, clock()))
        assert not await entrance.door.is_still_signed_in(session.id)

    async def test_is_listed_and_can_be_ended_from_elsewhere(self, browser, other_browser, xiaoli):
        await browser.signs_in("小李")
        await other_browser.signs_in("小李")
        await browser.opens("/staff/me")
        assert browser.text.count("Firefox 140, Windows") == 2
        await browser.sends("/staff/me/sessions/end", {"session": "others"})
        assert "已退出" in browser.text
        assert (await other_browser.opens("/room/acts")).url.path == "/staff/sign-in"
        assert (await browser.opens("/room/acts")).status == 200

    @pytest.mark.parametrize("which", ["", "abc", "-1", "9" * 30, "１"])
    async def test_is_not_ended_by_nonsense(self, browser, xiaoli, which):
        await browser.signs_in("小李")
        await browser.opens("/staff/me")
        assert (await browser.sends("/staff/me/sessions/end", {"session": which})).status == 200
        assert (await browser.opens("/room/acts")).status == 200

    async def test_of_another_person_cannot_be_ended(
        self, browser, other_browser, store, clock, xiaoli, operator
    ):
        await other_browser.signs_in("运维")
        (theirs,) = await store.read(lambda tx: sessions.sessions_of(tx, operator.id, clock()))
        await browser.signs_in("小李")
        await browser.opens("/staff/me")
        await browser.sends("/staff/me/sessions/end", {"session": str(theirs.id)})
        assert (await other_browser.opens("/room/acts")).status == 200


async def last_active(store):
    return await store.read(lambda tx: tx.scalar(select(func.max(staff_session.c.last_active_at))))


class TestSomethingSensitive:
    async def test_asks_for_the_password_again_after_ten_minutes(self, browser, store, clock):
        await store.write(hired(Role.SENIOR, "老周", clock))
        await browser.signs_in("老周")
        assert (await browser.opens("/room/reveal-now")).status == 200
        clock.passes(minutes=11)
        asked = await browser.opens("/room/reveal-now")
        assert asked.url.path == "/staff/confirm"
        old = browser.cookies["session"]
        answer = await browser.sends(str(asked.url.relative()), {"password": PASSWORD})
        assert answer.url.path == "/room/reveal-now"
        assert browser.cookies["session"] != old

    async def test_is_not_opened_by_a_wrong_password(self, browser, clock, operator):
        await browser.signs_in("运维")
        clock.passes(minutes=11)
        await browser.opens("/staff/confirm")
        assert (await browser.sends("/staff/confirm", {"password": "wrong"})).status == 401
        assert "不对" in browser.text
        assert (await browser.confirms()).url.path == "/staff/me"
