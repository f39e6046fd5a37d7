"""The two notations of pushes and replies, XML and JSON, read into and written from plain dicts.

Read here and not by wechatpy, because its parser (xmltodict) trims the white space that a citizen typed,
makes None of an empty text and a list of a repeated tag, builds a tree of any depth, and takes 2.5 times
as long; its renderer breaks on "]]>" and on control characters.
"""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any
from xml.parsers import expat

from bot.channels.wechat_crypto import Malformed

Fields = dict[str, Any]

BODY_CAP_BYTES = 64 * 1024
_DEPTH_CAP = 8
_NODE_CAP = 512
"""Far above any push: the deepest known one has 5 levels, the longest 24 elements."""

_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def read(body: bytes) -> Fields:
    """The fields of a push, texts exactly as they were sent; a tag that repeats gives a list.

    Raises:
        Malformed: neither an <xml> document without a DTD, within the caps, nor a JSON object.
    """
    return _read_json(body) if body.lstrip()[:1] == b"{" else _read_xml(body)


def is_json(body: bytes) -> bool:
    """Whether the account pushes JSON; the reply must then be JSON too."""
    return body.lstrip()[:1] == b"{"


def write_xml(fields: Mapping[str, Any]) -> str:
    """An <xml> document that stays well formed whatever the texts hold.

    Characters that XML 1.0 cannot carry are left out, since no reader could show them.
    """
    return f"<xml>{_elements(fields)}</xml>"


def write_json(fields: Mapping[str, Any]) -> str:
    """JSON in raw UTF-8: WeChat shows `\\u` escapes as they stand, or refuses them (40033)."""
    text = json.dumps(fields, ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "replace").decode()


class _Tree:
    """Builds the fields while expat reads; one per document."""

    __slots__ = ("nodes", "open", "root", "texts")

    def __init__(self) -> None:
        self.root: Fields | None = None
        self.open: list[tuple[str, Fields]] = []
        self.texts: list[str] = []
        self.nodes = 0

    def start(self, name: str, _attributes: dict[str, str]) -> None:
        self.nodes += 1
        if self.nodes > _NODE_CAP or len(self.open) >= _DEPTH_CAP or (not self.open and name != "xml"):
            raise Malformed("shape")
        self.open.append((name, {}))
        self.texts.clear()

    def end(self, name: str) -> None:
        _, children = self.open.pop()
        if not self.open:
            self.root = children
            return
        value: Any = children or "".join(self.texts)
        self.texts.clear()
        _put(self.open[-1][1], name, value)


def _put(fields: Fields, name: str, value: Any) -> None:
    if name not in fields:
        fields[name] = value
    elif isinstance(fields[name], list):
        fields[name].append(value)
    else:
        fields[name] = [fields[name], value]


def _read_xml(body: bytes) -> Fields:
    tree = _Tree()
    parser = expat.ParserCreate("UTF-8")
    parser.buffer_text = True
    parser.StartElementHandler = tree.start
    parser.EndElementHandler = tree.end
    parser.CharacterDataHandler = tree.texts.append
    parser.StartDoctypeDeclHandler = _no_doctype
    try:
        parser.Parse(body, True)
    except expat.ExpatError:
        raise Malformed("xml") from None
    if tree.root is None:
        raise Malformed("xml")
    return tree.root


def _no_doctype(*_: Any) -> None:
    raise Malformed("doctype")


def _read_json(body: bytes) -> Fields:
    try:
        fields = json.loads(body)
    except (ValueError, RecursionError):
        raise Malformed("json") from None
    if not isinstance(fields, dict):
        raise Malformed("json")
    _check_shape(fields)
    return fields


def _check_shape(fields: Fields) -> None:
    """The caps of XML, for JSON: looked at level by level."""
    level, nodes = list(fields.values()), 0
    for _ in range(_DEPTH_CAP):
        nodes += len(level)
        if nodes > _NODE_CAP:
            break
        inner = [
            one.values() if isinstance(one, dict) else one for one in level if isinstance(one, dict | list)
        ]
        if not inner:
            return
        level = [value for values in inner for value in values]
    raise Malformed("shape")


def _elements(fields: Mapping[str, Any]) -> str:
    return "".join([_element(name, value) for name, value in fields.items()])


def _element(name: str, value: Any) -> str:
    match value:
        case str():
            return f"<{name}><![CDATA[{_cdata(value)}]]></{name}>"
        case int():
            return f"<{name}>{value}</{name}>"
        case Mapping():
            return f"<{name}>{_elements(value)}</{name}>"
        case Sequence():
            return "".join([_element(name, one) for one in value])
    raise TypeError(f"no element for a {type(value).__name__} in <{name}>")


def _cdata(text: str) -> str:
    return _NOT_IN_XML.sub("", text).replace("]]>", "]]]]><![CDATA[>")
