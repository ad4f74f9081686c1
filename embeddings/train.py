"""Make the static model again: `python -m embeddings.train --data DIR [--out DIR]`.

Wants the packages of embeddings/requirements-train.in and a folder with train/*.jsonl (the model card says what they
are); where the folder has eval/ too, the model is measured on it. Same data, seed and libraries, same figures.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from embeddings.encoder import SHIPPED, StaticEncoder
from embeddings.training.contrast import train
from embeddings.training.corpus import HELD_BACK, Corpus, DataError, read_corpus
from embeddings.training.measure import chunks, english_to_chinese
from embeddings.training.pairs import Swaps, read_sources
from embeddings.training.start import starting_vectors
from embeddings.training.vocabulary import Normalize, Vocabulary, choose_words, definitions

STATIC_EMBEDDING = "sentence_transformers.sentence_transformer.modules.static_embedding.StaticEmbedding"


@dataclass(frozen=True, slots=True)
class Recipe:
    """What can be chosen."""

    dimension: int = 256
    steps: int = 1500
    seed: int = 0


def make_model(corpus: Corpus, folder: Path, recipe: Recipe) -> None:
    """Learn the words and their vectors from `corpus` and write the model into `folder`."""
    normalize = Normalize(corpus.dictionary)
    defined = definitions(corpus.dictionary, normalize)
    vocabulary = choose_words(corpus, defined, normalize)
    _say(f"{len(vocabulary)} words")
    vectors = starting_vectors(corpus, defined, vocabulary, recipe.dimension, recipe.seed)
    sources = read_sources(corpus, defined, vocabulary)
    _say(f"starting vectors, {sum(source.left.shape[0] for source in sources)} pairs")
    vectors = train(vectors, sources, Swaps(corpus, defined, vocabulary), recipe.steps, recipe.seed, report=_report)
    save(folder, vocabulary, vectors)


def save(folder: Path, vocabulary: Vocabulary, vectors: NDArray[np.float32]) -> None:
    """The folder of a sentence-transformers model whose only module is a `StaticEmbedding` at half precision."""
    folder.mkdir(parents=True, exist_ok=True)
    weights = np.ascontiguousarray(vectors, "<f2")
    described = {"dtype": "F16", "shape": weights.shape, "data_offsets": [0, weights.nbytes]}
    header = json.dumps({"embedding.weight": described}, separators=(",", ":")).encode()
    header += b" " * (-len(header) % 8)
    (folder / "model.safetensors").write_bytes(len(header).to_bytes(8, "little") + header + weights.tobytes())
    vocabulary.tokenizer.save(str(folder / "tokenizer.json"), pretty=False)
    modules = [{"idx": 0, "name": "0", "path": "", "type": STATIC_EMBEDDING}]
    config = {
        "model_type": "SentenceTransformer",
        "prompts": {"query": "", "document": ""},
        "default_prompt_name": None,
        "similarity_fn_name": "cosine",
    }
    for name, content in (("modules.json", modules), ("config_sentence_transformers.json", config)):
        (folder / name).write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


def main(arguments: Sequence[str] | None = None) -> int:
    """0, or 1 where data or a package is missing."""
    parser = argparse.ArgumentParser(prog="python -m embeddings.train", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="the folder that holds train/ and perhaps eval/")
    parser.add_argument("--out", type=Path, default=SHIPPED, help="the model's folder (default: the shipped one)")
    parser.add_argument("--held-back", type=int, default=HELD_BACK, help="year of aligned reports kept for measuring")
    parser.add_argument("--steps", type=int, default=Recipe().steps)
    parser.add_argument("--seed", type=int, default=Recipe().seed)
    chosen = parser.parse_args(arguments)
    try:
        corpus = read_corpus(chosen.data, chosen.held_back)
    except DataError as error:
        print(error, file=sys.stderr)
        return 1
    make_model(corpus, chosen.out, Recipe(steps=chosen.steps, seed=chosen.seed))
    encoder = StaticEncoder(chosen.out)
    figures = english_to_chinese(encoder, corpus.held_back) if corpus.held_back else {}
    for name, share in (figures | chunks(encoder, chosen.data / "eval")).items():
        print(f"{name:30} {100 * share:5.1f} %")
    return 0


def _say(what: str) -> None:
    print(f"{time.process_time():5.0f} s  {what}", file=sys.stderr)


def _report(step: int, loss: float) -> None:
    if step % 500 == 0:
        _say(f"step {step}, loss {loss:.2f}")


if __name__ == "__main__":
    sys.exit(main())
