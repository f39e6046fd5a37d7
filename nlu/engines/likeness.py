"""How like the examples a text is: by its characters, by its sounds, and by its sense.

A recipe mixes the three into one kernel for a head. Without the encoder only characters and sounds count.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nlu.engines.encoder import WIDTH, Encoder
from nlu.engines.features import WordView, character_runs, characters, sounds

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Recipe:
    """What a kernel is mixed of. The weights were found by cross-validation: see docs/ear.md.

    `sharpness` g turns the cosine c of two sentences into exp(g (c - 1)); 0 leaves it as it is.
    `directions` is how many of a sentence's 512 are compared, the main ones of the examples; 0: all.
    `glances`: what is clear from characters and sounds is not looked at again by its sense.
    """

    head: str
    words: float
    sounds: float
    sentence: float
    pooled: float = 0.0
    sharpness: float = 0.0
    counts: bool = False
    directions: int = 0
    glances: bool = False


LOCAL = Recipe("ridge", words=1.0, sounds=1.0, sentence=3.0, sharpness=3.0, directions=128, glances=True)
MANY = Recipe("nearest", words=1.0, sounds=1.0, sentence=3.0, sharpness=3.0, directions=128)
LINEAR = Recipe("logistic", words=1.0, sounds=0.0, sentence=2.0, pooled=2.0, counts=True)


@dataclass(frozen=True, slots=True)
class Likeness:
    """Rows are texts, columns examples: the mixed kernel, and the two likenesses it was mixed of."""

    kernel: Floats
    words: Floats
    sense: Floats

    def rows(self, places: Sequence[int]) -> "Likeness":
        """The same of the texts at these places."""
        some = list(places)
        return Likeness(self.kernel[some], self.words[some], self.sense[some])


class Examples:
    """The examples that texts are held against."""

    def __init__(self, texts: Sequence[str], encoder: Encoder | None, recipe: Recipe) -> None:
        self.texts = tuple(texts)
        self._encoder, self.recipe = encoder, recipe
        cut = character_runs if recipe.counts else characters
        self._words = WordView(texts, cut, counts=recipe.counts)
        self._sounds = WordView(texts, sounds) if recipe.sounds else None
        self._centre = np.zeros(WIDTH, dtype=np.float32)
        if encoder is not None:
            vectors = self._vectors(encoder, texts, known=True)
            self._centre = vectors[:, WIDTH:].mean(axis=0) if recipe.pooled else self._centre
            self._directions = _main_directions(vectors[:, :WIDTH], recipe.directions)
            self._sentences, self._pooled = self._split(vectors)

    @property
    def glances(self) -> bool:
        """Whether `written` is enough where it is clear."""
        return self.recipe.glances and self._encoder is not None

    def written(self, texts: Sequence[str]) -> Likeness:
        """How like every example each text is by its characters and sounds alone."""
        r = self.recipe
        words = kernel = self._words.likeness(texts)
        if self._sounds is not None:
            sounded = self._sounds.likeness(texts)
            kernel = np.float32(r.words) * words + np.float32(r.sounds) * sounded
            kernel /= r.words + r.sounds
            words = np.float32(0.5) * (words + sounded)
        return Likeness(kernel, words, np.zeros_like(words))

    def meant(self, texts: Sequence[str], written: Likeness, *, known: bool = False) -> Likeness:
        """The same by their sense too; `known` texts are looked up where they were encoded."""
        if self._encoder is None:
            return written
        r = self.recipe
        sentences, pooled = self._split(self._vectors(self._encoder, texts, known=known))
        sense = sentences @ self._sentences.T
        kernel = written.kernel * np.float32(r.words + r.sounds)
        kernel += r.sentence * _sharpened(sense, r.sharpness)
        if r.pooled:
            kernel += r.pooled * (pooled @ self._pooled.T)
        kernel /= r.words + r.sounds + r.sentence + r.pooled
        return Likeness(kernel, written.words, sense)

    def _vectors(self, encoder: Encoder, texts: Sequence[str], *, known: bool) -> Floats:
        if known:
            return encoder.encode_examples(texts, 2 * WIDTH if self.recipe.pooled else WIDTH)
        return encoder.encode(texts)

    def _split(self, vectors: Floats) -> tuple[Floats, Floats]:
        """The sentence vectors, and the pooled ones centred on the examples, all of length 1."""
        sentences = np.ascontiguousarray(vectors[:, :WIDTH])
        if self._directions is not None:
            sentences = sentences @ self._directions
            sentences /= np.maximum(np.linalg.norm(sentences, axis=1, keepdims=True), 1e-6)
        if not self.recipe.pooled:
            return sentences, np.empty((len(vectors), 0), dtype=np.float32)
        pooled = vectors[:, WIDTH:] - self._centre
        return sentences, pooled / np.maximum(np.linalg.norm(pooled, axis=1, keepdims=True), 1e-6)


def _sharpened(cosines: Floats, sharpness: float) -> Floats:
    if not sharpness:
        return cosines
    out: Floats = cosines * np.float32(sharpness)
    out -= np.float32(sharpness)
    return np.exp(out, out=out)


def _main_directions(sentences: Floats, count: int) -> Floats | None:
    """The `count` directions (512, count) that hold most of what the sentences are; None: all of them.

    A few hundred sentences do not tell which these are, and cost little.
    """
    if not count or len(sentences) < 4 * count:
        return None
    _, directions = np.linalg.eigh(sentences.T @ sentences)
    return np.ascontiguousarray(directions[:, -count:], dtype=np.float32)
