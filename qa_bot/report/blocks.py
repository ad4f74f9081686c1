"""What a report is made of, whichever form it takes: `html` and `markdown` write the same blocks."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Heading:
    """`anchor` is what a link in the same report leads to."""

    level: int
    text: str
    anchor: str = ""


@dataclass(frozen=True, slots=True)
class Text:
    """A paragraph."""

    text: str


@dataclass(frozen=True, slots=True)
class Tile:
    """One figure at a glance."""

    label: str
    figure: str
    beside: str


@dataclass(frozen=True, slots=True)
class Tiles:
    """The figures that are looked at first."""

    tiles: tuple[Tile, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """`drawn` is an SVG of what the cells say, `link` an anchor; a row that is `chosen` stands out."""

    cells: tuple[str, ...]
    drawn: str = ""
    link: str = ""
    chosen: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """The first cell of each row is its heading, the others are figures."""

    caption: str
    header: tuple[str, ...]
    rows: tuple[Row, ...]
    drawn: str = ""
    """Heading of the drawn column; none where it is empty."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A drawing, which a table beside it says in figures; Markdown goes without."""

    svg: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One question: names and what they say; `evidence` has place, whether it is gold, and the sentence."""

    title: str
    items: tuple[tuple[str, str], ...]
    evidence: tuple[tuple[str, bool, str], ...] = field(default=())
    folded: bool = False
    """Whether a page shows the title alone until it is opened."""


Block = Heading | Text | Tiles | Table | Figure | Entry


def visible(text: str) -> str:
    """The text with a mark in place of what would be invisible or turn the line around: controls, half characters."""
    return "".join(c if c.isprintable() or c == "\n" or unicodedata.category(c) == "Zs" else "\ufffd" for c in text)
