"""What the encoder keeps ready of every frequent piece: its part of the first convolution."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

DEPTH = 256
"""Numbers in each of the three branches."""
STEM = 13 * DEPTH
"""Three for the projected piece, and one for each place in the windows of two, three and five pieces."""
EPSILON = np.float32(1e-12)
_MOST_STEPS = 32_767


class Stems(NamedTuple):
    """What of the first convolution depends on one piece alone, for n pieces: `STEM` numbers each.

    First the projected piece (3 times `DEPTH`), then for each branch its share in every place of a window.
    Kept as `steps` of a `size` that each piece has of its own: half of what floats take, and read three times
    as fast as half floats, which numpy turns into floats one by one.
    """

    steps: NDArray[np.int16]
    size: Floats

    @classmethod
    def empty(cls, count: int) -> "Stems":
        """Room for the stems of `count` pieces."""
        return cls(np.empty((count, STEM), dtype=np.int16), np.empty((count, 1), dtype=np.float32))

    def put(self, first: int, stems: Floats) -> None:
        """Keep these stems, one row each, from place `first` on."""
        size = np.maximum(np.abs(stems).max(axis=1, keepdims=True), EPSILON) / np.float32(_MOST_STEPS)
        self.size[first : first + len(stems)] = size
        self.steps[first : first + len(stems)] = np.rint(stems / size)

    def rows(self, places: NDArray[np.int64]) -> Floats:
        """The stems at these places, one row each."""
        out: Floats = self.steps[places].astype(np.float32)
        out *= self.size[places]
        return out


class Frequent(NamedTuple):
    """The pieces that are frequent in an ear's content, and their stems."""

    pieces: tuple[int, ...]
    stems: Stems
