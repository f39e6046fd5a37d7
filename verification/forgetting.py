"""The job that forgets: what is past its period goes, what is past its time ends. Safe to run at any time."""

from collections.abc import Mapping
from datetime import timedelta

from sqlalchemy import Connection, select, update

from verification import challenges, consents, evidence, knocks, links, matters, receipts, signatures
from verification.cases import close_abandoned
from verification.provided import Provided
from verification.records import case, event, review
from verification.records import evidence as evidence_table

KEEP_FACTS = timedelta(days=7)
KEEP_FOUND = timedelta(days=90)
"""As long as the desk searches conversations; then nobody is found by their document any more."""


def forget(tx: Connection, house: Provided) -> Mapping[str, int]:
    """Run every rule once; how much each of them changed."""
    now = house.clock()
    return {
        "matters expired": matters.expire_due(tx, house),
        "cases abandoned": close_abandoned(tx, now),
        "facts forgotten": _forget_facts(tx, house),
        "documents forgotten": _forget_documents(tx, house),
        "evidence forgotten": evidence.forget_due(tx, now),
        "receipts forgotten": receipts.forget_due(tx, now),
        "links": links.forget_old(tx, now),
        "knocks": knocks.forget_old(tx, now),
        "challenges": challenges.forget_old(tx, now),
        "signatures": signatures.forget_old(tx, now),
    }


def forget_person(tx: Connection, openid: str, house: Provided) -> int:
    """On a citizen's request: every picture and everything they typed; steps and receipts' codes stay."""
    mine = select(case.c.id).where(case.c.openid == openid)
    consents.withdraw(tx, openid, house)
    gone = tx.execute(
        update(evidence_table).where(evidence_table.c.case_id.in_(mine)).values(sealed=None)
    ).rowcount
    tx.execute(update(event).where(event.c.case_id.in_(mine)).values(facts_sealed=None))
    waiting = (review.c.openid == openid) & review.c.decided_at.is_(None)
    closed = {"decided_at": house.clock(), "decided_by": "operator", "decision": "rejected"}
    tx.execute(update(review).where(waiting).values(**closed, reason="forgotten"))
    tx.execute(update(review).where(review.c.openid == openid).values(person=""))
    still_open = (case.c.openid == openid) & case.c.ended_at.is_(None)
    tx.execute(update(case).where(still_open).values(ended_at=house.clock(), outcome="forgotten"))
    tx.execute(update(case).where(case.c.openid == openid).values(person="", number_index=None))
    house.note(tx, "operator", "citizen forgotten", "proof", detail={"evidence": gone})
    return gone


def _forget_facts(tx: Connection, house: Provided) -> int:
    """What was typed in a case goes a week after it ended; its steps and words stay."""
    ended = select(case.c.id).where(case.c.ended_at <= house.clock() - KEEP_FACTS)
    old = event.c.case_id.in_(ended) & event.c.facts_sealed.is_not(None)
    return tx.execute(update(event).where(old).values(facts_sealed=None)).rowcount


def _forget_documents(tx: Connection, house: Provided) -> int:
    old = (case.c.last_at <= house.clock() - KEEP_FOUND) & case.c.number_index.is_not(None)
    return tx.execute(update(case).where(old).values(number_index=None)).rowcount
