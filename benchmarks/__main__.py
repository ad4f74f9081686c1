"""`python -m benchmarks [NAME…] [--data DIR]`: runs each benchmark in a process of its own and renews its section."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

from benchmarks.measure import ROOT, options

RESULTS = Path(__file__).parent / "RESULTS.md"
NAMES = ("startup", "tutorial", "retrieval", "chunks", "growth", "indexing", "checking", "page")
UTF8 = {"PYTHONUTF8": "1"}
HEAD = """# Results

Written by `python -m benchmarks`, a section each by `python -m benchmarks NAME`. What is timed is timed side by side in
one run: read the ratios, not the seconds.
"""


def main() -> None:
    """Run what was asked for, one after the other, writing after each."""
    given = options(NAMES)
    passed = ["--runs", str(given.runs), "--sizes", ",".join(map(str, given.sizes))]
    passed += [part for name in given.encoders for part in ("--encoder", name)]
    if given.data:
        passed += ["--data", str(given.data.resolve())]
    for name in given.names:
        print(f"benchmark: {name}", file=sys.stderr)
        command = [sys.executable, "-m", f"benchmarks.{name}", *passed]
        done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, encoding="utf-8", env={**os.environ, **UTF8})
        if done.returncode:
            sys.exit(f"benchmark: {name} failed; its section stays as it was")
        kept = RESULTS.read_text(encoding="utf-8") if RESULTS.exists() else ""
        RESULTS.write_text(renew(kept, name, f"{done.stdout.strip()}\n\n{machine()}"), encoding="utf-8")


def renew(kept: str, name: str, body: str) -> str:
    """The results with the section `name` replaced, the others as they were, in the order of `NAMES`."""
    parts = (part.partition("\n") for part in kept.split("\n## ")[1:])
    sections = {title: text.strip() for title, _, text in parts} | {name: body}
    return HEAD + "".join(f"\n## {title}\n\n{sections[title]}\n" for title in NAMES if title in sections)


def machine() -> str:
    """What a section was measured on."""
    packages = ", ".join(f"{package} {version(package)}" for package in ("chromadb", "bm25s", "langchain-core"))
    return f"*{platform.system()}, {os.cpu_count()} cores, Python {platform.python_version()}, {packages}*"


if __name__ == "__main__":
    main()
