"""The keys of the house, all grown from SECRET_KEY and the secrets that came before it.

Each purpose has its own HKDF label, so that a key which leaks from one place opens no other.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

SHORTEST_SECRET = 32
FEWEST_DIFFERENT_CHARACTERS = 10
EVERYBODYS_SECRETS = (
    "changeme",
    "secret",
    "password",
    "example",
    "default",
    "insecure",
    "replaceme",
    "12345678",
)


class WeakSecret(ValueError):
    """SECRET_KEY does not protect anything."""


@dataclass(frozen=True, slots=True, repr=False)
class KeySet:
    """The keys grown from one secret; `id` (4 bytes) names them in envelopes and tells nothing about them."""

    id: bytes
    aes: bytes
    sm4: bytes
    index: bytes

    @classmethod
    def grown_from(cls, secret: str) -> "KeySet":
        """The same secret always gives the same keys."""
        return cls(
            id=derived(secret, "key id", 4),
            aes=derived(secret, "sealer aes-256-gcm", 32),
            sm4=derived(secret, "sealer sm4-gcm", 16),
            index=derived(secret, "blind index hmac-sha-256", 32),
        )

    def __repr__(self) -> str:
        return f"KeySet({self.id.hex()})"


@dataclass(frozen=True, slots=True)
class KeyRing:
    """Key sets, newest first: the newest one seals, every one opens, the oldest one makes blind indexes."""

    sets: tuple[KeySet, ...]

    @classmethod
    def grown_from(cls, secret: str, older: Sequence[str] = ()) -> "KeyRing":
        """`older` are the former values of SECRET_KEY, newest first; the very first one always stays."""
        return cls(tuple(KeySet.grown_from(each) for each in (secret, *older)))

    @property
    def newest(self) -> KeySet:
        return self.sets[0]

    @property
    def oldest(self) -> KeySet:
        return self.sets[-1]

    def named(self, key_id: bytes) -> KeySet | None:
        """The key set with this id, None when the ring does not hold it."""
        return next((keys for keys in self.sets if keys.id == key_id), None)


def derived(secret: str, label: str, size_bytes: int) -> bytes:
    """A key for one purpose: HKDF-SHA-256 (RFC 5869) of the secret, the purpose as its info field."""
    grower = HKDF(SHA256(), size_bytes, salt=b"nihuwoying", info=f"nihuwoying {label}".encode())
    return grower.derive(secret.encode())


def check_secret(secret: str, *, demo: bool = False) -> None:
    """Refuse a SECRET_KEY that could be guessed; a demonstration on this machine may use any.

    Raises:
        WeakSecret: says what is wrong and how to make a good one, never the secret itself.
    """
    flaw = _flaw_of(secret, demo)
    if flaw:
        way_out = 'make one with: python -c "import secrets; print(secrets.token_urlsafe(48))"'
        raise WeakSecret(f"SECRET_KEY {flaw}; {way_out}")


def _flaw_of(secret: str, demo: bool) -> str | None:
    if not secret:
        return "is empty"
    if demo:
        return None
    plain = secret.casefold().replace("-", "").replace("_", "").replace(" ", "")
    if len(secret) < SHORTEST_SECRET:
        return f"is shorter than {SHORTEST_SECRET} characters"
    if any(known in plain for known in EVERYBODYS_SECRETS):
        return "contains a word that everybody tries"
    if len(set(secret)) < FEWEST_DIFFERENT_CHARACTERS:
        return f"has fewer than {FEWEST_DIFFERENT_CHARACTERS} different characters"
    return None
