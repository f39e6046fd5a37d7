"""Headers, faults, refusals and sizes: what holds for every answer of the house."""

import logging

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from yarl import URL

from bot.entrance import build as entrance_of_the_house
from bot.keys import KeyRing
from bot.metrics import Metrics
from bot.sealer import Sealer
from tests.house.conftest import SECRET


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
