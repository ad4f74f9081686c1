"""The command line as tests use it: inside this process, which is quick, or as a process of its own."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

import pytest

from qa_bot.cli import main


@dataclass(frozen=True)
class Done:
    """How a command ended, and what it wrote, byte for byte."""

    code: int
    out: str
    err: str


def run(*args: str | Path, typed: str | bytes = b"") -> Done:
    """Run a command in this process, its streams pipes in ASCII that it has to set right."""
    data = typed.encode() if isinstance(typed, str) else typed
    streams = [io.TextIOWrapper(io.BytesIO(data), "ascii")]
    streams += [io.TextIOWrapper(io.BytesIO(), "ascii", newline="\r\n") for _ in range(2)]
    out, err = streams[1].buffer, streams[2].buffer
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(streams[1]), redirect_stderr(streams[2]):
        patch.setattr(sys, "stdin", streams[0])
        try:
            main([str(arg) for arg in args])
        except SystemExit as end:
            code = end.code
        for stream in streams[1:]:
            stream.flush()
    assert isinstance(code, int)
    return Done(code, *(b.getvalue().decode("utf-8") for b in (out, err)))  # type: ignore[attr-defined]


def spawn(
    *args: str | bytes | Path,
    typed: bytes = b"",
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    python: Sequence[str] = (),
) -> Done:
    """Run `python -m qa_bot` as a process of its own."""
    ended = subprocess.run(
        [sys.executable, *python, "-m", "qa_bot", *args],
        input=typed,
        capture_output=True,
        env={**os.environ, **(env or {})},
        cwd=cwd,
        timeout=120,
    )
    return Done(ended.returncode, ended.stdout.decode("utf-8"), ended.stderr.decode("utf-8"))


def fault(done: Done, code: int = 1) -> str:
    """The one line that a fault is told in; standard output stays empty."""
    assert (done.code, done.out) == (code, ""), done
    assert done.err.startswith("qa_bot: ")
    assert done.err.endswith("\n")
    assert done.err.count("\n") == 1, done.err
    return done.err.removeprefix("qa_bot: ").rstrip("\n")
