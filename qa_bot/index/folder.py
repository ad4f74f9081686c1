"""Generations in folders, each an embedded Chroma database.

index/qa-bot-IDENTITY-UNIQUE/   a generation
index/IDENTITY.ready            its pointer, replaced atomically: which generation to open, digests of its files

Chroma crashes on a damaged vector file, or reads nonsense from it: no generation is opened whose digests do not hold.
Its SQLite file is not among them, since Chroma writes there whenever it opens one, and notices damage.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
import time
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qa_bot.index.store import NAME, ORPHAN_S, Inspection, open_client

if TYPE_CHECKING:
    from chromadb.api import ClientAPI
    from chromadb.api.models.Collection import Collection

DATABASE = "chroma.sqlite3"
PAGE = 4096
"""Bytes; SQLite files are whole pages of this size."""


class FolderStore:
    """The store of `QA_BOT_HOME`. Every open generation has a client of its own."""

    mend = "start again to build it anew, or free space, or set QA_BOT_HOME to a folder that can be written"

    def __init__(self, folder: Path) -> None:
        self.folder, self.place = folder, str(folder)

    def ready(self, identity: str) -> list[str]:
        name, seal = _pointed(self.folder / f"{identity}.ready")
        try:
            return [name] if name and seal == self._seal(name) else []
        except OSError:
            return []

    def connect(self, name: str, stack: ExitStack, *, new: bool = False) -> ClientAPI:
        path = self.folder / name
        if new:
            path.mkdir(parents=True)
        elif (path / DATABASE).stat().st_size % PAGE or not (path / DATABASE).stat().st_size:
            raise ValueError("its database is cut off")  # Chroma would take an empty one for a new one
        elif not all(os.access(p, os.W_OK) for p in (path, path / DATABASE)):
            copies = stack.enter_context(tempfile.TemporaryDirectory(prefix="qa_bot-", ignore_cleanup_errors=True))
            path = Path(shutil.copytree(path, Path(copies, name), copy_function=shutil.copyfile))
            for folder in (path, *filter(Path.is_dir, path.rglob("*"))):
                folder.chmod(0o700)  # Chroma writes even to read
        return open_client(stack, folder=str(path))

    def metadata(self, identity: str) -> dict[str, Any]:
        return {"identity": identity}

    def touch(self, collection: Collection) -> None:
        """Its files are as young as its last batch."""

    def publish(self, name: str, collection: Collection) -> None:
        pointer, draft = self.folder / f"{_identity(name)}.ready", self.folder / f"{name}.draft"
        replaced, _ = _pointed(pointer)
        draft.write_text("\n".join((name, *self._seal(name))), "utf-8")
        for path in (*(self.folder / name).rglob("*"), self.folder / name, draft):
            _sync(path)
        draft.replace(pointer)
        _sync(self.folder)
        if replaced:
            with suppress(OSError):
                os.utime(self.folder / replaced)  # from now on it is an orphan

    def discard(self, name: str) -> None:
        shutil.rmtree(self.folder / name, ignore_errors=True)
        with suppress(OSError):
            (self.folder / f"{name}.draft").unlink(missing_ok=True)

    def sweep(self) -> None:
        ready = self._pointers()
        for path in self.folder.iterdir():
            name = path.name.removesuffix(".draft")
            with suppress(OSError):
                if NAME.fullmatch(name) and name not in ready and _age(path) > ORPHAN_S:
                    self.discard(name)

    def inspect(self) -> Inspection:
        there = next(p for p in (self.folder, *self.folder.parents) if p.exists())
        names = {p.name for p in self.folder.iterdir() if NAME.fullmatch(p.name)} if self.folder.is_dir() else set()
        ready = names & self._pointers()
        writable = there.is_dir() and os.access(there, os.W_OK)
        if not writable and not ready:
            raise ValueError(f"nothing is ready, and {there} is not a folder that can be written")
        return Inspection(self.place, len(ready), len(names - ready), writable)

    def close(self) -> None:
        """Nothing is shared between generations."""

    def _pointers(self) -> set[str]:
        return {_pointed(path)[0] for path in self.folder.glob("*.ready")}

    def _seal(self, name: str) -> list[str]:
        folder, lines = self.folder / name, []
        for path in folder.rglob("*"):
            if path.is_file() and not path.name.startswith(DATABASE):
                with path.open("rb") as stream:
                    digest = hashlib.file_digest(stream, "sha256").hexdigest()
                lines.append(f"{digest}  {path.relative_to(folder).as_posix()}")
        return sorted(lines)


def _identity(name: str) -> str:
    match = NAME.fullmatch(name)
    return match["identity"] if match else ""


def _pointed(pointer: Path) -> tuple[str, list[str]]:
    """The generation that a pointer file names, and its seal; an empty name where it names none."""
    try:
        name, *seal = pointer.read_text("utf-8").split("\n")
    except (OSError, ValueError):
        return "", []
    return (name, seal) if NAME.fullmatch(name) else ("", [])


def _age(path: Path) -> float:
    """Seconds since anything in it was written."""
    return time.time() - max(p.stat().st_mtime for p in (path, *path.rglob("*")))


def _sync(path: Path) -> None:
    if path.is_dir() and os.name != "posix":  # Windows opens no folders
        return
    number = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(number)
    finally:
        os.close(number)
