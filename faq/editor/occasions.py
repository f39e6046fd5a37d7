"""What editors read in place of a code: when a sentence is said, what a button or a variable stands for."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import yaml


def called(kind: str, name: str) -> str:
    """What editors call the sentence, label, variable, scene or group `name`; a new one goes by its code."""
    return _names().get(kind, {}).get(name, name)


def place_of(key: str) -> int:
    """Where an entry stands among its like: in the order in which a citizen meets them, new ones last."""
    kind, _, name = key.partition(":")
    known = list(_names().get(kind, {}))
    return known.index(name) if name in known else len(known)


@cache
def _names() -> Mapping[str, Mapping[str, str]]:
    text = Path(__file__).with_suffix(".yml").read_text(encoding="utf-8")
    names: dict[str, dict[str, str]] = yaml.safe_load(text)
    return names
