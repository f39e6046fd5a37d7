"""A guide as a map: each step stands below those that lead to it, and ways back go round the right side."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

BOX_WIDTH, BOX_HEIGHT, GAP_X, GAP_Y = 148, 44, 16, 64
PASSING = 16
"""The room that a row leaves for the ways to a step further down."""

LABEL_WIDTH, LABEL_HEIGHT, LABEL_Y = 88, 13, 20
"""About what a label of eight letters takes, one line, and how far below its box the first one stands."""

TURN_BELOW, TURN_ABOVE, APART, CORNER = 40, 20, 14, 8
"""How far from its two steps a way back turns, how far from the next one it goes up, and how round."""

Steps = Mapping[str, Mapping[str, Any]]
Onward = tuple[str, str, str]
"""From a step, to a step, and the option that leads there."""

Row = Mapping[str, int]
"""The middle of each step of a row, and of the ways that pass it to a step further down."""


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
    steps: Steps = {step["id"]: step for step in guide.get("steps", [])}
    reached = _depths(guide.get("start", ""), steps)
    last = max(reached.values(), default=-1) + 1
    depths = {id_: reached.get(id_, last) for id_ in (*reached, *steps)}
    onward = [(id_, *way) for id_, step in steps.items() for way in _onward(step) if way[0] in steps]
    down = [way for way in onward if depths[way[0]] < depths[way[1]]]
    back = [way for way in onward if depths[way[0]] >= depths[way[1]]]
    rows, width = _rows(depths, down)
    boxes = tuple(
        Box(
            id_,
            str(step.get("title", id_))[:10],
            rows[depths[id_]][id_] - BOX_WIDTH // 2,
            _top(depths[id_]),
            id_ == guide.get("start"),
            bool(step.get("end")),
            id_ in reached,
        )
        for id_, step in steps.items()
    )
    ways = [_way_down(rows[depths[way[0]] : depths[way[1]] + 1], depths[way[0]], way) for way in down]
    ways += [_way_back(rows, depths, way, width + n * APART - GAP_X // 2) for n, way in enumerate(back)]
    return Drawing(width + len(back) * APART, _top(len(rows)), boxes, tuple(_apart(ways)))


def _onward(step: Mapping[str, Any]) -> list[tuple[str, str]]:
    if step.get("next"):
        return [(step["next"], "")]
    return [(choice.get("next", ""), choice.get("label", "")) for choice in step.get("options", [])]


def _depths(start: str, steps: Steps) -> dict[str, int]:
    """How far down each step that is reached stands: below all that lead to it, but for ways back."""
    depths = {start: 0} if start in steps else {}
    path, finished = [*depths], []
    while path:
        onward = [next_ for next_, _ in _onward(steps[path[-1]]) if next_ in steps and next_ not in depths]
        if onward:
            depths[onward[0]] = 0
            path.append(onward[0])
        else:
            finished.append(path.pop())
    above: set[str] = set()
    for id_ in reversed(finished):
        above.add(id_)
        for next_, _ in _onward(steps[id_]):
            if next_ in steps and next_ not in above:
                depths[next_] = max(depths[next_], depths[id_] + 1)
    return depths


def _rows(depths: Mapping[str, int], down: Sequence[Onward]) -> tuple[list[Row], int]:
    """The rows from the top, everything as near as can be below what leads to it, and the whole width."""
    rows: list[dict[str, int]] = [{} for _ in {*depths.values()}]
    for id_, depth in depths.items():
        rows[depth][id_] = BOX_WIDTH
    sources = {to: {to} for to in depths}
    for from_, to, _ in down:
        sources[to].add(from_)
        for row in rows[depths[from_] + 1 : depths[to]]:
            row[to] = PASSING
    width = max((sum(row.values()) + GAP_X * (len(row) + 1) for row in rows), default=GAP_X)
    placed: list[Row] = []
    for row in rows:
        placed.append(_placed(row, placed[-1] if placed else {}, sources, width))
    return placed, width


def _placed(rooms: Mapping[str, int], above: Row, sources: Mapping[str, set[str]], width: int) -> Row:
    """A row in the middle of the map, in the order of what leads to it from the row above."""

    def pull(to: str) -> float:
        from_above = [above[id_] for id_ in sources[to] & above.keys()]
        return sum(from_above) / len(from_above) if from_above else width

    left = (width - sum(rooms.values()) - GAP_X * (len(rooms) - 1)) // 2
    row = {}
    for id_ in sorted(rooms, key=pull):
        row[id_] = left + rooms[id_] // 2
        left += rooms[id_] + GAP_X
    return row


def _top(depth: int) -> int:
    return GAP_Y // 2 + depth * (BOX_HEIGHT + GAP_Y)


def _way_down(rows: Sequence[Row], depth: int, way: Onward) -> Way:
    """Out below its step, straight through the rows between, into the other step from above."""
    from_, to, label = way
    x, y = rows[0][from_], _top(depth) + BOX_HEIGHT
    label_x, label_y = _across(x, rows[1][to], y, y + GAP_Y), y + LABEL_Y
    path = f"M{x} {y}"
    for row in rows[1:]:
        end, bend = y + GAP_Y, y + GAP_Y // 2
        path += f"C{x} {bend} {row[to]} {bend} {row[to]} {end - 4}"
        x, y = row[to], end + BOX_HEIGHT
        path += f"V{y}" if row is not rows[-1] else ""
    return Way(path, label, label_x, label_y)


def _way_back(rows: Sequence[Row], depths: Mapping[str, int], way: Onward, right: int) -> Way:
    """Out below its step, up on the right side of everything, into the other step from above."""
    from_, to, label = way
    x, y = rows[depths[from_]][from_], _top(depths[from_]) + BOX_HEIGHT
    end_x, end_y = rows[depths[to]][to], _top(depths[to])
    low, high = y + TURN_BELOW, end_y - TURN_ABOVE
    path = (
        f"M{x} {y}V{low - CORNER}Q{x} {low} {x + CORNER} {low}"
        f"H{right - CORNER}Q{right} {low} {right} {low - CORNER}"
        f"V{high + CORNER}Q{right} {high} {right - CORNER} {high}"
        f"H{end_x + CORNER}Q{end_x} {high} {end_x} {high + CORNER}V{end_y - 4}"
    )
    return Way(path, label, x + CORNER + LABEL_WIDTH // 2, low + 4)


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
