"""Two people edited one entry: what each changed, merged where it can be, shown where it cannot.

Lists (ways of asking, keywords) are merged line by line: additions and removals of both are kept.
"""

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

import yaml

Fate = Literal["mine", "theirs", "both", "clash"]
"""Who changed a field: one of them, both alike or mergeably, or both in ways that only a person can join."""


@dataclass(frozen=True, slots=True)
class Merged:
    """One field in three versions and what becomes of it."""

    field: str
    base: Any
    theirs: Any
    mine: Any
    result: Any
    fate: Fate


@dataclass(frozen=True, slots=True)
class DiffLine:
    """One line of a comparison: kept, added or gone; of "…" the text is how many kept lines stand here."""

    sign: Literal[" ", "+", "-", "…"]
    text: str


def merge(base: Mapping[str, Any], theirs: Mapping[str, Any], mine: Mapping[str, Any]) -> list[Merged]:
    """Every field that somebody changed. In a clash the result holds mine; theirs stands beside it."""
    merged = []
    for field in dict.fromkeys((*base, *theirs, *mine)):
        was, their, my = base.get(field), theirs.get(field), mine.get(field)
        if was == their == my:
            continue
        merged.append(_merged(field, was, their, my))
    return merged


def result_of(mine: Mapping[str, Any], merged: Sequence[Merged]) -> dict[str, Any]:
    """The body that comes of a merge; fields that came to nothing are left out."""
    body = dict(mine) | {field.field: field.result for field in merged}
    return {field: value for field, value in body.items() if value is not None}


def compare(before: Any, after: Any) -> list[DiffLine]:
    """Two values line by line, as an editor reads them: what went stands above what came instead.

    Whole lines only: likening the letters of changed lines to each other takes seconds for a hundred of them.
    """
    old, new = lines_of(before), lines_of(after)
    shown: list[DiffLine] = []
    for what, start, end, to, until in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if what == "equal":
            is_first, is_last = start == to == 0, (end, until) == (len(old), len(new))
            shown += _around(old[start:end], is_first=is_first, is_last=is_last)
        else:
            shown += [DiffLine("-", line) for line in old[start:end]]
            shown += [DiffLine("+", line) for line in new[to:until]]
    return shown


AROUND = 2
"""Lines that are shown before and after a change."""


def _around(kept: list[str], *, is_first: bool, is_last: bool) -> list[DiffLine]:
    """Kept lines as far as they stand near a change; the rest is counted."""
    head, tail = 0 if is_first else AROUND, 0 if is_last else AROUND
    hidden = len(kept) - head - tail
    lines = [DiffLine(" ", line) for line in kept]
    if hidden <= 1:
        return lines
    return [*lines[:head], DiffLine("…", str(hidden)), *lines[head + hidden :]]


def lines_of(value: Any) -> list[str]:
    """A value as lines: words as they stand, a list one item to a line, a group one key to a line."""
    match value:
        case None:
            return []
        case str():
            return value.split("\n")
        case list():
            return [line for item in value for line in _item(item)]
        case dict():
            return [f"{_word(key)}：{_flat(inner)}" for key, inner in value.items()]
        case _:
            return [str(value)]


def _item(item: Any) -> list[str]:
    if isinstance(item, dict):
        words = item.get("text")
        rest = {key: value for key, value in item.items() if key != "text"}
        told = [_flat(rest)] if rest else []
        return [*(words.split("\n") if isinstance(words, str) else []), *told]
    return [_flat(item)]


def _flat(value: Any) -> str:
    match value:
        case str():
            return _word(value)
        case list():
            return "、".join(_flat(item) for item in value)
        case dict():
            return "，".join(f"{_word(key)}：{_flat(inner)}" for key, inner in value.items())
        case True:
            return "是"
        case _:
            return str(value)


def _word(code: str) -> str:
    """What editors call a code of the content."""
    return _words().get(code, code)


@cache
def _words() -> Mapping[str, str]:
    text = Path(__file__).with_name("words.yml").read_text(encoding="utf-8")
    words: dict[str, str] = yaml.safe_load(text)
    return words


def _merged(field: str, was: Any, their: Any, my: Any) -> Merged:
    if their == was:
        return Merged(field, was, their, my, my, "mine")
    if my == was:
        return Merged(field, was, their, my, their, "theirs")
    if my == their:
        return Merged(field, was, their, my, my, "both")
    if _are_lines(was, their, my):
        return Merged(field, was, their, my, _joined(was or [], their or [], my or []), "both")
    return Merged(field, was, their, my, my, "clash")


def _are_lines(*values: Any) -> bool:
    return all(
        value is None or (isinstance(value, list) and all(isinstance(item, str) for item in value))
        for value in values
    )


def _joined(was: list[str], their: list[str], my: list[str]) -> list[str]:
    """Mine, without what they took away, with what they added."""
    gone = set(was) - set(their)
    kept = [line for line in my if line not in gone]
    return kept + [line for line in their if line not in was and line not in kept]
