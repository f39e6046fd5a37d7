"""The link from the chat opens once, soon, and only for the citizen it was made for."""

from pathlib import Path

import pytest
from aiohttp.test_utils import make_mocked_request

from tests.verification.journey.harness import Citizen, World, a_citizen, opened
from verification.door import address_of
from verification.way_in import OAuth


class TestALink:
    async def test_carries_no_identity(self, world: World) -> None:
        link = await world.link("o-citizen")
        assert "o-citizen" not in link
        assert len(link.rpartition("/")[2]) >= 43

    async def test_opens_once(self, world: World, citizen: Citizen) -> None:
        link = await world.link()
        await citizen.opens(link)
        assert citizen.step == "entry"
        async with a_citizen(world) as second_phone:
            await second_phone.opens(link)
            assert second_phone.status == 403
            assert "已经用过了" in second_phone.html
            await second_phone.opens()
            assert second_phone.step == "entry"

    async def test_may_be_opened_again_by_the_same_browser(self, world: World, citizen: Citizen) -> None:
        link = await world.link()
        await citizen.opens(link)
        await citizen.opens(link)
        assert citizen.step == "entry"

    async def test_expires_after_a_quarter_of_an_hour(self, world: World, citizen: Citizen) -> None:
        link = await world.link()
        world.clock.passes(minutes=15)
        await citizen.opens(link)
        assert "已经失效" in citizen.html
        await citizen.opens()
        assert citizen.step == "entry"

    async def test_that_was_made_up_is_refused(self, citizen: Citizen) -> None:
        await citizen.goes_to("/verify/open/not-a-real-ticket")
        assert citizen.status == 403
        assert "链接不对" in citizen.html

    async def test_is_not_used_up_by_a_preview(self, world: World, citizen: Citizen) -> None:
        link = await world.link()
        async with citizen.client.head(link.removeprefix(world.public_url)) as answer:
            assert answer.status == 405
        await citizen.opens(link)
        assert citizen.step == "entry"


class TestWhereACitizenIs:
    @pytest.mark.parametrize(
        ("peer", "said", "address"),
        [
            ("127.0.0.1", "198.51.100.7", "198.51.100.7"),
            ("172.18.0.1", "203.0.113.5, 198.51.100.7", "198.51.100.7"),
            ("127.0.0.1", "", "127.0.0.1"),
            ("8.8.8.8", "198.51.100.7", "8.8.8.8"),
        ],
    )
    def test_is_told_by_our_own_proxy_and_by_nobody_else(self, peer: str, said: str, address: str) -> None:
        headers = {"X-Forwarded-For": said} if said else {}
        assert address_of(make_mocked_request("GET", "/", headers).clone(remote=peer)) == address


class TestAVisit:
    async def test_without_a_cookie_is_refused(self, citizen: Citizen) -> None:
        await citizen.goes_to("/verify/step/face")
        assert citizen.status == 403
        assert "重新点一次身份验证" in citizen.html

    async def test_ends_when_nothing_was_done_for_half_an_hour(self, world: World, citizen: Citizen) -> None:
        await citizen.walks_to("notices")
        world.clock.passes(minutes=31)
        await citizen.goes_to("/verify/")
        assert "页面已经关闭" in citizen.html
        await citizen.opens()
        assert citizen.step == "notices"

    async def test_has_a_cookie_that_scripts_and_other_sites_do_not_get(
        self, world: World, citizen: Citizen
    ) -> None:
        link = await world.link()
        async with citizen.client.get(link.removeprefix(world.public_url), allow_redirects=False) as answer:
            cookie = answer.headers["Set-Cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=Lax" in cookie

    async def test_over_https_has_a_host_cookie(self, tmp_path: Path) -> None:
        async with opened(tmp_path, public_url="https://hy.example") as world, a_citizen(world) as citizen:
            path = (await world.link()).removeprefix(world.public_url)
            async with citizen.client.get(path, allow_redirects=False) as answer:
                cookie = answer.headers["Set-Cookie"]
        assert cookie.startswith("__Host-proof=")
        assert "Secure" in cookie
        assert "Path=/" in cookie

    @pytest.mark.parametrize("form_key", ["", "0" * 32])
    async def test_takes_no_form_of_another_site(self, citizen: Citizen, form_key: str) -> None:
        await citizen.walks_to("notices")
        page = citizen.mark
        await citizen.sends({"mark": page, "form_key": form_key, "read": "yes", "button": "next"})
        assert (citizen.step, citizen.mark) == ("notices", page)
        await citizen.goes_to("/verify/")
        assert citizen.mark == page

    async def test_has_strict_headers(self, citizen: Citizen) -> None:
        await citizen.opens()
        async with citizen.client.get("/verify/") as answer:
            policy = answer.headers["Content-Security-Policy"]
            assert answer.headers["Cache-Control"] == "no-store"
            assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        await citizen.walks_to("face")
        async with citizen.client.get(citizen.path) as answer:
            policy = answer.headers["Content-Security-Policy"]
        assert "script-src 'self' 'wasm-unsafe-eval';" in policy


class TestALinkWithOAuth:
    @pytest.fixture
    def people(self) -> dict[str, str | None]:
        return {"code-a": "o-citizen", "code-b": "o-thief", "code-c": None}

    async def come_back(self, world: World, citizen: Citizen, code: str) -> str:
        path = (await world.link()).removeprefix(world.public_url)
        async with citizen.client.get(path, allow_redirects=False) as answer:
            assert answer.status == 303
            state = answer.headers["Location"].rpartition("=")[2]
        return await citizen.goes_to(f"/verify/back?code={code}&state={state}")

    async def test_opens_only_for_the_one_it_was_made_for(
        self, tmp_path: Path, people: dict[str, str | None]
    ) -> None:
        async def openid_of(code: str) -> str | None:
            return people[code]

        oauth = OAuth(lambda back, state: f"https://open.example/?back={back}&state={state}", openid_of)
        async with opened(tmp_path, oauth=oauth) as world, a_citizen(world) as citizen:
            assert "不是发给您的" in await self.come_back(world, citizen, "code-b")
            assert "使用完整服务" in await self.come_back(world, citizen, "code-c")
            await self.come_back(world, citizen, "code-a")
            assert citizen.step == "entry"
            (back,) = [url for url, _ in citizen.seen[-3:] if "/verify/back?" in url]
            await citizen.goes_to(back[back.index("/verify/") :])
            assert citizen.step == "entry", "coming back a second time is harmless"
            async with a_citizen(world) as another_browser:
                await another_browser.goes_to(back[back.index("/verify/") :])
                assert "已经用过了" in another_browser.html
