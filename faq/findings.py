"""What was found in the content: where it stands, how bad it is, and how to say it to an editor.

The code of a finding is fixed; its Chinese sentence stands in findings.yml beside this file.
"""

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Literal

import yaml

Level = Literal["error", "warning"]
"""An error keeps content from going live; a warning is for the editor to judge."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to mend: `file` and `line` (0 when unknown), the `entry` it belongs to, the path inside."""

    code: str
    file: str = ""
    entry: str = ""
    path: str = ""
    line: int = 0
    level: Level = "error"
    values: Mapping[str, object] = field(default_factory=dict)

    @property
    def words(self) -> str:
        """What to tell the editor."""
        return _sentences()[self.code].format_map(self.values)

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return " ".join(part for part in (place, self.entry, self.path, self.words) if part)


class ContentRefused(ValueError):
    """The content cannot be used; `findings` name every place that must be mended first."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings = tuple(findings)
        super().__init__("\n".join(str(finding) for finding in self.findings))

    def __reduce__(self) -> tuple[type["ContentRefused"], tuple[tuple[Finding, ...]]]:
        """The whole of it, for whoever hears of it in another process."""
        return type(self), (self.findings,)


def close_to(word: str, known: Iterable[str]) -> str:
    """A hint that names the known word that was probably meant, or nothing."""
    nearest = difflib.get_close_matches(word, list(known), n=1)
    return f"（是不是“{nearest[0]}”？）" if nearest else ""


@cache
def _sentences() -> dict[str, str]:
    text = Path(__file__).with_suffix(".yml").read_text(encoding="utf-8")
    return {str(code): str(words) for code, words in yaml.safe_load(text).items()}
