"""Receipts: a few words about what was confirmed, signed, so that anybody can check them.

A token is `nhwy1.<body>.<signature>`: base64url of canonical JSON, and Ed25519 over the first two parts.
It stands in the PDF, and behind the code that the QR leads to.
"""

import base64
import json
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sqlalchemy import Connection, insert, select, update

from verification.evidence import is_number
from verification.provided import Provided
from verification.records import place, receipt

VERSION = "nhwy1"
KEEP = timedelta(days=365 * 3)
TOKEN = re.compile(r"nhwy1\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]{86}")


class NotGenuine(Exception):
    """The receipt was not issued here, or was altered."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a receipt says; the person is masked, how they proved themselves is in words of the room."""

    code: str
    name: str = field(repr=False)
    document: str = field(repr=False)
    title: str
    client: str
    proven_by: str
    checks: tuple[str, ...]
    portrait: str
    at: str
    is_sandbox: bool


class Signer:
    """Signs with a key that is grown from 32 secret bytes; the public half may be given to anybody.

    Receipts that were signed with an older seed are still read.
    """

    def __init__(self, seed: bytes, *older: bytes) -> None:
        self._private = Ed25519PrivateKey.from_private_bytes(seed)
        self._public = self._private.public_key()
        former = (Ed25519PrivateKey.from_private_bytes(each).public_key() for each in older)
        self._readable = (self._public, *former)

    def __repr__(self) -> str:
        return f"Signer({self.public_key})"

    @property
    def public_key(self) -> str:
        """The public key as hex, for whoever checks without us."""
        return self._public.public_bytes(Encoding.Raw, PublicFormat.Raw).hex()

    def token(self, one: Receipt) -> str:
        words = {name: getattr(one, name) for name in Receipt.__slots__}
        body = json.dumps(words, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
        head = f"{VERSION}.{_encoded(body)}"
        return f"{head}.{_encoded(self._private.sign(head.encode()))}"

    def read(self, token: str) -> Receipt:
        """What a token says.

        Raises:
            NotGenuine: it does not bear our signature.
        """
        for key in self._readable:
            with suppress(NotGenuine):
                return read(token, key)
        raise NotGenuine(NotGenuine.__doc__)


def read(token: str, key: Ed25519PublicKey) -> Receipt:
    """As `Signer.read`, with the public key alone."""
    head, _, signature = token.strip().rpartition(".")
    try:
        key.verify(_decoded(signature), head.encode())
        words: Mapping[str, Any] = json.loads(_decoded(head.partition(".")[2]))
        return Receipt(**{**words, "checks": tuple(words["checks"])})
    except (InvalidSignature, ValueError, TypeError, KeyError):
        raise NotGenuine(NotGenuine.__doc__) from None


def token_in(document: bytes) -> str | None:
    """The token that a PDF (or any file) of ours carries."""
    found = TOKEN.search(document.decode("latin-1"))
    return found.group() if found else None


def store(
    tx: Connection, case_id: int, matter_id: int | None, one: Receipt, signer: Signer, house: Provided
) -> None:
    """Keep a receipt for three years."""
    now = house.clock()
    sealed = house.seal(signer.token(one).encode(), place(receipt, "token_sealed", one.code))
    row = {"code": one.code, "case_id": case_id, "matter_id": matter_id, "token_sealed": sealed}
    tx.execute(insert(receipt).values(**row, at=now, forget_at=now + KEEP))
    house.note(tx, "verification", "receipt issued", f"receipt:{one.code}")


def stored_token(tx: Connection, code: str, house: Provided, *, who: str) -> str | None:
    """The token behind a code, None when there is none; noted."""
    if not is_number(code):
        return None
    sealed = tx.execute(select(receipt.c.token_sealed).where(receipt.c.code == code)).scalar()
    if sealed is None:
        return None
    house.note(tx, who, "receipt read", f"receipt:{code}")
    return house.open(sealed, place(receipt, "token_sealed", code)).decode()


def is_of_case(tx: Connection, code: str, case_id: int) -> bool:
    same = (receipt.c.code == code) & (receipt.c.case_id == case_id)
    return is_number(code) and tx.execute(select(receipt.c.code).where(same)).first() is not None


def forget_due(tx: Connection, now: datetime) -> int:
    due = receipt.c.token_sealed.is_not(None) & (receipt.c.forget_at <= now)
    return tx.execute(update(receipt).where(due).values(token_sealed=None)).rowcount


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
