"""Challenges in the database: asked once, for one case, and used up by the first answer."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, insert, select, update

from verification.engines.challenge import Action, Challenge
from verification.links import hashed
from verification.records import challenge

KEEP = timedelta(hours=1)


def ask(tx: Connection, case_id: int, asked: Challenge) -> None:
    """Remember a new challenge; the one before it is no longer taken."""
    tx.execute(delete(challenge).where(challenge.c.case_id == case_id, challenge.c.used_at.is_(None)))
    actions = " ".join(action.value for action in asked.actions)
    row = {"nonce_hash": hashed(asked.nonce), "case_id": case_id, "actions": actions}
    tx.execute(insert(challenge).values(**row, issued_at=asked.issued_at))


def use(tx: Connection, case_id: int, nonce: str, now: datetime) -> Challenge | None:
    """The challenge of this nonce, used up by this; None when it was never asked here, or is used."""
    same = (challenge.c.nonce_hash == hashed(nonce)) & (challenge.c.case_id == case_id)
    row = tx.execute(select(challenge).where(same)).first()
    if row is None or row.used_at is not None:
        return None
    tx.execute(update(challenge).where(same).values(used_at=now))
    return Challenge(nonce, tuple(Action(word) for word in row.actions.split()), row.issued_at)


def forget_old(tx: Connection, now: datetime) -> int:
    return tx.execute(delete(challenge).where(challenge.c.issued_at < now - KEEP)).rowcount
