"""The staff entrance: who is let in, who is not, and what leaving means."""

import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import make_mocked_request

from bot import staff, totp
from bot.door import safe_next
from bot.forms import Forms
from bot.rights import Role
from tests.house.people import PASSWORD, hired


class TestAStranger:
    @pytest.mark.parametrize("path", ["/staff/me", "/staff/people", "/staff/audit", "/room/acts"])
    async def test_is_asked_to_sign_in_and_brought_back(self, browser, xiaoli, path):
        asked = await browser.opens(path)
        assert asked.url.path == "/staff/sign-in"
        await browser.sends(str(asked.url.relative()), {"name": "小李", "password": PASSWORD})
        assert (await browser.opens("/room/acts")).status == 200

    async def test_is_told_by_htmx_where_to_go(self, browser):
        answer = await browser.opens(
            "/room/acts", **{"HX-Request": "true", "HX-Current-URL": "http://desk/threads/4?tab=mine"}
        )
        assert answer.status == 401
        assert answer.headers["HX-Redirect"] == "/staff/sign-in?next=/threads/4%3Ftab%3Dmine"

    async def test_that_is_a_program_gets_the_bare_status(self, entrance):
        async with ClientSession() as program, program.get(entrance.server.make_url("/room/acts")) as answer:
            assert answer.status == 401

    @pytest.mark.parametrize("cookie", ["", "x", "a" * 5000, "'; drop table staff; --"])
    async def test_with_an_invented_cookie_stays_one(self, browser, cookie):
        answer = await browser.opens("/room/acts", Cookie=f"session={cookie}")
        assert answer.url.path == "/staff/sign-in"


class TestWhoeverSignsIn:
    async def test_is_known_to_the_rooms(self, browser, xiaoli):
        assert (await browser.signs_in("小李")).status == 200
        await browser.opens("/room/acts")
        assert browser.text == "小李"

    async def test_hears_in_words_why_not(self, browser, xiaoli):
        answer = await browser.signs_in("小李", "wrong")
        assert answer.status == 401
        assert "密码或动态码不对" in browser.text
        assert 'value="小李"' in browser.text
        assert "wrong" not in browser.text
        assert (await browser.signs_in("小李")).url.path == "/staff/me"

    async def test_hears_how_long_to_wait(self, browser, xiaoli):
        for _ in range(5):
            await browser.signs_in("小李", "wrong")
        assert (await browser.signs_in("小李")).status == 429
        assert "30 秒" in browser.text

    async def test_has_a_cookie_that_scripts_and_other_sites_cannot_use(self, browser, entrance, xiaoli):
        await browser.opens("/staff/sign-in")
        fields = {"csrf": browser.form_token, "name": "小李", "password": PASSWORD}
        async with browser.session.post(
            browser.url("/staff/sign-in"), data=fields, allow_redirects=False
        ) as answer:
            cookie = answer.cookies["session"]
        assert cookie["httponly"]
        assert cookie["samesite"] == "Lax"
        assert cookie["path"] == "/"
        assert not cookie["domain"]

    async def test_goes_on_only_to_places_of_this_house(self, browser, xiaoli):
        await browser.opens("/staff/sign-in")
        answer = await browser.sends(
            "/staff/sign-in?next=//evil.example/x", {"name": "小李", "password": PASSWORD}
        )
        assert answer.url.path == "/staff/me"

    @pytest.mark.parametrize(
        "asked", ["//evil", "/\\evil", "https://evil", "evil", "/a\\b", "/a\nb", "javascript:x", ""]
    )
    def test_is_never_led_away(self, asked):
        assert safe_next(asked) == ""

    @pytest.mark.parametrize("asked", ["/desk", "/desk/threads/4?tab=mine", "/"])
    def test_is_led_to_where_they_wanted(self, asked):
        assert safe_next(asked) == asked

    async def test_is_counted_without_a_name(self, browser, entrance, xiaoli):
        await browser.signs_in("小李")
        await browser.opens("/metrics")
        assert 'nihu_sign_ins_total{outcome="entered"} 1.0' in browser.text
        assert "小李" not in browser.text


class TestWhoeverSignsOut:
    async def test_cannot_come_back_with_the_old_cookie(self, browser, xiaoli):
        await browser.signs_in("小李")
        await browser.opens("/staff/me")
        old = browser.cookies["session"]
        await browser.sends("/staff/sign-out", {})
        assert "session" not in browser.cookies
        answer = await browser.opens("/room/acts", Cookie=f"session={old}")
        assert answer.url.path == "/staff/sign-in"

    async def test_leaves_nothing_in_the_browser(self, browser, xiaoli):
        await browser.signs_in("小李")
        await browser.opens("/staff/me")
        async with browser.session.post(
            browser.url("/staff/sign-out"), data={"csrf": browser.form_token}, allow_redirects=False
        ) as answer:
            assert answer.headers["Clear-Site-Data"] == '"cache", "storage"'


class TestAStrangerWhoGuesses:
    async def test_locks_nobody_out_where_they_have_signed_in_before(self, browser, other_browser, xiaoli):
        await browser.signs_in("小李")
        await browser.sends("/staff/sign-out", {})
        for _ in range(6):
            await other_browser.signs_in("小李", "guess")
        assert "再试" in other_browser.text
        assert (await other_browser.signs_in("小李")).status == 429
        assert (await browser.signs_in("小李")).url.path == "/staff/me"
        assert (await other_browser.signs_in("小李")).status == 429

    async def test_does_not_stop_a_confirmation(self, browser, other_browser, xiaoli):
        await browser.signs_in("小李")
        for _ in range(6):
            await other_browser.signs_in("小李", "guess")
        assert (await browser.confirms()).url.path == "/staff/me"

    async def test_is_slowed_in_a_known_browser_too(self, browser, xiaoli):
        await browser.signs_in("小李")
        await browser.sends("/staff/sign-out", {})
        for _ in range(6):
            await browser.signs_in("小李", "guess")
        assert (await browser.signs_in("小李")).status == 429

    async def test_gains_nothing_by_anothers_or_a_made_up_mark(
        self, browser, other_browser, xiaoli, store, clock
    ):
        await store.write(hired(Role.AGENT, "小王", clock))
        await browser.signs_in("小王")
        await browser.sends("/staff/sign-out", {})
        for _ in range(6):
            await other_browser.signs_in("小李", "guess")
        assert (await browser.signs_in("小李")).status == 429
        made_up = {"known": f"{'m' * 22}.{'x' * 43}"}
        other_browser.session.cookie_jar.update_cookies(made_up, other_browser.url("/"))
        assert (await other_browser.signs_in("小李")).status == 429

    async def test_finds_no_name_in_the_cookie(self, browser, xiaoli):
        await browser.signs_in("小李")
        known = next(cookie for cookie in browser.session.cookie_jar if cookie.key == "known")
        assert "小李" not in known.value
        assert known["httponly"]
        assert known["samesite"] == "Lax"
        assert int(known["max-age"]) == 180 * 24 * 3600

    async def test_shares_a_computer_with_six_people_at_most(self, browser, store, clock):
        for n in range(8):
            await store.write(hired(Role.AGENT, f"坐席{n}", clock))
            await browser.signs_in(f"坐席{n}")
            await browser.sends("/staff/sign-out", {})
        known = next(cookie for cookie in browser.session.cookie_jar if cookie.key == "known")
        assert known.value.count("~") == 5


class TestAHouseInProduction:
    @pytest.fixture
    async def entrance(self, open_entrance):
        return await open_entrance(codes_required=True)

    async def test_lets_sensitive_roles_do_nothing_before_they_have_a_code(
        self, browser, entrance, clock, operator
    ):
        await browser.signs_in("运维")
        for path in ("/staff/people", "/staff/me", "/room/acts"):
            assert (await browser.opens(path)).url.path == "/staff/code"
        cookie = {"Cookie": f"session={browser.cookies['session']}"}
        assert await entrance.door.signed_in(make_mocked_request("GET", "/", headers=cookie)) is None

    async def test_shows_a_picture_and_a_secret_that_then_opens_the_door(
        self, browser, entrance, clock, operator
    ):
        await browser.signs_in("运维")
        await browser.opens("/staff/code")
        assert "data:image/svg+xml;base64," in browser.text
        offer = browser.text.split('name="offer" value="')[1].split('"')[0]
        secret = entrance.sign_in.offered_secret(operator, offer)
        code = totp.code_for(secret, totp.step_at(clock.now))
        await browser.sends("/staff/code", {"offer": offer, "code": "000000"})
        assert "动态码不对" in browser.text
        assert (await browser.sends("/staff/code", {"offer": offer, "code": code})).url.path == "/staff/me"
        assert (await browser.opens("/staff/people")).status == 200

    async def test_does_not_let_a_stolen_session_replace_the_phone(self, browser, store, clock, operator):
        await browser.signs_in("运维")
        await store.write(lambda tx: staff.keep_totp(tx, operator.id, b"sealed", 0))
        assert (await browser.opens("/staff/code")).url.path == "/staff/me"

    async def test_lets_a_plain_agent_work_without(self, browser, xiaoli):
        await browser.signs_in("小李")
        assert (await browser.opens("/room/acts")).status == 200


class TestTheHouseUnderHttps:
    def test_has_cookies_that_no_other_host_can_set(self, store, clock):
        forms, response = Forms(b"k" * 32, secure=True), web.Response()
        forms.set_cookie(response, forms.session_cookie, "token")
        cookie = response.cookies["__Host-session"]
        assert cookie["secure"]
        assert cookie["path"] == "/"
        assert not cookie["domain"]
