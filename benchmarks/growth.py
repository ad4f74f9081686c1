"""One index over more and more reports: what building, opening and asking cost."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median

from benchmarks.corpus import origin, reports
from benchmarks.measure import ROOT, Options, clock, options, table
from embeddings.encoder import load_encoder
from embeddings.finder import words_of
from qa_bot.evaluation import load_questions
from qa_bot.index import open_index
from qa_bot.retrieval import Retriever
from qa_bot.settings import Settings
from qa_bot.speech import parse_speech
from qa_bot.understanding import understand

FILES = sorted((ROOT / "data" / "questions" / "reports").glob("*.jsonl"))
EACH = 8
"""Questions taken of each file."""


@dataclass(frozen=True, slots=True)
class Size:
    """An index over `reports` reports: its size, seconds to build it (of the processor, and by the clock) and to open
    it again, median milliseconds of a query."""

    reports: int
    characters: int
    passages: int
    build_cpu: float
    build: float
    opening: float
    query: float


def report(given: Options) -> str:
    """A row for each of `given.sizes`, and beside the smallest one."""
    questions = [q.question for file in FILES for q in load_questions(file, None)[:EACH]]
    measure(given.data, 1, questions[:1])  # imports, and the encoder's pages
    sizes = [measure(given.data, size, questions) for size in given.sizes]
    one = sizes[0]
    rows = [
        [
            f"{s.reports}",
            f"{s.characters:,}",
            f"{s.passages:,}",
            f"{s.build:.1f}",
            f"{s.opening:.2f}",
            f"{s.query:.1f}",
            f"{s.passages / one.passages:.1f} ×",
            f"{s.build_cpu / one.build_cpu:.1f} ×",
            f"{s.query / one.query:.1f} ×",
        ]
        for s in sizes
    ]
    head = ["reports", "characters", "passages", "build, s", "open again, s", "a query, ms", "size", "build", "query"]
    told = f"""Every index built once; {len(questions)} questions, median; the build's ratio is of processor time.
Goal: build no worse than linear, query better. {origin(given.data)}"""
    return f"{table(head, rows)}\n\n{told}"


def measure(data: Path | None, count: int, questions: Sequence[str]) -> Size:
    """Build, open again, ask."""
    speech, encoder = parse_speech("\n".join(reports(data, count))), load_encoder("shipped")
    queries = [understand(question) for question in questions]
    with tempfile.TemporaryDirectory() as home:
        settings = Settings(Path(home))
        cpu, began = time.process_time(), time.perf_counter()
        open_index(speech, encoder, settings).close()
        build, build_cpu = time.perf_counter() - began, time.process_time() - cpu
        began = time.perf_counter()
        index = open_index(speech, encoder, settings)
        retriever = Retriever(index, encoder, words_of(encoder))
        opening = time.perf_counter() - began
        retriever.hits(queries[0])
        query = 1000 * median(clock(partial(retriever.hits, q)) for q in queries)
        index.close()
    return Size(count, len(speech.text), len(retriever.passages), build_cpu, build, opening, query)


if __name__ == "__main__":
    print(report(options()))
