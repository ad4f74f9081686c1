"""Make the reader again: `python -m embeddings.train_reader --data DIR [--pairs FILE --readers DIR] [--out DIR]`.

Wants the packages of embeddings/requirements-train.in and a folder with train/train_clean_mrc.jsonl (the model card
says what it is). First the questions of that file are learned from, which teach what is spoken of; then what was
written for it, which teaches what is said of that; at last passages with longer sentences, whose questions are put to
those that the network so far finds likeliest among what the finder finds, and half as many of the others again; of
the weights before and after these the mean is taken (Wortsman et al. 2022, Robust fine-tuning of zero-shot models).
With what `benchmarks.asked` wrote it then learns from this project's speeches, of each half by itself, beside invented
speeches and pairs of the step before; the mean of both (Wortsman et al. 2022, Model soups) is the reader, and each is
left in the second DIR to read the half that it has not seen.
Same data, seed, libraries, processor and threads, same figures.
"""

from __future__ import annotations

import argparse
import copy
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TypeVar

import numpy as np
import torch

from embeddings.encoder import load_encoder
from embeddings.reader import FOLDER, pair
from embeddings.segmenter import Segmenter
from embeddings.training.corpus import DataError, read_mrc
from embeddings.training.reader.examples import (
    FOUND,
    KEPT,
    NEAR,
    NEARER,
    NEARER_KEPT,
    READ,
    Asked,
    Hardest,
    Pair,
    behind,
    others,
    read_hard,
    read_pairs,
    read_questions,
    read_written,
)
from embeddings.training.reader.network import Example, Network, logits, train
from embeddings.training.reader.start import read_start, write_tokenizer
from embeddings.training.transformer import export

Learned = TypeVar("Learned", bound=torch.nn.Module)
FAR = 2000
"""Questions that are also put to a sentence of another passage."""
OLDER = 0.3
"""Pairs of the step before that are learned again beside one of this project's speeches."""
NEAREST = 3
"""Sentences of a passage that the hardest one is chosen from."""
BEGAN = time.perf_counter()


def main(arguments: Sequence[str] | None = None) -> int:
    """0, or 1 where data or a package is missing."""
    parser = argparse.ArgumentParser(prog="python -m embeddings.train_reader", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="the folder that holds train/")
    parser.add_argument("--out", type=Path, default=FOLDER, help="the model's folder (default: the shipped one)")
    parser.add_argument("--pairs", type=Path, help="what benchmarks.asked wrote")
    parser.add_argument("--readers", type=Path, help="where the readers of the halves are left")
    parser.add_argument("--layers", type=int, default=6, help="of the twelve, the first ones")
    parser.add_argument(
        "--steps", type=int, nargs=4, default=(400, 2800, 2000, 900), help="of 32 pairs, in each of the steps"
    )
    parser.add_argument("--seed", type=int, default=0)
    chosen = parser.parse_args(arguments)
    try:
        questions, start = read_mrc(chosen.data), read_start()
        with tempfile.TemporaryDirectory() as folder:
            tokenizer = Path(folder) / "tokenizer.json"
            write_tokenizer(start.vocabulary, tokenizer)
            pairs = partial(pair, segmenter=Segmenter(tokenizer))
            written = read_written(READ, pairs, chosen.seed, far=FAR)
            kept = [e for file in (KEPT, NEARER_KEPT) for e in read_written(file, pairs) if e.weight == NEAR]
            general = read_questions(pairs, questions)
            say(f"{len(start.vocabulary)} pieces, {len(general)} and {len(written)} pairs")
            network = Network(start, chosen.layers)
            train(network, general, chosen.steps[0], 1e-4, chosen.seed, report=progress(chosen.steps[0]))
            train(network, written, chosen.steps[1], 1e-4, chosen.seed, report=progress(chosen.steps[1]))
            find = hardest_by(network, pairs)
            hard = [e for file in (FOUND, NEARER) for e in read_hard(file, pairs, find, chosen.seed)]
            again = random.Random(chosen.seed).sample(written, min(len(hard) // 2, len(written)))
            before = copy.deepcopy(network)
            train(network, hard + again, chosen.steps[2], 8e-5, chosen.seed, report=progress(chosen.steps[2]))
            network = mean_of(network, before)
            if chosen.pairs:
                halves = []
                for half, known in enumerate(read_pairs(chosen.pairs, pairs)):
                    learner = copy.deepcopy(network)
                    older = random.Random(half).sample(hard, min(int(len(known) * OLDER), len(hard)))
                    train(learner, known + older, chosen.steps[3], 4e-5, chosen.seed, report=progress(chosen.steps[3]))
                    halves.append(learner)
                    if chosen.readers:
                        write(learner, chosen.readers / f"without-{1 - half}", tokenizer)
                network = mean_of(*halves)
            write(network, chosen.out, tokenizer)
    except DataError as error:
        print(error, file=sys.stderr)
        return 1
    found, answers = logits(network, kept), np.array([e.answers for e in kept]) > 0
    above = (found[answers][:, None] > found[~answers]).mean()
    print(f"{len(kept)} pairs kept apart: an answered one is above an unanswered one in {100 * above:.1f} %")
    return 0


def hardest_by(network: Network, pair: Pair) -> Hardest:
    """What the network finds likeliest among the sentences that the shipped encoder finds nearest to a question."""
    encoder = load_encoder("shipped")

    def hardest(sentences: Sequence[str], asked: Sequence[Asked]) -> list[int | None]:
        if not asked:
            return []
        cosines = encoder.encode_queries([q for q, _ in asked]) @ encoder.encode_passages(sentences).T
        near = [
            sorted(others(sentences, places), key=lambda i: -row[i])[:NEAREST]
            for (_, places), row in zip(asked, cosines, strict=True)
        ]
        put = [(q, i) for (q, _), places in zip(asked, near, strict=True) for i in places]
        said = logits(network, [Example(*pair(q, behind(sentences, i)), 0.0, 0.0) for q, i in put])
        likeliest = iter(said.tolist())
        return [max(((next(likeliest), i) for i in places), default=(0.0, None))[1] for places in near]

    return hardest


def mean_of(*networks: Learned) -> Learned:
    """A network with the mean of the weights of these."""
    states = [network.state_dict() for network in networks]
    mean = copy.deepcopy(networks[0])
    mean.load_state_dict({name: sum(state[name] for state in states) / len(states) for name in states[0]})
    return mean


def write(network: Network, folder: Path, tokenizer: Path) -> None:
    """The network and its tokenizer, as `reader.load` reads them."""
    folder.mkdir(parents=True, exist_ok=True)
    pair_of = {"ids": torch.tensor([[0, 5, 2, 6, 2]]), "sides": torch.tensor([[0, 0, 0, 1, 1]])}
    export(network, pair_of, "logit", folder / "model.onnx")
    shutil.copy(tokenizer, folder)


def progress(steps: int) -> Callable[[int, float], None]:
    """Tells the mean loss of every hundred steps."""
    losses: list[float] = []

    def report(step: int, loss: float) -> None:
        losses.append(loss)
        if len(losses) == 100:
            say(f"step {step + 1} of {steps}, loss {sum(losses) / 100:.3f}")
            losses.clear()

    return report


def say(what: str) -> None:
    """A line on standard error, behind the seconds since the start."""
    print(f"{time.perf_counter() - BEGAN:5.0f} s  {what}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
