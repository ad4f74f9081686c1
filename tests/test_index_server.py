"""The same index on a Chroma server: several machines share it, it dies, hangs, or is no Chroma server at all."""

from __future__ import annotations

import contextlib
import http.server
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from chromadb.api import ClientAPI

from qa_bot.errors import IndexStoreError
from qa_bot.index import inspect, open_index
from qa_bot.index.store import NAME, ORPHAN_S, open_client
from qa_bot.settings import Settings
from tests.fakes import GramEncoder, long_speech
from tests.index_worker import OTHER, Worker, check, opened, was_built


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
        for _ in range(600):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            assert process.poll() is None, (folder / "log").read_text()
            time.sleep(0.05)
        yield f"http://127.0.0.1:{port}", process
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@pytest.fixture(scope="module")
def shared_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with chroma_server(tmp_path_factory.mktemp("chroma")) as (url, _):
        yield url


@contextlib.contextmanager
def client_of(url: str) -> Iterator[ClientAPI]:
    with contextlib.ExitStack() as stack:
        yield open_client(stack, url=url)


@pytest.fixture
def server(shared_url: str, tmp_path: Path) -> Iterator[Settings]:
    """Settings of an empty server."""
    yield Settings(home=tmp_path / "home", chroma=shared_url)
    with client_of(shared_url) as client:
        for collection in client.list_collections():
            client.delete_collection(collection.name)


def age(settings: Settings, *, ready: bool) -> None:
    """Make generations look as if their builders had last given a sign over an hour ago."""
    assert settings.chroma
    with client_of(settings.chroma) as client:
        for collection in client.list_collections():
            if collection.metadata["ready"] is ready:
                then = collection.metadata["touched"] - ORPHAN_S - 60
                collection.modify(metadata={**collection.metadata, "touched": then})


def test_built_once_by_one_machine_and_opened_by_another(server: Settings, tmp_path: Path) -> None:
    assert was_built(server)
    assert Worker(server).result() == "opened"
    assert not server.home.exists()
    assert str(inspect(server)) == f"{server.chroma} (1 ready, 0 unfinished or replaced)"


def test_kept_with_metadata_and_the_cosine(server: Settings) -> None:
    assert server.chroma
    with opened(server, OTHER) as index, client_of(server.chroma) as client:
        [collection] = client.list_collections()
        assert NAME.fullmatch(collection.name)
        assert collection.configuration_json["hnsw"]["space"] == "cosine"
        assert collection.metadata["identity"] == index.identity
        [kept] = collection.get(ids=["s:3.2"])["metadatas"] or []
        assert (kept["kind"], kept["path"], kept["addresses"]) == ("sentence", "第1部分", "3.2")


def test_many_collections_of_others(server: Settings) -> None:
    assert server.chroma
    with client_of(server.chroma) as client:
        for i in range(130):
            client.create_collection(f"other-{i}", embedding_function=None, metadata={"ready": True})
    assert was_built(server, OTHER)
    assert not was_built(server, OTHER)
    assert (inspect(server).ready, inspect(server).unfinished) == (1, 0)


def test_builders_at_once_all_succeed(server: Settings) -> None:
    builders = [Worker(server) for _ in range(4)]
    results = [builder.result() for builder in builders]
    assert set(results) <= {"built", "opened"}
    assert "built" in results
    assert not was_built(server)


@pytest.mark.parametrize("steps", [0, 3, 5])
def test_killed_while_building(server: Settings, steps: int) -> None:
    builder = Worker(server, steps=True)
    builder.reach(steps)
    builder.kill()
    assert (inspect(server).ready, inspect(server).unfinished) == (0, 1)
    assert was_built(server)
    assert not was_built(server)


def test_a_reader_during_a_rebuild_reads_the_old_index(server: Settings) -> None:
    with opened(server) as old:
        builder = Worker(server, steps=True, rebuild=True)
        builder.reach(3)
        assert not was_built(server)
        for _ in range(2):
            builder.go()
            builder.heard()
        builder.go()
        assert builder.result() == "built"
        check(old)
    assert not was_built(server)
    assert (inspect(server).ready, inspect(server).unfinished) == (1, 1)


def test_builders_remove_what_was_left_behind_an_hour_ago(server: Settings) -> None:
    for _ in range(2):
        age(server, ready=False)
        builder = Worker(server, steps=True)
        builder.reach(3)
        builder.kill()
    assert inspect(server).unfinished == 2
    assert was_built(server, OTHER)
    assert (inspect(server).ready, inspect(server).unfinished) == (1, 1)


def test_a_replaced_generation_has_an_hour_from_its_replacement(server: Settings) -> None:
    with opened(server, OTHER) as reader:
        age(server, ready=True)
        assert was_built(server, OTHER, rebuild=True)
        assert was_built(server, OTHER + 5)
        check(reader)
        age(server, ready=True)
        assert was_built(server, OTHER + 10)
        assert (inspect(server).ready, inspect(server).unfinished) == (3, 0)
        with pytest.raises(IndexStoreError, match="cannot be read"):
            check(reader)


def test_a_generation_with_missing_passages_is_passed_over(server: Settings) -> None:
    assert server.chroma
    assert was_built(server, OTHER)
    with client_of(server.chroma) as client:
        client.list_collections()[0].delete(ids=["s:1.1"])
    assert was_built(server, OTHER)
    assert not was_built(server, OTHER)


# A server that is not there, or not well


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


def test_the_environment_of_another_chroma_does_not_matter(server: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHROMA_SERVER_HOST", "example.org")
    monkeypatch.setenv("CHROMA_SERVER_HTTP_PORT", "1")
    with contextlib.closing(open_index(long_speech(5), GramEncoder(), server)) as index:
        check(index)
