"""What a document says about its own lines: which are headings, which are furniture by where they stand."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from qa_bot.documents import Source
from qa_bot.speech.lines import Line, split_lines
from qa_bot.speech.patterns import marker
from qa_bot.types import Stripped


def marked_lines(source: Source) -> list[Line]:
    """The lines of a source, those that it marks as headings with their level.

    A kind of numbers (`一、`) that stands before marked and unmarked lines is marked nowhere: its numbers say more.
    """
    lines = split_lines(source.text, markdown=source.kind == "markdown")
    levels = dict(source.levels)
    found = {line.number: levels.get(line.number) for line in lines}
    ranks = {line.number: (marker(line.text) or (None,))[0] for line in lines}
    bare = {rank for number, rank in ranks.items() if rank is not None and found[number] is None}
    return [replace(line, level=found[line.number]) if _marks(line, found, ranks, bare) else line for line in lines]


def _marks(
    line: Line, found: Mapping[int, int | None], ranks: Mapping[int, int | None], bare: Collection[int | None]
) -> bool:
    return found[line.number] is not None and ranks[line.number] not in bare


def set_apart(
    lines: list[Line], furniture: Mapping[int, str], restored: Collection[int]
) -> tuple[list[Line], tuple[Stripped, ...]]:
    """(lines that stay, lines that the document itself says are furniture); all stay where none would."""
    gone = {number for number in furniture if number not in restored}
    kept = [line for line in lines if line.number not in gone]
    if not kept:
        return lines, ()
    return kept, tuple(Stripped(x.number, x.text, furniture[x.number]) for x in lines if x.number in gone)
