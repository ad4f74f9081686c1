"""A speech as the model sees it: one numbered sentence a line, and the outline."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from qa_bot.prompting.harmless import count_tokens, defuse
from qa_bot.types import Paragraph, Section, Speech

GAP = "……"
"""A line of its own where lines are left out."""
BETWEEN = count_tokens(f"\n\n{GAP}\n\n")
"""Tokens between two lines at most."""


@dataclass(frozen=True, slots=True)
class Line:
    """A sentence or a printed heading. `block` counts paragraphs and headings in the order of the text."""

    address: str
    start: int
    end: int
    block: int
    text: str
    tokens: int


@lru_cache(maxsize=4)
def numbered(speech: Speech) -> tuple[Line, ...]:
    """Every sentence and printed heading in the order of the text."""
    headings = [s for s in speech.sections if s.address and s.start < s.end]
    blocks: list[Section | Paragraph] = sorted([*headings, *speech.paragraphs], key=lambda part: part.start)
    made = []
    for block, part in enumerate(blocks):
        for unit in part.sentences if isinstance(part, Paragraph) else (part,):
            text = number(unit.address, speech.text[unit.start : unit.end])
            made.append(Line(unit.address, unit.start, unit.end, block, text, count_tokens(text)))
    return tuple(made)


def number(address: str, text: str) -> str:
    """`[12.3] …`, on one line."""
    return f"[{address}] {defuse(text)}"


def rendered(lines: Sequence[Line], kept: Iterable[int]) -> str:
    """The lines of these indices in the order of the text: blank lines between blocks, `GAP` where any is left out."""
    text, before = "", -1
    for index in sorted(kept):
        text += _between(lines, before, index) + lines[index].text
        before = index
    return text + _between(lines, before, len(lines))


@lru_cache(maxsize=4)
def whole(speech: Speech) -> tuple[str, int]:
    """All lines as one text, and its tokens."""
    text = rendered(numbered(speech), range(len(numbered(speech))))
    return text, count_tokens(text)


def _between(lines: Sequence[Line], before: int, index: int) -> str:
    gap = GAP if index > before + 1 else ""
    if before < 0:
        return f"{gap}\n\n" if gap else ""
    if index == len(lines):
        return f"\n\n{gap}" if gap else ""
    line = "\n" if lines[index].block == lines[before].block else "\n\n"
    return line + (gap + line if gap else "")


@lru_cache(maxsize=8)
def outline(speech: Speech, room: int) -> tuple[str, frozenset[str]]:
    """The sections with the numbers of their paragraphs, and the addresses of the headings that are among them.

    As many levels as fit into `room` tokens; where the outermost do not fit, the first of them.
    """
    rows = _rows(speech)
    chosen: list[int] = []
    for level in sorted({s.level for s in speech.sections}, reverse=True):
        chosen = [i for i, section in enumerate(speech.sections) if section.level <= level]
        if sum(count_tokens(rows[i]) + 1 for i in chosen) + count_tokens(GAP) <= room:
            break
    kept, used = [], count_tokens(GAP)
    for i in chosen:
        used += count_tokens(rows[i]) + 1
        if used > room:
            break
        kept.append(i)
    printed = (speech.sections[i] for i in kept)
    addresses = frozenset(s.address for s in printed if s.address and s.start < s.end)
    return "\n".join([rows[i] for i in kept] + [GAP] * (len(kept) < len(rows))), addresses


def _rows(speech: Speech) -> list[str]:
    numbers: list[list[int]] = [[] for _ in speech.sections]
    for paragraph in speech.paragraphs:
        section: int | None = paragraph.section
        while section is not None and paragraph.number:
            numbers[section].append(paragraph.number)
            section = speech.sections[section].parent
    return [_row(section, own) for section, own in zip(speech.sections, numbers, strict=True)]


def _row(section: Section, numbers: Sequence[int]) -> str:
    where = f"（第{numbers[0]}–{numbers[-1]}段）" if numbers else ""
    title = number(section.address, section.title) if section.address else defuse(section.title)
    return "  " * (section.level - 1) + title + where
