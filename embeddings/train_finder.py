"""Make the finder again: `python -m embeddings.train_finder --data DIR [--asked FILE --readers DIR] [--out DIR]`.

Wants the packages of embeddings/requirements-train.in and a folder with train/*.jsonl (the card of the static model
says what they are). With what `benchmarks.asked --passages` wrote it then learns from whole speeches, of each half by
itself; the mean of both is the finder, and each is left in the second DIR, beside the reader of the same half.
Same data, seed, libraries, processor and threads, same figures.
"""

from __future__ import annotations

import argparse
import copy
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import torch

from embeddings.encoder import SHIPPED, StaticEncoder
from embeddings.finder import FILE, tokens
from embeddings.reader import FOLDER
from embeddings.segmenter import Segmenter
from embeddings.train_reader import mean_of, progress, say
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
    parser.add_argument("--asked", type=Path, help="the speeches with their questions that benchmarks.asked wrote")
    parser.add_argument("--readers", type=Path, help="where the finders of the halves are left")
    parser.add_argument("--layers", type=int, default=6, help="of the twelve, the first ones")
    parser.add_argument("--steps", type=int, nargs=2, default=(1100, 260), help="batches, of the passages and speeches")
    parser.add_argument("--seed", type=int, default=0)
    chosen = parser.parse_args(arguments)
    try:
        corpus, start = read_corpus(chosen.data, HELD_BACK), read_start()
        passages, kept = finder.read_written(READ) + finder.read_written(FOUND), finder.read_written(KEPT)
        speeches = finder.read_speeches(chosen.asked) if chosen.asked else ()
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
    finder.train(network, drawn, cut, chosen.steps[0], 1.5e-4, chosen.seed, report=progress(chosen.steps[0]))
    halves, beside = [], finder.table_beside(StaticEncoder(SHIPPED))
    for half, known in enumerate(speeches):
        hard = [finder.hardest(network, speech, cut, beside) for speech in known]
        drawn = finder.speech_batches(known, hard, finder.read_written(FOUND), chosen.seed)
        halves.append(copy.deepcopy(network))
        finder.train(halves[-1], drawn, cut, chosen.steps[1], 5e-5, chosen.seed, progress(chosen.steps[1]), beside)
        if chosen.readers:
            write(halves[-1], chosen.readers / f"without-{1 - half}")
    network = mean_of(*halves) if halves else network
    write(network, chosen.out)
    share = finder.found_first(network, kept, cut)
    print(
        f"{sum(len(p.questions) for p in kept)} questions kept apart: the nearest sentence answers {100 * share:.1f} %"
    )
    return 0


def write(network: finder.Finder, folder: Path) -> None:
    """The network, as `reader.load` reads it beside a tokenizer."""
    folder.mkdir(parents=True, exist_ok=True)
    ids = torch.tensor([[0, 5, 2]])
    export(network, {"ids": ids, "sides": torch.zeros_like(ids)}, "vector", folder / FILE)


if __name__ == "__main__":
    sys.exit(main())
