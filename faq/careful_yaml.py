"""YAML read with care: every place has a line number, and what YAML silently misreads is refused.

PyYAML keeps the last of two equal keys, reads on/no/off as booleans even as keys, and 12:00 as 720.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from faq.findings import Finding

Way = tuple[str | int, ...]
"""The way to a value inside a document: keys and list positions."""

DEEPEST = 20
"""Content is about ten levels deep."""


@dataclass(slots=True)
class Document:
    """One file as plain values, the line of each value by its path, and what was wrong with it."""

    file: str
    data: Any = None
    lines: dict[Way, int] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    def line_of(self, path: Way) -> int:
        """The line of `path`, or of the nearest thing around it."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 0)


def read_yaml(text: str, file: str) -> Document:
    """The document in `text`; `file` is the name that findings carry."""
    document = Document(file)
    loader = yaml.CSafeLoader(text)
    try:
        document.data = _Reader(loader, document).document()
    except _TooDeep as error:
        _find(document, "too_deep", (), error.line, limit=DEEPEST)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        reason = getattr(error, "problem", None) or "YAML"
        _find(document, "yaml_syntax", (), mark.line + 1 if mark else 0, reason=reason)
    finally:
        loader.dispose()
    return document


class _TooDeep(yaml.YAMLError):
    """Nothing of ours is nested so deeply; reading on would cost a stack."""

    def __init__(self, line: int) -> None:
        self.line = line
        super().__init__(line)


class _Reader:
    """Turns the events of a document into plain values while it writes down lines and traps.

    Events, not the loader's own tree: that is built in C by recursion, and a file of a hundred thousand
    brackets would end the process.
    """

    def __init__(self, loader: yaml.CSafeLoader, document: Document) -> None:
        self._loader = loader
        self._document = document

    def document(self) -> Any:
        """The only document of the file; None when it is empty."""
        self._next()  # the stream begins
        if self._ends(yaml.StreamEndEvent):
            return None
        self._next()  # the document begins
        value = self._value(self._next(), ())
        self._next()  # the document ends
        if not self._ends(yaml.StreamEndEvent):
            raise yaml.MarkedYAMLError(problem="---", problem_mark=self._next().start_mark)
        return value

    def _value(self, event: Any, path: Way) -> Any:
        line = event.start_mark.line + 1
        self._document.lines.setdefault(path, line)
        if len(path) > DEEPEST:
            raise _TooDeep(line)
        if getattr(event, "tag", None) not in (None, "!"):
            _find(self._document, "tag", path, line, tag=event.tag)
        match event:
            case yaml.AliasEvent():
                _find(self._document, "alias", path, line)
                return None
            case yaml.MappingStartEvent():
                return dict(self._pairs(path))
            case yaml.SequenceStartEvent():
                return list(self._items(path))
            case _:
                return self._scalar(event, path)

    def _items(self, path: Way) -> Iterator[Any]:
        n = 0
        while not self._ends(yaml.SequenceEndEvent):
            yield self._value(self._next(), (*path, n))
            n += 1

    def _pairs(self, path: Way) -> Iterator[tuple[str, Any]]:
        seen: set[str] = set()
        while not self._ends(yaml.MappingEndEvent):
            event = self._next()
            line = event.start_mark.line + 1
            if not isinstance(event, yaml.ScalarEvent):
                raise yaml.MarkedYAMLError(problem="? ", problem_mark=event.start_mark)
            key = str(event.value)
            self._scalar(event, (*path, key))
            value = self._value(self._next(), (*path, key))
            if key in seen:
                _find(self._document, "duplicate_key", (*path, key), line, key=key)
                continue
            seen.add(key)
            self._document.lines[(*path, key)] = line
            yield key, value

    def _scalar(self, event: Any, path: Way) -> Any:
        tag = self._loader.resolve(yaml.ScalarNode, event.value, event.implicit)  # type: ignore[no-untyped-call]
        node = yaml.ScalarNode(tag, event.value, event.start_mark, event.end_mark, event.style)
        trap = _trap(node)
        if trap:
            _find(self._document, trap, path, node.start_mark.line + 1, word=node.value)
            return str(node.value)
        try:
            return self._loader.construct_object(node)
        except ValueError:  # 2026-02-30
            _find(self._document, "not_a_date", path, node.start_mark.line + 1)
            return str(node.value)

    def _next(self) -> Any:
        return self._loader.get_event()

    def _ends(self, event: type[yaml.Event]) -> bool:
        """Whether this comes next; it is taken then."""
        return bool(self._loader.check_event(event)) and self._next() is not None


def _trap(node: yaml.Node) -> str | None:
    """The code of the trap that an unquoted scalar falls into, if any."""
    word = str(node.value)
    if node.tag.endswith(":bool") and word not in {"true", "false"}:
        return "boolean_trap"
    is_misread = ":" in word or "_" in word or (word.startswith("0") and word.isdigit() and word != "0")
    return "number_trap" if is_misread and node.tag.endswith((":int", ":float")) else None


def _find(document: Document, code: str, path: Way, line: int, **values: object) -> None:
    document.findings.append(Finding(code, document.file, "", words_of(path), line, "error", values))


def words_of(path: Way) -> str:
    """A path as an editor reads it: topics[2].questions[5]."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return text.removeprefix(".")


def mapping_of(document: Document) -> Mapping[str, Any]:
    """The top of the document, which must be a mapping; anything else is a finding and reads as empty."""
    if isinstance(document.data, dict):
        return document.data
    if not document.findings:
        _find(document, "not_a_mapping", (), 1)
    return {}
