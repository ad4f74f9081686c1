"""Lines → Markdown that any renderer shows character for character."""

from __future__ import annotations

import re
from collections.abc import Sequence

from qa_bot.export.document import Kind, Line

_PREFIX: dict[Kind, str] = {"title": "# ", "question": "## ", "meta": "- ", "cited": "- "}
_MARKS = re.compile(r"(?P<harmless>(?<=\d)\.(?=\d)|(?<=\w)-(?=\w)|[,;%/?])|[!-/:-@\[-`{-~]")
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_BLANKS = re.compile(r"^\s+|\s+$|(?<=\s)\s+")


def render(lines: Sequence[Line]) -> str:
    """CommonMark without HTML, links or images of its own."""
    pieces: list[str] = []
    for before, line in zip((None, *lines), lines, strict=False):
        listed = before and before.kind == line.kind and _PREFIX.get(line.kind) == "- "
        pieces.append(f"{'' if listed or not before else chr(10)}{_PREFIX.get(line.kind, '')}{escape(line.text)}\n")
    return "".join(pieces)


def escape(text: str) -> str:
    """One line in which no character means anything but itself."""
    marked = _MARKS.sub(_mark, text)
    return _BLANKS.sub(lambda found: "".join(f"&#{ord(c)};" for c in found[0]), marked)


def _mark(found: re.Match[str]) -> str:
    return found[0] if found["harmless"] else _ENTITIES.get(found[0], f"\\{found[0]}")
