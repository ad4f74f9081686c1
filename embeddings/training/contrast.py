"""Contrastive training of word vectors whose sum stands for a text: symmetric InfoNCE, in-batch negatives, sparse Adam.

Written out in numpy: a text is a row of word counts, so that forward and backward are two sparse products, and one core
does 30 batches of 512 a second.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from embeddings.training.pairs import Source, Swaps

Floats = NDArray[np.float32]


@dataclass
class Adam:
    """Kingma & Ba 2015, moving only the rows that a batch touches."""

    vectors: Floats
    first: Floats = field(init=False)
    second: Floats = field(init=False)
    step: int = 0

    def __post_init__(self) -> None:
        self.first, self.second = np.zeros_like(self.vectors), np.zeros_like(self.vectors)

    def move(self, rows: NDArray[np.int64], slope: Floats, rate: float) -> None:
        """One step against `slope`, the gradient of these rows."""
        self.step += 1
        self.first[rows] = first = 0.9 * self.first[rows] + 0.1 * slope
        self.second[rows] = second = 0.999 * self.second[rows] + 0.001 * slope * slope
        first, second = first / (1 - 0.9**self.step), second / (1 - 0.999**self.step)
        self.vectors[rows] -= np.float32(rate) * first / (np.sqrt(second) + np.float32(1e-8))


def train(
    vectors: Floats,
    sources: Sequence[Source],
    swap: Swaps,
    steps: int,
    seed: int,
    batch: int = 512,
    rate: float = 1e-3,
    report: Callable[[int, float], None] = lambda step, loss: None,
) -> Floats:
    """(words, dimension) vectors after `steps` batches, the rate falling to 0 in a straight line."""
    random = np.random.default_rng(seed)
    adam = Adam(vectors.copy())
    shares = np.array([source.share for source in sources])
    batches = [_batches(source, batch, random) for source in sources]
    for step in range(steps):
        chosen = random.choice(len(sources), p=shares / shares.sum())
        left, right = next(batches[chosen])
        left = swap(left, sources[chosen].swapped, random)
        rows = np.unique(np.concatenate([left.indices, right.indices]))
        left, right = left[:, rows], right[:, rows]
        loss, slope = infonce(adam.vectors[rows], left, right, sources[chosen].scale)
        adam.move(rows, slope, rate * (1 - step / steps))
        report(step, loss)
    return adam.vectors


def infonce(vectors: Floats, left: sp.csr_matrix, right: sp.csr_matrix, scale: float) -> tuple[float, Floats]:
    """The loss (nats) of telling each left text's right text among all of the batch, both ways, and its gradient.

    `left` and `right`: (pairs, words) counts; `vectors`: (words, dimension). Source: van den Oord et al. 2018.
    """
    (a, a_length), (b, b_length) = _unit(left @ vectors), _unit(right @ vectors)
    scores = np.exp(np.float32(scale) * (a @ b.T - 1))
    forth, back = scores / scores.sum(axis=1, keepdims=True), scores / scores.sum(axis=0, keepdims=True)
    loss = -float(np.log(np.maximum(forth.diagonal() * back.diagonal(), 1e-30)).mean() / 2)
    error = (forth + back) / 2
    error[np.diag_indices_from(error)] -= 1
    error *= np.float32(scale / len(error))
    a_slope, b_slope = error @ b, error.T @ a
    a_slope = (a_slope - a * (a * a_slope).sum(axis=1, keepdims=True)) / a_length
    b_slope = (b_slope - b * (b * b_slope).sum(axis=1, keepdims=True)) / b_length
    return loss, left.T @ a_slope + right.T @ b_slope


def _unit(vectors: Floats) -> tuple[Floats, Floats]:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True) + np.float32(1e-6)
    return vectors / lengths, lengths


def _batches(source: Source, size: int, random: np.random.Generator) -> Iterator[tuple[sp.csr_matrix, sp.csr_matrix]]:
    """Batches without end; every pair comes once before any comes again."""
    count = source.left.shape[0]
    while True:
        order = random.permutation(count)
        for start in range(0, max(count - size, 0) + 1, size):
            chosen = order[start : start + size]
            yield source.left[chosen], source.right[chosen]
