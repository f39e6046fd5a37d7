"""Rights per category: whoever is named for categories works in these alone; everybody else in all.

The house's own rights come first: this only narrows them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol

import sqlalchemy as sa

from faq.editor.drafts import Author
from faq.editor.entries import Entry
from faq.editor.records import faq_category_right

Level = Literal["viewer", "editor", "reviewer"]
RANK: Mapping[str, int] = {"none": 0, "viewer": 1, "editor": 2, "reviewer": 3}


class Person(Protocol):
    """Somebody who is signed in."""

    @property
    def id(self) -> int:
        """Their number."""
        ...

    @property
    def name(self) -> str:
        """Their name, as everybody here sees it."""
        ...

    def may(self, right: str, /) -> bool:
        """Whether the house lets them."""
        ...


@dataclass(frozen=True, slots=True)
class Reach:
    """What somebody may do, by category; entries outside the categories ask for the house's right only."""

    most: Level
    by_category: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_whole(self) -> bool:
        """Whether nothing narrows what the house lets them do."""
        return not self.by_category

    def level(self, category: str) -> str:
        """The level in a category; "" is everything that belongs to no category."""
        if self.is_whole or not category:
            return self.most
        named = self.by_category.get(category, "none")
        return named if RANK[named] < RANK[self.most] else self.most

    def may_see(self, category: str) -> bool:
        """Whether entries of the category are shown."""
        return RANK[self.level(category)] >= RANK["viewer"]

    def sees(self, *versions: Entry | None) -> bool:
        """Whether every version of an entry lies in a category that is shown."""
        return all(self.may_see(entry.category) for entry in versions if entry is not None)

    def may_edit(self, category: str) -> bool:
        """Whether entries of the category may be changed."""
        return RANK[self.level(category)] >= RANK["editor"]

    def may_review(self, category: str) -> bool:
        """Whether changes in the category may be approved and released."""
        return RANK[self.level(category)] >= RANK["reviewer"]


def kept_from(reach: Reach, entries: Iterable[Entry]) -> frozenset[str]:
    """The topics among these entries that this person may not see, by name."""
    return frozenset(
        entry.key.partition(":")[2]
        for entry in entries
        if entry.kind == "topic" and not reach.may_see(entry.category)
    )


def reach_of(tx: sa.Connection, person: Person) -> Reach:
    """What this person may do."""
    rows = sa.select(faq_category_right.c.category, faq_category_right.c.level)
    named = tx.execute(rows.where(faq_category_right.c.staff_id == person.id))
    return Reach(_most(person), dict(named.all()))


def set_right(
    tx: sa.Connection, staff_id: int, category: str, level: str, *, by: Author, at: datetime
) -> None:
    """Name somebody for a category; the level "" takes the row away."""
    row = (faq_category_right.c.staff_id == staff_id, faq_category_right.c.category == category)
    tx.execute(sa.delete(faq_category_right).where(*row))
    if level:
        values = {"staff_id": staff_id, "category": category, "level": level}
        made = {"by_id": by.id, "by": by.name, "at": at}
        tx.execute(sa.insert(faq_category_right).values(values | made))


def all_rights(tx: sa.Connection) -> dict[int, dict[str, str]]:
    """Every named right: by person, by category."""
    found: dict[int, dict[str, str]] = {}
    for row in tx.execute(sa.select(faq_category_right)):
        found.setdefault(row.staff_id, {})[row.category] = row.level
    return found


def _most(person: Person) -> Level:
    if person.may("content.review"):
        return "reviewer"
    return "editor" if person.may("content.write") else "viewer"
