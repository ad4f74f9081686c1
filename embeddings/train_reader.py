"""Make the reader again: `python -m embeddings.train_reader --data DIR [--out DIR]`.

Wants the packages of embeddings/requirements-train.in and a folder with train/train_clean_mrc.jsonl (the model card
says what it is). First the questions of that file are learned from, which teach what is spoken of; then what was
written for it, which teaches what is said of that. Same data, seed, libraries, processor and threads, same figures.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import numpy as np
import torch

from embeddings.reader import FOLDER, pair
from embeddings.segmenter import Segmenter
from embeddings.training.corpus import DataError, read_mrc
from embeddings.training.reader.examples import KEPT, NEAR, READ, read_questions, read_written
from embeddings.training.reader.network import Network, logits, train
from embeddings.training.reader.start import read_start, write_tokenizer
from embeddings.training.transformer import export

FAR = 2000
"""Questions that are also put to a sentence of another passage."""
BEGAN = time.perf_counter()


def main(arguments: Sequence[str] | None = None) -> int:
    """0, or 1 where data or a package is missing."""
    parser = argparse.ArgumentParser(prog="python -m embeddings.train_reader", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="the folder that holds train/")
    parser.add_argument("--out", type=Path, default=FOLDER, help="the model's folder (default: the shipped one)")
    parser.add_argument("--layers", type=int, default=6, help="of the twelve, the first ones")
    parser.add_argument("--steps", type=int, nargs=2, default=(400, 2800), help="of 32 pairs, first and then")
    parser.add_argument("--seed", type=int, default=0)
    chosen = parser.parse_args(arguments)
    try:
        questions, start = read_mrc(chosen.data), read_start()
        with tempfile.TemporaryDirectory() as folder:
            tokenizer = Path(folder) / "tokenizer.json"
            write_tokenizer(start.vocabulary, tokenizer)
            pairs = partial(pair, segmenter=Segmenter(tokenizer))
            written = read_written(READ, pairs, chosen.seed, far=FAR)
            kept = [e for e in read_written(KEPT, pairs) if e.weight == NEAR]
            general = read_questions(pairs, questions)
            say(f"{len(start.vocabulary)} pieces, {len(general)} and {len(written)} pairs")
            network = Network(start, chosen.layers)
            train(network, general, chosen.steps[0], 1e-4, chosen.seed, report=progress(chosen.steps[0]))
            train(network, written, chosen.steps[1], 1e-4, chosen.seed, report=progress(chosen.steps[1]))
            chosen.out.mkdir(parents=True, exist_ok=True)
            pair_of = {"ids": torch.tensor([[0, 5, 2, 6, 2]]), "sides": torch.tensor([[0, 0, 0, 1, 1]])}
            export(network, pair_of, "logit", chosen.out / "model.onnx")
            shutil.copy(tokenizer, chosen.out)
    except DataError as error:
        print(error, file=sys.stderr)
        return 1
    found, answers = logits(network, kept), np.array([e.answers for e in kept]) > 0
    above = (found[answers][:, None] > found[~answers]).mean()
    print(f"{len(kept)} pairs kept apart: an answered one is above an unanswered one in {100 * above:.1f} %")
    return 0


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
