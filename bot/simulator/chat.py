"""What the stand-in remembers of people: citizens, what stands in their chats, and the raw exchanges."""

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from bot.simulator.rules import Ledger

KEPT_BUBBLES = 300

Who = Literal["citizen", "account", "agent", "system"]
Outcome = Literal["pending", "silence", "replied", "transferred", "apology", "with_agent"]


@dataclass(frozen=True, slots=True)
class Bubble:
    """One thing in a chat. `body` depends on `kind`; `raw` names the exchange or the call behind it."""

    id: int
    at: datetime
    who: Who
    kind: str
    body: dict[str, Any]
    via: Literal["", "passive", "push"] = ""
    raw: str = ""


@dataclass(slots=True)
class Citizen:
    """One person with WeChat. `spoke_at` is the last interaction, for the typing rule."""

    openid: str
    name: str
    number: int
    following: bool = False
    followed_at: datetime | None = None
    followed_by: str = ""
    ledger: Ledger = field(default_factory=Ledger)
    chat: deque[Bubble] = field(default_factory=lambda: deque(maxlen=KEPT_BUBBLES))
    spoke_at: datetime | None = None
    typing_until: datetime | None = None


@dataclass(slots=True)
class Try:
    """One POST to the webhook: what was sent, what came back, and what WeChat makes of it."""

    url: str
    sent: str
    steps: list[str]
    status: int | None = None
    answer: str = ""
    answer_plain: str = ""
    took_ms: int = 0
    verdict: str = ""


@dataclass(slots=True)
class Exchange:
    """One push with all its tries. `plain` is the body before encryption."""

    id: str
    openid: str
    at: datetime
    fields: dict[str, Any]
    plain: str = ""
    tries: list[Try] = field(default_factory=list)
    outcome: Outcome = "pending"


@dataclass(slots=True)
class ApiCall:
    """One call that the product made to api.weixin.qq.com; tokens and secrets are left out."""

    id: str
    at: datetime
    path: str
    sent: str
    answer: str = ""
