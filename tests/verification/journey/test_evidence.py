"""What is kept is sealed, what is read is noted, and what is past its day is gone."""

import logging
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from bot.records import audit_entry
from tests.verification.journey.harness import (
    CANARY,
    CARD,
    PERSON,
    PHONE,
    Citizen,
    World,
    a_citizen,
    a_jpeg,
    a_template,
    opened,
)
from verification import consents, evidence, forgetting, people, sandbox
from verification.building import Choice, NoSms
from verification.evidence import Kind, Piece
from verification.records import case, consent, event, metadata
from verification.records import evidence as evidence_table


async def everything(world: World) -> bytes:
    """Every value of every table of this room, as one heap of bytes."""

    def read(tx: Any) -> bytes:
        rows = [row for table in metadata.sorted_tables for row in tx.execute(select(table))]
        return b"|".join(v if isinstance(v, bytes) else str(v).encode() for row in rows for v in row)

    heap: bytes = await world.read(read)
    return heap


class TestTheCanaryNumber:
    async def test_is_nowhere_it_must_not_be(
        self, world: World, citizen: Citizen, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)
        await world.push()
        await citizen.walks_to("done")
        stored = await everything(world)
        for secret in (CANARY, CARD, PHONE, PERSON.name):
            assert secret.encode() not in stored
            assert secret not in caplog.text
            assert secret not in "".join(url for url, _ in citizen.seen)
        shown = [page for url, page in citizen.seen if not url.endswith("/entry")]
        assert not [page for page in shown if CANARY in page or CARD in page]

    async def test_is_not_in_the_audit_trail(self, world: World, citizen: Citizen) -> None:
        await world.push()
        await citizen.walks_to("done")
        rows = await world.read(lambda tx: tx.execute(select(audit_entry)).all())
        trail = str(rows)
        assert CANARY not in trail
        assert PERSON.name not in trail
        actions = {row.action for row in rows}
        assert {"consent given", "matter read", "matter confirmed", "receipt issued"} <= actions

    async def test_is_not_in_a_repr(self) -> None:
        assert CANARY not in repr(PERSON)


class TestAPicture:
    async def test_is_sealed_to_its_place(self, world: World, citizen: Citizen) -> None:
        await citizen.walks_to("face_confirm")
        row = (await world.read(lambda tx: tx.execute(select(evidence_table)).all()))[0]
        assert b"\xff\xd8\xff" not in row.sealed[:40]
        with pytest.raises(Exception, match="moved"):
            world.house.open(row.sealed, "proof_evidence:sealed:another")

    async def test_is_shown_to_its_citizen_only_and_noted(self, world: World, citizen: Citizen) -> None:
        await citizen.walks_to("face_confirm")
        path = citizen.html.partition('src="/verify/picture')[2].partition('"')[0]
        async with citizen.client.get(f"/verify/picture{path}") as answer:
            assert answer.status == 200
            assert answer.headers["Cache-Control"] == "no-store"
        async with a_citizen(world, "o-other") as other:
            await other.opens()
            async with other.client.get(f"/verify/picture{path}") as answer:
                assert answer.status == 404
        asked = select(func.count()).where(audit_entry.c.action == "evidence read")
        assert await world.read(lambda tx: tx.execute(asked).scalar()) == 1

    async def test_that_was_uploaded_loses_what_the_camera_wrote(
        self, world: World, citizen: Citizen
    ) -> None:
        secret = a_jpeg()[:2] + b"\xff\xe1\x00\x16Exif\x00\x00GPS-120.15-30.28" + a_jpeg()[2:]
        await citizen.walks_to("face")
        await citizen.presses("upload", [("selfie", secret)])
        number = (await world.read(lambda tx: tx.execute(select(evidence_table.c.id)).scalars().all()))[0]
        look = await world.store.write(
            lambda tx: evidence.look_at(tx, number, world.house, who="test", why="test")
        )
        assert b"GPS" not in look.content

    async def test_that_is_far_too_large_is_refused_kindly(self, citizen: Citizen) -> None:
        await citizen.walks_to("face")
        await citizen.presses("upload", [("selfie", b"\xff\xd8\xff" + bytes(9 * 1024 * 1024))])
        assert "照片太大" in citizen.wrong[0]
        step = citizen.path
        await citizen.presses("upload", [("selfie", bytes(19 * 1024 * 1024))])
        assert citizen.status == 413
        assert "照片太大了" in citizen.html
        await citizen.goes_to(step)
        assert citizen.step == "face"


class TestForgetting:
    async def forget(self, world: World) -> Any:
        return await world.store.write(lambda tx: forgetting.forget(tx, world.house))

    async def test_erases_face_pictures_after_a_day_and_keeps_the_signature(
        self, world: World, citizen: Citizen
    ) -> None:
        await world.push()
        await citizen.walks_to("done")
        world.clock.passes(hours=23)
        assert (await self.forget(world))["evidence forgotten"] == 0
        world.clock.passes(hours=2)
        assert (await self.forget(world))["evidence forgotten"] == 2
        left = select(evidence_table.c.kind).where(evidence_table.c.sealed.is_not(None))
        kinds = set(await world.read(lambda tx: tx.execute(left).scalars().all()))
        assert kinds == {Kind.SIGNATURE, Kind.STROKES}

    async def test_runs_any_number_of_times(self, world: World, citizen: Citizen) -> None:
        await citizen.walks_to("face_confirm")
        world.clock.passes(days=9)
        await self.forget(world)
        assert not any((await self.forget(world)).values())

    async def test_erases_what_was_typed_a_week_after_the_end(self, world: World, citizen: Citizen) -> None:
        await citizen.walks_to("face")
        await citizen.presses("other")
        await citizen.presses("leave")
        world.clock.passes(days=8)
        await self.forget(world)
        facts = select(func.count()).where(event.c.facts_sealed.is_not(None))
        assert await world.read(lambda tx: tx.execute(facts).scalar()) == 0

    async def test_keeps_pictures_while_a_review_is_open(self, world: World, citizen: Citizen) -> None:
        await citizen.walks_to("face")
        await citizen.presses("upload", [("selfie", a_jpeg())])
        world.clock.passes(days=3)
        assert (await self.forget(world))["evidence forgotten"] == 0
        world.clock.passes(days=13)
        assert (await self.forget(world))["evidence forgotten"] == 1

    async def test_of_one_citizen_takes_everything_at_once(self, world: World, citizen: Citizen) -> None:
        await world.push()
        await citizen.walks_to("done")
        await world.store.write(lambda tx: forgetting.forget_person(tx, "o-citizen", world.house))
        sealed = select(func.count()).where(evidence_table.c.sealed.is_not(None))
        assert await world.read(lambda tx: tx.execute(sealed).scalar()) == 0
        kept = select(case.c.person, consent.c.person_sealed).join(consent, consent.c.openid == case.c.openid)
        assert (await world.read(lambda tx: tx.execute(kept).all())) == [("", None)]


class TestConsents:
    async def test_are_recorded_with_version_and_time(self, world: World, citizen: Citizen) -> None:
        await citizen.walks_to("notices")
        row = (await world.read(lambda tx: tx.execute(select(consent)).all()))[0]
        assert (row.version, row.given_at) == ("2026-11", world.clock())

    async def test_to_an_older_text_are_asked_for_again(self, world: World, citizen: Citizen) -> None:
        await citizen.walks_to("notices")
        assert await world.read(lambda tx: consents.standing(tx, "o-citizen", "2027-01")) is None


class TestEnrolment:
    async def test_replaces_what_was_known(self, world: World) -> None:
        await world.enrol()
        await world.enrol(phone=PHONE)
        assert await world.read(people.stored_faces) == 1

    async def test_can_be_removed(self, world: World) -> None:
        await world.enrol()
        assert await world.store.write(lambda tx: people.remove(tx, PERSON, world.house))
        assert await world.read(people.stored_faces) == 0
        assert not await world.store.write(lambda tx: people.remove(tx, PERSON, world.house))

    async def test_keeps_the_template_sealed(self, world: World) -> None:
        await world.enrol()
        assert a_template().vector not in await everything(world)


class TestTheSandbox:
    def test_is_refused_in_production(self) -> None:
        with pytest.raises(sandbox.SandboxInProduction):
            sandbox.refuse_in_production(True)
        sandbox.refuse_in_production(False)

    async def test_room_does_not_open_with_it_in_production(self, tmp_path: Path) -> None:
        with pytest.raises(sandbox.SandboxInProduction):
            async with opened(tmp_path, choice=Choice("sandbox", production=True)):
                pass

    async def test_local_doors_need_an_sms_gateway(self, tmp_path: Path) -> None:
        with pytest.raises(NoSms):
            async with opened(tmp_path, choice=Choice("local", production=True)):
                pass

    async def test_local_doors_know_only_the_enrolled_and_bear_no_mark(self, tmp_path: Path) -> None:
        local = Choice("local", production=True)
        sms = sandbox.SandboxSms()
        async with opened(tmp_path, choice=local, sms=sms) as world, a_citizen(world) as citizen:
            await citizen.opens()
            assert "演示环境" not in citizen.html
            await citizen.fills_in()
            assert "对不上" in citizen.wrong[0]
            await world.enrol(card=CARD, phone=PHONE)
            await citizen.walks_to("face")


class TestAPieceOfEvidence:
    async def test_that_is_unknown_is_nothing(self, world: World) -> None:
        look = await world.store.write(
            lambda tx: evidence.look_at(tx, "0" * 32, world.house, who="test", why="test")
        )
        assert look is None

    def test_shows_no_content_in_its_repr(self) -> None:
        assert "picture" not in repr(Piece(1, Kind.SELFIE, "image/jpeg", b"picture"))
