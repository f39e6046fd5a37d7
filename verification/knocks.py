"""Limits: how often an openid, a document number or an address may try something within a while.

The keys are blind: neither a number nor an address can be read from the table.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, func, insert, select

from verification.records import knock

KEEP = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `most` within `span`."""

    most: int
    span: timedelta


def may_knock(tx: Connection, kind: str, who: bytes, limit: Limit, now: datetime) -> bool:
    """Count one attempt; False when there were too many, and then it is not counted."""
    key = _key(kind, who)
    recent = select(func.count()).where(knock.c.key == key, knock.c.at > now - limit.span)
    if (tx.execute(recent).scalar() or 0) >= limit.most:
        return False
    tx.execute(insert(knock).values(key=key, at=now))
    return True


def take_back(tx: Connection, kind: str, who: bytes) -> None:
    """Count the latest attempt no more: it turned out not to be the one that is limited."""
    latest = select(func.max(knock.c.id)).where(knock.c.key == _key(kind, who)).scalar_subquery()
    tx.execute(delete(knock).where(knock.c.id == latest))


def forget_old(tx: Connection, now: datetime) -> int:
    return tx.execute(delete(knock).where(knock.c.at < now - KEEP)).rowcount


def _key(kind: str, who: bytes) -> bytes:
    return hashlib.blake2b(kind.encode() + b":" + who, digest_size=16).digest()
