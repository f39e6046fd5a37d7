"""Walking a guide: where a citizen stands is a plain value, and each verb gives the next one.

There are no conditions here: where a step leads is written in the guide.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from faq.content_models import Guide, Step


@dataclass(frozen=True, slots=True)
class GuidePlace:
    """Where a citizen stands in a guide, and the steps that led there (oldest first)."""

    guide: str
    step: str
    history: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StuckHelp:
    """What is offered to whoever is stuck: words (empty when there are none) and a topic to read."""

    words: str
    topic: str | None


def begin(guide: Guide) -> GuidePlace:
    """The first step."""
    return GuidePlace(guide.id, guide.start)


def here(guide: Guide, place: GuidePlace) -> Step:
    """The step to show.

    Raises:
        KeyError: the guide has no such step; `resume` a remembered place before it is shown.
    """
    return _steps(guide)[place.step]


def resume(guide: Guide, place: GuidePlace) -> GuidePlace:
    """A remembered place in the guide as it is now: a newer release may have dropped its steps."""
    steps = _steps(guide)
    history = tuple(step for step in place.history if step in steps)
    if place.step in steps:
        return GuidePlace(guide.id, place.step, history)
    return GuidePlace(guide.id, history[-1], history[:-1]) if history else begin(guide)


def advance(guide: Guide, place: GuidePlace, choice: str | None = None) -> GuidePlace | None:
    """One step on: by the label of an option, or by None for the only way there is.

    None comes back when the step has no such way (or is an end), and the citizen stays.
    """
    step = here(guide, place)
    onward = step.next if choice is None else {o.label: o.next for o in step.options}.get(choice)
    return GuidePlace(guide.id, onward, (*place.history, place.step)) if onward else None


def back(place: GuidePlace) -> GuidePlace:
    """One step back the way the citizen came; the first step stays the first."""
    if not place.history:
        return place
    return GuidePlace(place.guide, place.history[-1], place.history[:-1])


def stuck(guide: Guide, place: GuidePlace) -> StuckHelp:
    """Help for the step that the citizen cannot get past."""
    step = here(guide, place)
    return StuckHelp(step.stuck or "", step.topic)


def is_over(guide: Guide, place: GuidePlace) -> bool:
    """Whether the step is an end: the place can be forgotten once it was shown."""
    return here(guide, place).end


def draw(guide: Guide) -> str:
    """The guide as a Mermaid flowchart."""
    return "\n".join(("flowchart TD", *_drawn(guide)))


def _drawn(guide: Guide) -> Iterator[str]:
    for step in guide.steps:
        left, right = ("([", "])") if step.end else ("[", "]")
        yield f'    {step.id}_{left}"{_safe(step.title)}"{right}'
        for choice in step.options:
            yield f'    {step.id}_ -->|"{_safe(choice.label)}"| {choice.next}_'
        if step.next:
            yield f"    {step.id}_ --> {step.next}_"


def _safe(words: str) -> str:
    """Mermaid ends a label at a double quote; the underscore after ids keeps "end" from being a keyword."""
    return words.replace('"', "#quot;")


def _steps(guide: Guide) -> dict[str, Step]:
    return {step.id: step for step in guide.steps}
