"""Tokens with which other programs read the live content: shown once, kept as a hash, ended at once."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from faq.editor.drafts import Author
from faq.editor.records import faq_api_token

PREFIX = "nhwy_"
"""So that a token is recognised where it should not be, such as in a repository."""

NOTE_USE_EVERY = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Token:
    """A token without its secret."""

    id: int
    name: str
    by: str
    at: datetime
    used_at: datetime | None
    ended_at: datetime | None


def make(tx: sa.Connection, name: str, *, by: Author, at: datetime) -> str:
    """A new token; this is the only time that it is seen."""
    token = PREFIX + secrets.token_urlsafe(32)
    values = {"name": name[:60], "hash": _hash(token), "by_id": by.id, "by": by.name, "at": at}
    tx.execute(sa.insert(faq_api_token).values(values))
    return token


def end(tx: sa.Connection, id_: int, at: datetime) -> None:
    """A token that is not accepted from now on."""
    where = (faq_api_token.c.id == id_, faq_api_token.c.ended_at.is_(None))
    tx.execute(sa.update(faq_api_token).where(*where).values(ended_at=at))


def every(tx: sa.Connection) -> list[Token]:
    """All tokens, newest first."""
    columns = (getattr(faq_api_token.c, name) for name in Token.__slots__)
    return [Token(*row) for row in tx.execute(sa.select(*columns).order_by(faq_api_token.c.id.desc()))]


def known(tx: sa.Connection, token: str) -> Token | None:
    """The token that this secret belongs to, unless it was ended."""
    columns = (getattr(faq_api_token.c, name) for name in Token.__slots__)
    asked = sa.select(*columns).where(
        faq_api_token.c.hash == _hash(token), faq_api_token.c.ended_at.is_(None)
    )
    row = tx.execute(asked).one_or_none()
    return Token(*row) if row else None


def note_use(tx: sa.Connection, token: Token, at: datetime) -> None:
    """Remember when it was used last."""
    tx.execute(sa.update(faq_api_token).where(faq_api_token.c.id == token.id).values(used_at=at))


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
