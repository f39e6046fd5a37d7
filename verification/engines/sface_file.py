"""Makes the published SFace file loadable, byte for byte the same on every machine.

The file lists its packed weights as inputs that the caller should supply, so onnxruntime asks for 174 tensors
that nobody has. Taking those entries off the list of inputs is all it needs; the weights stay as they are.
ONNX is protobuf, and this much of protobuf (a field is a key, a length, a body) needs no library.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

GRAPH = 7  # ModelProto.graph
GRAPH_INPUT = 11  # GraphProto.input
INPUT_NAME = 1  # ValueInfoProto.name
LENGTH_DELIMITED = 2


@dataclass(frozen=True, slots=True)
class _Field:
    number: int
    whole: bytes  # key, length and body
    body: bytes  # empty unless length-delimited


def without_weight_inputs(model: bytes, picture_input: bytes = b"data") -> bytes:
    """The same model whose only input is the picture.

    Raises:
        ValueError: the bytes are not a protobuf message.
    """
    return b"".join(
        _delimited(GRAPH, _only_picture_input(part.body, picture_input))
        if part.number == GRAPH
        else part.whole
        for part in _fields(model)
    )


def _only_picture_input(graph: bytes, picture_input: bytes) -> bytes:
    kept = [
        part.whole
        for part in _fields(graph)
        if part.number != GRAPH_INPUT or _input_name(part.body) == picture_input
    ]
    return b"".join(kept)


def _input_name(value: bytes) -> bytes:
    return next((part.body for part in _fields(value) if part.number == INPUT_NAME), b"")


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


def _encoded(value: int) -> bytes:
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)
