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
        root = loader.get_single_node()
        if root is not None:
            document.data = _Reader(loader, document).value(root, ())
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        reason = getattr(error, "problem", None) or "YAML"
        _find(document, "yaml_syntax", (), mark.line + 1 if mark else 0, reason=reason)
    finally:
        loader.dispose()
    return document


class _Reader:
    """Turns nodes into plain values while it writes down lines and traps."""

    def __init__(self, loader: yaml.CSafeLoader, document: Document) -> None:
        self._loader = loader
        self._document = document
        self._seen: set[int] = set()

    def value(self, node: yaml.Node, path: Way) -> Any:
        line = node.start_mark.line + 1
        self._document.lines.setdefault(path, line)
        if id(node) in self._seen:
            _find(self._document, "alias", path, line)
            return None
        self._seen.add(id(node))
        match node:
            case yaml.MappingNode():
                return dict(self._pairs(node, path))
            case yaml.SequenceNode():
                return [self.value(item, (*path, n)) for n, item in enumerate(node.value)]
            case _:
                return self._scalar(node, path)

    def _pairs(self, node: yaml.MappingNode, path: Way) -> Iterator[tuple[str, Any]]:
        seen: set[str] = set()
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, yaml.ScalarNode):
                _find(self._document, "yaml_syntax", path, line, reason="? ")
                continue
            key = str(key_node.value)
            self._scalar(key_node, (*path, key))
            if key in seen:
                _find(self._document, "duplicate_key", (*path, key), line, key=key)
                continue
            seen.add(key)
            self._document.lines[(*path, key)] = line
            yield key, self.value(value_node, (*path, key))

    def _scalar(self, node: yaml.Node, path: Way) -> Any:
        trap = _trap(node)
        if trap:
            _find(self._document, trap, path, node.start_mark.line + 1, word=node.value)
            return str(node.value)
        try:
            return self._loader.construct_object(node)
        except ValueError:  # 2026-02-30
            _find(self._document, "not_a_date", path, node.start_mark.line + 1)
            return str(node.value)


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
