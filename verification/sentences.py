"""The sentence for each reason, whichever file it stands in: refusals.yml or words.yml."""

from functools import cache
from pathlib import Path

import yaml

from verification import words
from verification.documents import Refusal
from verification.engines.face import Reason

FILE = Path(__file__).with_name("refusals.yml")


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


@cache
def own() -> dict[str, str]:
    """The sentences of refusals.yml."""
    read: dict[str, str] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return read
