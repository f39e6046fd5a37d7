"""Consents: which text was agreed to, when, and when it was taken back."""

import json
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from verification.provided import Provided
from verification.records import consent, place


def give(tx: Connection, openid: str, version: str, person: dict[str, str], house: Provided) -> None:
    """Record a consent, and keep who it is about for the next time."""
    now = house.clock()
    row = {"openid": openid, "version": version, "given_at": now}
    made = tx.execute(insert(consent).values(**row)).inserted_primary_key
    number = made[0] if made else 0
    words = json.dumps(person, ensure_ascii=False).encode()
    sealed = house.seal(words, place(consent, "person_sealed", number))
    tx.execute(update(consent).where(consent.c.id == number).values(person_sealed=sealed))
    house.note(tx, "citizen", "consent given", f"consent:{number}", detail={"version": version})


def standing(tx: Connection, openid: str, version: str) -> int | None:
    """The number of the citizen's standing consent to this version of the text."""
    asked = select(consent.c.id).where(
        consent.c.openid == openid, consent.c.version == version, consent.c.withdrawn_at.is_(None)
    )
    number: int | None = tx.execute(asked.order_by(consent.c.id.desc()).limit(1)).scalar()
    return number


def given_at(tx: Connection, openid: str, version: str) -> datetime | None:
    number = standing(tx, openid, version)
    at: datetime | None = tx.execute(select(consent.c.given_at).where(consent.c.id == number)).scalar()
    return at


def authorised_person(tx: Connection, openid: str, version: str, house: Provided) -> dict[str, str]:
    """Name, kind and number as authorised before; empty when there is no standing consent."""
    number = standing(tx, openid, version)
    sealed = tx.execute(select(consent.c.person_sealed).where(consent.c.id == number)).scalar()
    if sealed is None:
        return {}
    person: dict[str, str] = json.loads(house.open(sealed, place(consent, "person_sealed", number)))
    return person


def withdraw(tx: Connection, openid: str, house: Provided) -> int:
    """Take back every standing consent and forget whom it was about; how many."""
    mine = (consent.c.openid == openid) & consent.c.withdrawn_at.is_(None)
    taken = update(consent).where(mine).values(withdrawn_at=house.clock(), person_sealed=None)
    count = tx.execute(taken).rowcount
    if count:
        house.note(tx, "citizen", "consent withdrawn", "consent", detail={"count": count})
    return count
