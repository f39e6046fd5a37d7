"""Taking a consent back: nothing goes on that was begun with it."""

from sqlalchemy import Connection, select, update

from verification import consents, evidence, links
from verification.links import Visit
from verification.provided import Provided
from verification.records import case, event, review

WITHDRAWN = "withdrawn"


def withdraw(tx: Connection, visit: Visit, journey: str, house: Provided) -> int:
    """Take back every standing consent of this citizen; how many.

    Their faces are erased at once, open cases and reviews end without a verdict, what was typed in them goes,
    and this browser stands at the beginning of a new case. What was signed stays as it is.
    """
    openid, now = visit.case.openid, house.clock()
    taken = consents.withdraw(tx, openid, house)
    if not taken:
        return 0
    mine = select(case.c.id).where(case.c.openid == openid)
    still_open = list(tx.scalars(mine.where(case.c.ended_at.is_(None))))
    evidence.erase_faces(tx, list(tx.scalars(mine)))
    closed = {"decided_at": now, "decided_by": "citizen", "decision": "rejected", "reason": WITHDRAWN}
    tx.execute(
        update(review).where(review.c.case_id.in_(still_open), review.c.decided_at.is_(None)).values(**closed)
    )
    tx.execute(update(event).where(event.c.case_id.in_(still_open)).values(facts_sealed=None))
    tx.execute(update(case).where(case.c.id.in_(still_open)).values(ended_at=now, outcome=WITHDRAWN))
    links.begin_anew(tx, visit, journey, now)
    return taken
