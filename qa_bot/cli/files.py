"""Files that are written whole or not at all, and folders looked at before the work that will fill them."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TextIO

from qa_bot.errors import QABotError


@contextmanager
def whole_file(path: Path, option: str) -> Iterator[TextIO]:
    """A stream whose text is at `path` after the block, all of it; after a fault `path` is what it was before.

    A pipe or a device (`/dev/stdout`) is written to directly.

    Raises:
        QABotError: `path` cannot be written; known before the block runs, a full disk apart.
    """
    target = path.resolve()
    direct = target.exists() and not target.is_file()
    part = target if direct else target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        with part.open("w" if direct else "x", encoding="utf-8", newline="\n") as stream:
            yield stream
        if not direct:
            part.replace(target)
    except OSError as error:
        raise QABotError(f"{option} {path} cannot be written ({error.strerror}); name another file") from error
    finally:
        if not direct:
            with suppress(OSError):
                part.unlink()


def check_folder(folder: Path, option: str) -> None:
    """Look whether a folder can be made and filled; nothing is made.

    Raises:
        QABotError: a file stands in its way, or it is not ours to write.
    """
    there = next(place for place in (folder.absolute(), *folder.absolute().parents) if os.path.lexists(place))
    if not there.is_dir() or not os.access(there, os.W_OK):
        why = "cannot be written" if there.is_dir() else "is no folder"
        raise QABotError(f"{option} {folder}: {there} {why}; name another folder")


def read_answers(file: Path) -> list[Any]:
    """The answers of a file: one JSON object, a list of them, or one a line.

    Raises:
        QABotError: it cannot be read, is no JSON, or holds none.
    """
    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "not UTF-8"
        raise QABotError(f"{file} cannot be read ({why}); name a file that ask --json or eval --out wrote") from error
    try:
        whole = json.loads(text)
        answers = whole if isinstance(whole, list) else [whole]
    except (ValueError, RecursionError):
        try:
            answers = [json.loads(line) for line in text.splitlines() if line.strip()]
        except (ValueError, RecursionError) as error:
            raise QABotError(f"{file} is no JSON; name a file that ask --json or eval --out wrote") from error
    if not answers:
        raise QABotError(f"{file} holds no answer; name a file that ask --json or eval --out wrote")
    return answers
