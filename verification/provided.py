"""What the house hands to this room: its store, its clock, its seal and its audit trail."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, TypeVar

from sqlalchemy import Connection

T = TypeVar("T")


class Lane(Protocol):
    """`write` or `read` of the store: runs a piece of work in a transaction of its own."""

    async def __call__(self, work: Callable[[Connection], T], /) -> T: ...


class Note(Protocol):
    """The audit trail: who did what to which thing, and why. Never a personal value."""

    def __call__(
        self, tx: Connection, actor: str, action: str, thing: str, *, reason: str = "", detail: Any = None
    ) -> object: ...


@dataclass(frozen=True, slots=True)
class Provided:
    """Handed in by the floor plan. `seal(plain, place)`, `open(sealed, place)`, `index(value, column)`."""

    write: Lane
    read: Lane
    clock: Callable[[], datetime]
    seal: Callable[[bytes, str], bytes]
    open: Callable[[bytes, str], bytes]
    index: Callable[[str, str], bytes]
    note: Note
