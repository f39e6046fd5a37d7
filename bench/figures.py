"""What a bench hands in: figures for var/bench.json, a table for people, and what they mean."""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from rich.table import Table


@dataclass(frozen=True, slots=True)
class Figure:
    """One number, named `room.what.how`."""

    name: str
    value: float
    unit: str


@dataclass(frozen=True, slots=True)
class Result:
    """What one bench found."""

    figures: Sequence[Figure]
    tables: Sequence[Table] = ()
    words: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Bench:
    """A bench: its name, how often it reports a step, and the work, which is given the step to call."""

    name: str
    steps: int
    run: Callable[[Callable[[], None]], Result] = field(repr=False)


def write(figures: Iterable[Figure], file: Path) -> None:
    """Write the figures as JSON, by name."""
    file.parent.mkdir(parents=True, exist_ok=True)
    by_name = {figure.name: {"value": round(figure.value, 4), "unit": figure.unit} for figure in figures}
    file.write_text(json.dumps(by_name, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which this share of the sorted values lies."""
    return values[min(len(values) - 1, int(share * len(values)))]


def median(values: Iterable[float]) -> float:
    """The middle one."""
    return percentile(sorted(values), 0.5)
