"""Cuts a sentence into the encoder's word pieces: a unigram language model read from its sp.model file.

Only pieces that a Chinese message can hold are kept (Han, digits, punctuation, frequent Latin): 15,000 of
128,000, which saves about 60 MB of piece table. The text is expected in half width, lower case.
"""

import re
import struct
from collections.abc import Iterator, Sequence
from pathlib import Path

UNKNOWN, START, STOP = 0, 1, 2
_SPACE = "▁"
_HAN = re.compile(r"▁?[\u3000-\u303f\u4e00-\u9fff\uff00-\uff65]+")
_LATIN = re.compile(r"▁?[a-z0-9!-/:-@\[-`{-~]+|▁")
_FREQUENT = 24_000
"""Pieces are numbered by frequency; beyond this number Latin ones are mostly other languages."""


class Pieces:
    """The pieces of a sentence as numbers of the encoder's table."""

    def __init__(self, model: Path) -> None:
        self.kept: list[int] = [UNKNOWN, START, STOP]
        self._known: dict[str, tuple[int, float]] = {}
        lowest = 0.0
        for number, (piece, score) in enumerate(_scored_pieces(model.read_bytes())):
            lowest = min(lowest, score)
            if _HAN.fullmatch(piece) or (number < _FREQUENT and _LATIN.fullmatch(piece)):
                self._known[piece] = (len(self.kept), score)
                self.kept.append(number)
        self._longest = max(map(len, self._known))
        self._unknown_score = lowest - 10.0

    def cut(self, text: str) -> list[int]:
        """The likeliest pieces of `text` between START and STOP, as positions in `kept`."""
        line = _SPACE + _SPACE.join(text.split())
        best = [0.0] + [float("-inf")] * len(line)
        came: list[tuple[int, int]] = [(0, UNKNOWN)] * (len(line) + 1)
        for here in range(len(line)):
            for there, piece, score in self._steps(line, here):
                if best[here] + score > best[there]:
                    best[there] = best[here] + score
                    came[there] = (here, piece)
        return [START, *_backwards(came), STOP]

    def _steps(self, line: str, here: int) -> Iterator[tuple[int, int, float]]:
        known = self._known
        single = False
        for there in range(here + 1, min(here + self._longest, len(line)) + 1):
            found = known.get(line[here:there])
            if found is not None:
                single = single or there == here + 1
                yield there, *found
        if not single:
            yield here + 1, UNKNOWN, self._unknown_score


def _backwards(came: Sequence[tuple[int, int]]) -> list[int]:
    pieces, here = [], len(came) - 1
    while here > 0:
        here, piece = came[here]
        pieces.append(piece)
    return pieces[::-1]


def _scored_pieces(data: bytes) -> Iterator[tuple[str, float]]:
    """Every (piece, log probability) of a sentencepiece model: field 1 of the protobuf, repeated."""
    for number, body in _fields(data):
        if number == 1:
            parts = dict(_fields(body))
            score = struct.unpack("<f", parts[2])[0] if 2 in parts else 0.0
            yield parts[1].decode(), score


def _fields(data: bytes) -> Iterator[tuple[int, bytes]]:
    """The fields of one protobuf message: length-delimited and fixed ones; plain integers are passed over."""
    here = 0
    while here < len(data):
        key, here = _varint(data, here)
        match key & 7:
            case 0:
                _, here = _varint(data, here)
            case 1 | 5 as kind:
                size = 8 if kind == 1 else 4
                yield key >> 3, data[here : here + size]
                here += size
            case 2:
                size, here = _varint(data, here)
                yield key >> 3, data[here : here + size]
                here += size
            case kind:
                raise ValueError(f"not a sentencepiece model: protobuf wire type {kind}")


def _varint(data: bytes, here: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[here]
        value |= (byte & 0x7F) << shift
        here += 1
        if byte < 0x80:
            return value, here
        shift += 7
