"""The training content: what the ear learns from, as plain values.

Content files belong to the editors (`faq/content`); this reads only the parts that teach the ear.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import yaml


@dataclass(frozen=True, slots=True)
class Topic:
    """One topic: its standard question, how citizens ask it, what is close but not it, its words."""

    id: str
    title: str
    questions: tuple[str, ...] = ()
    negatives: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TrainingContent:
    """All topics and the questions that belong to none of them."""

    topics: tuple[Topic, ...]
    out_of_scope: tuple[str, ...] = ()

    def fingerprint(self) -> str:
        """Sixteen hex digits that change with any word of the content."""
        text = json.dumps(asdict(self), ensure_ascii=False, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]


def read_content(folder: Path) -> TrainingContent:
    """The shipped content of `folder`: topics/*.yml and out_of_scope.yml.

    Raises:
        FileNotFoundError: the folder holds no topics.
    """
    files = sorted((folder / "topics").glob("*.yml"))
    if not files:
        raise FileNotFoundError(f"no topics/*.yml in {folder}: give the folder of the content")
    topics = [topic_from(raw) for file in files for raw in _load(file)["topics"]]
    elsewhere = folder / "out_of_scope.yml"
    groups: Mapping[str, Iterable[str]] = _load(elsewhere)["groups"] if elsewhere.exists() else {}
    return TrainingContent(tuple(topics), tuple(q for name in sorted(groups) for q in groups[name]))


def topic_from(raw: Mapping[str, Any]) -> Topic:
    """A topic from one entry of a content file or of a release row."""

    def words(key: str) -> tuple[str, ...]:
        return tuple(str(word) for word in raw.get(key) or ())

    return Topic(str(raw["id"]), str(raw["title"]), words("questions"), words("negatives"), words("keywords"))


def _load(file: Path) -> Any:
    return yaml.load(file.read_text(encoding="utf-8"), yaml.CSafeLoader)
