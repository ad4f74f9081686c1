"""Processes that open an index: the tests stop them, kill them, starve them and run several at once."""

from __future__ import annotations

import contextlib
import ctypes
import multiprocessing
import os
import resource
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import chromadb.api.rust
import numpy as np
from chromadb.api import ClientAPI
from numpy.typing import NDArray

from qa_bot.errors import QABotError
from qa_bot.index import Index, open_index
from qa_bot.index.store import open_client
from qa_bot.settings import Settings
from tests.fakes import GramEncoder, long_speech

assert chromadb.api.rust  # loaded once, before the workers are forked from the server

CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(["tests.index_worker"])
PATIENCE = 60.0
SPEECH, OTHER = 600, 90
"""Sentences of the speech that workers index (four batches), and of a small one."""


class SteppingEncoder(GramEncoder):
    """Waits for a word from the test before each batch."""

    def __init__(self, pipe: Connection) -> None:
        super().__init__()
        self.pipe = pipe

    def encode_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        step(self.pipe, "encode")
        return super().encode_passages(texts)


def step(pipe: Connection, event: str) -> None:
    pipe.send(event)
    pipe.recv()


def check(index: Index, encoder: GramEncoder | None = None) -> None:
    """Every passage is there, and what is found is what a comparison with every vector finds."""
    vectors = (encoder or GramEncoder()).encode_queries([p.text for p in index.passages])
    some = vectors[:: max(1, len(vectors) // 20)]
    exact = some @ vectors.T
    for row, scores in zip(index.query(some, 10), exact, strict=True):
        np.testing.assert_allclose([score for _, score in row], [scores[i] for i, _ in row], atol=1e-5)
        np.testing.assert_allclose([score for _, score in row], np.sort(scores)[::-1][: len(row)], atol=1e-5)
        assert len(row) == min(10, len(vectors))


@contextlib.contextmanager
def opened(settings: Settings, sentences: int = SPEECH, *, rebuild: bool = False) -> Iterator[Index]:
    """An index that answers rightly, in this process."""
    with contextlib.closing(open_index(long_speech(sentences), GramEncoder(), settings, rebuild=rebuild)) as index:
        check(index)
        yield index


def was_built(settings: Settings, sentences: int = SPEECH, *, rebuild: bool = False) -> bool:
    with opened(settings, sentences, rebuild=rebuild) as index:
        return index.built


class Worker:
    """A process that opens an index, closes it, and tells whether it was built or what went wrong."""

    def __init__(self, settings: Settings, sentences: int = SPEECH, *, prepare: Callable[[], None] | None = None,
                 steps: bool = False, rebuild: bool = False) -> None:  # fmt: skip
        self.pipe, theirs = CONTEXT.Pipe()
        self.process = CONTEXT.Process(target=_work, args=(theirs, settings, sentences, prepare, steps, rebuild))
        self.process.start()
        theirs.close()

    def heard(self) -> Any:
        """The next event; with `steps` the worker then waits for `go`."""
        assert self.pipe.poll(PATIENCE), "the worker says nothing"
        return self.pipe.recv()

    def go(self) -> None:
        self.pipe.send("go")

    def reach(self, steps: int) -> None:
        """Let it pass this many steps; it waits at the next one."""
        for _ in range(steps):
            self.heard()
            self.go()
        self.heard()

    def result(self) -> str:
        """`built`, `opened`, or the line of the error; ends the process."""
        told = self.heard()
        self.process.join(PATIENCE)
        assert self.process.exitcode == 0
        self.close()
        return str(told)

    def kill(self) -> None:
        assert self.process.pid is not None
        with contextlib.suppress(ProcessLookupError):  # it may have ended by itself
            os.kill(self.process.pid, signal.SIGKILL)
        self.process.join(PATIENCE)
        assert self.process.exitcode in (-signal.SIGKILL, 0)  # it may just have ended
        self.close()

    def close(self) -> None:
        self.pipe.close()
        self.process.close()


def _work(pipe: Connection, settings: Settings, sentences: int, prepare: Callable[[], None] | None,
          steps: bool, rebuild: bool) -> None:  # fmt: skip
    try:
        if prepare:
            prepare()
        encoder = SteppingEncoder(pipe) if steps else GramEncoder()
        progress = (lambda done, total: step(pipe, f"{done}/{total}")) if steps else None
        with contextlib.closing(
            open_index(long_speech(sentences), encoder, settings, rebuild=rebuild, progress=progress)
        ) as index:
            check(index)
            pipe.send("built" if index.built else "opened")
    except QABotError as error:
        pipe.send(f"{type(error).__name__}: {error}")


def no_privileges() -> None:
    """Permissions hold for root too: a process without capabilities."""
    if os.geteuid() == 0 and sys.platform == "linux":
        header, sets = (ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)()
        assert ctypes.CDLL(None).capset(header, sets) == 0


def limit_files(kilobytes: int) -> None:
    """No file may grow over this size, as on a disk that is full."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (kilobytes * 1024, kilobytes * 1024))


def mount(target: Path, *arguments: str) -> None:
    subprocess.run(["mount", *arguments, str(target)], check=True, capture_output=True)


def unmount(target: Path) -> None:
    subprocess.run(["umount", "--lazy", str(target)], check=True, capture_output=True)


def may_mount() -> bool:
    """Whether this process may mount file systems: root outside of most containers."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            mount(Path(folder), "-t", "tmpfs", "tmpfs")
        except (OSError, subprocess.CalledProcessError):
            return False
        unmount(Path(folder))
        return True


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@contextlib.contextmanager
def chroma_server(folder: Path) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """The URL of a `chroma run`, and its process."""
    folder.mkdir(parents=True, exist_ok=True)
    port = free_port()
    command = [str(Path(sys.executable).with_name("chroma")), "run", "--path", str(folder), "--port", str(port)]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, cwd=folder, start_new_session=True)
    try:
        for _ in range(1200):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            assert process.poll() is None, (folder / "log").read_text()
            time.sleep(0.05)
        yield f"http://127.0.0.1:{port}", process
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@contextlib.contextmanager
def client_of(url: str) -> Iterator[ClientAPI]:
    with contextlib.ExitStack() as stack:
        yield open_client(stack, url=url)
