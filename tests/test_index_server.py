"""The same index on a Chroma server that several machines share."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from qa_bot.errors import IndexStoreError
from qa_bot.index import inspect, open_index
from qa_bot.index.store import NAME, ORPHAN_S
from qa_bot.settings import Settings
from tests.fakes import GramEncoder, long_speech
from tests.index_worker import OTHER, Worker, check, chroma_server, client_of, opened, was_built


@pytest.fixture(scope="module")
def shared_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with chroma_server(tmp_path_factory.mktemp("chroma")) as (url, _):
        yield url


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


def test_the_environment_of_another_chroma_does_not_matter(server: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHROMA_SERVER_HOST", "example.org")
    monkeypatch.setenv("CHROMA_SERVER_HTTP_PORT", "1")
    with contextlib.closing(open_index(long_speech(5), GramEncoder(), server)) as index:
        check(index)
