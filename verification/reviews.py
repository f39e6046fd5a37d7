"""Manual review: another way than the face. A row waits for an agent, who decides with a reason.

Where a second look is wanted, the first agent proposes and another one confirms or sends it back.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from sqlalchemy import ColumnElement, Connection, Row, insert, select, update

from verification import evidence
from verification.cases import Case, Overtaken, case_by_id, leave_verdict
from verification.provided import Provided
from verification.records import review

Decision = Literal["accepted", "rejected"]
Cause = Literal["chosen", "no_camera"]


class OwnProposal(Exception):
    """Whoever proposed a decision cannot be the second pair of eyes."""


@dataclass(frozen=True, slots=True)
class Review:
    """One request for a person's eye. `person` is masked; `pictures` are ids of sealed evidence.

    `cause` is "chosen" (document and selfie uploaded) or "no_camera" (a face check on an uploaded picture,
    which agreed but had no live challenge). `proposal` is what a first colleague would decide.
    """

    id: int
    case_id: int
    openid: str = field(repr=False)
    cause: Cause
    person: str
    pictures: tuple[str, ...]
    opened_at: datetime
    proposal: Decision | None
    proposed_by: str | None
    proposed_why: str | None
    decision: Decision | None
    decided_by: str | None
    reason: str | None


def open_review(
    tx: Connection, the_case: Case, cause: Cause, pictures: Sequence[str], house: Provided
) -> None:
    """Ask for a person's decision; the pictures are kept until then."""
    now = house.clock()
    row = {"case_id": the_case.id, "openid": the_case.openid, "cause": cause, "person": the_case.person}
    tx.execute(insert(review).values(**row, pictures=json.dumps(list(pictures)), opened_at=now))
    evidence.keep_for_review(tx, the_case.id, now)
    leave_verdict(tx, the_case, "review_opened", (), now)


def open_reviews(tx: Connection, limit: int = 100) -> list[Review]:
    """What waits for a decision, oldest first."""
    waiting = select(review).where(review.c.decided_at.is_(None)).order_by(review.c.id).limit(limit)
    return [_review(row) for row in tx.execute(waiting)]


def latest_review(tx: Connection, case_id: int) -> Review | None:
    asked = select(review).where(review.c.case_id == case_id).order_by(review.c.id.desc()).limit(1)
    row = tx.execute(asked).first()
    return _review(row) if row else None


def picture_for_review(
    tx: Connection, review_id: int, number: str, house: Provided, *, by: str
) -> evidence.Piece | None:
    """One picture of an open review, for the agent who decides; noted. None when it is not of this review."""
    row = tx.execute(select(review).where(review.c.id == review_id, review.c.decided_at.is_(None))).first()
    if row is None or number not in json.loads(row.pictures):
        return None
    return evidence.look_at(tx, number, house, who=by, why=f"review:{review_id}")


def propose(
    tx: Connection, review_id: int, decision: Decision, *, by: str, reason: str, house: Provided
) -> None:
    """Say what should be decided; it counts once another colleague confirms it.

    Raises:
        Overtaken: it was decided or proposed before.
        ValueError: no reason was given.
    """
    _want(reason)
    free = _undecided(review_id) & review.c.proposal.is_(None)
    values = {"proposal": decision, "proposed_by": by, "proposed_why": reason.strip()}
    if not tx.execute(update(review).where(free).values(**values)).rowcount:
        raise Overtaken(Overtaken.__doc__)
    house.note(tx, by, f"review proposed {decision}", f"review:{review_id}", reason=reason)


def confirm(tx: Connection, review_id: int, *, by: str, reason: str, house: Provided) -> None:
    """Be the second pair of eyes: what was proposed is decided.

    Raises:
        Overtaken: nothing is proposed any more.
        OwnProposal
        ValueError: no reason was given.
    """
    proposal = _proposal_of_another(tx, review_id, by)
    decide_review(tx, review_id, proposal, by=by, reason=reason, house=house)


def send_back(tx: Connection, review_id: int, *, by: str, reason: str, house: Provided) -> None:
    """See it otherwise: the proposal is dropped, and somebody looks anew.

    Raises:
        Overtaken, OwnProposal, ValueError: as `confirm`.
    """
    _want(reason)
    proposal = _proposal_of_another(tx, review_id, by)
    gone = {"proposal": None, "proposed_by": None, "proposed_why": None}
    tx.execute(update(review).where(_undecided(review_id)).values(**gone))
    house.note(tx, by, f"review not {proposal}", f"review:{review_id}", reason=reason)


def decide_review(
    tx: Connection, review_id: int, decision: Decision, *, by: str, reason: str, house: Provided
) -> None:
    """Decide once; the citizen's case goes on when they next open it, and a verdict tells them.

    Raises:
        Overtaken: somebody decided before.
        ValueError: no reason was given.
    """
    _want(reason)
    now = house.clock()
    values = {"decision": decision, "decided_by": by, "reason": reason.strip(), "decided_at": now}
    if not tx.execute(update(review).where(_undecided(review_id)).values(**values)).rowcount:
        raise Overtaken(Overtaken.__doc__)
    case_id = tx.execute(select(review.c.case_id).where(review.c.id == review_id)).scalar_one()
    the_case = case_by_id(tx, case_id)
    evidence.forget_pictures(tx, case_id, now)
    leave_verdict(tx, the_case, f"review_{decision}", (reason.strip(),), now)
    house.note(tx, by, f"review {decision}", f"review:{review_id}", reason=reason)


def _want(reason: str) -> None:
    if not reason.strip():
        raise ValueError("a decision needs a reason")


def _undecided(review_id: int) -> ColumnElement[bool]:
    return (review.c.id == review_id) & review.c.decided_at.is_(None)


def _proposal_of_another(tx: Connection, review_id: int, by: str) -> Decision:
    asked = select(review.c.proposal, review.c.proposed_by).where(_undecided(review_id)).with_for_update()
    row = tx.execute(asked).first()
    if row is None or row.proposal is None:
        raise Overtaken(Overtaken.__doc__)
    if row.proposed_by == by:
        raise OwnProposal(OwnProposal.__doc__)
    decision: Decision = row.proposal
    return decision


def _review(row: Row[*tuple[object, ...]]) -> Review:
    cells = {name: getattr(row, name) for name in Review.__slots__}
    return Review(**{**cells, "pictures": tuple(json.loads(row.pictures))})
