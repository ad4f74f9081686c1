"""Make the finder again: `python -m embeddings.train_finder --data DIR [--out DIR]`.

Wants the packages of embeddings/requirements-train.in and a folder with train/*.jsonl (the card of the static model
says what they are). Same data, seed, libraries, processor and threads, same figures.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import torch

from embeddings.finder import FILE, tokens
from embeddings.reader import FOLDER
from embeddings.segmenter import Segmenter
from embeddings.train_reader import progress, say
from embeddings.training import finder
from embeddings.training.corpus import HELD_BACK, DataError, read_corpus
from embeddings.training.reader.examples import FOUND, KEPT, READ
from embeddings.training.reader.start import read_start, write_tokenizer
from embeddings.training.transformer import export


def main(arguments: Sequence[str] | None = None) -> int:
    """0, or 1 where data or a package is missing."""
    parser = argparse.ArgumentParser(prog="python -m embeddings.train_finder", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="the folder that holds train/")
    parser.add_argument("--out", type=Path, default=FOLDER, help="the model's folder (default: the shipped one)")
    parser.add_argument("--layers", type=int, default=6, help="of the twelve, the first ones")
    parser.add_argument("--steps", type=int, default=1100, help="batches")
    parser.add_argument("--seed", type=int, default=0)
    chosen = parser.parse_args(arguments)
    try:
        corpus, start = read_corpus(chosen.data, HELD_BACK), read_start()
        passages, kept = finder.read_written(READ) + finder.read_written(FOUND), finder.read_written(KEPT)
    except DataError as error:
        print(error, file=sys.stderr)
        return 1
    chosen.out.mkdir(parents=True, exist_ok=True)
    write_tokenizer(start.vocabulary, chosen.out / "tokenizer.json")
    cut = partial(tokens, segmenter=Segmenter(chosen.out / "tokenizer.json"))
    spoken = finder.pairs((question.text, question.passage) for question in corpus.asked)
    english = finder.pairs((en, zh) for zh, en in corpus.aligned)
    say(f"{len(passages)} passages, {len(spoken)} and {len(english)} pairs")
    network = finder.Finder(start, chosen.layers)
    drawn = finder.batches(passages, (spoken, spoken, spoken, english), chosen.seed)
    finder.train(network, drawn, cut, chosen.steps, 1.5e-4, chosen.seed, report=progress(chosen.steps))
    ids = torch.tensor([[0, 5, 2]])
    export(network, {"ids": ids, "sides": torch.zeros_like(ids)}, "vector", chosen.out / FILE)
    share = finder.found_first(network, kept, cut)
    print(
        f"{sum(len(p.questions) for p in kept)} questions kept apart: the nearest sentence answers {100 * share:.1f} %"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
