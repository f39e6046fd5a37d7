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
    key = hashlib.blake2b(kind.encode() + b":" + who, digest_size=16).digest()
    recent = select(func.count()).where(knock.c.key == key, knock.c.at > now - limit.span)
    if (tx.execute(recent).scalar() or 0) >= limit.most:
        return False
    tx.execute(insert(knock).values(key=key, at=now))
    return True


def forget_old(tx: Connection, now: datetime) -> int:
    return tx.execute(delete(knock).where(knock.c.at < now - KEEP)).rowcount
