"""The citizen's proof of identity as agents see it on the card: masked, with reasons, no picture or score."""

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection

from handlers.desk.ports import Answer, CaseCard, ProofState, Tried
from verification import attempts, cases
from verification.journey import Event
from verification.maps import Journey

_FACE: Mapping[str, Answer] = {
    "match": "yes", "unwatched": "review", "poor": "no", "challenge": "no", "retry": "no", "mismatch": "no",
    "spoof": "no", "unavailable": "silent",
}  # fmt: skip
_ANSWERS: Mapping[str, Mapping[str, Answer]] = {
    "entry": {"accepted": "yes", "not_found": "no"},
    "bankcard": {"matched": "yes", "mismatch": "no", "unavailable": "silent"},
    "code": {"right": "yes", "wrong": "no", "too_old": "no", "unavailable": "silent"},
    "face": _FACE,
    "face_again": _FACE,
}
"""What those who were asked said, of the steps at which somebody is asked."""


def proof_card(tx: Connection, openid: str, journey: Journey) -> CaseCard | None:
    """The card of the citizen's latest case; None when there never was one."""
    card, latest = attempts.case_card(tx, openid, journey), cases.latest_case(tx, openid)
    if card is None or latest is None:
        return None
    tried = [Tried(one.at, one.title, "；".join(one.sentences)) for one in card.attempts]
    answers = _answers(cases.events_of(tx, latest.id))
    return CaseCard(
        card.title, _state(card.outcome), card.person, card.opened_at, card.last_at, answers, tried
    )


def _state(outcome: str | None) -> ProofState:
    if outcome is None:
        return "open"
    return "abandoned" if outcome == "abandoned" else "ended"


def _answers(events: Sequence[Event]) -> Mapping[str, Answer]:
    """The last answer of each, in the order in which they were asked first."""
    told = ((one.step, _ANSWERS.get(one.step, {}).get(one.word)) for one in events)
    return {step: answer for step, answer in told if answer is not None}
