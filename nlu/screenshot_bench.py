"""What reading screenshots costs: seconds a picture, right fixes, and memory over many pictures."""

import asyncio
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from nlu.picture_reader import PictureReader
from nlu.screenshot_pages import CONDITIONS, PAGES, pictured
from nlu.screenshots import Screens, recognised
from nlu.understanding import Understanding

Figures = dict[str, dict[str, float | str]]

WEIGHED_AFTER = (10, 50, 100, 200)
"""Pictures after which the memory of reading is noted: the most that it had during the last ten."""

PATIENCE_S = 120
"""For one picture: a busy machine makes the bench slow, not void."""


@dataclass(slots=True)
class _Tally:
    right: int = 0
    seconds: list[float] = field(default_factory=list)
    weights_mb: list[float] = field(default_factory=list)
    resident_mb: dict[int, float] = field(default_factory=dict)


def bench(
    screens: Screens,
    understand: Callable[[str], Understanding],
    step: Callable[[], None] = lambda: None,
    pictures: int = max(WEIGHED_AFTER),
) -> Figures:
    """Read so many drawn pages, each in turn in every condition and of varying size; `step` after each.

    The figures by name, each with value and unit. The fonts of fonts-noto-cjk must be there.
    """
    return _figures(asyncio.run(_read_all(screens, understand, step, pictures)))


async def _read_all(
    screens: Screens, understand: Callable[[str], Understanding], step: Callable[[], None], pictures: int
) -> _Tally:
    reader, tally = PictureReader(timeout_s=PATIENCE_S), _Tally()
    await reader.read(pictured(PAGES[0], "clean"))
    for number in range(1, pictures + 1):
        page = PAGES[number % len(PAGES)]
        picture = pictured(page, CONDITIONS[number % len(CONDITIONS)], number)
        began = time.perf_counter()
        sight = await reader.read(picture)
        found = recognised(sight.lines, screens, understand)
        tally.seconds.append(time.perf_counter() - began)
        tally.right += found.topic == page.topic
        tally.weights_mb.append(_resident_mb(reader.pid))
        if number in WEIGHED_AFTER:
            tally.resident_mb[number] = max(tally.weights_mb[-10:])
        step()
    await reader.close()
    return tally


def _resident_mb(pid: int | None) -> float:
    """Of the process that reads just now; 0 in the moment in which it is being replaced."""
    status = Path(f"/proc/{pid}/status")
    if not status.exists():
        return 0.0
    (line,) = (line for line in status.read_text().splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) / 1024


def _figures(tally: _Tally) -> Figures:
    seconds: Sequence[float] = sorted(tally.seconds)
    share = 100 * tally.right / len(seconds)
    return {
        "nlu.screenshots.p50": {"value": statistics.median(seconds), "unit": "s"},
        "nlu.screenshots.p95": {"value": seconds[int(0.95 * (len(seconds) - 1))], "unit": "s"},
        "nlu.screenshots.right": {"value": share, "unit": "%"},
        "nlu.screenshots.resident_most": {"value": max(tally.weights_mb), "unit": "MB"},
        **{
            f"nlu.screenshots.resident_after_{number}": {"value": mb, "unit": "MB"}
            for number, mb in tally.resident_mb.items()
        },
    }
