"""What reads a question and a sentence side by side and says one number, and how it learns to."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits

from embeddings.training.reader.start import Start
from embeddings.training.transformer import DROPPED, Transformer, filled, learn

POOL = 8
"""Batches that are filled together, pairs of like length in one."""


class Example(NamedTuple):
    """A pair as ids and sides (`reader.pair`), whether the sentence answers the question, and how much that counts."""

    ids: list[int]
    sides: list[int]
    answers: float
    weight: float


class Network(nn.Module):
    """On the transformer one number from the first token and the mean of the question's."""

    def __init__(self, start: Start, layers: int) -> None:
        super().__init__()
        self.trunk = Transformer(start, layers)
        self.out = nn.Linear(2 * self.trunk.width, 1)
        nn.init.zeros_(self.out.weight)
        nn.init.zeros_(self.out.bias)
        self.drop = nn.Dropout(DROPPED)

    def forward(self, ids: Tensor, sides: Tensor, there: Tensor | None = None) -> Tensor:
        """(batch,) logits of (batch, tokens) ids; `there` is false where a shorter pair was filled up."""
        x = self.trunk(ids, sides, there)
        asked = (sides == 0 if there is None else (sides == 0) & there).unsqueeze(-1).to(x.dtype)
        mean = (x * asked).sum(1) / asked.sum(1)
        return self.out(self.drop(torch.cat([x[:, 0], mean], 1)))[:, 0]  # type: ignore[no-any-return]


def train(
    network: Network,
    examples: Sequence[Example],
    steps: int,
    rate: float,
    seed: int,
    batch: int = 32,
    report: Callable[[int, float], None] = lambda step, loss: None,
) -> None:
    """On so many batches, as `transformer.learn` does it."""
    torch.manual_seed(seed)
    batches = _batches(examples, batch, random.Random(seed))

    def loss() -> Tensor:
        chosen = next(batches)
        answers, weights = torch.tensor([e.answers for e in chosen]), torch.tensor([e.weight for e in chosen])
        found = network(*_filled(chosen))
        return (binary_cross_entropy_with_logits(found, answers, reduction="none") * weights).mean()

    learn(network, loss, steps, rate, report)


def logits(network: Network, examples: Sequence[Example], batch: int = 64) -> NDArray[np.float32]:
    """(n,) of n pairs, in full precision."""
    network.eval()
    order = sorted(range(len(examples)), key=lambda i: len(examples[i].ids))
    found = np.zeros(len(examples), np.float32)
    with torch.no_grad():
        for at in range(0, len(order), batch):
            chosen = order[at : at + batch]
            found[chosen] = network(*_filled([examples[i] for i in chosen])).numpy()
    return found


def _batches(examples: Sequence[Example], size: int, order: random.Random) -> Iterator[list[Example]]:
    """All examples in turn, again and again, in another order each time."""
    waiting: list[Example] = []
    while True:
        while len(waiting) < size * POOL:
            waiting += order.sample(examples, len(examples))
        pool, waiting = sorted(waiting[: size * POOL], key=lambda e: len(e.ids)), waiting[size * POOL :]
        parts = [pool[at : at + size] for at in range(0, len(pool), size)]
        order.shuffle(parts)
        yield from parts


def _filled(examples: Sequence[Example]) -> tuple[Tensor, Tensor, Tensor]:
    """(batch, longest) ids, sides, and which of them are there."""
    ids, there = filled([e.ids for e in examples])
    return ids, filled([e.sides for e in examples], filling=1)[0], there
