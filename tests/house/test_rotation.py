"""After SECRET_KEY was changed everything is sealed anew, wherever it lies, and nobody is lost."""

import json
import sqlite3
import struct
import subprocess
from dataclasses import replace
from functools import partial

import pytest
from sqlalchemy import URL, LargeBinary, insert, select, update

from bot import audit, rotation
from bot.audit import Audit, guard
from bot.keys import KeyRing, KeySet
from bot.migrations import ROOMS
from bot.proof import provided
from bot.records import staff as staff_table
from bot.rights import Role
from bot.rotation import SEALED
from bot.sealer import Sealer, SealError, place
from bot.staff import keep_totp
from bot.store import Store
from handlers import originals
from handlers.records import heard
from tests.house.people import hired
from tests.house.test_sealer import FIRST, SECOND
from verification import cases, consents, evidence, people, receipts
from verification.engines.captures import Template
from verification.evidence import Kind, Piece
from verification.journey import Event
from verification.matters import Business, Order, receive
from verification.people import Identity
from verification.receipts import Receipt, Signer
from verification.records import case

WHO = Identity("resident_id", "11010519491231002X", "张小明")
FACE = Template(struct.pack("<128f", 1.0, *[0.0] * 127), "net")
RECEIPT = Receipt(
    "c0de" * 8, "张**", "1101**", "设立", "registry", "face", (), "enrolled", "2026-11-23", True
)

NOT_SEALED = {
    "proof_case.number_index",
    "proof_person.number_index",
    "proof_person.name_index",
    "proof_person.card_index",
    "proof_person.phone_index",
    "proof_matter.number_index",
    "proof_matter.name_index",
    "proof_knock.key",
    "faq_picture.bytes",
    "canned_picture.jpeg",
}
"""Blind indexes and published pictures."""


def ring(*secrets: str) -> Sealer:
    return Sealer(KeyRing.grown_from(secrets[0], secrets[1:]))


def that_only_finds_by_the_first_secret() -> Sealer:
    """The newest secret opens; of the first one only the blind index is left."""
    first = replace(KeySet.grown_from(FIRST), id=b"gone")
    return Sealer(KeyRing((KeySet.grown_from(SECOND), first)))


@pytest.fixture
async def full(database_url, clock):
    """A house in which every column of `SEALED` holds something, sealed by the first secret."""
    store = Store(database_url)
    for room in ROOMS:
        await store.write(room.create_all)
    await store.write(guard)
    xiaoli = await store.write(hired(Role.AGENT, "小李", clock))
    await store.write(lambda tx: fill(tx, store, xiaoli.id, clock))
    yield store
    await store.close()


def fill(tx, store, staff_id, clock) -> None:
    sealer = ring(FIRST)
    room = provided(store, sealer, Audit(clock), clock)
    keep_totp(tx, staff_id, sealer.seal_bytes(b"CODE", place("staff", "totp_sealed", staff_id)), 1)
    covered = originals.Original("numbers", sealer.seal("138", place("original", "sealed", "push-1")))
    originals.keep(tx, "push-1", "o-1", covered, clock())
    hear(tx, sealer, clock, "push-1")
    people.enrol(tx, WHO, FACE, room, card="6222020200112230302")
    consents.give(tx, "o-1", "v1", {"name": WHO.name}, room)
    receive(tx, Order("registry", "key-1", "0" * 64, WHO, Business("设立", (("a", "b"),))), room)
    opened = {"openid": "o-1", "journey": "identity", "purpose": "login", "person": ""}
    tx.execute(insert(case).values(id=1, ref="r", **opened, opened_at=clock(), last_at=clock()))
    for number in (1, 2):
        cases.append(tx, 1, Event(number, "card", "ok", clock(), facts={"name": WHO.name}), room.seal)
    evidence.keep(tx, "e1", Piece(1, Kind.SELFIE, "image/jpeg", b"jpeg"), room)
    receipts.store(tx, 1, None, RECEIPT, Signer(bytes(32)), room)


def hear(tx, sealer, clock, *keys) -> None:
    said = {"openid": "o-1", "at": clock(), "kind": "Text", "words": "", "state": "accepted"}
    tx.execute(
        insert(heard),
        [{**said, "key": key, "sealed": sealer.seal("hello", place("heard", "sealed", key))} for key in keys],
    )


def unopened_by(tx, sealer) -> list[str]:
    """The columns in which something does not open."""
    broken = []
    for one in SEALED:
        for *names, value in tx.execute(select(*one.names, one.value).where(one.value.is_not(None))):
            try:
                sealer.open_bytes(value, one.place_of(names))
            except SealError:
                broken.append(one.name)
    return broken


async def rotated(store, clock, *secrets):
    return await rotation.rotate(store, ring(*secrets), Audit(clock), lambda _done: None)


class TestAfterARotation:
    async def test_everything_opens_without_the_former_secret(self, full, clock):
        assert set(await full.read(lambda tx: unopened_by(tx, ring(SECOND)))) == {one.name for one in SEALED}
        tallies = await rotated(full, clock, SECOND, FIRST)
        assert all(tally.renewed for tally in tallies.values()), "each column has something to renew"
        assert await full.read(lambda tx: unopened_by(tx, ring(SECOND))) == []

    async def test_a_person_is_still_found_by_their_number(self, full, clock):
        await rotated(full, clock, SECOND, FIRST)
        room = provided(full, that_only_finds_by_the_first_secret(), Audit(clock), clock)
        template = await full.write(lambda tx: people.template_of(tx, WHO, room))
        assert template == FACE
        stored = await full.write(lambda tx: receipts.stored_token(tx, RECEIPT.code, room, who="test"))
        assert Signer(bytes(32)).read(stored) == RECEIPT

    async def test_a_second_one_finds_nothing_to_do(self, full, clock):
        first = await rotated(full, clock, SECOND, FIRST)
        second = await rotated(full, clock, SECOND, FIRST)
        assert not any(tally.renewed for tally in second.values())
        assert all(second[name].already_new == tally.renewed for name, tally in first.items())

    async def test_the_trail_has_one_entry_with_counts_alone(self, full, clock):
        await rotated(full, clock, SECOND, FIRST)
        entry = await full.read(audit.last_entry)
        assert (entry.actor, entry.action) == ("command", "keys rotated")
        assert json.loads(entry.detail)["proof_event.facts_sealed"] == {"renewed": 2}
        assert await full.read(audit.verify) is None

    async def test_no_bundle_was_left_out(self, full, clock):
        keys = [f"push-{number}" for number in range(2, 452)]
        await full.write(lambda tx: hear(tx, ring(FIRST), clock, *keys))
        bundles: list[int] = []
        tallies = await rotation.rotate(full, ring(SECOND, FIRST), Audit(clock), bundles.append)
        assert tallies["heard.sealed"].renewed == 451
        assert max(bundles) == 200
        assert sum(bundles) == await full.read(rotation.how_many)


class TestAValueThatCannotBeOpened:
    async def test_is_named_by_its_column_and_stops_nothing_else(self, full, clock):
        damaged = update(heard).values(sealed=ring("x" * 40).seal("?", place("heard", "sealed", "push-1")))
        await full.write(lambda tx: tx.execute(damaged) and None)
        tallies = await rotated(full, clock, SECOND, FIRST)
        assert [name for name, tally in tallies.items() if tally.unopened] == ["heard.sealed"]
        assert await full.read(lambda tx: unopened_by(tx, ring(SECOND))) == ["heard.sealed"]
        again = await rotated(full, clock, SECOND, FIRST, "x" * 40)
        assert again["heard.sealed"].renewed == 1


class Overtaking(Sealer):
    """Somebody is quicker: they take their phone's code away while it is being sealed anew."""

    def __init__(self, keys: KeyRing, meanwhile) -> None:
        super().__init__(keys)
        self._meanwhile = meanwhile

    def rotate(self, envelope: bytes, place: str) -> bytes | None:
        if place.startswith("staff:"):
            self._meanwhile()
        return super().rotate(envelope, place)


def forget_codes(url: URL) -> None:
    """On a connection of its own."""
    statement = "UPDATE staff SET totp_sealed = NULL"
    if url.get_backend_name() == "postgresql":
        server = url.set(drivername="postgresql").render_as_string(hide_password=False)
        subprocess.run(["psql", "-q", server, "-c", statement], check=True)
        return
    with sqlite3.connect(url.database) as other:
        other.execute(statement)
    other.close()


class TestARowThatIsWrittenMeanwhile:
    async def test_stays_as_it_was_written(self, full, clock):
        sealer = Overtaking(KeyRing.grown_from(SECOND, [FIRST]), partial(forget_codes, full.url))
        tallies = await rotation.rotate(full, sealer, Audit(clock), lambda _done: None)
        assert (tallies["staff.totp_sealed"].renewed, tallies["staff.totp_sealed"].overtaken) == (0, 1)
        assert await full.read(lambda tx: tx.scalar(select(staff_table.c.totp_sealed))) is None


class TestTheList:
    def test_holds_every_column_that_could_be_sealed(self):
        columns = [column for room in ROOMS for table in room.tables.values() for column in table.columns]
        binary = {str(c) for c in columns if isinstance(c.type, LargeBinary) or "sealed" in c.name}
        assert binary == {one.name for one in SEALED} | NOT_SEALED

    def test_names_rows_as_the_rooms_do(self):
        (facts,) = (one for one in SEALED if one.column == "facts_sealed")
        assert facts.place_of((7, 3)) == cases.facts_place(7, 3)

    @pytest.mark.parametrize("one", SEALED, ids=lambda one: one.name)
    def test_names_each_row_by_what_is_unique(self, one):
        keys = {tuple(column.name for column in one.table.primary_key)}
        keys |= {(column.name,) for column in one.table.columns if column.unique}
        assert one.named_by in keys
