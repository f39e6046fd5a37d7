"""What conversation and desk may know of a proof: its steps and reasons, no pictures, no scores."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection

from verification.cases import Case, events_of, latest_case, latest_refused, place_of
from verification.journey import Event, HistoryDoesNotFit
from verification.maps import Journey
from verification.sentences import sentence

PROVING = frozenset({"entry", "bankcard", "code", "portrait", "face", "face_again"})
"""The steps at which somebody proves who they are."""

SLIPS = frozenset({"empty", "name_empty", "card_empty", "phone_empty", "picture_missing", "code_not_six"})
"""What was only left out: nothing was tried with it."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One answer that did not go well; `reasons` are keys, `sentences` what the citizen read."""

    step: str
    title: str
    word: str
    reasons: tuple[str, ...]
    sentences: tuple[str, ...]
    at: datetime


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
    """What last kept the citizen from proving themselves, in whichever case; None when nothing did.

    A tick or a picture that was forgotten afterwards is not why they did not pass.
    """
    refused = latest_refused(tx, openid, PROVING)
    failed = next((one for one in refused if not _keys(one.reasons) <= SLIPS), None)
    return _attempt(failed, journey) if failed else None


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


def _keys(reasons: Sequence[str]) -> set[str]:
    return {reason.rpartition(":")[2] for reason in reasons}
