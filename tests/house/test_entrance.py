import json
import logging
from dataclasses import replace

import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestClient, TestServer, make_mocked_request
from sqlalchemy import func, select
from yarl import URL

from bot import sessions, staff, totp
from bot.audit import entries
from bot.audit_pages import facts
from bot.door import safe_next
from bot.entrance import build as entrance_of_the_house
from bot.forms import Forms
from bot.keys import KeyRing
from bot.metrics import Metrics
from bot.records import staff_session
from bot.rights import RIGHTS, Right, Role
from bot.sealer import Sealer
from tests.house.conftest import SECRET
from tests.house.entrance import Browser, Entrance
from tests.house.people import PASSWORD, hired


@pytest.fixture
async def build(store, clock, tmp_path):
    """Opens entrances and closes them after the test."""
    opened = []

    async def opens(**how) -> Entrance:
        entrance = Entrance(store, clock, tmp_path / "anchors", secret=SECRET, **how)
        add_rooms(entrance)
        opened.append(entrance)
        return await entrance.opens()

    yield opens
    for entrance in opened:
        await entrance.server.close()


def add_rooms(entrance: Entrance) -> None:
    """What rooms below would add: pages that require something of whoever opens them."""

    async def says_who(request):
        return web.Response(text=(await entrance.door.signed_in(request)).name)

    async def breaks(request):
        raise RuntimeError("card 6222021234567890128 is odd")

    async def says_yes(request):
        return web.Response(text="yes")

    routes = entrance.app.router
    for right in Right:
        routes.add_get(f"/room/{right}", entrance.door.require(right)(says_who))
    routes.add_get("/room/reveal-now", entrance.door.require("person.reveal", fresh=True)(says_who))
    routes.add_get("/room/heartbeat", entrance.door.require(active=False)(says_who))
    routes.add_get("/room/acts", entrance.door.require()(says_who))
    routes.add_get("/breaks/{token}", breaks)
    for path in ("/wechat", "/api/x", "/v/x", "/apidocs"):
        routes.add_post(path, says_yes)


@pytest.fixture
async def entrance(build):
    return await build()


@pytest.fixture
async def browser(entrance):
    browser = Browser(entrance)
    yield browser
    await browser.session.close()


@pytest.fixture
async def other_browser(entrance):
    browser = Browser(entrance)
    yield browser
    await browser.session.close()


@pytest.fixture
async def xiaoli(store, clock):
    return await store.write(hired(Role.AGENT, "小李", clock))


@pytest.fixture
async def operator(store, clock):
    return await store.write(hired(Role.OPERATOR, "运维", clock))


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


class TestAHouseInProduction:
    @pytest.fixture
    async def entrance(self, build):
        return await build(codes_required=True)

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


class TestAForgedRequest:
    @pytest.fixture
    async def signed_in(self, browser, xiaoli):
        await browser.signs_in("小李")
        await browser.opens("/staff/me")
        return browser

    @pytest.mark.parametrize("site", ["cross-site", "same-site"])
    async def test_from_another_site_is_refused_even_with_the_token(self, signed_in, site):
        assert (await signed_in.sends("/staff/sign-out", {}, **{"Sec-Fetch-Site": site})).status == 403
        assert (await signed_in.opens("/room/acts")).status == 200

    @pytest.mark.parametrize(
        "origin", ["https://evil.example", "null", "https://help.example.org.evil.example"]
    )
    async def test_of_an_old_browser_is_told_by_its_origin(self, signed_in, origin):
        fields = {"csrf": signed_in.form_token}
        async with signed_in.session.post(
            signed_in.url("/staff/sign-out"), data=fields, headers={"Origin": origin}
        ) as answer:
            assert answer.status == 403

    @pytest.mark.parametrize("token", ["", "x", "A" * 43, "汉字", "\x00"])
    async def test_without_the_right_token_is_refused(self, signed_in, token):
        assert (await signed_in.sends("/staff/sign-out", {"csrf": token})).status == 403
        assert (await signed_in.opens("/room/acts")).status == 200

    async def test_cannot_use_the_token_of_somebody_else(self, signed_in, other_browser, operator):
        await other_browser.signs_in("运维")
        await other_browser.opens("/staff/me")
        stolen = other_browser.form_token
        assert (await signed_in.sends("/staff/sign-out", {"csrf": stolen})).status == 403

    async def test_cannot_use_a_token_from_before_the_session(self, browser, xiaoli):
        await browser.opens("/staff/sign-in")
        old = browser.form_token
        await browser.signs_in("小李")
        await browser.opens("/staff/me")
        assert (await browser.sends("/staff/sign-out", {"csrf": old})).status == 403
        assert (await browser.sends("/staff/sign-out", {"csrf": browser.form_token})).status == 403
        await browser.opens("/staff/me")
        assert (await browser.sends("/staff/sign-out", {})).url.path == "/staff/sign-in"

    async def test_cannot_sign_anybody_in_under_another_name(self, entrance, xiaoli):
        async with ClientSession() as victim:
            fields = {"name": "小李", "password": PASSWORD}
            async with victim.post(entrance.server.make_url("/staff/sign-in"), data=fields) as answer:
                assert answer.status == 403

    async def test_may_bring_the_token_in_a_header(self, signed_in):
        token = signed_in.form_token
        async with signed_in.session.post(
            signed_in.url("/staff/sign-out"), json={}, headers={"X-CSRF-Token": token}, allow_redirects=False
        ) as answer:
            assert answer.status == 303

    @pytest.mark.parametrize(
        ("kind", "body"),
        [
            ("multipart/form-data", b"x"),
            ("multipart/form-data; boundary=a", b"--b\r\n"),
            ("application/x-www-form-urlencoded; charset=klingon", b"csrf=x"),
            ("application/x-www-form-urlencoded", b"\xff\xfe=%ff&csrf=%zz"),
            ("application/json", b"{}"),
            ("text/plain", b"csrf=x"),
        ],
    )
    async def test_with_a_broken_body_is_refused_and_breaks_nothing(self, signed_in, kind, body):
        async with signed_in.session.post(
            signed_in.url("/staff/sign-out"), data=body, headers={"Content-Type": kind}
        ) as answer:
            assert answer.status in (400, 403)

    @pytest.mark.parametrize(
        ("kind", "body"),
        [
            ("multipart/form-data", b"x"),
            (
                "multipart/form-data; boundary=a",
                b'--a\r\nContent-Disposition: form-data; name="old"\r\n\r\n\xff\r\n--a--\r\n',
            ),
            ("application/x-www-form-urlencoded; charset=klingon", b"old=x"),
            ("application/x-www-form-urlencoded", b"old=%00"),
        ],
    )
    async def test_with_a_token_and_a_broken_body_is_refused_too(self, signed_in, kind, body):
        said = {"Content-Type": kind, "X-CSRF-Token": signed_in.form_token}
        for path in ("/staff/me/password", "/staff/sign-in"):
            async with signed_in.session.post(signed_in.url(path), data=body, headers=said) as answer:
                assert answer.status == 400

    async def test_of_wechat_and_other_machines_is_not_looked_for(self, browser):
        for path in ("/wechat", "/api/x"):
            async with browser.session.post(
                browser.url(path), data=b"<xml/>", headers={"Sec-Fetch-Site": "cross-site"}
            ) as answer:
                assert answer.status == 200

    async def test_of_a_citizen_needs_no_token_but_must_come_from_our_page(self, browser):
        for site, status in (("same-origin", 200), ("cross-site", 403)):
            async with browser.session.post(
                browser.url("/v/x"), data={}, headers={"Sec-Fetch-Site": site}
            ) as answer:
                assert answer.status == status

    async def test_is_looked_for_on_paths_that_only_begin_alike(self, browser):
        async with browser.session.post(browser.url("/apidocs"), data={}) as answer:
            assert answer.status == 403


class TestEveryAnswer:
    @pytest.mark.parametrize(
        "path", ["/staff/sign-in", "/nowhere", "/static/staff.css", "/metrics", "/breaks/x"]
    )
    async def test_has_the_safe_headers(self, browser, path):
        headers = (await browser.opens(path)).headers
        csp = headers["Content-Security-Policy"]
        assert "default-src 'none'" in csp
        assert "frame-ancestors 'none'" in csp
        assert "unsafe" not in csp
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert "Server" not in headers

    async def test_with_a_page_is_stored_nowhere(self, browser):
        assert (await browser.opens("/staff/sign-in")).headers["Cache-Control"] == "no-store"
        for kept in ("/static/staff.css", "/verify/front/human/human.esm.js", "/verify/static/page.js"):
            assert (await browser.opens(kept)).headers["Cache-Control"] == "no-cache"

    async def test_contains_no_inline_script_or_style(self, browser, operator):
        await browser.signs_in("运维")
        for path in ("/staff/me", "/staff/people", "/staff/code", "/staff/confirm", "/nowhere"):
            await browser.opens(path)
            for inline in ("<script", "<style", " style=", " onclick=", "javascript:"):
                assert inline not in browser.text

    async def test_to_a_fault_is_an_apology_with_a_number_and_no_trace(self, browser, caplog):
        with caplog.at_level(logging.ERROR):
            answer = await browser.opens("/breaks/secret-token")
        assert answer.status == 500
        assert "问题编号" in browser.text
        for leak in ("Traceback", "RuntimeError", "6222", "secret-token"):
            assert leak not in browser.text

    @pytest.mark.parametrize("address", ["/staff/sign-in?next=/%00", "/%00", "/static/%00"])
    async def test_to_an_address_with_a_nul_is_a_refusal(self, browser, address):
        async with browser.session.get(URL(f"{browser.url('/')}{address[1:]}", encoded=True)) as answer:
            assert answer.status in (400, 404)

    async def test_that_is_missing_says_so_in_words(self, browser):
        assert (await browser.opens("/nowhere")).status == 404
        assert "没有这个页面" in browser.text

    async def test_is_counted_by_route_and_not_by_path(self, browser):
        await browser.opens("/breaks/secret-token")
        await browser.opens("/nowhere/oAbCdEfGhIjKlMnOpQrStUvWx_-1")
        await browser.opens("/metrics")
        assert 'route="/breaks/{token}",status="500"' in browser.text
        assert 'route="unknown",status="404"' in browser.text
        assert "secret-token" not in browser.text
        assert "oAbCd" not in browser.text


class TestAnOperator:
    @pytest.fixture
    async def page(self, browser, operator, xiaoli):
        await browser.signs_in("运维")
        await browser.opens("/staff/people")
        return browser

    async def test_adds_somebody_whose_first_password_is_shown_once(self, page, other_browser):
        await page.sends("/staff/people", {"name": "小王", "role": "agent"})
        password = page.text.split("<code>")[1].split("</code>")[0]
        assert (await other_browser.signs_in("小王", password)).url.path == "/staff/me"
        await page.opens("/staff/people")
        assert password not in page.text

    @pytest.mark.parametrize(
        ("name", "words"), [("小李", "已经有人"), ("13800138000", "不能是电话"), ("<script>", "2 到 20")]
    )
    async def test_hears_why_a_name_is_refused(self, page, name, words):
        assert (await page.sends("/staff/people", {"name": name, "role": "agent"})).status == 422
        assert words in page.text
        assert (await page.sends("/staff/people", {"name": "小王", "role": "agent"})).status == 200

    async def test_signs_somebody_out_by_disabling_them(self, page, other_browser, xiaoli):
        await other_browser.signs_in("小李")
        await page.sends(f"/staff/people/{xiaoli.id}/disable", {})
        assert (await other_browser.opens("/room/acts")).url.path == "/staff/sign-in"
        await page.sends(f"/staff/people/{xiaoli.id}/enable", {})
        assert (await other_browser.signs_in("小李")).status == 200

    async def test_changes_a_role(self, page, store, xiaoli):
        await page.sends(f"/staff/people/{xiaoli.id}/role", {"role": "senior"})
        assert (await store.read(lambda tx: staff.by_id(tx, xiaoli.id))).role is Role.SENIOR
        assert (await page.sends(f"/staff/people/{xiaoli.id}/role", {"role": "emperor"})).status == 400

    async def test_cannot_disable_the_last_one_who_manages(self, page, operator):
        assert (await page.sends(f"/staff/people/{operator.id}/disable", {})).status == 422
        assert "至少要留一位" in page.text

    async def test_helps_out_whoever_forgot_a_password(self, page, other_browser, xiaoli):
        for _ in range(6):
            await other_browser.signs_in("小李", "forgotten")
        await page.sends(f"/staff/people/{xiaoli.id}/password", {})
        password = page.text.split("<code>")[1].split("</code>")[0]
        assert (await other_browser.signs_in("小李", password)).url.path == "/staff/me"

    async def test_helps_out_whoever_forgot_a_password_at_their_own_desk(self, page, other_browser, xiaoli):
        await other_browser.signs_in("小李")
        await other_browser.sends("/staff/sign-out", {})
        for _ in range(6):
            await other_browser.signs_in("小李", "forgotten")
        await page.sends(f"/staff/people/{xiaoli.id}/password", {})
        password = page.text.split("<code>")[1].split("</code>")[0]
        assert (await other_browser.signs_in("小李", password)).url.path == "/staff/me"

    async def test_helps_out_whoever_lost_a_phone(self, page, store, other_browser, xiaoli):
        await store.write(lambda tx: staff.keep_totp(tx, xiaoli.id, b"lost", 0))
        await page.sends(f"/staff/people/{xiaoli.id}/code", {})
        assert (await other_browser.signs_in("小李")).url.path == "/staff/me"

    async def test_must_confirm_the_password_after_ten_minutes(self, page, store, clock, xiaoli):
        clock.passes(minutes=11)
        answer = await page.sends(f"/staff/people/{xiaoli.id}/disable", {})
        assert answer.url.path == "/staff/confirm"
        assert (await store.read(lambda tx: staff.by_id(tx, xiaoli.id))).disabled_at is None

    async def test_leaves_every_change_in_the_trail_under_their_name(self, page, store, xiaoli):
        await page.sends(f"/staff/people/{xiaoli.id}/role", {"role": "senior"})
        await page.sends(f"/staff/people/{xiaoli.id}/disable", {})
        last_two = (await store.read(entries))[:2]
        assert [(each.actor, each.action, each.object) for each in last_two] == [
            ("运维", "staff.disable", f"staff:{xiaoli.id}"),
            ("运维", "staff.role", f"staff:{xiaoli.id}"),
        ]
        assert json.loads(last_two[1].detail) == {"before": "agent", "after": "senior"}


class TestAnAuditor:
    @pytest.fixture
    async def page(self, browser, store, clock):
        await store.write(hired(Role.AUDITOR, "审计员", clock))
        await browser.signs_in("审计员")
        await browser.opens("/staff/audit")
        return browser

    async def test_reads_who_did_what(self, page):
        assert "staff.sign_in" in page.text
        assert "登录" in page.text.split("<tbody>")[1]

    async def test_reads_the_details_in_words_and_what_was_altered_as_it_stands(self, page, store):
        await page.opens("/staff/audit?about=staff.sign_in")
        await page.opens("/staff/audit")
        assert "只看 staff.sign_in" in page.text
        newest = (await store.read(entries))[0]
        for altered in ("no json", "[1]", "7"):
            assert facts(replace(newest, detail=altered)) == [("", altered)]

    async def test_leaves_no_number_in_the_trail_by_looking_for_one(self, page, store):
        await page.opens("/staff/audit?about=110101199003070134")
        assert "110101199003070134" not in (await store.read(entries))[0].detail

    async def test_is_noted_for_reading(self, page, store):
        assert (await store.read(entries))[0].action == "audit.read"

    async def test_learns_that_the_trail_is_whole(self, page):
        await page.sends("/staff/audit/verify", {})
        assert "全部完整" in page.text

    @pytest.mark.parametrize(
        "query", ["before=x", "before=-1", "before=99999999999999", "about=%01", "about=<b>"]
    )
    async def test_may_ask_nonsense(self, page, query):
        assert (await page.opens(f"/staff/audit?{query}")).status == 200
        assert "<b>" not in page.text


class TestACitizensPage:
    async def test_reads_a_form_larger_than_others_may_send(self, store, clock, tmp_path):
        async def read(request: web.Request) -> web.Response:
            form = await request.clone(client_max_size=10_000).post()
            return web.Response(text=str(len(form["picture"])))

        doors = entrance_of_the_house(
            store, secret=SECRET, sealer=Sealer(KeyRing.grown_from(SECRET)), metrics=Metrics(), clock=clock,
            public_url="http://127.0.0.1", anchors=tmp_path, codes_required=False,
        )  # fmt: skip
        app = doors.application(1_000)
        app.router.add_post("/verify/x", read)
        async with TestClient(TestServer(app)) as client:
            said = {"Sec-Fetch-Site": "same-origin"}
            answer = await client.post("/verify/x", data={"picture": "x" * 5_000}, headers=said)
            assert await answer.text() == "5000"


class TestTheHouseUnderHttps:
    def test_has_cookies_that_no_other_host_can_set(self, store, clock):
        forms, response = Forms(b"k" * 32, secure=True), web.Response()
        forms.set_cookie(response, forms.session_cookie, "token")
        cookie = response.cookies["__Host-session"]
        assert cookie["secure"]
        assert cookie["path"] == "/"
        assert not cookie["domain"]
