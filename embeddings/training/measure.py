"""What a model can do, on data that it was not trained on."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from embeddings.encoder import Encoder


def hits(scores: NDArray[np.float32], gold: Sequence[set[int]], first: int) -> float:
    """The share of rows of (questions, passages) whose `first` best columns hold one of their gold columns."""
    best = np.argsort(-scores, axis=1, kind="stable")[:, :first]
    return float(np.mean([not wanted.isdisjoint(row.tolist()) for wanted, row in zip(gold, best, strict=True)]))


def english_to_chinese(encoder: Encoder, pairs: Sequence[tuple[str, str]]) -> dict[str, float]:
    """Finding each English sentence's Chinese one among all of them."""
    chinese = list(dict.fromkeys(zh for zh, _ in pairs))
    place = {zh: i for i, zh in enumerate(chinese)}
    scores = encoder.encode_queries([en for _, en in pairs]) @ encoder.encode_passages(chinese).T
    gold = [{place[zh]} for zh, _ in pairs]
    return {f"English to Chinese hit@{first}": hits(scores, gold, first) for first in (1, 3)}


def chunks(encoder: Encoder, folder: Path) -> dict[str, float]:
    """Finding the chunk that answers a question, for each chunk set in `folder`; nothing where there is none."""
    found: dict[str, float] = {}
    for file in sorted(folder.glob("eval_*_chunks.jsonl")):
        passages = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
        asked_file = file.with_name(file.name.replace("_chunks", "_chunk_queries"))
        asked = [json.loads(line) for line in asked_file.read_text(encoding="utf-8").splitlines()]
        place = {passage["id"]: i for i, passage in enumerate(passages)}
        vectors = encoder.encode_passages([passage["text"] for passage in passages])
        scores = encoder.encode_queries([question["q"] for question in asked]) @ vectors.T
        gold = [{place[key] for key in question["gold"]} for question in asked]
        name = file.stem.removeprefix("eval_").removesuffix("_chunks")
        found |= {f"{name} hit@{first}": hits(scores, gold, first) for first in (1, 5)}
    return found
