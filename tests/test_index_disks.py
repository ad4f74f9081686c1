"""Folders that cannot be written, disks that are full: by permissions and limits anywhere, mounted where allowed."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from qa_bot.errors import IndexStoreError
from qa_bot.index import inspect
from qa_bot.settings import Settings
from tests.index_worker import OTHER, Worker, limit_files, may_mount, mount, no_privileges, unmount, was_built

MEANS = ("permissions", "mount") if may_mount() else ("permissions",)


@pytest.fixture
def home(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home")


@contextlib.contextmanager
def read_only(folder: Path, means: str) -> Iterator[Callable[[], None] | None]:
    """The folder cannot be written, by workers prepared with what is given."""
    if means == "mount":
        mount(folder, "--bind", str(folder))
        mount(folder, "-o", "remount,bind,ro")
        try:
            yield None
        finally:
            unmount(folder)
        return
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o555 if path.is_dir() else 0o444)
    try:
        yield no_privileges
    finally:
        for path in (folder, *folder.rglob("*")):
            path.chmod(0o755 if path.is_dir() else 0o644)


@pytest.mark.parametrize("means", MEANS)
def test_a_read_only_index_answers(home: Settings, means: str) -> None:
    assert was_built(home, OTHER)
    before = {path: path.stat().st_mtime_ns for path in home.home.rglob("*")}
    with read_only(home.home, means) as prepare:
        assert Worker(home, OTHER, prepare=prepare).result() == "opened"
    assert before == {path: path.stat().st_mtime_ns for path in home.home.rglob("*")}
    assert not was_built(home, OTHER)


@pytest.mark.parametrize("means", MEANS)
@pytest.mark.parametrize("damaged", [False, True])
def test_in_a_read_only_folder_nothing_is_built(home: Settings, means: str, damaged: bool) -> None:
    home.home.mkdir()
    if damaged:
        assert was_built(home, OTHER)
        [database] = home.home.rglob("*.sqlite3")
        os.truncate(database, 100)
    with read_only(home.home, means) as prepare:
        told = Worker(home, OTHER, prepare=prepare).result()
    assert told.startswith(f"IndexStoreError: the index in {home.home / 'index'} cannot be written (")
    assert "QA_BOT_HOME" in told
    assert "\n" not in told
    assert was_built(home, OTHER)


@pytest.mark.parametrize("path", ["home", "home/index"])
def test_a_file_where_a_folder_is_due(home: Settings, tmp_path: Path, path: str) -> None:
    (tmp_path / path).parent.mkdir(exist_ok=True)
    (tmp_path / path).write_text("mine")
    with pytest.raises(IndexStoreError, match=r"cannot be written .*QA_BOT_HOME"):
        was_built(home, OTHER)
    with pytest.raises(IndexStoreError, match="not a folder that can be written"):
        inspect(home)
    assert (tmp_path / path).read_text() == "mine"


@contextlib.contextmanager
def full_at(kilobytes: int, folder: Path, means: str) -> Iterator[Callable[[], None] | None]:
    """A disk of this size, or for workers prepared with what is given no file of more."""
    folder.mkdir()
    if means == "permissions":
        yield partial(limit_files, kilobytes)
        return
    mount(folder, "-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs")
    try:
        yield None
    finally:
        unmount(folder)


@pytest.mark.parametrize("means", MEANS)
@pytest.mark.parametrize("kilobytes", [0, 4, 100, 280, 400, 700])
def test_a_full_disk_is_one_line_and_leaves_nothing(home: Settings, means: str, kilobytes: int) -> None:
    with full_at(max(kilobytes, 4), home.home, means) as prepare:
        told = Worker(home, prepare=prepare).result()
        assert told.startswith(f"IndexStoreError: the index in {home.home / 'index'} cannot be written (")
        assert "free space" in told
        assert "\n" not in told
        assert not list(home.home.rglob("qa-bot*"))
    assert was_built(home)


@pytest.mark.parametrize("means", MEANS)
def test_a_disk_that_fills_up_keeps_the_old_index(home: Settings, means: str) -> None:
    with full_at(1200 if means == "mount" else 600, home.home, means) as prepare:
        assert was_built(home, OTHER)
        assert Worker(home, prepare=prepare).result().startswith("IndexStoreError: ")
        assert not was_built(home, OTHER)
