"""The training content as a Rasa project: nlu.yml in Rasa's format 3.1, and domain.yml with the intents.

The same content gives the same bytes, whether it comes from files or from a release, which keeps the groups
of out-of-scope questions in another order. What Rasa would read as markup is written full width, which the
normalisation of its tokenizer takes back. Negatives stay out: Rasa knows no "close to this, but not it", and
most of them belong to another topic, so they may not be taught as belonging to none.
"""

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path

from nlu.text import plain
from nlu.training import TrainingContent

VERSION = "3.1"
ELSEWHERE = "out_of_scope"
"""The intent of whatever belongs to no topic."""

_AS_TEXT = str.maketrans("[]{}$", "［］｛｝＄")
"""Brackets mark entities and `${...}` a variable of the environment in Rasa's files."""


def export_rasa(content: TrainingContent, folder: Path) -> list[Path]:
    """Write nlu.yml and domain.yml into `folder`; gives what was written."""
    folder.mkdir(parents=True, exist_ok=True)
    files = {
        folder / "nlu.yml": _version() + nlu_yaml(content),
        folder / "domain.yml": _version() + domain_yaml(content),
    }
    for file, text in files.items():
        file.write_text(text, encoding="utf-8", newline="\n")
    return list(files)


def training_yaml(content: TrainingContent, config: str) -> str:
    """Pipeline, examples and intents in one document, as POST /model/train wants them."""
    return "\n".join([_version() + config.strip(), nlu_yaml(content) + domain_yaml(content)])


def model_name(content: TrainingContent, config: str) -> str:
    """The name of the model that this pipeline makes of this content: a fingerprint of all it learns from.

    Takes about 0.1 s for 3,000 examples: call it once for a release, not for an utterance.
    """
    return hashlib.sha256(training_yaml(content, config).encode()).hexdigest()[:16]


def nlu_yaml(content: TrainingContent) -> str:
    """The examples of every intent, under the key `nlu`.

    Raises:
        ValueError: a topic cannot be an intent, or the content teaches nothing.
    """
    if not content.topics:
        raise ValueError("no topics: Rasa has nothing to learn from")
    lines = ["nlu:"]
    for intent, examples in _intents(content):
        lines += [f'- intent: "{intent}"', "  examples: |"]
        lines += [f"    - {example}" for example in examples]
    return "\n".join(lines) + "\n"


def domain_yaml(content: TrainingContent) -> str:
    """The intents, under the key `intents`."""
    return "\n".join(["intents:", *(f'- "{intent}"' for intent, _ in _intents(content))]) + "\n"


def _intents(content: TrainingContent) -> Iterator[tuple[str, list[str]]]:
    for topic in content.topics:
        if topic.id == ELSEWHERE or not topic.id.replace("_", "").replace("-", "").isalnum():
            raise ValueError(f"topic {topic.id!r} cannot be an intent: use other letters for its id")
        yield topic.id, _examples((topic.title, *topic.questions))
    elsewhere = _examples(sorted(content.out_of_scope))
    if elsewhere:
        yield ELSEWHERE, elsewhere


def _examples(texts: Iterable[str]) -> list[str]:
    """One line each, every wording once, in the order of the content."""
    lines: dict[str, str] = {}
    for text in texts:
        line = " ".join(text.translate(_AS_TEXT).split())
        if line:
            lines.setdefault(plain(line), line)
    return list(lines.values())


def _version() -> str:
    return f'version: "{VERSION}"\n'
