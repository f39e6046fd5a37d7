"""Codes from a phone: TOTP by RFC 6238 (SHA-1, six digits, 30 seconds: what every authenticator app knows).

Ten lines of the standard library; the part that matters, that no code counts twice, a library leaves to its
caller anyway.
"""

import base64
import hmac
import secrets
from datetime import datetime
from urllib.parse import quote, urlencode

STEP_S = 30
DIGITS = 6
DRIFT_STEPS = 1
SECRET_BYTES = 20


def new_secret() -> str:
    """160 random bits in base32, as apps and people take it."""
    return base64.b32encode(secrets.token_bytes(SECRET_BYTES)).decode()


def step_at(now: datetime) -> int:
    """The number of the 30-second step."""
    return int(now.timestamp()) // STEP_S


def code_for(secret: str, step: int) -> str:
    """The six digits of a step (RFC 4226, section 5.3)."""
    mac = hmac.digest(base64.b32decode(secret), step.to_bytes(8, "big"), "sha1")
    start = mac[-1] & 0x0F
    number = int.from_bytes(mac[start : start + 4], "big") & 0x7FFF_FFFF
    return f"{number % 10**DIGITS:0{DIGITS}}"


def step_of(secret: str, code: str, now: datetime, *, after: int = 0) -> int | None:
    """The step that this code belongs to, None for a wrong one; steps up to `after` were used already.

    Phones may be 30 seconds early or late.
    """
    typed = "".join(code.split())
    if not (typed.isascii() and typed.isdigit()):
        return None
    middle = step_at(now)
    for step in range(max(middle - DRIFT_STEPS, after + 1), middle + DRIFT_STEPS + 1):
        if hmac.compare_digest(code_for(secret, step), typed):
            return step
    return None


def enrolment_uri(secret: str, name: str, house: str) -> str:
    """What the QR code for an authenticator app says."""
    asked = urlencode(
        {"secret": secret, "issuer": house, "digits": DIGITS, "period": STEP_S}, quote_via=quote
    )
    return f"otpauth://totp/{quote(house)}:{quote(name)}?{asked}"
