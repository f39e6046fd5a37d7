"""Reads the maps of journeys and refuses one that would lose a citizen on the way.

A map (journeys/*.yml) says which page each step shows, which check answers it, and where each word of
that check leads. YAML is read with care: PyYAML takes the last of two equal keys, and on/no/off, even as
keys, for booleans.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).with_name("journeys")


class BadMap(ValueError):
    """A journey cannot be walked; the message names every fault and its place."""


@dataclass(frozen=True, slots=True)
class Tries:
    """After `limit` answers among `words`, the way goes to `then`."""

    limit: int
    words: frozenset[str]
    then: str


@dataclass(frozen=True, slots=True)
class Step:
    """A place on the way; without a page it is decided at once."""

    name: str
    title: str
    check: str
    then: Mapping[str, str]
    page: str = ""
    scene: str = ""
    tries: Tries | None = None


@dataclass(frozen=True, slots=True)
class End:
    """A place from which nothing leads on."""

    name: str
    title: str
    page: str
    scene: str = ""


@dataclass(frozen=True, slots=True)
class Journey:
    """A checked map."""

    name: str
    title: str
    start: str
    steps: Mapping[str, Step]
    ends: Mapping[str, End]

    def page_at(self, place: str) -> str:
        return self.ends[place].page if place in self.ends else self.steps[place].page

    def scene_at(self, place: str) -> str:
        """What 【技术支持】 tells the account there; of a place that is none, the way in."""
        found = self.ends.get(place) or self.steps.get(place)
        return found.scene if found else "enter"

    def title_at(self, place: str) -> str:
        return self.ends[place].title if place in self.ends else self.steps[place].title


Vocabulary = Mapping[str, frozenset[str]]
"""The checks that exist, and every word that each of them can answer."""


def load(file: Path, checks: Vocabulary, pages: frozenset[str]) -> Journey:
    """The journey in `file`, if every step of it can be walked.

    Raises:
        BadMap: it cannot; all faults are listed.
    """
    raw = _read(file)
    try:
        journey = _journey(raw)
    except (KeyError, TypeError, AttributeError) as fault:
        raise BadMap(f"{file.name}: not a journey: {fault!r} is missing or misplaced") from None
    faults = list(_faults(journey, checks, pages))
    if faults:
        raise BadMap("\n".join(f"{file.name}: {fault}" for fault in faults))
    return journey


def ways(journey: Journey) -> Iterator[tuple[str, str, str]]:
    """Every way of the map as (from, word, to), tries included."""
    for step in journey.steps.values():
        for word, place in step.then.items():
            yield step.name, word, place
        if step.tries:
            yield step.name, f"{step.tries.limit}×", step.tries.then


def _journey(raw: Mapping[str, Any]) -> Journey:
    return Journey(
        name=raw["journey"],
        title=raw["title"],
        start=raw["start"],
        steps={name: _step(name, dict(each)) for name, each in raw["steps"].items()},
        ends={name: End(name=name, **each) for name, each in raw["ends"].items()},
    )


def _step(name: str, raw: dict[str, Any]) -> Step:
    tries = raw.pop("tries", None)
    if tries:
        tries = Tries(int(tries["limit"]), frozenset(tries["words"]), tries["then"])
    return Step(name=name, tries=tries, **raw)


def _faults(journey: Journey, checks: Vocabulary, pages: frozenset[str]) -> Iterator[str]:
    places = journey.steps.keys() | journey.ends.keys()
    if journey.start not in journey.steps:
        yield f"starts at {journey.start!r}: no such step"
    for name in journey.steps.keys() & journey.ends.keys():
        yield f"{name!r} is both a step and an end"
    for source, word, target in ways(journey):
        if target not in places:
            yield f"step {source!r}, word {word!r} leads to {target!r}: no such place"
    for step in journey.steps.values():
        yield from _faults_of_step(step, checks)
    for end in journey.ends.values():
        if not end.scene:
            yield f"end {end.name!r} has no scene for 【技术支持】"
    shown = {place: journey.page_at(place) for place in places}
    for place, page in sorted(shown.items()):
        if page and page not in pages:
            yield f"{place!r} shows page {page!r}: no such template"
    yield from _lost(journey, places)


def _faults_of_step(step: Step, checks: Vocabulary) -> Iterator[str]:
    known = checks.get(step.check)
    if known is None:
        yield f"step {step.name!r} asks check {step.check!r}: no such check"
        return
    for word in sorted(known - step.then.keys()):
        yield f"step {step.name!r} does not say where {word!r} leads"
    for word in sorted(step.then.keys() - known):
        yield f"step {step.name!r}: check {step.check!r} never answers {word!r}"
    if step.tries and not step.tries.words <= known:
        yield f"step {step.name!r} counts tries on words that its check never answers"
    if step.page and not step.scene:
        yield f"step {step.name!r} has a page but no scene for 【技术支持】"
    if not step.page and step.name in step.then.values():
        yield f"step {step.name!r} has no page and leads to itself: it would never end"


def _lost(journey: Journey, places: set[str]) -> Iterator[str]:
    """Places that cannot be reached, and places from which no end can be reached."""
    onward: dict[str, set[str]] = {place: set() for place in places}
    backward: dict[str, set[str]] = {place: set() for place in places}
    for source, _, target in ways(journey):
        if target in places:
            onward[source].add(target)
            backward[target].add(source)
    for place in sorted(places - _reached({journey.start} & places, onward)):
        yield f"{place!r} cannot be reached from {journey.start!r}"
    for place in sorted(places - _reached(set(journey.ends), backward)):
        yield f"{place!r} is a dead end: no end can be reached from it"


def _reached(begin: set[str], ways_on: Mapping[str, set[str]]) -> set[str]:
    reached, edge = set(begin), set(begin)
    while edge:
        edge = {target for place in edge for target in ways_on[place]} - reached
        reached |= edge
    return reached


class _CarefulLoader(yaml.SafeLoader):
    """SafeLoader that refuses what YAML would silently misread."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        own = [key.value for key, _ in node.value if key.tag != "tag:yaml.org,2002:merge"]
        for key in sorted({key for key in own if own.count(key) > 1}):
            raise BadMap(f"line {node.start_mark.line + 1}: {key!r} is written twice in one place")
        return super().construct_mapping(node, deep)


def _refuse_boolean(_loader: yaml.SafeLoader, node: yaml.ScalarNode) -> bool:
    if node.value in ("true", "false"):
        return bool(node.value == "true")
    line = node.start_mark.line + 1
    raise BadMap(f"line {line}: {node.value} is read as a boolean by YAML: put it in quotes")


_CarefulLoader.add_constructor("tag:yaml.org,2002:bool", _refuse_boolean)


def _read(file: Path) -> Mapping[str, Any]:
    try:
        raw = yaml.load(file.read_text(encoding="utf-8"), Loader=_CarefulLoader)  # noqa: S506 - a SafeLoader
    except BadMap as fault:
        raise BadMap(f"{file.name}, {fault}") from None
    except yaml.YAMLError as fault:
        raise BadMap(f"{file.name}: not readable as YAML: {fault}") from None
    if not isinstance(raw, dict):
        raise BadMap(f"{file.name}: the file must be a mapping with journey, title, start, steps and ends")
    return raw
