"""A Chroma server that is not there, dies, hangs, or is none at all: one clear line, soon."""

from __future__ import annotations

import http.server
import json
import os
import signal
import socket
import threading
import time
import uuid
from pathlib import Path
from typing import ClassVar

import pytest

from qa_bot.errors import IndexStoreError
from qa_bot.index import inspect
from qa_bot.settings import Settings
from tests.index_worker import OTHER, Worker, check, chroma_server, free_port, opened, was_built


def refused(url: str, *, within: float) -> str:
    started = time.monotonic()
    with pytest.raises(IndexStoreError) as caught:
        was_built(Settings(home=Path("home"), chroma=url), OTHER)
    assert time.monotonic() - started < within
    told = str(caught.value)
    assert told.startswith("the index in http://127.0.0.1:")
    assert "QA_BOT_CHROMA" in told
    assert "\n" not in told
    return told


def test_nobody_listens() -> None:
    assert "cannot be reached" in refused(f"http://127.0.0.1:{free_port()}", within=5)


def test_a_password_in_the_url_is_not_told() -> None:
    port = free_port()
    assert "secret" not in refused(f"http://127.0.0.1:{port}", within=5)
    with pytest.raises(IndexStoreError) as caught:
        inspect(Settings(home=Path("home"), chroma=f"http://me:secret@127.0.0.1:{port}"))
    assert "secret" not in str(caught.value)


def test_a_server_that_never_answers() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        assert "timed out" in refused(f"http://127.0.0.1:{listener.getsockname()[1]}", within=8)


class OtherServer(http.server.BaseHTTPRequestHandler):
    """Answers every request with the same page."""

    code, page = 200, b""

    def do_GET(self) -> None:
        self.send_response(self.code)
        self.end_headers()
        self.wfile.write(self.page)

    def log_message(self, format: str, *args: object) -> None: ...


@pytest.mark.parametrize(
    ("code", "page"),
    [
        (200, b"<html>welcome"),
        (200, b"{}"),
        (200, b"[]"),
        (200, b"\xff\xfe"),
        (404, b""),
        (503, b"{}"),
    ],
)
def test_something_else_answers(code: int, page: bytes) -> None:
    class Handler(OtherServer):
        pass

    Handler.code, Handler.page = code, page
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as other:
        threading.Thread(target=other.serve_forever, daemon=True).start()
        refused(f"http://127.0.0.1:{other.server_port}", within=5)
        other.shutdown()


class SilentServer(OtherServer):
    """Greets as Chroma does, then says nothing more."""

    done = threading.Event()
    greetings: ClassVar[dict[str, object]] = {
        "heartbeat": {"nanosecond heartbeat": 1},
        "identity": {"user_id": "", "tenant": "default_tenant", "databases": ["default_database"]},
    }

    def do_GET(self) -> None:
        last = self.path.partition("?")[0].rpartition("/")[2]
        if last == "collections":
            self.done.wait(30)
            return
        self.page = json.dumps(
            self.greetings.get(last, {"name": last, "id": str(uuid.uuid4()), "tenant": "default_tenant"})
        ).encode()
        super().do_GET()


def test_a_server_that_falls_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("qa_bot.index.store.REQUEST_S", 1.0)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), SilentServer) as silent:
        threading.Thread(target=silent.serve_forever, daemon=True).start()
        assert "timed out" in refused(f"http://127.0.0.1:{silent.server_port}", within=8)
        SilentServer.done.set()
        silent.shutdown()


def test_the_server_dies(tmp_path: Path) -> None:
    with chroma_server(tmp_path / "chroma") as (url, process):
        settings = Settings(home=tmp_path, chroma=url)
        builder = Worker(settings, steps=True)
        builder.reach(3)
        with opened(settings, OTHER) as reader:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            with pytest.raises(IndexStoreError, match=r"cannot be read .*QA_BOT_CHROMA"):
                check(reader)
        builder.go()
        builder.heard()
        builder.go()
        assert builder.result().startswith(f"IndexStoreError: the index in {url} cannot be written (")
    with chroma_server(tmp_path / "chroma") as (url, _):
        settings = Settings(home=tmp_path, chroma=url)
        assert not was_built(settings, OTHER)
        assert was_built(settings)
