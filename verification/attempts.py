"""What conversation and desk may know of a proof: its steps and reasons, no pictures, no scores."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection

from verification import words
from verification.cases import Case, events_of, latest_case, place_of
from verification.engines.face import Reason
from verification.journey import Event, HistoryDoesNotFit
from verification.maps import Journey
from verification.sentences import sentence


@dataclass(frozen=True, slots=True)
class Attempt:
    """One answer that did not go well; `reasons` are keys, `sentences` what the citizen read."""

    step: str
    title: str
    word: str
    reasons: tuple[str, ...]
    sentences: tuple[str, ...]
    at: datetime

    @property
    def kind(self) -> words.Kind:
        """Which of question 7's three kinds: identity, face, or later."""
        keys = [reason.rpartition(":")[2] for reason in self.reasons]
        known = [words.reason(Reason(key)).kind for key in keys if key in set(Reason)]
        return known[0] if known else "identity" if self.step in ("entry", "bankcard") else "later"


@dataclass(frozen=True, slots=True)
class CaseCard:
    """A case as the desk shows it. The person is masked."""

    ref: str
    openid: str = field(repr=False)
    person: str
    step: str
    title: str
    opened_at: datetime
    last_at: datetime
    outcome: str | None
    attempts: tuple[Attempt, ...]


def last_attempt(tx: Connection, openid: str, journey: Journey) -> Attempt | None:
    """What went wrong last in the citizen's latest case; None when nothing did."""
    the_case = latest_case(tx, openid)
    attempts = _attempts(tx, the_case, journey) if the_case else []
    return attempts[-1] if attempts else None


def case_card(tx: Connection, openid: str, journey: Journey) -> CaseCard | None:
    """The citizen's latest case; None when there never was one."""
    the_case = latest_case(tx, openid)
    if the_case is None:
        return None
    step = _step(tx, the_case, journey)
    title = journey.title_at(step) if step in journey.steps or step in journey.ends else ""
    attempts = tuple(_attempts(tx, the_case, journey))
    return CaseCard(
        the_case.ref,
        openid,
        the_case.person,
        step,
        title,
        the_case.opened_at,
        the_case.last_at,
        the_case.outcome,
        attempts,
    )


def _step(tx: Connection, the_case: Case, journey: Journey) -> str:
    if the_case.outcome:
        return the_case.outcome
    try:
        return place_of(tx, journey, the_case.id).name
    except HistoryDoesNotFit:
        return ""


def _attempts(tx: Connection, the_case: Case, journey: Journey) -> Sequence[Attempt]:
    return [_attempt(one, journey) for one in events_of(tx, the_case.id) if one.reasons]


def _attempt(one: Event, journey: Journey) -> Attempt:
    title = journey.steps[one.step].title if one.step in journey.steps else ""
    said = tuple(sentence(reason) for reason in one.reasons)
    return Attempt(one.step, title, one.word, one.reasons, said, one.at)
