"""How the answers do: shown, helpful or not, handed over afterwards, by entry and day."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta


@dataclass(frozen=True, slots=True)
class Hit:
    """What happened with one topic on one day (Beijing); `unsure` counts answers that had to ask back."""

    topic: str
    day: date
    shown: int = 0
    helpful: int = 0
    unhelpful: int = 0
    handed_over: int = 0
    unsure: int = 0


@dataclass(frozen=True, slots=True)
class Tally:
    """The days of one topic added up."""

    topic: str
    shown: int
    helpful: int
    unhelpful: int
    handed_over: int
    unsure: int
    by_day: tuple[int, ...]

    @property
    def helpful_share(self) -> float | None:
        """Of those who said whether it helped, how many it did; None when nobody said."""
        said = self.helpful + self.unhelpful
        return self.helpful / said if said else None


def tallies(hits: Iterable[Hit], *, today: date, days: int) -> list[Tally]:
    """One tally for each topic, most shown first."""
    by_topic: defaultdict[str, list[Hit]] = defaultdict(list)
    for hit in hits:
        by_topic[hit.topic].append(hit)
    found = [_tally(topic, ones, today, days) for topic, ones in by_topic.items()]
    return sorted(found, key=lambda tally: (-tally.shown, tally.topic))


def total(found: Sequence[Tally], days: int) -> Tally:
    """All topics together."""
    by_day = tuple(sum(tally.by_day[n] for tally in found) for n in range(days))
    return Tally(
        "",
        sum(tally.shown for tally in found),
        sum(tally.helpful for tally in found),
        sum(tally.unhelpful for tally in found),
        sum(tally.handed_over for tally in found),
        sum(tally.unsure for tally in found),
        by_day,
    )


def deflection(everything: Tally) -> float | None:
    """The share of answers after which nobody had to be handed to a human; None without answers."""
    return 1 - min(everything.handed_over, everything.shown) / everything.shown if everything.shown else None


def bars(
    by_day: Sequence[int], *, width: int = 640, height: int = 120
) -> list[tuple[float, float, float, float]]:
    """x, y, width and height of the bars of a chart."""
    most = max(by_day, default=0) or 1
    step = width / max(len(by_day), 1)
    return [
        (
            round(n * step + 1, 1),
            round(height - height * value / most, 1),
            round(step - 2, 1),
            round(height * value / most, 1),
        )
        for n, value in enumerate(by_day)
    ]


def _tally(topic: str, ones: Sequence[Hit], today: date, days: int) -> Tally:
    shown: defaultdict[date, int] = defaultdict(int)
    for hit in ones:
        shown[hit.day] += hit.shown
    by_day = tuple(shown[today - timedelta(days=back)] for back in range(days - 1, -1, -1))
    return Tally(
        topic,
        sum(hit.shown for hit in ones),
        sum(hit.helpful for hit in ones),
        sum(hit.unhelpful for hit in ones),
        sum(hit.handed_over for hit in ones),
        sum(hit.unsure for hit in ones),
        by_day,
    )
