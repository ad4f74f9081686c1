"""Parsing in a process of its own: it gets the bytes on standard input, and gives JSON back."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from dataclasses import asdict
from pathlib import Path
from typing import Any

from qa_bot.documents.source import Kind, Limits, Source
from qa_bot.errors import DocumentError, SpeechError

_ROOT = Path(__file__).parent.parent.parent
_KEPT = ("PATH", "SYSTEMROOT", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "TMP", "TEMP")
"""What the parsers see of the environment: no key, no proxy, no home."""
_SLOTS = threading.BoundedSemaphore(4)
"""So many at a time, however many people drop a file at once."""


def parse_apart(data: bytes, name: str, kind: Kind, encoding: str | None, limits: Limits) -> Source:
    """The text of a document.

    Raises:
        SpeechError: what the parser found wrong; DocumentError too where it died, hung, or took too much memory.
    """
    told = {"name": name, "kind": kind, "encoding": encoding, "limits": asdict(limits)}
    environ = {key: os.environ[key] for key in _KEPT if key in os.environ}
    with _SLOTS:
        try:
            ended = subprocess.run(
                [sys.executable, "-P", "-B", "-X", "utf8", "-m", "qa_bot.documents.child"],
                input=json.dumps(told).encode() + b"\n" + data,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=environ | {"PYTHONPATH": str(_ROOT)},
                timeout=2 * limits.seconds,
            )
        except subprocess.TimeoutExpired as error:
            raise _slow(name, limits) from error
    try:
        return _source(json.loads(ended.stdout), name, kind)
    except ValueError as error:
        if -ended.returncode in (_SIGXCPU, _SIGKILL):
            raise _slow(name, limits) from error
        line = f"{name} cannot be read: its parser broke down ({ended.returncode}); save it again, or as plain text"
        raise DocumentError("damaged", line) from error


_SIGXCPU, _SIGKILL = 24, 9
"""How the system ends a process that used up its time; the second also where memory ran out."""


def _slow(name: str, limits: Limits) -> DocumentError:
    return DocumentError(
        "slow", f"{name} takes too long to read (over {limits.seconds:g} seconds); save it as plain text"
    )


def _source(said: dict[str, Any], name: str, kind: Kind) -> Source:
    if fault := said.get("fault"):
        raise DocumentError(fault, said["line"])
    if line := said.get("line"):
        raise SpeechError(line)
    pairs = {key: tuple((number, value) for number, value in said[key]) for key in ("levels", "furniture")}
    return Source(name, kind, said["text"], said["encoding"], said["title"], **pairs)
