"""An entry judged while it is edited: does it fit its model, and does it fit to everything else?"""

import json
from collections.abc import Container, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from pydantic import ValidationError

from faq.careful_yaml import Document
from faq.checks import check
from faq.content_models import Content
from faq.editor.entries import MODELS, Entry, entry_of, kind_of, together
from faq.editor.rehearsal import FEWEST_QUESTIONS
from faq.findings import Finding
from faq.misfits import misfits
from faq.references import references


@dataclass(frozen=True, slots=True)
class Judged:
    """The entry if its words fit, the content with it if that holds together, and all there is to say."""

    entry: Entry | None
    content: Content | None
    findings: tuple[Finding, ...]

    @property
    def errors(self) -> tuple[Finding, ...]:
        """What must be mended before a release."""
        return tuple(finding for finding in self.findings if finding.level == "error")


def judge(
    key: str,
    data: Mapping[str, Any],
    category: str,
    among: Mapping[str, Entry],
    today: date,
    pictures: Container[str] | None = None,
) -> Judged:
    """Judge the values of an entry among all others of the working copy, and the pictures that are there."""
    kind = kind_of(key)
    document = Document(key, dict(data))
    try:
        model = MODELS[kind].model_validate_json(json.dumps(data, ensure_ascii=False))
    except ValidationError as error:
        return Judged(None, None, tuple(misfits(error, document, MODELS[kind])))
    entry = entry_of(key, model, category)
    content = together({**among, key: entry})
    checked = check(content, today=today, fewest=FEWEST_QUESTIONS, near=False, pictures=pictures)
    found = (*references(content), *checked)
    return Judged(entry, content, tuple(finding for finding in found if is_about(finding, entry)))


def is_about(finding: Finding, entry: Entry) -> bool:
    """Whether a finding of the whole content belongs to this entry."""
    name = entry.key.partition(":")[2]
    match entry.kind:
        case "topic":
            return finding.file == f"topics/{entry.category}.yml" and finding.entry == name
        case "guide":
            return finding.file == f"guides/{name}.yml"
        case "sentence":
            return finding.file == "replies.yml" and finding.path == f"sentences.{name}"
        case "scene":
            return finding.file == "replies.yml" and finding.path.startswith(f"scenes.{name}")
        case "labels":
            return finding.file == "replies.yml" and finding.path.startswith("labels")
        case "typed":
            return finding.file == "replies.yml" and finding.path.startswith(("typed", "distress"))
        case "menu" | "hours" | "screens":
            return finding.file == f"{entry.kind}.yml"
        case _:
            return False
