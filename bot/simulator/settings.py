"""What the stand-in must know of the official account that it plays."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

Clock = Callable[[], datetime]
Mode = Literal["plain", "compatible", "safe"]
PushFormat = Literal["xml", "json"]


@dataclass(frozen=True, slots=True)
class SimulatorSettings:
    """One official account and the webhook that WeChat has been told for it.

    `public_url` is the address citizens use (no slash at the end): pictures are served below it and
    OAuth returns to its host only. `cut_after_s` is how long WeChat waits for an answer;
    `retry_after_s` is the time from the beginning of one try to the beginning of the next.
    """

    webhook_url: str
    app_id: str
    app_secret: str = field(repr=False)
    token: str = field(repr=False)
    encoding_aes_key: str = field(repr=False)
    public_url: str
    mode: Mode = "safe"
    push_format: PushFormat = "xml"
    account_name: str = "你呼我应"
    original_id: str = "gh_5a7e0c41d9b2"
    mounted_at: str = "/simulator"
    cut_after_s: float = 5.0
    retry_after_s: float = 5.0

    def address(self, path: str) -> str:
        """The full address of a page of the stand-in, as a citizen's phone would open it."""
        return f"{self.public_url}{self.mounted_at}{path}"
