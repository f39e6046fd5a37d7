"""Signed requests, both ways: what the registration system sends us, and our callbacks to it.

X-Client      who signs
X-Timestamp   seconds since 1970; five minutes old at most
X-Nonce       8 to 80 visible ASCII characters, never the same twice
X-Signature   hex HMAC-SHA256, with the shared secret, of
              METHOD \\n path?query \\n timestamp \\n nonce \\n hex SHA-256 of the body
"""

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import Connection, delete, insert
from sqlalchemy.exc import IntegrityError

from verification.records import signature_seen

FRESH = timedelta(minutes=5)
KEEP = timedelta(minutes=30)
NONCE = re.compile(r"[!-~]{8,80}")
HEX = re.compile(r"[0-9a-f]{64}")

Fault = Literal["unknown_client", "bad_timestamp", "bad_nonce", "bad_signature", "replayed"]


@dataclass(frozen=True, slots=True)
class Client:
    """A system that may send matters; its callbacks must begin with `callback_prefix`."""

    name: str
    secret: str = field(repr=False)
    callback_prefix: str = ""


@dataclass(frozen=True, slots=True)
class Signed:
    """A request as it arrived."""

    method: str
    path: str
    body: bytes = field(repr=False)
    client: str
    timestamp: str
    nonce: str
    signature: str


def sign(client: Client, method: str, path: str, body: bytes, *, nonce: str, now: datetime) -> dict[str, str]:
    """The four headers."""
    timestamp = str(int(now.timestamp()))
    signature = _digest(client.secret, method, path, timestamp, nonce, body)
    return {
        "X-Client": client.name,
        "X-Timestamp": timestamp,
        "X-Nonce": nonce,
        "X-Signature": signature,
    }


def fault_of(request: Signed, clients: Mapping[str, Client], now: datetime) -> Fault | None:
    """What is wrong with the signature, before the database is asked."""
    client = clients.get(request.client)
    if client is None:
        return "unknown_client"
    if not request.timestamp.isascii() or not request.timestamp.isdecimal():
        return "bad_timestamp"
    if abs(now.timestamp() - int(request.timestamp[:12])) > FRESH.total_seconds():
        return "bad_timestamp"
    if not NONCE.fullmatch(request.nonce):
        return "bad_nonce"
    if not HEX.fullmatch(request.signature):
        return "bad_signature"
    right = _digest(
        client.secret, request.method, request.path, request.timestamp, request.nonce, request.body
    )
    return None if hmac.compare_digest(right, request.signature) else "bad_signature"


def is_first(tx: Connection, request: Signed, now: datetime) -> bool:
    """Whether this nonce was never seen before; from now on it was."""
    row = {"client": request.client, "nonce": request.nonce, "at": now}
    try:
        with tx.begin_nested():
            tx.execute(insert(signature_seen).values(**row))
    except IntegrityError:
        return False
    return True


def forget_old(tx: Connection, now: datetime) -> int:
    """Nonces whose timestamp is no longer taken anyway."""
    return tx.execute(delete(signature_seen).where(signature_seen.c.at < now - KEEP)).rowcount


def _digest(secret: str, method: str, path: str, timestamp: str, nonce: str, body: bytes) -> str:
    said = "\n".join([method.upper(), path, timestamp, nonce, hashlib.sha256(body).hexdigest()])
    return hmac.new(secret.encode(), said.encode(), hashlib.sha256).hexdigest()
