"""A guide as a map: boxes in rows by their distance from the start, and the ways between them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

BOX_WIDTH, BOX_HEIGHT, GAP_X, GAP_Y = 148, 44, 28, 56
LABEL_WIDTH, LABEL_HEIGHT, LABEL_Y = 88, 13, 20
"""About what a label of eight letters takes, one line, and how far below its box the first one stands."""

Place = tuple[int, int]
"""The upper left corner of a box."""


@dataclass(frozen=True, slots=True)
class Box:
    """One step on the map."""

    id: str
    title: str
    x: int
    y: int
    is_start: bool
    is_end: bool
    is_reached: bool


@dataclass(frozen=True, slots=True)
class Way:
    """One way from step to step; `label` is the option that leads there."""

    path: str
    label: str
    label_x: int
    label_y: int


@dataclass(frozen=True, slots=True)
class Drawing:
    """The whole map."""

    width: int
    height: int
    boxes: tuple[Box, ...]
    ways: tuple[Way, ...]


def drawing(guide: Mapping[str, Any]) -> Drawing:
    """The map of a guide given as plain values; steps that cannot be reached stand in the last row."""
    steps: dict[str, Mapping[str, Any]] = {step["id"]: step for step in guide.get("steps", [])}
    rows = _rows(guide.get("start", ""), steps)
    widest = max((len(row) for row in rows), default=1)
    width = widest * (BOX_WIDTH + GAP_X) + GAP_X
    places = {
        id_: (_row_left(row, width) + n * (BOX_WIDTH + GAP_X), GAP_Y // 2 + depth * (BOX_HEIGHT + GAP_Y))
        for depth, row in enumerate(rows)
        for n, id_ in enumerate(row)
    }
    reached = {id_ for row in _levels(guide.get("start", ""), steps) for id_ in row}
    boxes = tuple(
        Box(
            id_,
            str(steps[id_].get("title", id_))[:10],
            *places[id_],
            id_ == guide.get("start"),
            bool(steps[id_].get("end")),
            id_ in reached,
        )
        for id_ in places
    )
    ways = tuple(
        _way(places[id_], places[next_], label)
        for id_, step in steps.items()
        for next_, label in _onward(step)
        if next_ in places
    )
    return Drawing(width, len(rows) * (BOX_HEIGHT + GAP_Y), boxes, tuple(_apart(ways)))


def _onward(step: Mapping[str, Any]) -> list[tuple[str, str]]:
    if step.get("next"):
        return [(step["next"], "")]
    return [(choice.get("next", ""), choice.get("label", "")) for choice in step.get("options", [])]


def _levels(start: str, steps: Mapping[str, Mapping[str, Any]]) -> list[list[str]]:
    rows, seen, row = [], {start}, [start] if start in steps else []
    while row:
        rows.append(row)
        onward = [next_ for id_ in row for next_, _ in _onward(steps[id_])]
        row = [id_ for id_ in dict.fromkeys(onward) if id_ in steps and id_ not in seen]
        seen |= set(row)
    return rows


def _rows(start: str, steps: Mapping[str, Mapping[str, Any]]) -> list[list[str]]:
    rows = _levels(start, steps)
    placed = {id_ for row in rows for id_ in row}
    stray = [id_ for id_ in steps if id_ not in placed]
    return [*rows, stray] if stray else rows


def _row_left(row: list[str], width: int) -> int:
    return (width - len(row) * (BOX_WIDTH + GAP_X) + GAP_X) // 2


def _way(from_: Place, to: Place, label: str) -> Way:
    """A way down leaves below its box; a way back, or along a row, goes round the right side."""
    if to[1] > from_[1]:
        x1, y1, x2, y2 = from_[0] + BOX_WIDTH // 2, from_[1] + BOX_HEIGHT, to[0] + BOX_WIDTH // 2, to[1]
        bend = (y2 - y1) // 2
        path = f"M{x1} {y1} C{x1} {y1 + bend} {x2} {y2 - bend} {x2} {y2 - 4}"
        return Way(path, label, _across(x1, x2, y1, y2), y1 + LABEL_Y)
    side, middle = max(from_[0], to[0]) + BOX_WIDTH + 40, BOX_HEIGHT // 2
    start, end = (
        f"{from_[0] + BOX_WIDTH} {from_[1] + middle}",
        f"{to[0] + BOX_WIDTH + 4} {to[1] + middle}",
    )
    path = f"M{start} C{side} {from_[1] + middle} {side} {to[1] + middle} {end}"
    return Way(path, label, (from_[0] + BOX_WIDTH + side) // 2, from_[1] - 8)


def _across(x1: int, x2: int, y1: int, y2: int) -> int:
    """Where a way down is in the first gap below its box, where the label stands."""
    low, high, wanted = 0.0, 1.0, y1 + LABEL_Y
    for _ in range(12):
        t = (low + high) / 2
        y = y1 * (1 - t) ** 3 + 1.5 * (y1 + y2) * (1 - t) * t + y2 * t**3
        low, high = (t, high) if y < wanted else (low, t)
    return round(x1 + (x2 - x1) * (3 * low**2 - 2 * low**3))


def _apart(ways: Sequence[Way]) -> Iterator[Way]:
    """Labels that would lie on each other stand below one another, still in the gap between two rows."""
    placed: list[Way] = []
    for way in ways:
        lower = 0
        while way.label and any(
            abs(way.label_x - other.label_x) < LABEL_WIDTH
            and abs(way.label_y + lower - other.label_y) < LABEL_HEIGHT
            for other in placed
            if other.label
        ):
            lower += LABEL_HEIGHT
        placed.append(replace(way, label_y=way.label_y + lower))
        yield placed[-1]
