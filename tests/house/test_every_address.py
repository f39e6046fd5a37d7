"""Every role at every address of the whole application; an address without a rule here fails.

A rule is the right that the address needs, SIGNED_IN for all staff, or OPEN for whoever proves themselves
otherwise (citizens by their link, machines by their signature, visitors of the sign-in).
"""

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

SIGNED_IN, OPEN = "signed in", "open"

RULES: dict[str, Right | str] = {
    "/wechat": OPEN,
    "/healthz": OPEN,
    "/readyz": OPEN,
    "/metrics": OPEN,
    "/static": OPEN,
    # the desk
    "/static/desk": OPEN,
    "/desk": Right.ANSWER,
    "/desk/case/{id}": Right.ANSWER,
    "/desk/case/{id}/thread": Right.ANSWER,
    "/desk/case/{id}/log": Right.ANSWER,
    "/desk/case/{id}/side": Right.ANSWER,
    "/desk/case/{id}/claim": Right.ANSWER,
    "/desk/case/{id}/decline": Right.ANSWER,
    "/desk/case/{id}/accept": Right.ANSWER,
    "/desk/case/{id}/transfer": Right.ANSWER,
    "/desk/case/{id}/take-over": Right.ANSWER,  # and the right to supervise, for whom it exists
    "/desk/case/{id}/snooze": Right.ANSWER,
    "/desk/case/{id}/wake": Right.ANSWER,
    "/desk/case/{id}/close": Right.ANSWER,
    "/desk/case/{id}/return": Right.ANSWER,
    "/desk/case/{id}/reopen": Right.ANSWER,
    "/desk/case/{id}/reply": Right.ANSWER,
    "/desk/case/{id}/undo": Right.ANSWER,
    "/desk/case/{id}/link": Right.ANSWER,
    "/desk/case/{id}/note": Right.ANSWER,
    "/desk/case/{id}/draft": Right.ANSWER,
    "/desk/case/{id}/picture": Right.ANSWER,
    "/desk/case/{id}/send-picture": Right.ANSWER,
    "/desk/case/{id}/reveal": Right.REVEAL,
    "/desk/next": Right.ANSWER,
    "/desk/lists": Right.ANSWER,
    "/desk/answers": Right.ANSWER,
    "/desk/status": Right.ANSWER,
    "/desk/beat": Right.ANSWER,
    "/desk/canned": Right.ANSWER,
    "/desk/canned/remove": Right.ANSWER,
    "/desk/canned/{id}/picture": Right.ANSWER,
    "/desk/replies": Right.ANSWER,
    "/desk/search": Right.ANSWER,
    "/desk/stream": Right.ANSWER,
    "/desk/find": Right.FIND_PERSON,
    "/desk/board": Right.SEE_REPORTS,
    "/desk/calendar": Right.SET_HOURS,
    "/desk/agents": Right.SUPERVISE,
    "/desk/export.csv": Right.EXPORT,
    "/desk/export.xlsx": Right.EXPORT,
    "/desk/reviews": Right.DECIDE_CASE,
    "/desk/reviews/{id}": Right.DECIDE_CASE,
    "/desk/reviews/{id}/decide": Right.DECIDE_CASE,
    "/desk/reviews/{id}/second": Right.DECIDE_CASE,
    "/desk/reviews/{id}/picture": Right.SEE_EVIDENCE,
    "/rate/{token}": OPEN,
    # the editor
    "/content/static": OPEN,
    "/api/content": OPEN,
    "/content": Right.READ_CONTENT,
    "/content/new/{kind}": Right.WRITE_CONTENT,
    "GET /content/entry/{key}": Right.READ_CONTENT,
    "POST /content/entry/{key}": Right.WRITE_CONTENT,
    "/content/entry/{key}/preview": Right.WRITE_CONTENT,
    "/content/entry/{key}/present": Right.WRITE_CONTENT,
    "/content/entry/{key}/delete": Right.WRITE_CONTENT,
    "/content/entry/{key}/history": Right.READ_CONTENT,
    "/content/entry/{key}/restore": Right.WRITE_CONTENT,
    "GET /content/pictures": Right.READ_CONTENT,
    "POST /content/pictures": Right.WRITE_CONTENT,
    "/content/pictures/{name}": Right.READ_CONTENT,
    "/content/pictures/{name}/remove": Right.WRITE_CONTENT,
    "/content/changes": Right.READ_CONTENT,
    "/content/candidates": Right.WRITE_CONTENT,
    "/content/candidates/{id}": Right.READ_CONTENT,
    "/content/candidates/{id}/progress": Right.READ_CONTENT,
    "/content/candidates/{id}/rehearse": Right.WRITE_CONTENT,
    "/content/candidates/{id}/submit": Right.WRITE_CONTENT,
    "/content/candidates/{id}/withdraw": Right.WRITE_CONTENT,
    "/content/candidates/{id}/review": Right.REVIEW_CONTENT,
    "/content/candidates/{id}/override": Right.RELEASE_CONTENT,
    "/content/candidates/{id}/schedule": Right.RELEASE_CONTENT,
    "/content/candidates/{id}/release": Right.RELEASE_CONTENT,
    "/content/releases": Right.READ_CONTENT,
    "/content/releases/{number}": Right.READ_CONTENT,
    "/content/releases/{number}/yaml": Right.READ_CONTENT,
    "/content/releases/{number}/live": Right.RELEASE_CONTENT,
    "GET /content/tests": Right.READ_CONTENT,
    "POST /content/tests": Right.WRITE_CONTENT,
    "/content/tests.csv": Right.READ_CONTENT,
    "/content/tests/{id}/drop": Right.WRITE_CONTENT,
    "GET /content/inbox": Right.READ_CONTENT,
    "POST /content/inbox": Right.WRITE_CONTENT,
    "/content/inbox/talk/{name}": Right.WRITE_CONTENT,
    "/content/try": Right.READ_CONTENT,
    "/content/figures": Right.READ_CONTENT,
    "GET /content/transfer": Right.READ_CONTENT,
    "POST /content/transfer": Right.WRITE_CONTENT,
    "/content/transfer/topics.{ending}": Right.READ_CONTENT,
    "/content/transfer/checking/{name}": Right.WRITE_CONTENT,
    "/content/transfer/checking/{name}/progress": Right.WRITE_CONTENT,
    "/content/transfer/{id}": Right.WRITE_CONTENT,
    "/content/access": Right.READ_CONTENT,
    "/content/access/right": Right.RELEASE_CONTENT,
    "/content/access/token": Right.RELEASE_CONTENT,
    "/content/access/token/{id}/end": Right.RELEASE_CONTENT,
    # proof of identity: citizens by their link, the registration system by its signature
    "/verify/static": OPEN,
    "/verify/front": OPEN,
    "/verify/open/{ticket}": OPEN,
    "/verify/back": OPEN,
    "/verify/picture/{number}": OPEN,
    "/verify/support": OPEN,
    "/verify/rights": OPEN,
    "/verify/receipt/{code}": OPEN,
    "/verify/receipt/{code}/pdf": OPEN,
    "/verify/challenge": OPEN,
    "/verify/step/{step}": OPEN,
    "/verify/{anything}": OPEN,
    "/api/v1/matters": OPEN,
    "/api/v1/matters/{ref}": OPEN,
    "/api/v1/openapi.json": OPEN,
    # the staff entrance
    "/staff/sign-in": OPEN,
    "/staff/sign-out": OPEN,
    "/staff/confirm": SIGNED_IN,
    "/staff/code": SIGNED_IN,
    "/staff/me": SIGNED_IN,
    "/staff/me/password": SIGNED_IN,
    "/staff/me/sessions/end": SIGNED_IN,
    "/staff/people": Right.MANAGE_STAFF,
    "/staff/people/{staff_id}/role": Right.MANAGE_STAFF,
    "/staff/people/{staff_id}/disable": Right.MANAGE_STAFF,
    "/staff/people/{staff_id}/enable": Right.MANAGE_STAFF,
    "/staff/people/{staff_id}/password": Right.MANAGE_STAFF,
    "/staff/people/{staff_id}/code": Right.MANAGE_STAFF,
    "/staff/audit": Right.READ_AUDIT,
    "/staff/audit/verify": Right.READ_AUDIT,
}

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


def rule_of(method: str, path: str) -> Right | str | None:
    return RULES.get(f"{method} {path}") or RULES.get(path)


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
