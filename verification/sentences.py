"""The sentence for each reason, whichever file it stands in: refusals.yml or words.yml."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path

import yaml

from verification import words
from verification.documents import Refusal
from verification.engines.outcomes import Reason

FILE = Path(__file__).with_name("refusals.yml")

UNPROVEN = frozenset({"pair_not_found", "card_mismatch"})
UNANSWERED = frozenset(
    {"registry_unavailable", "bank_unavailable", "sms_unavailable", "engine_busy", "engine_unavailable"}
)


def field_of(reason: str) -> str:
    """The field of the page that a reason is about; "form" is the page as a whole."""
    return reason.partition(":")[0]


def sentence(reason: str) -> str:
    """What is wrong and how to mend it. The same words stand on the field and in the summary."""
    key = reason.rpartition(":")[2]
    if key in own():
        return own()[key]
    said = words.refusal(Refusal(key)) if key in set(Refusal) else words.reason(Reason(key))
    return said.wrong + said.mend


def heading(reasons: Sequence[str]) -> str:
    """Over what is wrong: by which of question 7's names it goes, where somebody or something was asked."""
    kinds = [kind for kind in map(_kind, reasons) if kind is not None]
    return words.kind_name(kinds[0]) if kinds else own()["not_yet"]


def _kind(reason: str) -> words.Kind | None:
    field, _, key = reason.rpartition(":")
    if field == "face" and key in set(Reason):
        return words.reason(Reason(key)).kind
    return "identity" if key in UNPROVEN else "later" if key in UNANSWERED else None


@cache
def own() -> dict[str, str]:
    """The sentences of refusals.yml."""
    read: dict[str, str] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return read
