"""When something breaks: nothing is lost, nobody is charged, and the page says what to do."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
import yaml
from aiohttp import web
from aiohttp.test_utils import TestServer
from sqlalchemy import func, select

from tests.verification.journey.harness import CANARY, CARD, PHONE, Citizen, World, a_citizen, opened
from verification import demo, gateway, links, matters, people
from verification.people import Identity
from verification.ports import Unavailable
from verification.records import event, matter, person
from verification.signatures import Client, sign

DEMONSTRATION = yaml.safe_load(demo.FILE.read_text(encoding="utf-8"))


async def events(world: World) -> int:
    count: int = await world.read(lambda tx: tx.execute(select(func.count(event.c.number))).scalar())
    return count


class TestABugInACheck:
    async def test_is_apologised_for_and_charges_nothing(
        self, world: World, citizen: Citizen, caplog: pytest.LogCaptureFixture
    ) -> None:
        await citizen.walks_to("face")
        before, page, path = await events(world), citizen.mark, citizen.path
        world.face.script = [RuntimeError("a bug")]
        await citizen.looks_into_the_camera()
        assert citizen.status == 500
        assert "不是您的错" in citizen.html
        assert CANARY not in caplog.text
        await citizen.goes_to(path)
        assert (await events(world), citizen.mark) == (before, page)
        await citizen.looks_into_the_camera()
        assert citizen.step == "face_confirm"


class TestWhatIsNoForm:
    FORM, PARTS = "application/x-www-form-urlencoded", "multipart/form-data; boundary=B"
    UNEVEN = (
        b'--B\r\nContent-Disposition: form-data; name="a"\r\nContent-Transfer-Encoding: base64\r\n\r\nx\r\n'
    )

    @pytest.mark.parametrize(
        ("body", "media_type"),
        [
            (b"name=\xff\xfe", FORM),
            (b"name=a", f"{FORM}; charset=klingon"),
            (b"--B\r\nbad", "multipart/form-data"),
            (b"--B\r\nbad", PARTS),
            (UNEVEN + b"--B--\r\n", PARTS),
        ],
    )
    async def test_is_refused_and_no_fault_of_ours(
        self, citizen: Citizen, caplog: pytest.LogCaptureFixture, body: bytes, media_type: str
    ) -> None:
        await citizen.opens()
        async with citizen.client.post(
            citizen.path, data=body, headers={"Content-Type": media_type}
        ) as answer:
            assert answer.status == 400
        assert not caplog.records
        await citizen.fills_in()
        assert citizen.step == "consent"


class TestAnAddressThatNobodyGave:
    @pytest.fixture
    async def world(self, tmp_path: Path, database_url: str) -> AsyncIterator[World]:
        async with opened(tmp_path, url=database_url) as built:
            yield built

    @pytest.mark.parametrize("number", ["%00", "%ff", "..", "0" * 33, "x' or '1'='1"])
    async def test_leads_to_no_fault_on_any_database(self, citizen: Citizen, number: str) -> None:
        await citizen.opens()
        await citizen.goes_to(f"/verify/receipt/{number}")
        assert citizen.status == 200
        for path in (f"/verify/picture/{number}", f"/verify/receipt/{number}/pdf"):
            await citizen.goes_to(path)
            assert citizen.status in (200, 404)

    async def test_nor_does_a_cookie_that_is_no_text(self, citizen: Citizen) -> None:
        await citizen.opens()
        async with citizen.client.get("/verify/", headers={"Cookie": "proof=\udcff"}) as answer:
            assert answer.status in (200, 403)
        assert links.hashed("\udcff") != links.hashed("\udcfe")


class TestADatabaseThatFails:
    async def test_loses_no_event_and_no_evidence(self, world: World, citizen: Citizen) -> None:
        await world.push()
        await citizen.walks_to("sign")
        before, path = await events(world), citizen.path
        with pytest.MonkeyPatch.context() as patch:

            def full(*_args: object, **_more: object) -> None:
                raise OSError("database or disk is full")

            patch.setattr(matters, "confirm", full)
            await citizen.signs()
        assert citizen.status == 500
        assert await events(world) == before
        await citizen.goes_to(path)
        await citizen.signs()
        assert citizen.step == "done"


class TestTheSmsGateway:
    async def test_sends_a_signed_request(self) -> None:
        heard: list[tuple[bytes, str]] = []

        async def hear(request: web.Request) -> web.Response:
            heard.append((await request.read(), request.headers["X-Signature"]))
            return web.Response()

        server_app = web.Application()
        server_app.add_routes([web.post("/sms", hear)])
        async with TestServer(server_app) as server, aiohttp.ClientSession() as session:
            sent = await gateway.SmsGateway(session, str(server.make_url("/sms")), "secret").send_code(PHONE)
        body, signature = heard[0]
        assert json.loads(body) == {"phone": PHONE, "code": sent.code, "minutes": 5}
        assert len(signature) == 64
        assert not sent.is_shown
        assert sent.code not in repr(sent)

    async def test_that_does_not_answer_is_unavailable(self) -> None:
        async with aiohttp.ClientSession() as session:
            with pytest.raises(Unavailable):
                await gateway.SmsGateway(session, "http://127.0.0.1:1/sms", "secret").send_code(PHONE)


class TestTheSignature:
    def test_of_another_path_is_another(self) -> None:
        from datetime import UTC, datetime

        client, now = Client("registry", "secret"), datetime(2026, 11, 23, tzinfo=UTC)
        one = sign(client, "POST", "/a", b"", nonce="n" * 8, now=now)["X-Signature"]
        assert one != sign(client, "POST", "/b", b"", nonce="n" * 8, now=now)["X-Signature"]
        assert one == sign(client, "post", "/a", b"", nonce="n" * 8, now=now)["X-Signature"]


class TestTheDemonstration:
    async def test_is_put_there_once_a_week(self, world: World) -> None:
        for _ in range(2):
            await world.store.write(lambda tx: demo.seed(tx, world.house))
        found = select(func.count()).select_from(person).where(person.c.is_demo)
        assert await world.read(lambda tx: tx.execute(found).scalar()) == 4
        rows = select(func.count(matter.c.id))
        assert await world.read(lambda tx: tx.execute(rows).scalar()) == 4
        world.clock.passes(days=7)
        await world.store.write(lambda tx: demo.seed(tx, world.house))
        assert await world.read(lambda tx: tx.execute(rows).scalar()) == 8

    @pytest.mark.parametrize("one", DEMONSTRATION["people"], ids=lambda one: one["name"])
    async def test_lets_everybody_in_it_walk_to_their_face(self, world: World, one: dict[str, str]) -> None:
        await world.store.write(lambda tx: demo.seed(tx, world.house))
        async with a_citizen(world) as citizen:
            await citizen.opens()
            await citizen.fills_in(Identity(one["kind"], one["number"], one["name"]))
            assert citizen.step == "consent", citizen.wrong
            await citizen.presses("agree", agree="yes")
            await citizen.presses("next", read="yes")
            await citizen.presses("agree")
            if "card" in one:
                await citizen.presses("next", card=one["card"], phone=one["phone"])
                await citizen.presses("next", code=one["phone"][-6:])
                assert citizen.step == "portrait", citizen.wrong


class TestAnEnrolledPerson:
    async def test_is_found_by_number_and_known_by_name(self, world: World) -> None:
        who = Identity("resident_id", CANARY, "张小明")
        await world.enrol(who, card=CARD)
        index = who.number_index(world.house)
        found = await world.read(lambda tx: people.find(tx, who.kind, index))
        assert found.name_index == who.name_index(world.house)
        assert found.has_template
        assert await world.read(lambda tx: people.find(tx, "hkmt", index)) is None
