"""What the ear compares in two texts: their characters and how they sound, as numbered n-grams.

A text is an array of signs; n-grams of signs are mixed into 64-bit codes, so that a vocabulary is one sorted
array instead of a dictionary of strings. Sounds come from pypinyin's table of single characters; its phrase
table (55 MB resident) is not needed, because the same reading is taken on both sides.
"""

import importlib.util
import json
import unicodedata
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nlu.text import words_only

Codes = NDArray[np.uint64]
Floats = NDArray[np.float32]

_HAN = (0x4E00, 0xA000)
_PRIME = np.uint64(0x9E3779B97F4A7C15)


def characters(text: str) -> Codes:
    """Single characters, pairs, and pairs with one character between them; the edges count as characters."""
    signs = _signs(text)
    return np.concatenate([signs, _mixed(1, signs[:-1], signs[1:]), _mixed(2, signs[:-2], signs[2:])])


def character_runs(text: str) -> Codes:
    """Runs of one, two and three characters."""
    signs = _signs(text)
    pairs = _mixed(1, signs[:-1], signs[1:])
    return np.concatenate([signs, pairs, _mixed(3, pairs[:-1], signs[2:])])


def syllables(text: str) -> Codes:
    """A number for the toneless syllable of each Han character; other signs stand for themselves."""
    signs = _signs(text)[1:-1].copy()
    han = (signs >= _HAN[0]) & (signs < _HAN[1])
    signs[han] = _syllable_table()[signs[han].astype(np.int64) - _HAN[0]]
    return signs


def sounds(text: str) -> Codes:
    """Syllables and pairs of them: homophone slips look alike."""
    signs = syllables(text)
    return np.concatenate([signs, _mixed(1, signs[:-1], signs[1:])])


class WordView:
    """The n-grams of all examples, turned around: which examples hold a given n-gram, and how strongly.

    Weighted by TF-IDF with rows of length 1 (a likeness of 1 is the same text), or by bare counts.
    """

    def __init__(self, texts: Sequence[str], cut: Callable[[str], Codes], *, counts: bool = False) -> None:
        self._cut, self._counts, self.size = cut, counts, len(texts)
        found = [np.unique(cut(text), return_counts=True) for text in texts]
        self._known, seen_in = np.unique(np.concatenate([codes for codes, _ in found]), return_counts=True)
        self._rarity = (np.log((1 + self.size) / (1 + seen_in)) + 1).astype(np.float32)
        self._rarest = np.float32(np.log((1 + self.size) / 2) + 1)
        self._scale = np.float32(1.0)
        rows = [self._weighted(*row) for row in found]
        if counts:
            self._scale = np.float32(np.sqrt(np.mean([weights @ weights for _, weights in rows])))
            rows = [(places, weights / self._scale) for places, weights in rows]
        places = np.concatenate([places for places, _ in rows])
        order = np.argsort(places, kind="stable")
        owners = np.repeat(np.arange(self.size), [len(places) for places, _ in rows])
        self._owners = owners[order]
        self._strengths = np.concatenate([weights for _, weights in rows]).astype(np.float64)[order]
        self._starts = np.searchsorted(places[order], np.arange(len(self._known) + 1))

    def likeness(self, text: str) -> Floats:
        """How like every example `text` is, in their order."""
        places, weights = self._weighted(*np.unique(self._cut(text), return_counts=True))
        weights = weights / self._scale
        starts = self._starts[places]
        lengths = self._starts[places + 1] - starts
        shift = np.repeat(starts - np.concatenate(([0], np.cumsum(lengths)[:-1])), lengths)
        hits = np.arange(int(lengths.sum())) + shift
        shares = self._strengths[hits] * np.repeat(weights, lengths)
        return np.bincount(self._owners[hits], shares, minlength=self.size).astype(np.float32)

    def _weighted(self, codes: Codes, counts: NDArray[np.int64]) -> tuple[NDArray[np.int64], Floats]:
        """Places in the vocabulary, and weights. What no example holds still makes a text less like any."""
        places = np.minimum(np.searchsorted(self._known, codes), len(self._known) - 1)
        known = self._known[places] == codes
        if self._counts:
            return places[known], counts[known].astype(np.float32)
        weights = (1 + np.log(counts)) * np.where(known, self._rarity[places], self._rarest)
        length = max(float(np.sqrt(weights @ weights)), 1e-9)
        return places[known], (weights[known] / length).astype(np.float32)


def _signs(text: str) -> Codes:
    edged = f"\x02{words_only(text)}\x03"
    return np.frombuffer(edged.encode("utf-32-le"), dtype=np.uint32).astype(np.uint64)


def _mixed(kind: int, left: Codes, right: Codes) -> Codes:
    with np.errstate(over="ignore"):
        return (left * _PRIME + right) * _PRIME + np.uint64(kind)


@cache
def _syllable_table() -> Codes:
    """The number of the sound of every common Han character; without pypinyin every one sounds different."""
    table = np.arange(*_HAN, dtype=np.uint64)
    spec = importlib.util.find_spec("pypinyin")
    if spec is not None and spec.origin is not None:
        raw = json.loads((Path(spec.origin).parent / "pinyin_dict.json").read_text(encoding="utf-8"))
        numbers: dict[str, int] = {}
        for code, readings in raw.items():
            if _HAN[0] <= int(code) < _HAN[1]:
                sound = _toneless(readings.split(",")[0])
                table[int(code) - _HAN[0]] = 0x200000 + numbers.setdefault(sound, len(numbers))
    return table


def _toneless(reading: str) -> str:
    letters = unicodedata.normalize("NFD", reading)
    return "".join(letter for letter in letters if not unicodedata.combining(letter))
