"""What a receipt says, as lines of label and value; the words stand in receipt_words.yml."""

from functools import cache
from pathlib import Path
from typing import Any

import yaml

from verification import words
from verification.documents import DocumentKind
from verification.receipts import Receipt

FILE = Path(__file__).with_name("receipt_words.yml")


def lines(one: Receipt) -> list[tuple[str, str]]:
    """Label and value, in the order of the page; what was switched off is said, too."""
    said = _words()
    kind, _, number = one.document.partition(" ")
    checks = "、".join(said["check_names"][check] for check in one.checks)
    face_checks = [check for check in said["check_names"] if check not in ("review", "bank_card")]
    unchecked = [check for check in face_checks if check not in one.checks] if one.proven_by == "face" else []
    shown = {
        "name": one.name,
        "document": f"{words.document_name(DocumentKind(kind))} {number}",
        "title": one.title,
        "proven_by": said["proven"][one.proven_by],
        "checks": checks,
        "unchecked": "、".join(said["check_names"][check] for check in unchecked),
        "portrait": said["portraits"].get(one.portrait, ""),
        "at": said["time"].format(one.at[:19].replace("T", " ")),
        "sandbox": said["in_sandbox"] if one.is_sandbox else "",
    }
    return [(said[key], value) for key, value in shown.items() if value]


@cache
def _words() -> dict[str, Any]:
    read: dict[str, Any] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return read
