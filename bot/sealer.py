"""Seals personal data before it is stored, and finds it again without opening it.

An envelope is `version(1) | algorithm(1) | key id(4) | nonce(12) | ciphertext and tag(16)`.
The header and the place ("table:column:row") are authenticated: an envelope opens only where it was sealed.

    SealError
      ├─ Unsealable        altered, cut, or moved to another place
      ├─ UnknownKey        sealed by a secret that is no longer on the ring
      └─ UnknownEnvelope   not an envelope, or one from a later version
"""

import hashlib
import hmac
import os
import unicodedata
from enum import IntEnum

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.ciphers.algorithms import SM4
from cryptography.hazmat.primitives.ciphers.modes import GCM

from bot.keys import KeyRing, KeySet

VERSION = 1
NONCE_BYTES = 12
TAG_BYTES = 16
HEADER_BYTES = 6
INDEX_BYTES = 16


class SealError(Exception):
    """A sealed value cannot be opened."""


class Unsealable(SealError):
    """The sealed value was altered, cut short, or moved from another row."""


class UnknownKey(SealError):
    """The sealed value needs a SECRET_KEY that this installation was not given."""


class UnknownEnvelope(SealError):
    """This is not a sealed value of a version that is known here."""


class Algorithm(IntEnum):
    """What can seal; the number stands in the envelope and never changes its meaning."""

    AES_256_GCM = 1
    SM4_GCM = 2


class Sealer:
    """Seals and opens values, and makes their blind indexes; one for the whole house."""

    def __init__(self, keys: KeyRing, algorithm: Algorithm = Algorithm.AES_256_GCM) -> None:
        self._keys = keys
        self._algorithm = algorithm

    def __repr__(self) -> str:
        return f"Sealer({self._algorithm.name}, {len(self._keys.sets)} keys)"

    def seal(self, plain: str, place: str) -> bytes:
        """A sealed text that opens only at its place."""
        return self.seal_bytes(plain.encode(), place)

    def open(self, envelope: bytes, place: str) -> str:
        """The text that was sealed for this place.

        Raises:
            SealError: see the family above.
        """
        return self.open_bytes(envelope, place).decode()

    def seal_bytes(self, plain: bytes, place: str) -> bytes:
        """As `seal`, for pictures; random 96-bit nonces allow 2^32 envelopes a key (NIST SP 800-38D, 8.3)."""
        keys = self._keys.newest
        header = bytes([VERSION, self._algorithm]) + keys.id
        nonce = os.urandom(NONCE_BYTES)
        return header + nonce + _encrypt(self._algorithm, keys, nonce, plain, header + place.encode())

    def open_bytes(self, envelope: bytes, place: str) -> bytes:
        """As `open`, for pictures."""
        algorithm, keys = self._read_header(envelope)
        header = envelope[:HEADER_BYTES]
        nonce = envelope[HEADER_BYTES : HEADER_BYTES + NONCE_BYTES]
        rest = envelope[HEADER_BYTES + NONCE_BYTES :]
        try:
            return _decrypt(algorithm, keys, nonce, rest, header + place.encode())
        except InvalidTag:
            table_and_column = place.rpartition(":")[0]
            raise Unsealable(f"the sealed value in {table_and_column} was altered or moved") from None

    def rotate(self, envelope: bytes, place: str) -> bytes | None:
        """The same value sealed by the newest key and the chosen algorithm; None when it already is."""
        algorithm, keys = self._read_header(envelope)
        if keys.id == self._keys.newest.id and algorithm is self._algorithm:
            return None
        return self.seal_bytes(self.open_bytes(envelope, place), place)

    def blind_index(self, value: str, column: str) -> bytes:
        """16 bytes by which equal values of one column are found; cannot be undone without the key.

        What is indexed is stored nowhere, so an index can never be made anew: the key is that of the oldest
        secret, which therefore stays on the ring for good (docs/operating.md).
        ID numbers are few (about 2^37), so whoever holds the key can try them all: it must not be kept
        with the backups of the database.
        """
        said = f"{column}:{normalised(value)}".encode()
        return hmac.digest(self._keys.oldest.index, said, hashlib.sha256)[:INDEX_BYTES]

    def _read_header(self, envelope: bytes) -> tuple[Algorithm, KeySet]:
        if len(envelope) < HEADER_BYTES + NONCE_BYTES + TAG_BYTES or envelope[0] != VERSION:
            raise UnknownEnvelope("not a sealed value, or one from a later version")
        if envelope[1] not in set(Algorithm):
            raise UnknownEnvelope(f"sealed by algorithm {envelope[1]}, which is not known here")
        keys = self._keys.named(envelope[2:HEADER_BYTES])
        if keys is None:
            key_id = envelope[2:HEADER_BYTES].hex()
            raise UnknownKey(f"sealed by key {key_id}; add the former SECRET_KEY to SECRET_KEY_BEFORE")
        return Algorithm(envelope[1]), keys


def place(table: str, column: str, row: object) -> str:
    """The address of one sealed value."""
    return f"{table}:{column}:{row}"


def normalised(value: str) -> str:
    """One spelling for what people write in many: full width, spaces, hyphens, small letters."""
    folded = unicodedata.normalize("NFKC", value).upper()
    return "".join(each for each in folded if each.isalnum())


def _encrypt(algorithm: Algorithm, keys: KeySet, nonce: bytes, plain: bytes, bound: bytes) -> bytes:
    if algorithm is Algorithm.AES_256_GCM:
        return AESGCM(keys.aes).encrypt(nonce, plain, bound)
    sm4 = Cipher(SM4(keys.sm4), GCM(nonce)).encryptor()
    sm4.authenticate_additional_data(bound)
    return sm4.update(plain) + sm4.finalize() + sm4.tag


def _decrypt(algorithm: Algorithm, keys: KeySet, nonce: bytes, rest: bytes, bound: bytes) -> bytes:
    if algorithm is Algorithm.AES_256_GCM:
        return AESGCM(keys.aes).decrypt(nonce, rest, bound)
    ciphertext, tag = rest[:-TAG_BYTES], rest[-TAG_BYTES:]
    sm4 = Cipher(SM4(keys.sm4), GCM(nonce, tag)).decryptor()
    sm4.authenticate_additional_data(bound)
    return sm4.update(ciphertext) + sm4.finalize()
