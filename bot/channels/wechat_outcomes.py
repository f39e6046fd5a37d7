"""How a call to WeChat's API can end.

    Sent                       WeChat has taken it
    ApiError
    ├── ApiRefused(errcode)    WeChat said no; `retry` tells whether asking again can help
    ├── ApiUnreached           no connection: surely nothing happened
    ├── ApiUnknown             the request went out, no usable answer came: it may have happened
    ├── MediaRefused           a file that is too large or of the wrong kind
    └── SnapshotVisitor        a page opened by WeChat's stand-in for a person, not by the citizen

No text or repr here holds a token, a secret, an openid or an address with one of them in it.
"""

from dataclasses import dataclass
from typing import Literal

Retry = Literal["never", "soon", "later"]

TOKEN_CODES = frozenset({40001, 40014, 42001})
_BUSY = -1
_LATER = frozenset(
    {
        *TOKEN_CODES,
        40164,  # our address is not on the account's IP list: an operator can mend it
        40243,  # the AppSecret is frozen: an operator can mend it
        45009,  # the day's or the minute's quota of this call
        45011,  # too fast
    }
)


@dataclass(frozen=True, slots=True)
class Sent:
    """WeChat has taken the message."""


class ApiError(Exception):
    """A call to WeChat did not do what it was for."""


class ApiRefused(ApiError):
    """WeChat refused with `errcode`; `request_id` is what its support asks for."""

    def __init__(self, call: str, errcode: int, request_id: str = "") -> None:
        super().__init__(f"WeChat refused {call} with {errcode}" + (f" ({request_id})" if request_id else ""))
        self.call = call
        self.errcode = errcode
        self.request_id = request_id

    @property
    def retry(self) -> Retry:
        """-1 is "busy"; quotas and token trouble pass or are mended; every other code stays as it is.

        So 45015 (outside the window), 45047 (push quota used up), 40003, 43004, 43019 (nobody to send
        to), 45002, 45008, 40033 (a message that WeChat will not carry) and 48001 are never tried again.
        """
        if self.errcode == _BUSY:
            return "soon"
        return "later" if self.errcode in _LATER else "never"

    @property
    def final(self) -> bool:
        """Whether the same call will be refused again, however often it is made."""
        return self.retry == "never"


class ApiUnreached(ApiError):
    """WeChat could not be reached; nothing was sent."""


class ApiUnknown(ApiError):
    """No usable answer came to a request that went out; it may have been carried out."""


class MediaRefused(ApiError):
    """The file is larger than allowed, or not a picture, a sound or a film."""


class SnapshotVisitor(ApiError):
    """WeChat's snapshot page shows a virtual account (is_snapshotuser); the citizen must tap 使用完整服务."""


Outcome = Sent | ApiRefused | ApiUnreached | ApiUnknown
