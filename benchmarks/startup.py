"""A cold question, process start to end, beside a bare import of Chroma."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from functools import partial
from statistics import median

from benchmarks.measure import Options, Run, interleave, options, ratio, run, table

QUESTION = "全年新增高新技术企业多少家？"
BARE, WARM, COLD = '`python -c "import chromadb"`', "`ask`, index ready", "`ask`, index built first"


def report(given: Options) -> str:
    """Seconds, processor seconds and peak memory of whole processes, as they are and beside the bare import."""
    with tempfile.TemporaryDirectory() as home:
        subjects: dict[str, Callable[[], Run]] = {
            BARE: partial(run, ["-c", "import chromadb"]),
            WARM: partial(ask, home),
            COLD: first_ask,
        }
        found = interleave(subjects, given.runs)
    rows = [
        [
            name,
            f"{median(r.wall for r in runs):.2f}",
            f"{ratio(runs, found[BARE], lambda r: r.wall):.2f} ×",
            f"{ratio(runs, found[BARE], lambda r: r.cpu):.2f} ×",
            f"{max(r.peak for r in runs):.0f}",
        ]
        for name, runs in found.items()
    ]
    head = ["a process from start to end", "s", "beside the import", "in processor time", "peak MB"]
    return f"{table(head, rows)}\n\nMedians of {given.runs} interleaved rounds. Goal: 4 × and 300 MB."


def ask(home: str) -> Run:
    """One question, the index in `home`."""
    return run(["-m", "qa_bot", "ask", QUESTION], QA_BOT_HOME=home)


def first_ask() -> Run:
    """One question in a new home."""
    with tempfile.TemporaryDirectory() as home:
        return ask(home)


if __name__ == "__main__":
    print(report(options()))
