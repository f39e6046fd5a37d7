"""What the ear compares in two texts: their characters and how they sound, as numbered n-grams.

A text is an array of signs; n-grams of signs are mixed into 64-bit codes, so that a vocabulary is one sorted
array instead of a dictionary of strings. Sounds come from pypinyin's table of single characters; its phrase
table (55 MB resident) is not needed, because the same reading is taken on both sides.
"""

import importlib.util
import json
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nlu.text import words_only

Codes = NDArray[np.uint64]
Floats = NDArray[np.float32]
Ints = NDArray[np.int64]

_AT_ONCE = 16
"""Texts that are looked up at once: more would fall out of the processor's cache."""
_COMMON = 0.1
"""An n-gram that more of the examples hold is kept as a row of numbers: without them, forty in all and the
edges first of all, four fifths less are looked up."""
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
        found = self._found_in(texts)
        self._known, seen_in = np.unique(found.codes, return_counts=True)
        self._rarity = (np.log((1 + self.size) / (1 + seen_in)) + 1).astype(np.float32)
        self._rarest = np.float32(np.log((1 + self.size) / 2) + 1)
        self._scale = np.float32(1.0)
        rows, places, weights = self._weighted(found, self.size)
        if counts:
            self._scale = np.float32(np.sqrt(weights @ weights / self.size))
            weights = weights / self._scale
        rare = seen_in <= self.size * _COMMON
        self._columns = np.where(rare, -1, np.cumsum(~rare) - 1)
        self._common = np.zeros((np.count_nonzero(~rare), self.size), dtype=np.float32)
        is_rare = rare[places]
        self._common[self._columns[places[~is_rare]], rows[~is_rare]] = weights[~is_rare]
        rows, places, weights = rows[is_rare], places[is_rare], weights[is_rare]
        order = np.argsort(places, kind="stable")
        self._owners = rows[order].astype(np.int32)
        self._strengths = weights[order]
        self._starts = np.searchsorted(places[order], np.arange(len(self._known) + 1))

    def likeness(self, texts: Sequence[str]) -> Floats:
        """How like every example (columns) each text (rows) is.

        Texts are looked up a few at a time, by few operations on long arrays: between two operations a busy
        process may give the interpreter to another thread.
        """
        out = np.empty((len(texts), self.size), dtype=np.float32)
        for first in range(0, len(texts), _AT_ONCE):
            some = texts[first : first + _AT_ONCE]
            out[first : first + _AT_ONCE] = self._looked_up(some)
        return out

    def _looked_up(self, texts: Sequence[str]) -> Floats:
        rows, places, weights = self._weighted(self._found_in(texts), len(texts))
        columns = self._columns[places]
        common = columns >= 0
        held = np.zeros((len(texts), len(self._common)), dtype=np.float32)
        held[rows[common], columns[common]] = weights[common]
        out: Floats = held @ self._common
        out += self._rarely(rows[~common], places[~common], weights[~common], len(texts))
        return out

    def _rarely(self, rows: Ints, places: Ints, weights: Floats, texts: int) -> Floats:
        """What the n-grams that few examples hold add to each likeness."""
        starts = self._starts[places]
        lengths = self._starts[places + 1] - starts
        hits = np.repeat(starts - np.cumsum(lengths) + lengths, lengths)
        hits += np.arange(len(hits))
        shares = np.repeat(weights, lengths)
        shares *= self._strengths[hits]
        cells = np.repeat(rows * self.size, lengths)
        cells += self._owners[hits]
        sums = np.bincount(cells, shares, minlength=texts * self.size)
        return sums.astype(np.float32).reshape(texts, self.size)

    def _found_in(self, texts: Sequence[str]) -> "_Found":
        cuts = [self._cut(text) for text in texts]
        rows = np.repeat(np.arange(len(cuts)), [len(codes) for codes in cuts])
        codes = np.concatenate(cuts)
        codes = codes[np.lexsort((codes, rows))]
        is_first = np.ones(len(codes), dtype=np.bool_)
        is_first[1:] = (codes[1:] != codes[:-1]) | (rows[1:] != rows[:-1])
        first = np.flatnonzero(is_first)
        return _Found(rows[first], codes[first], np.diff(first, append=len(codes)))

    def _weighted(self, found: "_Found", texts: int) -> tuple[Ints, Ints, Floats]:
        """Rows, places in the vocabulary, weights. What no example holds makes a text less like any."""
        places = np.minimum(np.searchsorted(self._known, found.codes), len(self._known) - 1)
        known = self._known[places] == found.codes
        if self._counts:
            weights = found.times.astype(np.float32) / self._scale
        else:
            weights = (1 + np.log(found.times)) * np.where(known, self._rarity[places], self._rarest)
            lengths = np.sqrt(np.bincount(found.rows, weights * weights, minlength=texts))
            weights = (weights / np.maximum(lengths, 1e-9)[found.rows]).astype(np.float32)
        return found.rows[known], places[known], weights[known]


@dataclass(frozen=True, slots=True)
class _Found:
    """The n-grams of some texts: each once for its text (`rows`, in order), and how often it is there."""

    rows: Ints
    codes: Codes
    times: Ints


def _signs(text: str) -> Codes:
    edged = f"\x02{words_only(text)}\x03"
    return np.frombuffer(edged.encode("utf-32-le"), dtype=np.uint32).astype(np.uint64)


def _mixed(kind: int, left: Codes, right: Codes) -> Codes:
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
