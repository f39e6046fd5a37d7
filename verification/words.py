"""The sentences of words.yml, read once. Every key of the code has its words; a test sees to it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

import yaml

from verification.documents import DocumentKind, Refusal
from verification.engines.challenge import Action
from verification.engines.outcomes import Reason

FILE = Path(__file__).with_name("words.yml")

Kind = Literal["identity", "face", "later"]


@dataclass(frozen=True, slots=True)
class RefusalWords:
    """What is wrong with what was typed, and how to mend it."""

    wrong: str
    mend: str


@dataclass(frozen=True, slots=True)
class ReasonWords:
    """Which of question 7's three kinds it is, what is wrong, and what to do."""

    kind: Kind
    wrong: str
    mend: str


def refusal(key: Refusal) -> RefusalWords:
    return RefusalWords(**_file()["refusals"][key])


def reason(key: Reason) -> ReasonWords:
    return ReasonWords(**_file()["reasons"][key])


def kind_name(kind: Kind) -> str:
    return str(_file()["kinds"][kind])


def document_name(kind: DocumentKind) -> str:
    return str(_file()["documents"][kind])


def action(key: Action) -> str:
    return str(_file()["actions"][key])


@cache
def _file() -> dict[str, Any]:
    read: dict[str, Any] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return read
