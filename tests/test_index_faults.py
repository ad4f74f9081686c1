"""What befalls an index in a folder: kills, crowds, damage, what is left behind.

The old index, the new one, or one clear line; never a wrong answer.
"""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from qa_bot.errors import IndexStoreError
from qa_bot.index import inspect
from qa_bot.index.folder import DATABASE
from qa_bot.index.store import ORPHAN_S
from qa_bot.settings import Settings
from tests.index_worker import OTHER, Worker, check, opened, was_built

BATCHES = 3
STEPS = 2 * BATCHES
"""A builder waits before and after each batch."""


@pytest.fixture
def home(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home")


def generation(settings: Settings) -> Path:
    [folder] = (path for path in (settings.home / "index").iterdir() if path.is_dir())
    return folder


# Kills


@pytest.mark.parametrize("steps", range(STEPS))
def test_killed_while_building(home: Settings, steps: int) -> None:
    builder = Worker(home, steps=True)
    builder.reach(steps)
    builder.kill()
    assert (inspect(home).ready, inspect(home).unfinished) == (0, 1)
    assert was_built(home)
    assert not was_built(home)


@pytest.mark.parametrize("milliseconds", [0, 5, 10, 15, 20, 25, 30, 40, 60, 90])
def test_killed_while_publishing_a_rebuild(home: Settings, milliseconds: int) -> None:
    assert was_built(home, OTHER)
    builder = Worker(home, OTHER, steps=True, rebuild=True)
    builder.reach(1)
    builder.go()
    time.sleep(milliseconds / 1000)
    builder.kill()
    assert not was_built(home, OTHER)


def test_killed_while_reading(home: Settings) -> None:
    assert was_built(home)
    for milliseconds in range(0, 100, 10):
        reader = Worker(home)
        time.sleep(milliseconds / 1000)
        reader.kill()
    assert not was_built(home)


# Crowds


def test_builders_at_once_all_succeed(home: Settings) -> None:
    builders = [Worker(home) for _ in range(4)]
    results = [builder.result() for builder in builders]
    assert set(results) <= {"built", "opened"}
    assert "built" in results
    assert not was_built(home)


def test_a_reader_during_a_rebuild_reads_the_old_index(home: Settings) -> None:
    with opened(home) as old:
        builder = Worker(home, steps=True, rebuild=True)
        for step in range(STEPS):
            builder.heard()
            assert Worker(home).result() == "opened" if step == BATCHES else not was_built(home)
            check(old)
            builder.go()
        assert builder.result() == "built"
        check(old)
    assert not was_built(home)


def test_readers_at_once(home: Settings) -> None:
    assert was_built(home)
    assert {reader.result() for reader in [Worker(home) for _ in range(6)]} == {"opened"}


# Damage


def cut(path: Path, share: float) -> None:
    os.truncate(path, int(path.stat().st_size * share))


def garble(path: Path, share: float) -> None:
    data, chance = bytearray(path.read_bytes()), random.Random(7)
    for _ in range(int(len(data) * share)):
        data[chance.randrange(len(data))] = chance.randrange(256)
    path.write_bytes(data)


DAMAGE: dict[str, Callable[[Path], None]] = {
    "deleted": Path.unlink,
    "emptied": lambda path: cut(path, 0),
    "one byte short": lambda path: os.truncate(path, path.stat().st_size - 1),
    "half": lambda path: cut(path, 0.5),
    "nearly whole": lambda path: cut(path, 0.97),
    "garbled": lambda path: garble(path, 0.02),
}
FILES = (DATABASE, "header.bin", "data_level0.bin", "length.bin", "link_lists.bin", "index_metadata.pickle")


@pytest.mark.parametrize("damage", DAMAGE)
@pytest.mark.parametrize("name", FILES)
def test_a_damaged_file_is_noticed_and_the_index_built_anew(home: Settings, name: str, damage: str) -> None:
    assert was_built(home, OTHER)
    [path] = generation(home).rglob(name)
    before = path.read_bytes()
    DAMAGE[damage](path)
    changed = not path.exists() or path.read_bytes() != before
    assert was_built(home, OTHER) == changed
    assert not was_built(home, OTHER)


def test_a_deleted_generation_and_a_deleted_home(home: Settings) -> None:
    for remove in (lambda: generation(home), lambda: home.home / "index", lambda: home.home):
        assert was_built(home, OTHER)
        shutil.rmtree(remove())
        assert was_built(home, OTHER)
        shutil.rmtree(home.home)


@pytest.mark.parametrize(
    "text", ["", "\0", "../../elsewhere", "[" * 99999, "qa-bot-" + "0" * 32 + "-" + "1" * 32, "\udcff"]
)
def test_a_pointer_of_nonsense(home: Settings, text: str) -> None:
    assert was_built(home, OTHER)
    [pointer] = (home.home / "index").glob("*.ready")
    pointer.write_bytes(text.encode("utf-8", "surrogateescape"))
    assert was_built(home, OTHER)
    assert not was_built(home, OTHER)


def test_a_pointer_to_the_index_of_another_speech(home: Settings) -> None:
    assert was_built(home, OTHER)
    [mine] = (home.home / "index").glob("*.ready")
    assert was_built(home, OTHER + 5)
    [other] = set((home.home / "index").glob("*.ready")) - {mine}
    shutil.copy(other, mine)
    assert was_built(home, OTHER)
    assert not was_built(home, OTHER + 5)


@pytest.mark.parametrize("damage", ["folder", "emptied", "garbled"])
def test_damaged_while_it_is_open(home: Settings, damage: str) -> None:
    with opened(home, OTHER) as index:
        if damage == "folder":
            shutil.rmtree(home.home / "index")
        else:
            for path in generation(home).rglob("*.*"):
                DAMAGE[damage](path)
        with contextlib.suppress(IndexStoreError):
            check(index)
    assert was_built(home, OTHER)


# Left behind


def make_old(path: Path) -> None:
    then = time.time() - ORPHAN_S - 60
    for part in (*path.rglob("*"), path):
        os.utime(part, (then, then))


def test_builders_remove_what_was_left_behind_an_hour_ago(home: Settings) -> None:
    for age in (make_old, lambda path: None):
        builder = Worker(home, steps=True)
        builder.reach(3)
        builder.kill()
        for path in (home.home / "index").iterdir():
            age(path)
    assert inspect(home).unfinished == 2
    assert was_built(home, OTHER)
    assert (inspect(home).ready, inspect(home).unfinished) == (1, 1)


def test_a_builder_of_hours_is_not_robbed(home: Settings) -> None:
    builder = Worker(home, steps=True)
    builder.reach(STEPS - 1)
    then = time.time() - ORPHAN_S - 60
    os.utime(generation(home), (then, then))
    assert was_built(home, OTHER)
    builder.go()
    assert builder.result() == "built"
    assert not was_built(home)


def test_a_replaced_generation_has_an_hour_from_its_replacement(home: Settings) -> None:
    assert was_built(home, OTHER)
    make_old(generation(home))
    assert was_built(home, OTHER + 5)
    with opened(home, OTHER) as reader:
        make_old(reader.store.folder / reader.collection.name)  # type: ignore[attr-defined]
        assert was_built(home, OTHER, rebuild=True)
        check(reader)
    assert inspect(home).unfinished == 1
    for path in (home.home / "index").iterdir():
        make_old(path)
    assert was_built(home, OTHER + 10)
    assert (inspect(home).ready, inspect(home).unfinished) == (3, 0)
