"""To-dos: business of the registration system that waits for a citizen's word.

pending -> confirmed | refused | expired after seven days. Each change leaves a callback in the outbox.
"""

import json
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Connection, Row, insert, select, update
from sqlalchemy.exc import IntegrityError

from verification.cases import Overtaken
from verification.people import Identity
from verification.provided import Provided
from verification.records import callback, matter, place

LIFETIME = timedelta(days=7)
REF = re.compile(r"[0-9a-f]{16}")
State = Literal["pending", "confirmed", "refused", "expired"]


class OtherBody(Exception):
    """This idempotency key was used before with another body."""


@dataclass(frozen=True, slots=True)
class Business:
    """What is to be confirmed: a title, and lines of label and value as the citizen will read them."""

    title: str
    lines: tuple[tuple[str, str], ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Order:
    """A matter as the registration system sends it."""

    client: str
    idempotency_key: str
    body_sha256: str
    who: Identity
    business: Business
    callback_url: str = ""


@dataclass(frozen=True, slots=True)
class Matter:
    """One to-do; its lines are opened only where they are shown."""

    id: int
    ref: str
    client: str
    title: str
    created_at: datetime
    expires_at: datetime
    state: State
    decided_at: datetime | None
    refusal: str | None
    receipt: str | None


def receive(tx: Connection, order: Order, house: Provided) -> tuple[Matter, bool]:
    """Take a matter in; the same key and body again gives the same matter back. And whether it is new.

    Raises:
        OtherBody: the key was used for something else.
    """
    known = _received(tx, order)
    if known is not None:
        return known, False
    ref, now = secrets.token_hex(8), house.clock()
    lines = json.dumps(order.business.lines, ensure_ascii=False).encode()
    values = {
        "ref": ref,
        "client": order.client,
        "idempotency_key": order.idempotency_key,
        "body_sha256": order.body_sha256,
        "kind": order.who.kind,
        "number_index": order.who.number_index(house),
        "name_index": order.who.name_index(house),
        "title": order.business.title,
        "details_sealed": house.seal(lines, place(matter, "details_sealed", ref)),
        "callback_url": order.callback_url,
        "state": "pending",
    }
    try:
        with tx.begin_nested():
            tx.execute(insert(matter).values(**values, created_at=now, expires_at=now + LIFETIME))
    except IntegrityError:  # the same was received by another process at this moment
        known = _received(tx, order)
        if known is None:
            raise
        return known, False
    house.note(tx, f"system:{order.client}", "matter received", f"matter:{ref}")
    return by_ref(tx, ref), True


def _received(tx: Connection, order: Order) -> Matter | None:
    key = (matter.c.client == order.client) & (matter.c.idempotency_key == order.idempotency_key)
    row = tx.execute(select(matter).where(key)).first()
    if row is not None and row.body_sha256 != order.body_sha256:
        raise OtherBody(OtherBody.__doc__)
    return None if row is None else _matter(row)


def pending_of(tx: Connection, who: Identity, house: Provided) -> list[Matter]:
    """What waits for this person, newest first, of the last seven days."""
    theirs = (matter.c.kind == who.kind) & (matter.c.number_index == who.number_index(house))
    named = theirs & (matter.c.name_index == who.name_index(house))
    waiting = named & (matter.c.state == "pending") & (matter.c.expires_at > house.clock())
    return [_matter(row) for row in tx.execute(select(matter).where(waiting).order_by(matter.c.id.desc()))]


def by_ref(tx: Connection, ref: str) -> Matter:
    return _matter(tx.execute(select(matter).where(matter.c.ref == ref)).one())


def find(tx: Connection, client: str, ref: str) -> Matter | None:
    if not REF.fullmatch(ref):
        return None
    row = tx.execute(select(matter).where(matter.c.ref == ref, matter.c.client == client)).first()
    return _matter(row) if row else None


def business_of(tx: Connection, ref: str, house: Provided, *, who: str) -> Business:
    """What the matter is about, opened, and noted."""
    row = tx.execute(select(matter).where(matter.c.ref == ref)).one()
    house.note(tx, who, "matter read", f"matter:{ref}")
    lines: Sequence[Sequence[str]] = json.loads(
        house.open(row.details_sealed, place(matter, "details_sealed", ref))
    )
    return Business(row.title, tuple((str(label), str(value)) for label, value in lines))


def confirm(tx: Connection, ref: str, receipt_code: str, house: Provided) -> None:
    """The citizen signed.

    Raises:
        Overtaken: it is no longer pending.
    """
    _decide(tx, ref, "confirmed", house, {"receipt": receipt_code})


def refuse(tx: Connection, ref: str, why: str, house: Provided) -> None:
    """The citizen says that the business is not right.

    Raises:
        Overtaken: it is no longer pending.
    """
    _decide(tx, ref, "refused", house, {"refusal": why})


def expire_due(tx: Connection, house: Provided) -> int:
    """End what nobody answered within seven days; how many."""
    due = (matter.c.state == "pending") & (matter.c.expires_at <= house.clock())
    refs = list(tx.execute(select(matter.c.ref).where(due)).scalars())
    for ref in refs:
        _change(tx, ref, "expired", house, {})
    return len(refs)


def _decide(tx: Connection, ref: str, state: State, house: Provided, more: Mapping[str, str]) -> None:
    in_time = (matter.c.ref == ref) & (matter.c.expires_at > house.clock())
    if tx.execute(select(matter.c.id).where(in_time)).first() is None:
        raise Overtaken(Overtaken.__doc__)
    _change(tx, ref, state, house, more)
    house.note(tx, "citizen", f"matter {state}", f"matter:{ref}")


def _change(tx: Connection, ref: str, state: State, house: Provided, more: Mapping[str, str]) -> None:
    pending = (matter.c.ref == ref) & (matter.c.state == "pending")
    now = house.clock()
    if not tx.execute(update(matter).where(pending).values(state=state, decided_at=now, **more)).rowcount:
        raise Overtaken(Overtaken.__doc__)
    changed = by_ref(tx, ref)
    url = tx.execute(select(matter.c.callback_url).where(matter.c.ref == ref)).scalar()
    if url:
        key = f"{ref}.{state}"
        body = json.dumps({"event": key, **as_json(changed)}, ensure_ascii=False)
        row = {"key": key, "client": changed.client, "url": url, "body": body, "attempts": 0}
        tx.execute(insert(callback).values(**row, not_before=now, state="waiting", last_error=""))


def as_json(one: Matter) -> dict[str, Any]:
    """A matter as the API tells it: no name and no number."""
    return {
        "id": one.ref,
        "state": one.state,
        "title": one.title,
        "created_at": one.created_at.isoformat(),
        "expires_at": one.expires_at.isoformat(),
        "decided_at": one.decided_at.isoformat() if one.decided_at else None,
        "refusal": one.refusal,
        "receipt": one.receipt,
    }


def _matter(row: Row[*tuple[object, ...]]) -> Matter:
    return Matter(*(getattr(row, name) for name in Matter.__slots__))
