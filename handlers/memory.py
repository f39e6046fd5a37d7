"""What the conversation remembers of one citizen: kept with the citizen's row, forgotten after a while.

Nothing personal is in here: topics, places in guides, slots such as the kind of document.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

KEPT_TRIED = 6
"""Topics that a hand-over card shows."""


@dataclass(frozen=True, slots=True)
class Memory:
    """The thread of a conversation.

    `topic` is the last topic that was answered; `guide` the guide the citizen stands in, with its
    `step` and the steps before it; `asked` the ids of the buttons that were offered to choose from; `misses`
    counts messages in a row that were not understood; `said` is the last help that was given, and `times`
    how often it was in a row; `heard` the times of the last messages, for the flood guard; `told_masked`
    says whether we already asked not to send numbers.
    """

    at: datetime | None = None
    topic: str | None = None
    guide: str | None = None
    step: str | None = None
    trail: tuple[str, ...] = ()
    asked: tuple[str, ...] = ()
    slots: Mapping[str, str] = field(default_factory=dict)
    misses: int = 0
    unsolved: int = 0
    tried: tuple[str, ...] = ()
    said: str = ""
    times: int = 0
    told_masked: bool = False
    heard: tuple[datetime, ...] = ()

    def aged(self, now: datetime, keep: timedelta) -> "Memory":
        """This memory as it stands now: empty but for the guide and the times when it is too old."""
        if self.at is None or now - self.at <= keep:
            return self
        return Memory(guide=self.guide, step=self.step, trail=self.trail, heard=self.heard)

    def knowing(self, slots: Mapping[str, str]) -> "Memory":
        """This memory with newly heard slots on top."""
        return replace(self, slots={**self.slots, **slots}) if slots else self

    def having_tried(self, topic: str) -> "Memory":
        """This memory after an answer: the thread goes on from `topic`, and a human will see it was tried."""
        tried = (*(other for other in self.tried if other != topic), topic)[-KEPT_TRIED:]
        return replace(self, topic=topic, tried=tried, misses=0, asked=())

    def having_said(self, help_: str) -> "Memory":
        """This memory after some help, which may be the same as the last time."""
        return replace(self, said=help_, times=self.times + 1 if help_ == self.said else 1)

    def to_json(self) -> str:
        """The memory as one JSON line; only what differs from an empty memory is written."""
        kept = {
            name: value
            for name in Memory.__slots__
            if (value := getattr(self, name)) != getattr(_EMPTY, name)
        }
        return json.dumps(kept, ensure_ascii=False, default=datetime.isoformat, separators=(",", ":"))

    @staticmethod
    def from_json(text: str) -> "Memory":
        """The memory that `to_json` wrote; keys of another version of the program are dropped."""
        raw = json.loads(text) if text else {}
        known = {key: value for key, value in raw.items() if key in Memory.__dataclass_fields__}
        for key in ("trail", "asked", "tried"):
            known[key] = tuple(known.get(key, ()))
        known["at"] = datetime.fromisoformat(known["at"]) if known.get("at") else None
        known["heard"] = tuple(datetime.fromisoformat(at) for at in known.get("heard", ()))
        return Memory(**known)


_EMPTY = Memory()
