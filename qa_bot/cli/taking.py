"""What `export` and `ratings` do: answers of a file as a document, and thumbs as a questions file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from qa_bot.cli.files import read_answers
from qa_bot.errors import QABotError, UsageError
from qa_bot.store import KeptTurn
from qa_bot.types import Answer, Speech

FORMATS = (".md", ".docx", ".html", ".json")


def check_format(out: Path) -> None:
    """Raises UsageError where the ending names no format."""
    if out.suffix.lower() not in FORMATS:
        raise UsageError(f"--out {out} names no format; end it with one of {', '.join(FORMATS)}")


def export_answers(file: Path, out: Path, speech: Speech, lang: str) -> None:
    """Write the answers of `file` as a document, whole or not at all.

    Raises:
        QABotError: `file` holds something else, or `out` cannot be written.
    """
    from qa_bot import export

    forms: dict[str, Callable[[Sequence[KeptTurn], Speech, str], str | bytes]]
    forms = {".md": export.markdown, ".docx": export.word, ".html": export.printable, ".json": export.proof}
    turns = [_turn(file, i, values) for i, values in enumerate(read_answers(file), 1)]
    made = forms[out.suffix.lower()](turns, speech, lang)
    part = out.with_name(f".{out.name}.part")
    try:
        part.write_bytes(made if isinstance(made, bytes) else made.encode())
        part.replace(out)
    except OSError as error:
        raise QABotError(f"--out {out} cannot be written ({error.strerror}); name another file") from error
    finally:
        with suppress(OSError):
            part.unlink()


def _turn(file: Path, number: int, values: Any) -> KeptTurn:
    try:
        answer = Answer.from_dict(values)
    except ValueError as error:
        raise QABotError(f"{file}: answer {number} is none that ask --json or eval --out wrote") from error
    asked = None
    with suppress(ValueError):
        asked = datetime.fromisoformat(str(values.get("asked")))
    return KeptTurn(answer.question, answer, asked=asked)
