"""Every role at every address of the whole application; an address without a rule fails."""

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from aiohttp import ClientSession, CookieJar, web
from aiohttp.test_utils import TestServer

from bot import app as floor_plan
from bot import proof, server, sessions
from bot.rights import Right, Role, may
from bot.server import HOUSE
from bot.settings import Settings, load
from faq import records as releases
from faq.library import Library
from handlers.reception import Live
from nlu.together import Together
from nlu.understanding import Understanding
from tests.house.people import hired
from tests.house.rules import OPEN, RULES, rule_of

FILLED = {"kind": "topic", "key": "topic:none", "ending": "csv", "name": "0123456789abcdef"}
"""What stands in the place of a part of an address; numbers name nothing that is there."""

NOWHERE = "99999"


class Deaf:
    """An ear that understands nothing: who may come in is tested, not what is said there."""

    def understand(self, text: str) -> Understanding:
        return Understanding(text, "fallback")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load(
        environ={
            "DATABASE_URL": f"sqlite+aiosqlite:///{tmp_path / 'house.db'}",
            "SECRET_KEY": "of-no-installation-kQ3v7Lm2xWn9pRt5yUb8cZd4",
            "AUDIT_ANCHORS": str(tmp_path / "anchors"),
            "SIMULATOR": "off",
        }
    )


@pytest.fixture
async def house(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[TestServer]:
    """The whole application, with a deaf ear and no face processes."""

    async def learn(_settings, store, _rasa, number: int) -> Live:
        release = await store.read(lambda tx: releases.release(tx, number))
        return Live(Library(release.content, number), Deaf(), Together(Deaf()))

    async def resting(_proof: proof.Proof) -> None:
        return None

    monkeypatch.setattr(floor_plan, "learn", learn)
    monkeypatch.setattr(proof.Proof, "start", resting)
    opened = TestServer(await server.create(settings))
    await opened.start_server()
    yield opened
    await opened.close()


def addresses(application: web.Application) -> list[tuple[str, str]]:
    """Method and path of everything that the application answers; HEAD goes with its GET."""
    found = [
        (route.method, route.resource.canonical)
        for route in application.router.routes()
        if route.resource is not None and route.method != "HEAD"
    ]
    return sorted(set(found))


class Visitor:
    """Somebody with a browser, signed in or not."""

    def __init__(self, house: TestServer) -> None:
        self.house = house
        self.session = ClientSession(cookie_jar=CookieJar(unsafe=True))
        self.csrf = ""

    async def is_let_in(self, role: Role) -> "Visitor":
        """As somebody of this role who signed in a moment ago."""
        rooms, now = self.house.app[HOUSE], floor_plan.now()
        staff = await rooms.store.write(hired(role, f"某{role}", lambda: now - timedelta(days=1)))
        token = await rooms.store.write(
            lambda tx: sessions.open_session(tx, staff.id, now, browser="", address="")
        )
        self.session.cookie_jar.update_cookies(
            {rooms.staff.forms.session_cookie: token}, self.house.make_url("/")
        )
        return self

    async def asks(self, method: str, path: str) -> int:
        """The status of the answer; forms are sent empty, with a valid token.

        Behind the door a room may still say that a thing is not one's own: that is no 403 of the door.
        """
        filled = re.sub(r"\{(\w+)\}", lambda part: FILLED.get(part[1], NOWHERE), path)
        said = {"Sec-Fetch-Site": "same-origin", "X-CSRF-Token": await self._token()}
        url = self.house.make_url(filled)
        async with self.session.request(method, url, headers=said, allow_redirects=False) as answer:
            if answer.status == 403 and "不归您负责" in await answer.text():
                return 409
            return answer.status

    async def _token(self) -> str:
        if not self.csrf:
            for page in ("/staff/me", "/staff/sign-in"):
                async with self.session.get(self.house.make_url(page), allow_redirects=False) as answer:
                    found = re.search(r'name="csrf" value="([^"]+)"', await answer.text())
                    self.csrf = self.csrf or (found[1] if found else "")
        return self.csrf


@pytest.fixture
async def visitor(house: TestServer) -> AsyncIterator[Visitor]:
    one = Visitor(house)
    yield one
    await one.session.close()


class TestEveryAddress:
    async def test_has_a_rule(self, house: TestServer) -> None:
        ruleless = [each for each in addresses(house.app) if rule_of(*each) is None]
        assert ruleless == [], "say in RULES who may go there"

    async def test_of_the_staff_refuses_strangers(self, house: TestServer, visitor: Visitor) -> None:
        for method, path in addresses(house.app):
            if rule_of(method, path) != OPEN:
                status = await visitor.asks(method, path)
                assert status in (401, 303), (method, path, status)

    @pytest.mark.parametrize("role", list(Role))
    async def test_lets_exactly_the_entitled_roles_through(
        self, house: TestServer, visitor: Visitor, role: Role
    ) -> None:
        await visitor.is_let_in(role)
        for method, path in addresses(house.app):
            rule = rule_of(method, path)
            if isinstance(rule, Right):
                status = await visitor.asks(method, path)
                assert (status != 403) == may(role, rule), (role, method, path, status)
                assert status != 401, (role, method, path)
                assert status < 500, (role, method, path, status)

    @pytest.mark.parametrize("role", list(Role))
    async def test_of_ones_own_is_open_to_every_role(
        self, house: TestServer, visitor: Visitor, role: Role
    ) -> None:
        await visitor.is_let_in(role)
        for path in ("/staff/me", "/staff/confirm", "/staff/code"):
            assert await visitor.asks("GET", path) == 200, path


class TestTheRules:
    def test_name_every_role_that_may_do_nothing_somewhere(self) -> None:
        rights = {rule for rule in RULES.values() if isinstance(rule, Right)}
        for role in Role:
            assert any(not may(role, right) for right in rights), role

    def test_use_every_right_that_a_page_can_ask_for(self) -> None:
        unused = set(Right) - {rule for rule in RULES.values() if isinstance(rule, Right)}
        assert unused == {Right.OPERATE}


class TestTheBareAddress:
    async def test_leads_the_staff_to_their_entrance(self, house: TestServer, visitor: Visitor) -> None:
        async with visitor.session.get(house.make_url("/")) as answer:
            assert (answer.status, answer.url.path) == (200, "/staff/sign-in")


class TestTheBareAddressOfADemonstration:
    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        bot = settings.bot.model_copy(update={"simulator": "on"})
        return settings.model_copy(update={"bot": bot})

    async def test_leads_to_the_phone(self, house: TestServer, visitor: Visitor) -> None:
        async with visitor.session.get(house.make_url("/")) as answer:
            assert (answer.status, answer.url.path) == (200, "/simulator/")
