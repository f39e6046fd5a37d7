"""Makes published ONNX files ready to run, in memory: the files on disk stay as their makers published them.

Two things are changed, and what comes out is the same to the last digits of a float. SFace lists its packed
weights as inputs that the caller should supply, so onnxruntime asks for 174 tensors that nobody has: those
entries are taken off the list. And PRelu, which onnxruntime computes slowly, becomes steps that it computes
fast: half the time for a face. ONNX is protobuf, and this much of protobuf needs no library: a field is a
key, a length and a body.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

# Field numbers of onnx.proto.
GRAPH = 7  # ModelProto.graph
GRAPH_NODE, GRAPH_INITIALIZER, GRAPH_INPUT = 1, 5, 11
NODE_INPUT, NODE_OUTPUT, NODE_OP, NODE_ATTRIBUTE = 1, 2, 4, 5
INITIALIZER_NAME, INPUT_NAME = 8, 1
TENSOR_DIMENSION, TENSOR_KIND, TENSOR_BYTES = 1, 2, 9
FLOAT, INT64 = 1, 7
LENGTH_DELIMITED = 2

FLAT, ONE = b"ready/flat", b"ready/one"
EXACT = b"\x0a\x07epsilon" + b"\x15" + struct.pack("<f", 0) + b"\xa0\x01\x01"
"""The attribute epsilon = 0 (name, float, kind): nothing is added to the variance."""


@dataclass(frozen=True, slots=True)
class _Field:
    number: int
    whole: bytes  # key, length and body
    body: bytes  # empty unless length-delimited


def ready_to_run(model: bytes, *, keep_prelu: bool = False) -> bytes:
    """The same model, without weights among its inputs and, unless it is to be kept, without PRelu.

    Raises:
        ValueError: the bytes are not a protobuf message.
    """
    parts = []
    for part in _fields(model):
        is_graph = part.number == GRAPH
        parts.append(_delimited(GRAPH, _ready(part.body, keep_prelu)) if is_graph else part.whole)
    return b"".join(parts)


def _ready(graph: bytes, keep_prelu: bool) -> bytes:
    parts = list(_fields(graph))
    nodes = [part.body for part in parts if part.number == GRAPH_NODE]
    within = {_first(part.body, INITIALIZER_NAME) for part in parts if part.number == GRAPH_INITIALIZER}
    within |= {_first(node, NODE_OUTPUT) for node in nodes}
    asked_for = {name for node in nodes for name in _all(node, NODE_INPUT)} - within
    kept = []
    for part in parts:
        if part.number == GRAPH_NODE and not keep_prelu:
            kept.append(_without_prelu(part))
        elif part.number != GRAPH_INPUT or _first(part.body, INPUT_NAME) in asked_for:
            kept.append(part.whole)
    if any(_first(node, NODE_OP) == b"PRelu" for node in nodes) and not keep_prelu:
        kept += [_constant(FLAT, INT64, struct.pack("<q", -1)), _constant(ONE, FLOAT, struct.pack("<f", 1))]
    return b"".join(kept)


def _without_prelu(node: _Field) -> bytes:
    """PRelu(x, a), one slope for each channel, is a * x + (1 - a) * Relu(x).

    The factors are written as BatchNormalization: unlike a multiplication it keeps onnxruntime's blocked
    layout, and the sum is made in the same pass. What comes of `a` alone is computed once, at load.
    """
    if _first(node.body, NODE_OP) != b"PRelu":
        return node.whole
    x, slope = _all(node.body, NODE_INPUT)
    out = _first(node.body, NODE_OUTPUT)
    below, above, nought, one, plus, sloped, rest = (
        out + b"/" + name for name in (b"below", b"above", b"nought", b"one", b"plus", b"sloped", b"rest")
    )
    return b"".join(
        [
            _node(b"Reshape", [slope, FLAT], below),
            _node(b"Sub", [below, below], nought),
            _node(b"Add", [nought, ONE], one),
            _node(b"Sub", [one, below], above),
            _node(b"Relu", [x], plus),
            _node(b"BatchNormalization", [x, below, nought, nought, one], sloped, EXACT),
            _node(b"BatchNormalization", [plus, above, nought, nought, one], rest, EXACT),
            _node(b"Add", [sloped, rest], out),
        ]
    )


def _node(op: bytes, inputs: list[bytes], output: bytes, attribute: bytes = b"") -> bytes:
    fields = [*((NODE_INPUT, name) for name in inputs), (NODE_OUTPUT, output), (NODE_OP, op)]
    fields += [(NODE_ATTRIBUTE, attribute)] if attribute else []
    return _delimited(GRAPH_NODE, b"".join(_delimited(number, text) for number, text in fields))


def _all(message: bytes, number: int) -> list[bytes]:
    return [part.body for part in _fields(message) if part.number == number]


def _first(message: bytes, number: int) -> bytes:
    return next(iter(_all(message, number)), b"")


def _fields(message: bytes) -> Iterator[_Field]:
    at = 0
    while at < len(message):
        start = at
        key, at = _varint(message, at)
        body = b""
        match key & 7:
            case 0:
                _, at = _varint(message, at)
            case 1:
                at += 8
            case 2:
                length, at = _varint(message, at)
                body = message[at : at + length]
                at += length
            case 5:
                at += 4
            case kind:
                raise ValueError(f"not a protobuf message: field of kind {kind}")
        if at > len(message):
            raise ValueError("not a protobuf message: it ends within a field")
        yield _Field(key >> 3, message[start:at], body)


def _varint(message: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        if at >= len(message) or shift > 63:
            raise ValueError("not a protobuf message: it ends within a number")
        byte = message[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at


def _delimited(number: int, body: bytes) -> bytes:
    return _encoded(number << 3 | LENGTH_DELIMITED) + _encoded(len(body)) + body


def _constant(name: bytes, kind: int, value: bytes) -> bytes:
    """An initializer that holds one number."""
    tensor = _number(TENSOR_DIMENSION, 1) + _number(TENSOR_KIND, kind)
    return _delimited(
        GRAPH_INITIALIZER, tensor + _delimited(INITIALIZER_NAME, name) + _delimited(TENSOR_BYTES, value)
    )


def _number(number: int, value: int) -> bytes:
    return _encoded(number << 3) + _encoded(value)


def _encoded(value: int) -> bytes:
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)
