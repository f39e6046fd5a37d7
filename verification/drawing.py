"""Draws a journey as Mermaid, from the same file that citizens walk on."""

from collections.abc import Iterator

from verification.maps import Journey, ways

HEAD = """# {title}

Drawn from `verification/journeys/{name}.yml` by `python -m verification journey draw`; do not edit.
Boxes wait for the citizen, diamonds are decided at once, rounded boxes are ends.

```mermaid
flowchart TD
"""


def drawn(journey: Journey) -> str:
    """The whole page of documentation."""
    head = HEAD.format(title=journey.title, name=journey.name)
    return head + "\n".join([*_places(journey), *_arrows(journey)]) + "\n```\n"


def _places(journey: Journey) -> Iterator[str]:
    for step in journey.steps.values():
        left, right = ("[", "]") if step.page else ("{", "}")
        yield f'    {step.name}{left}"{step.title}"{right}'
    for end in journey.ends.values():
        yield f'    {end.name}(["{end.title}"])'


def _arrows(journey: Journey) -> Iterator[str]:
    """One arrow for each pair of places, with all its words; staying where one is needs no arrow."""
    between: dict[tuple[str, str], list[str]] = {}
    for source, word, target in ways(journey):
        if source != target:
            between.setdefault((source, target), []).append(word)
    for (source, target), said in between.items():
        yield f"    {source} -- {', '.join(said)} --> {target}"
