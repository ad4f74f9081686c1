"""What a document becomes, and what reading one may cost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["text", "markdown", "html", "word", "pdf"]


@dataclass(frozen=True, slots=True)
class Source:
    """The text of a file, and what the file itself says about its lines (numbered from 1)."""

    name: str
    kind: Kind
    text: str
    encoding: str
    """How it was read: an encoding, or the kind where none was guessed."""
    title: str | None = None
    """The title, where the document names it and it stands in the text."""
    levels: tuple[tuple[int, int], ...] = ()
    """(line, level) of the lines that the document marks as headings."""
    furniture: tuple[tuple[int, str], ...] = ()
    """(line, reason) of the lines that are not of the speech by where they stand: a page number, a menu."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What parsing one document may cost: seconds of the processor (of the clock twice that, as others may be busy),
    bytes of address space, pages of a PDF, bytes of a Word file unpacked."""

    seconds: float = 10.0
    memory: int = 1_000_000_000
    pages: int = 500
    unpacked: int = 50_000_000


LIMITS = Limits()
