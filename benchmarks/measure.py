"""What every benchmark uses: its options, processes timed side by side, medians, tables. Imports nothing heavy.

A child's peak memory counts that of the process that started it, so whoever measures must stay small.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

ROOT = Path(__file__).parent.parent
SPEECH = ROOT / "data" / "speech.txt"
QUESTIONS = ROOT / "data" / "questions" / "speech.jsonl"
MISSING = "not measured: --data names no folder with"
"""Begins the note of a table whose data is not there."""


@dataclass(frozen=True, slots=True)
class Options:
    """What `python -m benchmarks` and each benchmark by itself are told."""

    data: Path | None
    runs: int
    sizes: tuple[int, ...]
    names: tuple[str, ...] = ()
    half: str | None = None
    verbose: bool = False
    encoders: tuple[str, ...] = ()


def options(names: Sequence[str] = ()) -> Options:
    """Read from the command line; `names` are the benchmarks that may be chosen."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__import__("benchmarks").__doc__)
    if names:
        parser.add_argument("names", nargs="*", default=list(names), help=f"of: {', '.join(names)}; default: all")
    parser.add_argument("--data", type=Path, help="a folder with eval/ (CMRC, DRCD as chunks) and speeches/ (reports)")
    parser.add_argument("--runs", type=int, default=5, help="rounds of which medians are taken")
    parser.add_argument("--sizes", default="1,10,100", help="growth: how many reports' worth, the first is the unit")
    parser.add_argument("--half", choices=("tune", "report"), help="checking: only this half of the written outputs")
    parser.add_argument("-v", "--verbose", action="store_true", help="checking: what failed, of the half for tuning")
    parser.add_argument("--encoder", action="append", default=[], help="chunks: a further sentence-transformers model")
    given = parser.parse_args()
    if unknown := set(vars(given).get("names", ())) - set(names):
        parser.error(f"no benchmark {', '.join(unknown)}; there are {', '.join(names)}")
    sizes = tuple(int(size) for size in given.sizes.split(","))
    chosen = tuple(vars(given).get("names", ()))
    return Options(given.data, given.runs, sizes, chosen, given.half, given.verbose, tuple(given.encoder))


def need(*modules: str) -> None:
    """Leave with a line that says what to install where one of them is missing."""
    if missing := [name for name in modules if importlib.util.find_spec(name) is None]:
        sys.exit(f"benchmark: {', '.join(missing)} not installed; pip install -r benchmarks/requirements.in")


@dataclass(frozen=True, slots=True)
class Run:
    """One process: seconds to its first output and to its end, processor seconds, peak memory in MB, output."""

    first: float
    wall: float
    cpu: float
    peak: float
    out: str


def run(command: Sequence[str], **environment: str) -> Run:
    """Run `command` with this interpreter from the project's root; leaves with a message when it fails."""
    began = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, *command], stdout=subprocess.PIPE, cwd=ROOT, env={**os.environ, **environment}
    )
    assert process.stdout
    with process.stdout as stream:
        head = stream.read(1)
        first = time.perf_counter() - began
        out = (head + stream.read()).decode("utf-8")
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"benchmark: {' '.join(command)} left with {process.returncode}")
    scale = 1e6 if sys.platform == "darwin" else 1e3  # bytes there, kilobytes elsewhere
    wall = time.perf_counter() - began
    return Run(first, wall, used.ru_utime + used.ru_stime, used.ru_maxrss / scale, out)


def interleave(subjects: Mapping[str, Callable[[], Run]], runs: int) -> dict[str, list[Run]]:
    """A B C A B C …: `runs` rounds after one that is not counted."""
    found: dict[str, list[Run]] = {name: [] for name in subjects}
    for number in range(runs + 1):
        for name, subject in subjects.items():
            one = subject()
            if number:
                found[name].append(one)
    return found


def ratio(runs: Sequence[Run], base: Sequence[Run], value: Callable[[Run], float]) -> float:
    """The median over the rounds of `value` beside the same round's of `base`."""
    return median(value(a) / value(b) for a, b in zip(runs, base, strict=True))


def timed(work: Callable[[], object], runs: int) -> float:
    """Median seconds of `runs` calls."""
    return median(clock(work) for _ in range(runs))


def clock(work: Callable[[], object]) -> float:
    """Seconds of one call."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """A Markdown table; numbers to the right."""
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)
