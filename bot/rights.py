"""Who may do what: the one table of roles and rights.

Rooms below ask by the right's word (`require("thread.answer")`); an unknown word is an error at start.
An operator keeps the house running and cannot read conversations; an auditor reads the trail and cannot act.
"""

from collections.abc import Mapping
from enum import StrEnum


class Right(StrEnum):
    """Everything that staff can be allowed to do."""

    ANSWER = "thread.answer"
    SUPERVISE = "thread.supervise"  # read threads that others hold, whisper, take over
    REVEAL = "person.reveal"
    FIND_PERSON = "person.find"  # by document number
    SEE_EVIDENCE = "case.evidence"  # pictures and scores of a verification
    DECIDE_CASE = "case.decide"
    EXPORT = "report.export"
    SEE_REPORTS = "report.see"
    SET_HOURS = "hours.set"
    READ_CONTENT = "content.read"
    WRITE_CONTENT = "content.write"
    REVIEW_CONTENT = "content.review"  # never one's own revision: the editor checks that
    RELEASE_CONTENT = "content.release"
    OPERATE = "house.operate"
    MANAGE_STAFF = "staff.manage"
    READ_AUDIT = "audit.read"


class Role(StrEnum):
    """What somebody is here; each person has one role."""

    AGENT = "agent"
    SENIOR = "senior"
    EDITOR = "editor"
    REVIEWER = "reviewer"
    SUPERVISOR = "supervisor"
    OPERATOR = "operator"
    AUDITOR = "auditor"


_AGENT = frozenset({Right.ANSWER, Right.READ_CONTENT})
_SENIOR = _AGENT | {Right.REVEAL, Right.FIND_PERSON, Right.SEE_EVIDENCE, Right.DECIDE_CASE}
_EDITOR = frozenset({Right.READ_CONTENT, Right.WRITE_CONTENT})

RIGHTS: Mapping[Role, frozenset[Right]] = {
    Role.AGENT: _AGENT,
    Role.SENIOR: _SENIOR,
    Role.EDITOR: _EDITOR,
    Role.REVIEWER: _EDITOR | {Right.REVIEW_CONTENT, Right.RELEASE_CONTENT},
    Role.SUPERVISOR: _SENIOR | {Right.SUPERVISE, Right.EXPORT, Right.SEE_REPORTS, Right.SET_HOURS},
    Role.OPERATOR: frozenset({Right.OPERATE, Right.MANAGE_STAFF, Right.SEE_REPORTS, Right.SET_HOURS}),
    Role.AUDITOR: frozenset({Right.READ_AUDIT}),
}

SENSITIVE = frozenset(
    {Right.REVEAL, Right.FIND_PERSON, Right.SEE_EVIDENCE, Right.EXPORT, Right.MANAGE_STAFF, Right.READ_AUDIT}
)
"""Rights that ask for a second factor (a code from a phone) in production."""


def may(role: Role, right: Right | str) -> bool:
    """Whether the role holds the right.

    Raises:
        ValueError: there is no such right.
    """
    return Right(right) in RIGHTS[role]


def needs_second_factor(role: Role) -> bool:
    """Whether a password alone is too little for this role."""
    return bool(RIGHTS[role] & SENSITIVE)
