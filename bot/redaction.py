"""The last sieve: whatever is about to be logged or noted passes here, and numbers of people stay behind.

It errs on the safe side. Every run of eleven or more digits goes, check digit or not, because a mistyped
ID number is a person's too. So identifiers that operators need must be short (under 11 digits, under 32
characters).
"""

import re
from collections.abc import Mapping, Sequence, Set
from datetime import date, datetime, time, timedelta
from typing import Any

MASK = "▇▇▇"
DEEPEST = 12

# A digit in any script's width, perhaps followed by one of the signs that people group digits with.
_DIGIT = r"\d[ \-–—_·\u00a0\u2002-\u200b\u3000]?"
_PERSONAL = re.compile(
    "|".join(
        (
            rf"(?<!\d)(?:{_DIGIT}){{10,}}[\dXxＸｘ]",  # ID numbers (15 or 18), bank cards, phones
            r"(?<!\d)1[3-9]\d[.。/]\d{4}[.。/]\d{4}(?!\d)",  # phones grouped by dots
            r"(?<![A-Za-z0-9])[A-Z]{1,2}[ -]?\d{7,9}(?!\d)",  # passports and travel permits
        )
    )
)
_OPENID = re.compile(r"(?<![A-Za-z0-9_-])o[A-Za-z0-9_-]{27}(?![A-Za-z0-9_-])")
_TOKEN = re.compile(
    r"(?<![A-Za-z0-9_-])(?:[0-9A-Fa-f]{32,}|"
    r"(?=[A-Za-z0-9_\-+]*\d)(?=[A-Za-z0-9_\-+]*[a-z])(?=[A-Za-z0-9_\-+]*[A-Z])[A-Za-z0-9_\-+]{32,}={0,2})"
)
_SAID_ALOUD = re.compile(
    r"(?i)\b(access_token|refresh_token|appsecret|secret(?:_key)?|password|passwd|authorization|cookie|"
    r"signature|msg_signature|ticket|code|openid|unionid)([\"']?\s*[=:]\s*[\"']?(?:Bearer\s+)?)[^\s&\"',;}]+"
)
# Several, separated by commas: none of them may stay behind.
_FORMER_SECRETS = re.compile(
    r"(?i)\b(secret_key_before)([\"']?\s*[=:]\s*[\"']?)[^\s&\"',;}]+(?:\s*,\s*[^\s&\"',;}]+)*"
)
_TELLING_KEYS = frozenset(
    """
    password passwd secret secret_key secret_key_before token access_token refresh_token cookie cookies
    authorization totp openid unionid phone mobile card bank_card id_number passport name person citizen_name
    body text words utterance message_text content picture image portrait face params query query_string
    url_query
    """.split()  # noqa: SIM905  a list of forty lines reads worse
)


def redacted(text: str) -> str:
    """The text with everything that looks like a person's number or a token replaced by ▇▇▇."""
    text = _FORMER_SECRETS.sub(rf"\1\2{MASK}", text)
    text = _SAID_ALOUD.sub(rf"\1\2{MASK}", text)
    text = _TOKEN.sub(MASK, text)
    text = _OPENID.sub(MASK, text)
    return _PERSONAL.sub(MASK, text)


def redacted_value(value: object, depth: int = 0) -> object:
    """The same for anything that may stand in a log line; what JSON does not know comes back as text."""
    match value:
        case None | bool() | float():
            return value
        case int():
            return value if abs(value) < 10**10 else MASK
        case str():
            return redacted(value)
        case bytes() | bytearray() | memoryview():
            return f"<{len(value)} bytes>"
        case datetime() | date() | time():
            return value.isoformat()
        case timedelta():
            return value.total_seconds()
        case _ if depth >= DEEPEST:
            return MASK
        case Mapping():
            return redacted_mapping(value, depth + 1)
        case Sequence() | Set():
            return [redacted_value(each, depth + 1) for each in value]
        case _:
            return redacted(_shown(value))


def redacted_mapping(mapping: Mapping[Any, object], depth: int = 0) -> dict[str, object]:
    """Keys are sieved too, and what stands under a telling key goes whole."""
    return {
        redacted(str(key)): MASK
        if is_telling(str(key)) and value is not None
        else redacted_value(value, depth)
        for key, value in mapping.items()
    }


def is_telling(key: str) -> bool:
    """Whether what stands under this key is never to be shown."""
    return key.casefold().replace("-", "_") in _TELLING_KEYS


def _shown(value: object) -> str:
    try:
        return repr(value)
    except Exception:  # noqa: BLE001  a broken repr must not cost the log line
        return f"<{type(value).__name__}>"
