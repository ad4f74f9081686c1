"""The process that parses one document: `python -m qa_bot.documents.child`, started by `apart.py`.

It may not open files to write, connect, or start programs, and it ends when it takes more time or memory than it may.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from typing import Any

from qa_bot.documents.source import Limits, Source
from qa_bot.errors import DocumentError, SpeechError

_BARRED = ("socket.", "subprocess.", "os.exec", "os.fork", "os.posix_spawn", "os.spawn", "os.startfile", "os.system")
_CHANGING = ("os.link", "os.mkdir", "os.remove", "os.rename", "os.rmdir", "os.symlink", "os.truncate", "shutil.")

_NO_MEMORY = 2
"""The code of libxml2's XMLSyntaxError where it got no memory."""


def main() -> None:
    """Read one request from standard input, write the answer to standard output."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    told = json.loads(sys.stdin.buffer.readline())
    limits = Limits(**told["limits"])
    large = {"fault": "large", "line": f"{told['name']} takes too much memory to read; save it as plain text"}
    answer = json.dumps(large).encode()
    confine(limits)
    with suppress(MemoryError):
        answer = json.dumps(_said(told, limits)).encode()
    answers.write(answer)
    answers.flush()


def _said(told: dict[str, Any], limits: Limits) -> dict[str, Any]:
    """The source of the document, or what is wrong with it."""
    try:
        return asdict(_parsed(sys.stdin.buffer.read(), told["name"], told["kind"], told["encoding"], limits))
    except DocumentError as error:
        return {"fault": error.kind, "line": str(error)}
    except SpeechError as error:
        return {"line": str(error)}
    except MemoryError:
        raise
    except Exception as error:  # whatever a parser trips over, the document is what is wrong
        if getattr(error, "code", None) == _NO_MEMORY:
            raise MemoryError from error
        line = f"{told['name']} is damaged, or not what it seems ({type(error).__name__})"
        return {"fault": "damaged", "line": f"{line}; save it again, or as plain text"}


def confine(limits: Limits) -> None:
    """Limit processor time, memory and files where the system can, and what Python code may do everywhere."""
    try:
        import resource
    except ImportError:  # Windows: the clock alone
        pass
    else:
        seconds = max(1, round(limits.seconds))
        for what, value in (
            (resource.RLIMIT_CPU, seconds),
            (resource.RLIMIT_AS, limits.memory),
            (resource.RLIMIT_FSIZE, 0),
            (resource.RLIMIT_CORE, 0),
        ):
            resource.setrlimit(what, (value, value))
    sys.addaudithook(_audit)


def _audit(event: str, args: tuple[Any, ...]) -> None:
    writing = event == "open" and isinstance(args[1], str) and set(args[1]) & set("wax+")
    if writing or event.startswith(_BARRED + _CHANGING):
        raise PermissionError(f"a document's parser may not do this: {event}")


def _parsed(data: bytes, name: str, kind: str, encoding: str | None, limits: Limits) -> Source:
    parse: Callable[[bytes, str, Limits], Source]
    if kind == "html":
        from qa_bot.documents.page import read_page

        return read_page(data, name, encoding)
    if kind == "word":
        from qa_bot.documents.word import read_word as parse
    else:
        from qa_bot.documents.pdf import read_pdf as parse
    return parse(data, name, limits)


if __name__ == "__main__":
    main()
