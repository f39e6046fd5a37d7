"""The hand-over card: why somebody came, what they asked, what the bot tried, where in a guide they stand."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from faq import guides
from faq.guides import GuidePlace
from faq.library import Library
from handlers.desk.cases import Case


@dataclass(frozen=True, slots=True)
class Card:
    """What the agent reads before the first word; `step` is the guide's title and the step's."""

    reason: str
    words: str
    topic: str
    tried: Sequence[str]
    guide: str
    step: str
    slots: Mapping[str, str]


def of(case: Case, library: Library) -> Card:
    """The card of a case, in the words of today's library; what it no longer has is left out."""
    summary: dict[str, Any] = json.loads(case.summary or "{}")
    guide, step = _place(library, summary.get("guide"), summary.get("step"))
    return Card(
        case.reason,
        str(summary.get("asked") or summary.get("words") or ""),
        library.title(case.topic) if case.topic else "",
        [library.title(topic) for topic in summary.get("tried") or ()],
        guide,
        step,
        {key: str(value) for key, value in (summary.get("slots") or {}).items()},
    )


def _place(library: Library, guide_id: str | None, step: str | None) -> tuple[str, str]:
    guide = library.guide(guide_id) if guide_id else None
    if guide is None:
        return "", ""
    place = guides.resume(guide, GuidePlace(guide.id, step or ""))
    return guide.title, guides.here(guide, place).title
