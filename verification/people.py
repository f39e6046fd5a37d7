"""The people enrolled here: who stands in the local registry, with whose portrait, card and phone.

Numbers, cards and phones are found by blind index; the name and the template are sealed.
"""

from dataclasses import dataclass, field

from sqlalchemy import Connection, Row, delete, insert, select, update

from verification.engines.captures import Template
from verification.provided import Provided
from verification.records import person, place


@dataclass(frozen=True, slots=True)
class Identity:
    """A name with a document, in the form that documents.py and names.py give."""

    kind: str
    number: str = field(repr=False)
    name: str = field(repr=False)

    def number_index(self, house: Provided) -> bytes:
        return number_index_of(self.kind, self.number, house)

    def name_index(self, house: Provided) -> bytes:
        return house.index(self.name, "name")

    @property
    def masked_name(self) -> str:
        return self.name[0] + "*" * (len(self.name) - 1)

    @property
    def masked_number(self) -> str:
        shown = 4 if len(self.number) >= 15 else 2
        return f"{self.number[:shown]}{'*' * (len(self.number) - 2 * shown)}{self.number[-shown:]}"


@dataclass(frozen=True, slots=True)
class Enrolled:
    """What is known of an enrolled person without opening anything."""

    id: int
    name_index: bytes = field(repr=False)
    card_index: bytes | None = field(repr=False)
    phone_index: bytes | None = field(repr=False)
    has_template: bool


def number_index_of(kind: str, number: str, house: Provided) -> bytes:
    """The blind index of a document; the number as documents.py reads it."""
    return house.index(f"{kind} {number}", "document")


def enrol(
    tx: Connection,
    who: Identity,
    template: Template | None,
    house: Provided,
    *,
    card: str = "",
    phone: str = "",
    is_demo: bool = False,
) -> int:
    """Enrol a person, or replace what is known of them; the number of the row."""
    key = (person.c.kind == who.kind) & (person.c.number_index == who.number_index(house))
    tx.execute(delete(person).where(key))
    row = {
        "kind": who.kind,
        "number_index": who.number_index(house),
        "name_index": who.name_index(house),
        "name_sealed": b"",
        "card_index": house.index(card, "card") if card else None,
        "phone_index": house.index(phone, "phone") if phone else None,
        "template_model": template.model if template else "",
    }
    made = tx.execute(insert(person).values(**row, is_demo=is_demo, enrolled_at=house.clock()))
    number: int = made.inserted_primary_key[0] if made.inserted_primary_key else 0
    sealed = {"name_sealed": house.seal(who.name.encode(), place(person, "name_sealed", number))}
    if template:
        sealed["template_sealed"] = house.seal(template.vector, place(person, "template_sealed", number))
    tx.execute(update(person).where(person.c.id == number).values(**sealed))
    house.note(tx, "operator", "person enrolled", f"person:{number}", detail={"demo": is_demo})
    return number


def find(tx: Connection, kind: str, number_index: bytes) -> Enrolled | None:
    row = _row(tx, kind, number_index)
    if row is None:
        return None
    has_template = row.template_sealed is not None
    return Enrolled(row.id, row.name_index, row.card_index, row.phone_index, has_template)


def template_of(tx: Connection, who: Identity, house: Provided) -> Template | None:
    """The enrolled face of this person, None when there is none; noted."""
    row = _row(tx, who.kind, who.number_index(house))
    if row is None or row.template_sealed is None:
        return None
    house.note(tx, "verification", "template read", f"person:{row.id}")
    return Template(
        house.open(row.template_sealed, place(person, "template_sealed", row.id)), row.template_model
    )


def stored_faces(tx: Connection) -> int:
    """How many people's faces are kept: from 100,000 on they must be reported (办法, article 15)."""
    return len(tx.execute(select(person.c.id).where(person.c.template_sealed.is_not(None))).all())


def remove(tx: Connection, who: Identity, house: Provided) -> bool:
    """Forget an enrolled person altogether; nobody, where number and name are of different people."""
    key = (person.c.kind == who.kind) & (person.c.number_index == who.number_index(house))
    named = key & (person.c.name_index == who.name_index(house))
    gone = tx.execute(delete(person).where(named)).rowcount > 0
    if gone:
        house.note(tx, "operator", "person removed", "person")
    return gone


def _row(tx: Connection, kind: str, number_index: bytes) -> Row[*tuple[object, ...]] | None:
    key = (person.c.kind == kind) & (person.c.number_index == number_index)
    return tx.execute(select(person).where(key)).first()
