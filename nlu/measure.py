"""How well an ear understands: the figures of one set of cases, whatever engine heard them."""

import json
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nlu.understanding import Understanding

Understand = Callable[[str], Understanding]
FALSE_ANSWERS = 0.05


class CasesRefused(ValueError):
    """The file of cases cannot be heard."""


@dataclass(frozen=True, slots=True)
class Case:
    """An utterance, the topic a person gave it (None: out of scope), and how it is said."""

    text: str
    topic: str | None
    style: str = ""


@dataclass(frozen=True, slots=True)
class Heard:
    """A case, what was understood, and how long that took."""

    case: Case
    understood: Understanding
    took_ms: float

    @property
    def first(self) -> str | None:
        """The best guess, whether it was answered or not."""
        return self.understood.guesses[0].topic if self.understood.guesses else None

    @property
    def confidence(self) -> float:
        """That of the best guess."""
        return self.understood.guesses[0].confidence if self.understood.guesses else 0.0

    @property
    def is_right(self) -> bool:
        """Whether the best guess is the topic."""
        return self.case.topic is not None and self.first == self.case.topic

    @property
    def is_among_three(self) -> bool:
        """Whether the topic is one of the first three guesses."""
        return self.case.topic in [guess.topic for guess in self.understood.guesses[:3]]


def read_cases(file: Path) -> list[Case]:
    """The cases of a file of JSON lines with text, topic and style; topic may be null.

    Raises:
        CasesRefused: a line is not such a case, or there is none; names the file and the line.
    """
    cases = []
    for number, line in enumerate(file.read_bytes().split(b"\n"), 1):
        if line.strip():
            case = _case(line)
            if case is None:
                raise CasesRefused(f'{file}:{number}: not a line like {{"text": …, "topic": …}}')
            cases.append(case)
    if not cases:
        raise CasesRefused(f"{file}: not one case in it")
    return cases


def _case(line: bytes) -> Case | None:
    try:
        raw = json.loads(line)
        text, topic, style = raw["text"], raw.get("topic"), raw.get("style") or ""
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return None
    is_one = isinstance(text, str) and isinstance(topic, str | None) and isinstance(style, str)
    return Case(text, topic, style) if is_one else None


def hear(understand: Understand, cases: Iterable[Case]) -> list[Heard]:
    """Every case heard once, in order."""
    heard = []
    for case in cases:
        began = time.perf_counter()
        understood = understand(case.text)
        heard.append(Heard(case, understood, 1000 * (time.perf_counter() - began)))
    return heard


def figures(heard: Sequence[Heard]) -> dict[str, float]:
    """The figures of a run, in per cent and milliseconds; those that the cases cannot give are left out."""
    inside = [one for one in heard if one.case.topic is not None]
    outside = [one for one in heard if one.case.topic is None]
    zones = Counter(one.understood.zone for one in inside)
    found: dict[str, float] = {}
    if inside:
        answered_right = [one for one in inside if one.is_right and one.understood.zone == "answer"]
        tapped = [one for one in inside if one.is_among_three and one.understood.zone == "ask"]
        found = {
            "accuracy": _share(one.is_right for one in inside),
            "top3": _share(one.is_among_three for one in inside),
            "macro_f1": macro_f1(inside),
            "answered_and_right": 100 * len(answered_right) / len(inside),
            "precision_answered": 100 * len(answered_right) / max(zones["answer"], 1),
            "solved_or_one_tap": 100 * (len(answered_right) + len(tapped)) / len(inside),
            "asked": 100 * zones["ask"] / len(inside),
            "fallback": 100 * zones["fallback"] / len(inside),
        }
    if outside:
        found["oos_answered"] = _share(one.understood.zone == "answer" for one in outside)
        found["oos_asked"] = _share(one.understood.zone == "ask" for one in outside)
    if inside and outside:
        limit = np.quantile([one.confidence for one in outside], 1 - FALSE_ANSWERS)
        found["answered_and_right_at_5"] = _share(one.is_right and one.confidence > limit for one in inside)
        found["oos_auroc"] = auroc([one.confidence for one in inside], [one.confidence for one in outside])
    took = [one.took_ms for one in heard]
    found["p50_ms"], found["p99_ms"] = (float(np.quantile(took, q)) for q in (0.5, 0.99))
    return {name: round(value, 2) for name, value in found.items()}


def by_style(heard: Sequence[Heard]) -> dict[str, tuple[int, float]]:
    """Cases and accuracy of every style of the in-scope cases."""
    styles: dict[str, list[Heard]] = {}
    for one in heard:
        if one.case.topic is not None:
            styles.setdefault(one.case.style, []).append(one)
    return {
        style: (len(ones), round(_share(one.is_right for one in ones), 1))
        for style, ones in sorted(styles.items())
    }


def confusions(heard: Iterable[Heard], most: int = 15) -> list[tuple[str, str, int]]:
    """The commonest (topic, taken for, times)."""
    wrong = Counter(
        (one.case.topic, str(one.first)) for one in heard if one.case.topic is not None and not one.is_right
    )
    return [(topic, taken, times) for (topic, taken), times in wrong.most_common(most)]


def macro_f1(inside: Sequence[Heard]) -> float:
    """The mean F1 of the topics that occur, in per cent."""
    wanted = Counter(one.case.topic for one in inside)
    given = Counter(one.first for one in inside)
    right = Counter(one.case.topic for one in inside if one.is_right)
    return 100 * float(np.mean([2 * right[topic] / (wanted[topic] + given[topic]) for topic in wanted]))


def auroc(above: Sequence[float], below: Sequence[float]) -> float:
    """The chance, in per cent, that one of `above` is higher than one of `below`; ties count half."""
    lower = np.sort(np.asarray(below))
    under = np.searchsorted(lower, above, side="left") + np.searchsorted(lower, above, side="right")
    return 100 * float(under.mean()) / (2 * len(lower))


def resident_mb(process: str = "self") -> float:
    """What a process (its id; or this one) holds in memory now, where /proc tells it; else 0."""
    status = Path(f"/proc/{process}/status")
    fields: Mapping[str, str] = (
        dict(line.split(":", 1) for line in status.read_text().splitlines() if ":" in line)
        if status.exists()
        else {}
    )
    return round(int(fields.get("VmRSS", "0 kB").split()[0]) / 1024, 1)


def _share(truths: Iterable[bool]) -> float:
    values: NDArray[np.bool_] = np.fromiter(truths, dtype=np.bool_)
    return 100 * float(values.mean()) if len(values) else 0.0
