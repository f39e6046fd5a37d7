"""Cuts a sentence into the encoder's word pieces: a unigram language model read from its sp.model file.

Only pieces that a Chinese message can hold are kept (Han, digits, punctuation, frequent Latin): 15,000 of
128,000, which saves about 60 MB of piece table. The text is expected in half width, lower case.
"""

import re
import struct
from array import array
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
        self._numbers: dict[str, int] = {}
        self._longest: dict[str, int] = {}
        scores = [0.0] * len(self.kept)
        lowest = 0.0
        for number, (piece, score) in enumerate(_scored_pieces(model.read_bytes())):
            lowest = min(lowest, score)
            if _HAN.fullmatch(piece) or (number < _FREQUENT and _LATIN.fullmatch(piece)):
                self._numbers[piece] = len(self.kept)
                self._longest[piece[0]] = max(len(piece), self._longest.get(piece[0], 1))
                self.kept.append(number)
                scores.append(score)
        scores[UNKNOWN] = lowest - 10.0
        self._scores = array("f", scores)

    def cut(self, text: str) -> list[int]:
        """The likeliest pieces of `text` between START and STOP, as positions in `kept`."""
        line = _SPACE + _SPACE.join(text.split())
        numbers, scores = self._numbers, self._scores
        best = [0.0] + [float("-inf")] * len(line)
        came: list[tuple[int, int]] = [(0, UNKNOWN)] * (len(line) + 1)
        for here, letter in enumerate(line):
            reached = best[here]
            if letter not in numbers and reached + scores[UNKNOWN] > best[here + 1]:
                best[here + 1], came[here + 1] = reached + scores[UNKNOWN], (here, UNKNOWN)
            for there in range(here + 1, min(here + self._longest.get(letter, 0), len(line)) + 1):
                piece = numbers.get(line[here:there])
                if piece is not None and reached + scores[piece] > best[there]:
                    best[there], came[there] = reached + scores[piece], (here, piece)
        return [START, *_backwards(came), STOP]


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
