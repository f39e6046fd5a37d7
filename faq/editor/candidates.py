"""A candidate: a chosen set of changes on its way to a release, with its rehearsal and its review.

rehearsed -> in_review -> approved -> released; rejected and withdrawn are ends. What is rehearsed,
reviewed and released is one frozen content. Each step is one conditional update.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import sqlalchemy as sa

from faq import records as releases
from faq.content_models import Content
from faq.editor import drafts
from faq.editor.drafts import Author, Change
from faq.editor.records import faq_candidate
from faq.editor.report import Report

State = Literal["rehearsing", "rehearsed", "in_review", "approved", "rejected", "withdrawn", "released"]
OPEN: tuple[State, ...] = ("rehearsing", "rehearsed", "in_review", "approved")


class Refused(ValueError):
    """The step was refused; `code` names the reason."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


@dataclass(frozen=True, slots=True)
class Candidate:
    """One candidate; `base` is the release that it was made on, `revisions` what is new in it."""

    id: int
    state: State
    version: int
    note: str
    base: int
    revisions: Mapping[str, int]
    authors: tuple[int, ...]
    fingerprint: str
    report: Report | None
    by_id: int
    by: str
    at: datetime
    reviewer: str | None
    reviewed_at: datetime | None
    review_note: str
    overridden_by: str | None
    override_reason: str
    not_before: datetime | None
    missed: str
    released: int | None
    released_at: datetime | None

    @property
    def passes(self) -> bool:
        """Whether it may go live as it is: rehearsed, nothing broken, and the gate passed or overridden."""
        report = self.report
        return bool(report and not report.broken and (not report.hurdles or self.overridden_by))


def gather(
    tx: sa.Connection,
    chosen: Sequence[Change],
    live: tuple[int, Content],
    *,
    note: str,
    author: Author,
    at: datetime,
) -> tuple[int, Content]:
    """Freeze the chosen changes as a new candidate; its number and its content."""
    if not chosen:
        raise Refused("nothing_chosen")
    number, content = live
    frozen = drafts.with_changes(content, chosen)
    row = {
        "state": "rehearsing",
        "note": note,
        "base": number,
        "revisions": json.dumps({change.key: change.revision.n for change in chosen}),
        "authors": json.dumps(sorted(drafts.authors_of(tx, chosen) | {author.id})),
        "content": frozen.to_json(),
        "fingerprint": frozen.fingerprint(),
        "by_id": author.id,
        "by": author.name,
        "at": at,
    }
    made = tx.execute(sa.insert(faq_candidate).values(row))
    key = made.inserted_primary_key
    assert key is not None  # noqa: S101
    return int(key[0]), frozen


def keep_report(tx: sa.Connection, id_: int, report: Report) -> None:
    """The rehearsal ended."""
    _step(tx, id_, ("rehearsing", "rehearsed"), state="rehearsed", report=report.model_dump_json())


def submit(tx: sa.Connection, id_: int, *, note: str) -> None:
    """Hand a rehearsed candidate to the reviewers."""
    report = candidate(tx, id_).report
    if report is None or report.broken:
        raise Refused("broken")
    _step(tx, id_, ("rehearsed",), state="in_review", note=note)


def withdraw(tx: sa.Connection, id_: int) -> None:
    """Give up a candidate; its revisions stay in the working copy."""
    _step(tx, id_, OPEN, state="withdrawn")


def review(tx: sa.Connection, id_: int, reviewer: Author, *, approves: bool, note: str, at: datetime) -> None:
    """A second person approves or sends back: never one whose words are in it."""
    if reviewer.id in candidate(tx, id_).authors:
        raise Refused("own_words")
    if not approves and not note.strip():
        raise Refused("say_why")
    _step(
        tx,
        id_,
        ("in_review",),
        state="approved" if approves else "rejected",
        reviewer_id=reviewer.id,
        reviewer=reviewer.name,
        reviewed_at=at,
        review_note=note,
    )


def override(tx: sa.Connection, id_: int, by: Author, *, reason: str) -> None:
    """Let a candidate that did not pass the gate go live all the same, in one's own name."""
    found = candidate(tx, id_)
    if by.id in found.authors:
        raise Refused("own_words")
    if len(reason.strip()) < LEAST_REASON:
        raise Refused("say_why")
    _step(tx, id_, ("in_review", "approved"), overridden_by=by.name, override_reason=reason)


LEAST_REASON = 8
"""Characters of a reason that somebody can be asked about later."""


def schedule(tx: sa.Connection, id_: int, not_before: datetime | None) -> None:
    """Let an approved candidate go live by itself from a moment on; None takes that back."""
    if not_before is not None and not candidate(tx, id_).passes:
        raise Refused("gate")
    _step(tx, id_, ("approved",), not_before=not_before, missed="")


def unschedule(tx: sa.Connection, id_: int, why: str) -> None:
    """Its time came but it may not go live: it waits for a person, who is told why."""
    where = (faq_candidate.c.id == id_, faq_candidate.c.state == "approved")
    tx.execute(sa.update(faq_candidate).where(*where).values(not_before=None, missed=why))


def release(tx: sa.Connection, id_: int, by: Author, at: datetime) -> int:
    """Make an approved candidate the live release; its number comes back. All of it or nothing.

    Raises:
        Refused: not approved, the gate stands, or something else went live since it was rehearsed.
    """
    found = candidate(tx, id_)
    if not found.passes:
        raise Refused("gate")
    if releases.hold_live(tx) != found.base:
        raise Refused("base_moved")
    _step(tx, id_, ("approved",), state="released", released_at=at)
    text = tx.scalar(sa.select(faq_candidate.c.content).where(faq_candidate.c.id == id_))
    content = Content.model_validate_json(text or "")
    number = releases.publish(tx, content, by.name, found.note, at)
    tx.execute(sa.update(faq_candidate).where(faq_candidate.c.id == id_).values(released=number))
    return number


def due(tx: sa.Connection, now: datetime) -> list[int]:
    """Approved candidates whose time has come."""
    rows = sa.select(faq_candidate.c.id).where(
        faq_candidate.c.state == "approved", faq_candidate.c.not_before <= now
    )
    return list(tx.scalars(rows.order_by(faq_candidate.c.not_before)))


def candidate(tx: sa.Connection, id_: int) -> Candidate:
    """A candidate by its number.

    Raises:
        Refused: there is none.
    """
    row = tx.execute(_columns().where(faq_candidate.c.id == id_)).one_or_none()
    if row is None:
        raise Refused("no_such_candidate")
    return _candidate(row)


def recent(tx: sa.Connection, limit: int = 30) -> list[Candidate]:
    """The newest candidates, open ones and ended ones."""
    return [
        _candidate(row) for row in tx.execute(_columns().order_by(faq_candidate.c.id.desc()).limit(limit))
    ]


def of_release(tx: sa.Connection, number: int) -> Candidate | None:
    """The candidate that became this release."""
    row = tx.execute(_columns().where(faq_candidate.c.released == number)).one_or_none()
    return _candidate(row) if row else None


def content_of(tx: sa.Connection, id_: int) -> Content:
    """The frozen content of a candidate."""
    text = tx.scalar(sa.select(faq_candidate.c.content).where(faq_candidate.c.id == id_))
    if text is None:
        raise Refused("no_such_candidate")
    return Content.model_validate_json(text)


def _step(tx: sa.Connection, id_: int, from_: Sequence[State], **values: object) -> None:
    where = (faq_candidate.c.id == id_, faq_candidate.c.state.in_(from_))
    values["version"] = faq_candidate.c.version + 1
    if tx.execute(sa.update(faq_candidate).where(*where).values(values)).rowcount != 1:
        raise Refused("state")


def _columns() -> sa.Select[tuple[object, ...]]:
    return sa.select(*(column for column in faq_candidate.c if column.name != "content"))


def _candidate(row: sa.Row[tuple[object, ...]]) -> Candidate:
    values = {name: getattr(row, name) for name in Candidate.__slots__}
    values["revisions"] = json.loads(row.revisions)
    values["authors"] = tuple(json.loads(row.authors))
    values["report"] = Report.model_validate_json(row.report) if row.report else None
    return Candidate(**values)
