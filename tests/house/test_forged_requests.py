"""A form counts only when it was sent from our own page by whoever it was shown to."""

import pytest
from aiohttp import ClientSession

from tests.house.people import PASSWORD


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
