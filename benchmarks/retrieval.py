"""Retrieval: its speed on the shipped speech, and what it finds on public question sets, beside words and each half."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from statistics import median, quantiles
from typing import Any, cast

import bm25s
import numpy as np
from numpy.typing import NDArray

from benchmarks.measure import MISSING, QUESTIONS, SPEECH, Options, clock, need, options, table
from embeddings.encoder import SHIPPED, Encoder, StaticEncoder
from qa_bot.bot import open_bot
from qa_bot.evaluation import load_questions
from qa_bot.index import Index
from qa_bot.retrieval import Retriever
from qa_bot.settings import Settings
from qa_bot.types import Hit, Passage
from qa_bot.understanding import understand

SETS = {"CMRC 2018 dev": "eval_cmrc_dev", "DRCD test": "eval_drcd_test"}
DEPTH = 10
Ranking = Callable[[str], Sequence[int]]
"""Question → positions of chunks, best first."""


def report(given: Options) -> str:
    """Both tables."""
    need("jieba")
    return f"{speed(given.runs)}\n\n{quality(given.data)}"


def speed(runs: int) -> str:
    """A warm retrieval and a warm answer, question by question beside one bare query of Chroma."""
    questions = load_questions(QUESTIONS, None)
    with tempfile.TemporaryDirectory() as home:
        bot = open_bot(Settings(Path(home)), SPEECH)
        vectors = bot.encoder.encode_queries(["高新区"])
        bot.ask(questions[0].question)
        times = [
            (
                clock(partial(bot.index.query, vectors, DEPTH)),
                clock(partial(bot.retriever.hits, understand(question.question))),
                clock(partial(bot.ask, question.question, question.history)),
            )
            for question in questions * runs
        ]
        bot.close()
    names = ("one bare query of Chroma", "retrieval", "an answer, retrieval included")
    rows = [
        [
            name,
            f"{1000 * median(own):.1f}",
            f"{1000 * quantiles(own, n=20)[-1]:.1f}",
            f"{median(own) / median(bare):.1f} ×",
        ]
        for bare in [[row[0] for row in times]]
        for name, own in zip(names, zip(*times, strict=True), strict=True)
    ]
    told = f"{len(questions)} questions on the shipped speech, {runs} times each. Goal: retrieval 10 ms."
    return f"{table(['warm', 'median ms', '95 % below, ms', 'beside the query'], rows)}\n\n{told}"


def quality(data: Path | None) -> str:
    """hit@1, hit@5 and MRR@10 of each set of `SETS` that is there."""
    rows: list[list[str]] = []
    for name, stem in SETS.items():
        chunks = data and data / "eval" / f"{stem}_chunks.jsonl"
        asked = data and data / "eval" / f"{stem}_chunk_queries.jsonl"
        if not (chunks and asked and chunks.is_file() and asked.is_file()):
            rows.append([name, f"{MISSING} eval/{stem}_chunks.jsonl and {stem}_chunk_queries.jsonl", "", "", ""])
            continue
        lines = list(_lines(chunks))
        place = {line["id"]: i for i, line in enumerate(lines)}
        questions = [(line["q"], {place[gold] for gold in line["gold"]}) for line in _lines(asked)]
        texts = [line["text"] for line in lines]
        systems = {"BM25 over jieba's words, as bm25s comes": _words(texts)} | ours(texts)
        for system, rank in systems.items():
            figures = scores([(rank(question), gold) for question, gold in questions])
            rows.append([f"{name}, {len(questions)} questions", system, *(f"{100 * figure:.1f}" for figure in figures)])
    return table(["chunks", "ranked by", "hit@1", "hit@5", "MRR@10"], rows)


def scores(ranked: Sequence[tuple[Sequence[int], set[int]]]) -> tuple[float, float, float]:
    """hit@1, hit@5 and MRR@10, each from 0 to 1."""
    places = [next((i for i, hit in enumerate(hits[:DEPTH], 1) if hit in gold), 0) for hits, gold in ranked]
    found = [place for place in places if place]
    n = len(places)
    return sum(p == 1 for p in found) / n, sum(p <= 5 for p in found) / n, sum(1 / p for p in found) / n


def ours(texts: Sequence[str]) -> dict[str, Ranking]:
    """Name → ranking of these texts: the bot's own retriever, each half of it and the whole."""
    passages = tuple(Passage(str(i), "sentence", text, (), (str(i),), 0, len(text)) for i, text in enumerate(texts))
    encoder = StaticEncoder(SHIPPED)
    index = cast(Index, ExactIndex(passages, encoder))
    retriever = Retriever(index, encoder, encoder)

    def by(score: Callable[[Hit], float]) -> Ranking:
        def rank(question: str) -> Sequence[int]:
            hits = retriever.hits(understand(question), len(texts))
            return [int(hit.passage.id) for hit in sorted(hits, key=score, reverse=True)]

        return rank

    return {
        "our lexical half: BM25 over character uni- and bigrams": by(lambda hit: hit.lexical),
        "our dense half: the shipped static model": by(lambda hit: hit.dense),
        "our hybrid": by(lambda hit: hit.score),
    }


class ExactIndex:
    """What the retriever needs of an index, without Chroma's approximation: each chunk a passage of one sentence."""

    def __init__(self, passages: Sequence[Passage], encoder: Encoder) -> None:
        self.passages = passages
        self._vectors = encoder.encode_passages([passage.text for passage in passages])

    def query_kinds(self, vector: NDArray[np.float32], most: Mapping[str, int]) -> dict[str, list[tuple[int, float]]]:
        """As `Index.query_kinds`."""
        row = vector[0] @ self._vectors.T
        rows: dict[str, list[tuple[int, float]]] = {kind: [] for kind in most}
        return rows | {"sentence": [(int(i), float(row[i])) for i in np.argsort(-row)[: most["sentence"]]]}


def _words(texts: Sequence[str]) -> Ranking:
    import jieba

    def words(text: str) -> list[str]:
        return [word for word in jieba.lcut(text) if word[0].isalnum()]

    jieba.setLogLevel("ERROR")
    model = bm25s.BM25()
    model.index([words(text) for text in texts], show_progress=False)
    return lambda question: [int(i) for i in np.argsort(-model.get_scores(words(question)))[:DEPTH]]


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    return (json.loads(line) for line in path.read_text(encoding="utf-8").splitlines())


if __name__ == "__main__":
    print(report(options()))
