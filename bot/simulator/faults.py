"""The things that can be told to go wrong, and for how many calls."""

from dataclasses import dataclass
from typing import Literal

Breakage = Literal["timeout", "timeout_after_accept", "http_500"]
BREAKAGES: tuple[Breakage, ...] = ("timeout", "timeout_after_accept", "http_500")


@dataclass(slots=True)
class Fault:
    """`api` is a path or its end ("custom/send"), or "*" for every API; `what` an errcode or a breakage."""

    api: str
    what: int | Breakage
    times: int = 1


class Faults:
    """Faults in the order they were ordered; each is used up call by call."""

    def __init__(self) -> None:
        self.ordered: list[Fault] = []

    def order(self, fault: Fault) -> None:
        """Let the next `times` calls of the API fail."""
        self.ordered.append(fault)

    def take(self, path: str) -> int | Breakage | None:
        """What shall go wrong with this call, if anything."""
        for fault in self.ordered:
            if fault.api == "*" or path == fault.api or path.endswith("/" + fault.api.lstrip("/")):
                fault.times -= 1
                self.ordered = [one for one in self.ordered if one.times > 0]
                return fault.what
        return None
