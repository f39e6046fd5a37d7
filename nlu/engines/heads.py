"""The heads: from likenesses to a score per topic. The fitted ones are linear in the kernel.

`fit_*` takes the kernel between all examples (n, n), the wanted scores (n, k) and the fold of every example,
and gives the weights together with the scores each example would get from a model that never saw its fold.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Head:
    """score = kernel row @ weights + offset."""

    weights: Floats
    offset: Floats

    def scores(self, kernel: Floats) -> Floats:
        """A score per topic for every kernel row."""
        out: Floats = kernel @ self.weights + self.offset
        return out


@dataclass(frozen=True, slots=True)
class Nearest:
    """score = likeness of the topic's nearest example: for more topics than anything could be solved for.

    `starts` is where the examples of each topic start in a kernel row.
    """

    starts: Ints

    def scores(self, kernel: Floats) -> Floats:
        """A score per topic for every kernel row."""
        out: Floats = np.maximum.reduceat(kernel, self.starts, axis=1)
        return out


def fit_ridge(kernel: Floats, wanted: Floats, folds: Ints, *, stiffness: float = 0.1) -> tuple[Head, Floats]:
    """Kernel ridge on the centred kernel; `kernel` is used up.

    Leaving a fold b out is exact and costs no second fit: with G the inverse, residual = G_bb^-1 weights_b.
    """
    offset, centre = wanted.mean(axis=0), kernel.mean(axis=0)
    root = kernel
    root -= centre
    root -= centre[:, None] - centre.mean()
    root[np.diag_indices(len(kernel))] += stiffness
    _invert_root(root)
    weights = root.T @ (root @ (wanted - offset))
    unseen = np.empty_like(wanted)
    for fold in np.unique(folds):
        held = np.flatnonzero(folds == fold)
        block = root[:, held].T @ root[:, held]
        unseen[held] = wanted[held] - np.linalg.solve(block, weights[held])
    return Head(weights, offset - centre @ weights), unseen


def _invert_root(a: Floats) -> None:
    """Puts R with R^T R = a^-1 in the place of a symmetric positive matrix, by halves (Cholesky).

    Almost all of it is matrix products: six times as fast as `np.linalg.inv` on one core, in the same memory.
    """
    n = len(a)
    if n <= 192:
        a[:] = np.linalg.inv(np.linalg.cholesky(a.astype(np.float64)))
        return
    h = n // 2
    top, low = a[:h, :h], a[h:, h:]
    _invert_root(top)
    side = a[h:, :h] @ top.T
    low -= side @ side.T
    _invert_root(low)
    a[h:, :h] = -(low @ (side @ top))
    a[:h, h:] = 0


def fit_logistic(
    kernel: Floats, wanted: Floats, folds: Ints, *, looseness: float = 30.0
) -> tuple[Head, Floats]:
    """Multinomial kernel logistic regression: better than ridge with few examples, and much slower."""
    unseen = np.empty_like(wanted)
    for fold in np.unique(folds):
        rest, held = np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)
        weights, offset = _logistic(kernel[np.ix_(rest, rest)], wanted[rest], looseness)
        unseen[held] = kernel[np.ix_(held, rest)] @ weights + offset
    weights, offset = _logistic(kernel, wanted, looseness)
    return Head(weights, offset), unseen


def _logistic(kernel: Floats, wanted: Floats, looseness: float) -> tuple[Floats, Floats]:
    """Weights (n, k) and offset (k,) that minimise 1/2 |w|^2 + looseness * cross entropy."""
    n, k = wanted.shape
    root = np.linalg.cholesky(kernel.astype(np.float64) + 1e-4 * np.eye(n))
    wanted = wanted / np.maximum(wanted.sum(axis=1, keepdims=True), 1e-9)

    def slope(point: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        w, b = point[: n * k].reshape(n, k), point[n * k :]
        z = root @ w + b
        z -= z.max(axis=1, keepdims=True)
        log_p = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
        error = looseness * (np.exp(log_p) - wanted)
        loss = 0.5 * float((w * w).sum()) - looseness * float((wanted * log_p).sum())
        return loss, np.concatenate([(root.T @ error + w).ravel(), error.sum(axis=0)])

    point = _minimum(slope, np.zeros(n * k + k))
    weights = np.linalg.solve(root.T, point[: n * k].reshape(n, k))
    return weights.astype(np.float32), point[n * k :].astype(np.float32)


def _minimum(
    slope: Callable[[NDArray[np.float64]], tuple[float, NDArray[np.float64]]],
    point: NDArray[np.float64],
    rounds: int = 60,
    memory: int = 8,
) -> NDArray[np.float64]:
    """The lowest point of a convex function that gives its value and gradient (L-BFGS, Armijo steps)."""
    value, gradient = slope(point)
    steps: list[tuple[NDArray[np.float64], NDArray[np.float64]]] = []
    for _ in range(rounds):
        direction = _downhill(gradient, steps)
        length = 1.0 if steps else min(1.0, 1.0 / float(np.abs(gradient).sum() + 1e-12))
        fall = float(gradient @ direction)
        while True:
            there = point + length * direction
            new_value, new_gradient = slope(there)
            if new_value <= value + 1e-4 * length * fall or length < 1e-10:
                break
            length /= 2
        if (there - point) @ (new_gradient - gradient) > 1e-12:
            steps = [*steps[-memory + 1 :], (there - point, new_gradient - gradient)]
        point, value, gradient = there, new_value, new_gradient
        if float(np.abs(gradient).max()) < 1e-3:
            break
    return point


def _downhill(
    gradient: NDArray[np.float64], steps: list[tuple[NDArray[np.float64], NDArray[np.float64]]]
) -> NDArray[np.float64]:
    direction = -gradient
    shares = []
    for moved, turned in reversed(steps):
        share = float(moved @ direction) / float(moved @ turned)
        direction = direction - share * turned
        shares.append(share)
    if steps:
        moved, turned = steps[-1]
        direction = direction * (float(moved @ turned) / float(turned @ turned))
    for (moved, turned), share in zip(steps, reversed(shares), strict=True):
        direction = direction + (share - float(turned @ direction) / float(moved @ turned)) * moved
    return direction
