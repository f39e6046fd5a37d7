"""How often does the engine err? Measured on folders of photographs, with honest intervals.

Pictures come as lists of pairs (a .csv of two pictures and whether they show the same person, for instance
file_x, file_y, Decision), as one folder per person, and as presentation attacks (a folder "pad" with image_F*
for shown faces and image_T* for live ones).
"""

from __future__ import annotations

import csv
import itertools
import resource
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from verification.engines.face import FaceEngine, Look

SUFFIXES = {".jpg", ".jpeg", ".png", ".webp"}
ATTACKS, LIVE = "image_F", "image_T"
ANSWERS = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}


class BadList(Exception):
    """A line of a list of pairs cannot be measured; the message names it."""


class NothingToMeasure(Exception):
    """The folder holds no list of pairs, no folders of people and no presentation attacks."""


@dataclass(frozen=True, slots=True)
class Rate:
    """Errors among trials. The interval is Wilson's at 95 %, which holds where no error was seen."""

    errors: int
    trials: int

    @property
    def value(self) -> float | None:
        return self.errors / self.trials if self.trials else None

    @property
    def interval(self) -> tuple[float, float] | None:
        if not self.trials:
            return None
        z = NormalDist().inv_cdf(0.975)
        share, n = self.errors / self.trials, self.trials
        middle = (share + z * z / (2 * n)) / (1 + z * z / n)
        half = z * ((share * (1 - share) + z * z / (4 * n)) / n) ** 0.5 / (1 + z * z / n)
        low = middle - half if self.errors else 0.0  # exactly nought, but for the last bit of a float
        return low, min(1.0, middle + half)


@dataclass(frozen=True, slots=True)
class Trials:
    """What a folder asks to be measured."""

    pairs: tuple[tuple[Path, Path, bool], ...]
    attacks: tuple[Path, ...]
    live: tuple[Path, ...]

    def pictures(self) -> list[Path]:
        return sorted({picture for one, other, _ in self.pairs for picture in (one, other)})


@dataclass(frozen=True, slots=True)
class SpoofErrors:
    """Attacks taken for live (APCER) and live faces taken for attacks (BPCER); None without the models."""

    attack: Rate
    live: Rate


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Errors of the comparison at the match band, of the spoof check, and what it cost."""

    false_match: Rate
    false_non_match: Rate
    undetected: Rate
    match_at: float
    pad: SpoofErrors | None
    pad_why_not: str
    p50_ms: float | None
    p95_ms: float | None
    rss_mb: float
    took_ms: tuple[float, ...] = field(repr=False, default=())

    def as_json(self) -> dict[str, object]:
        """The figures under the names that other tools read."""
        pad: dict[str, object] = {"checked": self.pad is not None}
        if self.pad is None:
            pad["why_not"] = self.pad_why_not
        else:
            pad |= {"apcer": self.pad.attack.value, "apcer_interval": self.pad.attack.interval}
            pad |= {"bpcer": self.pad.live.value, "bpcer_interval": self.pad.live.interval}
            pad |= {"attacks": self.pad.attack.trials, "attacks_passed": self.pad.attack.errors}
            pad |= {"live": self.pad.live.trials, "live_refused": self.pad.live.errors}
        return {
            "fmr": self.false_match.value,
            "fmr_interval": self.false_match.interval,
            "impostor_pairs": self.false_match.trials,
            "fnmr": self.false_non_match.value,
            "fnmr_interval": self.false_non_match.interval,
            "genuine_pairs": self.false_non_match.trials,
            "match_at": self.match_at,
            "undetected": self.undetected.errors,
            "pictures": self.undetected.trials,
            "p50_ms": self.p50_ms,
            "p95_ms": self.p95_ms,
            "rss_mb": self.rss_mb,
            "pad": pad,
        }


def trials_in(folder: Path) -> Trials:
    """Everything measurable in a folder, however deep.

    Raises:
        BadList: a list names a picture that is not there, or does not say whether it is the same person.
        NothingToMeasure: there is nothing of the three kinds.
    """
    inside = [folder, *(path for path in sorted(folder.rglob("*")) if path.is_dir())]
    lists = {place: found for place in inside if (found := _lists(place))}
    listed = [pair for place, found in lists.items() for path in found for pair in _listed_pairs(place, path)]
    spoken_for = {place for place in inside if place.name == "pad" or place in lists}
    people: dict[Path, list[list[Path]]] = {}
    for place in inside:
        if place not in spoken_for and (own := _pictures(place)):
            people.setdefault(place.parent, []).append(own)
    pads = [picture for place in inside if place.name == "pad" for picture in _pictures(place)]
    attacks = tuple(p for p in pads if p.name.startswith(ATTACKS))
    live = tuple(p for p in pads if p.name.startswith(LIVE))
    # A lone folder of loose pictures says nothing about who is who.
    named = itertools.chain.from_iterable(_people_pairs(each) for each in people.values() if len(each) > 1)
    trials = Trials((*listed, *named), attacks, live)
    if not (trials.pairs or trials.attacks or trials.live):
        raise NothingToMeasure(f"{folder} holds neither a list of pairs, nor one folder per person, nor pad/")
    return trials


def evaluate(
    engine: FaceEngine, trials: Trials, match_at: float, on_picture: Callable[[Path], object] = str
) -> Evaluation:
    """Measure every pair at the match band, and the spoof check on attacks and live pictures.

    `on_picture` is called before each picture. Each picture is measured once as a whole face check is made:
    decoded, found, judged, checked for spoof and embedded.
    """
    engine.warm_up()
    took_ms: list[float] = []

    def look(picture: Path) -> Look:
        on_picture(picture)
        data = picture.read_bytes()
        began = time.perf_counter()
        seen = engine.look(data)
        took_ms.append((time.perf_counter() - began) * 1000)
        return seen

    vectors = {picture: look(picture).vector for picture in trials.pictures()}
    distances = list(_distances(trials.pairs, vectors))
    off = [why for _, why in engine.health().checks_off]
    pad = None if off else _spoof_errors(trials, look)
    return Evaluation(
        false_match=_errors([distance <= match_at for distance, same in distances if not same]),
        false_non_match=_errors([distance > match_at for distance, same in distances if same]),
        undetected=_errors([vector is None for vector in vectors.values()]),
        match_at=match_at,
        pad=pad,
        pad_why_not="; ".join(off),
        p50_ms=_percentile(took_ms, 50),
        p95_ms=_percentile(took_ms, 95),
        rss_mb=resident_mb(),
        took_ms=tuple(took_ms),
    )


def resident_mb(pid: int | None = None) -> float:
    """The most memory that this process, or another one, has held at once, in megabytes."""
    status = Path(f"/proc/{pid or 'self'}/status")
    if status.exists():
        # Not ru_maxrss: on Linux a new program inherits there what its parent held when it was started.
        lines = dict(line.split(":", 1) for line in status.read_text("utf-8", "replace").splitlines())
        return round(int(lines["VmHWM"].split()[0]) / 1024, 1)
    # Elsewhere only of this process; macOS counts in bytes.
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2, 1)


def _spoof_errors(trials: Trials, look: Callable[[Path], Look]) -> SpoofErrors:
    return SpoofErrors(
        attack=_errors([look(picture).is_live is True for picture in trials.attacks]),
        live=_errors([look(picture).is_live is not True for picture in trials.live]),
    )


def _distances(
    pairs: Sequence[tuple[Path, Path, bool]], vectors: dict[Path, NDArray[np.float32] | None]
) -> Iterable[tuple[float, bool]]:
    for one, other, same in pairs:
        left, right = vectors[one], vectors[other]
        if left is not None and right is not None:
            yield 1.0 - float(left @ right), same


def _errors(outcomes: Sequence[bool]) -> Rate:
    return Rate(sum(outcomes), len(outcomes))


def _percentile(values: Sequence[float], percent: float) -> float | None:
    return round(float(np.percentile(values, percent)), 1) if values else None


def _lists(place: Path) -> list[Path]:
    """The files of this folder in which some line names two pictures."""
    return [path for path in sorted(place.glob("*.csv")) if any(map(_names_two, _rows(path)))]


def _listed_pairs(place: Path, path: Path) -> Iterable[tuple[Path, Path, bool]]:
    for number, row in enumerate(_rows(path), 1):
        if not any(row) or (number == 1 and not _names_two(row)):
            continue
        same = ANSWERS.get(row[2].lower()) if len(row) > 2 else None
        missing = [name for name in row[:2] if not (place / name).is_file()]
        if missing or same is None:
            why = f"there is no picture {missing[0]}" if missing else "it does not say Yes or No"
            raise BadList(f"{path}, line {number}: {why}")
        yield place / row[0], place / row[1], same


def _rows(path: Path) -> list[list[str]]:
    """The cells of each line; the titles of a first line, and empty lines, are among them."""
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as opened:
        return [[cell.strip() for cell in row] for row in csv.reader(opened)]


def _names_two(row: Sequence[str]) -> bool:
    return len(row) > 1 and all(Path(cell).suffix.lower() in SUFFIXES for cell in row[:2])


def _people_pairs(people: Sequence[Sequence[Path]]) -> Iterable[tuple[Path, Path, bool]]:
    everyone = [(number, picture) for number, pictures in enumerate(people) for picture in pictures]
    for (one, left), (other, right) in itertools.combinations(everyone, 2):
        yield left, right, one == other


def _pictures(place: Path) -> list[Path]:
    return sorted(path for path in place.iterdir() if path.suffix.lower() in SUFFIXES)
