"""Fits the weights of `qa_bot/ranking.py`, and prints them.

    python -m benchmarks.ranking_weights --speeches DIR [--readers DIR]

The first DIR holds the reports named in data/questions/reports/README.md, the second the readers of both halves of the
speeches, finders beside them (see `calibrate`). Learned from are the questions of `asked.TAUGHT`. A
conditional logit (McFadden 1974): of the hits of an answerable question, the one that holds a gold piece is to have the
greatest sum. The weights are divided by that of the retrieval score. Printed beside it, with each speech left out in
turn: how often such a hit is the first, and among the first three, as retrieved and as ranked.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from benchmarks.asked import TAUGHT, opened
from qa_bot.bot import Bot
from qa_bot.chain import HITS, Asked, replay
from qa_bot.evaluation import Question
from qa_bot.ranking import WEIGHTS
from qa_bot.understanding import OUTLINE_KINDS

HELD, DECAY = 0.3, 1e-3
"""Share of a gold piece that a hit must hold; of the squared weights in the loss."""
Ranked = tuple[NDArray[np.float32], NDArray[np.float32]]
"""Features of each hit, (hits, features); whether each holds a gold piece."""


def ranked(bot: Bot, questions: Iterable[Question]) -> Iterator[Ranked]:
    """Every answerable development question about the content of which a hit holds a gold piece."""
    text = bot.speech.text
    for question in (q for q in questions if q.golds):
        query = replay(Asked(question.question, question.history), bot.retriever, bot.quoter)
        if query.kind in OUTLINE_KINDS:
            continue
        hits = bot.retriever.hits(query, HITS)
        pieces = [(at, at + len(p)) for gold in question.golds for p in gold if (at := text.find(p)) >= 0]
        held = [
            max((min(hit.passage.end, b) - max(hit.passage.start, a)) / (b - a) for a, b in pieces) > HELD
            for hit in (hits if pieces else [])
        ]
        if any(held):
            features = bot.quoter.picker.ranker.features(query, hits)
            yield features.astype(np.float32), np.array(held, np.float32)


def fit(examples: list[Ranked]) -> NDArray[np.float64]:
    """The weights, that of the first feature 1."""
    weights = torch.zeros(len(WEIGHTS), requires_grad=True)
    optimizer = torch.optim.LBFGS([weights], max_iter=60)
    pairs = [(torch.tensor(features), torch.tensor(held)) for features, held in examples]

    def loss() -> torch.Tensor:
        optimizer.zero_grad()
        told = [(h * (f @ weights).log_softmax(0)).sum() / h.sum() for f, h in pairs]
        total = -torch.stack(told).mean() + DECAY * (weights**2).sum()
        total.backward()  # type: ignore[no-untyped-call]
        return total

    optimizer.step(loss)  # type: ignore[no-untyped-call]
    found = weights.detach().double().numpy()
    return np.asarray(found / found[0])


def share(examples: list[Ranked], weights: NDArray[np.float64], first: int) -> float:
    """How often one of the `first` hits holds a gold piece."""
    return float(np.mean([held[np.argsort(-(f @ weights), kind="stable")[:first]].any() for f, held in examples]))


def main() -> None:
    """Print the weights and what they change."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--speeches", type=Path, required=True)
    parser.add_argument("--readers", type=Path)
    options = parser.parse_args()
    opened_ones = opened(options.speeches, options.readers, enrich=False)
    asked_ones = ((bot, [q for source in TAUGHT for q in asked.get(source, ())]) for _, bot, asked in opened_ones)
    sets = [found for bot, asked in asked_ones if (found := list(ranked(bot, asked)))]  # a speech each
    retrieved = np.eye(len(WEIGHTS))[0]
    examples = [example for found in sets for example in found]
    print(f"{len(examples)} questions; holding a gold piece, retrieved and ranked with the speech left out:")
    left_out = [fit([e for other in sets if other is not found for e in other]) for found in sets]
    for first in (1, 3):
        count = [share(found, weights, first) * len(found) for found, weights in zip(sets, left_out, strict=True)]
        print(f"first {first}   {share(examples, retrieved, first):.3f}   {sum(count) / len(examples):.3f}")
    for name, weight in zip(WEIGHTS, fit(examples), strict=True):
        print(f"{name:10} {weight:6.2f}")


if __name__ == "__main__":
    main()
