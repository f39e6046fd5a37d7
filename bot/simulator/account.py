"""The official account as WeChat keeps it: citizens, menu, codes, files, tokens, and a movable clock.

All in memory and bounded. `touch` wakes whoever waits for something new.
"""

import asyncio
import secrets
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from bot.simulator.agents import Agent, AgentRoom
from bot.simulator.chat import ApiCall, Bubble, Citizen, Exchange, Who
from bot.simulator.faults import Faults
from bot.simulator.media import Cupboard
from bot.simulator.rules import Meter, Refusal
from bot.simulator.settings import Clock, SimulatorSettings
from bot.simulator.tokens import TokenBook

KEPT_CITIZENS = 2_000
KEPT_EXCHANGES = 500
KEPT_CODES = 2_000
NAMES = ("王阿姨", "李师傅", "陈小姐", "张先生", "刘奶奶", "赵老板", "周同学", "吴女士")


class Full(Exception):
    """There are too many citizens; start again with an empty stand-in."""


@dataclass(frozen=True, slots=True)
class Code:
    """A QR code made by qrcode/create. A limited one never dies."""

    ticket: str
    scene: str
    limited: bool
    dies: datetime | None
    url: str


class Account:
    """The state behind every route of the stand-in."""

    def __init__(self, settings: SimulatorSettings, clock: Clock) -> None:
        self.settings = settings
        self.webhooks: list[str] = [settings.webhook_url]
        self._clock = clock
        self._forward = timedelta()
        self._changed = asyncio.Event()
        self.revision = 0
        self._last = 0
        self.closing = asyncio.Event()
        self.forget()

    def forget(self) -> None:
        """Begin again: no citizens, no menu, no tokens, and the clock where it was.

        Numbers are not given twice, so that a push after it is no repetition of one before.
        """
        self._forward = timedelta()
        self.citizens: dict[str, Citizen] = {}
        self.menu: list[dict[str, Any]] = []
        self.codes: OrderedDict[str, Code] = OrderedDict()
        self.media = Cupboard()
        self.faults = Faults()
        self.meter = Meter()
        self.tokens = TokenBook(self.settings.app_id, self.settings.app_secret)
        self.ticket: tuple[str, datetime] | None = None
        self.exchanges: deque[Exchange] = deque(maxlen=KEPT_EXCHANGES)
        self.calls: deque[ApiCall] = deque(maxlen=KEPT_EXCHANGES)
        account = f"kf2001@{self.settings.original_id}"
        self.room = AgentRoom({account: Agent(account, "小微")})
        self.touch()

    # ---- time ----

    def now(self) -> datetime:
        """WeChat's time: the clock of the machine, moved forward as it was told."""
        return self._clock() + self._forward

    def true_now(self) -> datetime:
        """The clock of the machine. Pushes carry it, so that the product's freshness check holds."""
        return self._clock()

    def move_clock(self, forward: timedelta) -> None:
        """Let that much time pass (windows close, tokens die)."""
        self._forward += forward
        self.touch()

    @property
    def moved(self) -> timedelta:
        """How far the clock was moved in all."""
        return self._forward

    # ---- who waits ----

    def touch(self) -> None:
        """Something changed: wake everyone who waits."""
        self.revision += 1
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()

    async def wait_until(self, there: Callable[[], bool], seconds: float) -> bool:
        """Wait until `there` says so, at most so many seconds; True when it does."""
        try:
            async with asyncio.timeout(seconds):
                while not there() and not self.closing.is_set():
                    await self._changed.wait()
        except TimeoutError:
            pass
        return there()

    def close(self) -> None:
        """The stand-in is going away: let go of everyone who waits."""
        self.closing.set()
        self.touch()

    # ---- people ----

    def add_citizen(self, name: str = "", openid: str = "") -> Citizen:
        """A new person, who does not follow the account yet. Raises Full."""
        if len(self.citizens) >= KEPT_CITIZENS:
            raise Full(f"{KEPT_CITIZENS} citizens are enough")
        number = len(self.citizens) + 1
        name = name or NAMES[(number - 1) % len(NAMES)] + ("" if number <= len(NAMES) else str(number))
        citizen = Citizen(openid or "o" + secrets.token_urlsafe(21)[:27], name, number)
        self.citizens[citizen.openid] = citizen
        self.touch()
        return citizen

    def citizen(self, openid: object) -> Citizen:
        """The person. Raises Refusal 40003."""
        found = self.citizens.get(openid) if isinstance(openid, str) else None
        if found is None:
            raise Refusal(40003)
        return found

    def put(
        self,
        citizen: Citizen,
        who: Who,
        kind: str,
        body: dict[str, Any],
        *,
        via: Literal["", "passive", "push"] = "",
        raw: str = "",
    ) -> Bubble:
        """Something appears in the citizen's chat."""
        self._last += 1
        bubble = Bubble(self._last, self.now(), who, kind, body, via, raw)
        citizen.chat.append(bubble)
        if who == "account":
            citizen.typing_until = None
        self.touch()
        return bubble

    def next_id(self) -> int:
        """A number that was never given before."""
        self._last += 1
        return self._last

    # ---- codes ----

    def add_code(self, scene: str, *, limited: bool, life: timedelta) -> Code:
        """A new code; the oldest is forgotten when there are too many."""
        ticket = "gQ" + secrets.token_urlsafe(60)
        url = f"http://weixin.qq.com/q/{secrets.token_urlsafe(15)}"
        code = Code(ticket, scene, limited, None if limited else self.now() + life, url)
        self.codes[ticket] = code
        if len(self.codes) > KEPT_CODES:
            self.codes.popitem(last=False)
        self.touch()
        return code

    def live_codes(self) -> list[Code]:
        """The codes that can still be scanned, newest first."""
        now = self.now()
        return [code for code in reversed(self.codes.values()) if code.dies is None or now < code.dies]

    def jsapi_ticket(self) -> tuple[str, int]:
        """The JS-SDK ticket and the seconds that it lives on; the same one for two hours."""
        now = self.now()
        if self.ticket is None or self.ticket[1] <= now:
            self.ticket = (secrets.token_urlsafe(64), now + timedelta(hours=2))
        return self.ticket[0], int((self.ticket[1] - now).total_seconds())
