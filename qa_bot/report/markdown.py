"""A report as Markdown in which nothing but our own is markup."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from qa_bot.report.blocks import Block, Entry, Figure, Heading, Table, Text, Tiles, visible

_MARKUP = re.compile(r"([\\`*_{}\[\]<>()#+\-.!|~&$:@^])")


def to_markdown(blocks: Iterable[Block]) -> str:
    """The blocks in the dialect of GitHub; drawings are left out, the tables say the same."""
    return "\n".join(line for block in blocks for line in (*_lines(block), "")).rstrip("\n") + "\n"


def _lines(block: Block) -> Iterator[str]:
    match block:
        case Heading(level, text):
            yield f"{'#' * level} {_plain(text)}"
        case Text(text):
            yield _plain(text)
        case Tiles(tiles):
            yield from (f"- {_plain(f'{t.label}: {t.figure} ({t.beside})')}" for t in tiles)
        case Table():
            yield from (_plain(block.caption), "")
            yield f"| {' | '.join(map(_plain, block.header))} |"
            yield f"|---|{'--:|' * (len(block.header) - 1)}"
            for row in block.rows:
                cells = [f"**{_plain(cell)}**" if row.chosen else _plain(cell) for cell in row.cells]
                yield f"| {' | '.join(cells)} |"
        case Entry():
            yield from (f"#### {_plain(block.title)}", "")
            yield from (f"- {name}: {_plain(value)}" for name, value in block.items)
            for place, gold, sentence in block.evidence:
                yield f"- retrieved {place}{', gold' if gold else ''}: {_plain(sentence)}"
        case Figure():
            yield from ()


def _plain(text: str) -> str:
    """The text on one line, with nothing in it that Markdown would read as markup."""
    return _MARKUP.sub(r"\\\1", " ".join(visible(text).split()))
