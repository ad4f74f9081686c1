"""Questions about the speech as a whole, answered from its headings and topic sentences, at any depth of nesting."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TypeVar

from qa_bot.text import grams
from qa_bot.types import CLOSING, NOTES, OPENING, Paragraph, Section, Speech
from qa_bot.understanding import Query

_T = TypeVar("_T")
Span = tuple[int, int]

LIMIT = 1150
"""Characters quoted at most for a section; a beginning or an ending is held to `SHORT`."""
SHORT = 440
_ANNOUNCES = re.compile(
    r"[一二三四五六七八九十两几\d]+(?:点|个方面|个部分|方面)(?:的)?(?:意见|要求|建议|看法|想法|体会|内容|问题|工作)"
)


def outline_spans(speech: Speech, query: Query) -> list[Span]:
    """What to quote for a question about the outline, in the order of the speech; nothing where it has no such part."""
    match query.kind:
        case "parts":
            return _cap(_announcement(speech) + _part_spans(speech), LIMIT)
        case "points":
            return _points(speech)
        case "beginning":
            return _cap(_sentences(_edge(speech, OPENING)), SHORT)
        case "ending":
            return _cap(_sentences(_edge(speech, CLOSING)), SHORT)
        case "paragraph":
            return _cap(_sentences(p for p in speech.paragraphs if p.number in _nth_paragraph(speech, query)), LIMIT)
        case "section":
            return _section(speech, query)
    return []


def parts(speech: Speech) -> list[Section]:
    """The outermost numbered parts; where one heading holds everything, what it holds."""
    level = [s for s in speech.sections if s.address]
    for depth in sorted({s.level for s in level}):
        found = [s for s in level if s.level == depth]
        if len(found) > 1:
            return found
    return level


def topic_spans(speech: Speech, paragraphs: Iterable[Paragraph]) -> list[Span]:
    """The topic sentences of these paragraphs; where none has one, their first sentences."""
    bodies = [p for p in paragraphs if p.kind == "body" and p.sentences]
    chosen = [p for p in bodies if p.lead] or bodies
    return [(p.sentences[0].start, p.sentences[0].end) for p in chosen]


def _part_spans(speech: Speech) -> list[Span]:
    return [(s.start, s.end) for s in parts(speech)] or topic_spans(speech, speech.paragraphs)


def _announcement(speech: Speech) -> list[Span]:
    """The sentence before the first part that says how many points follow (`我讲三点意见`)."""
    first = min((s.start for s in parts(speech)), default=len(speech.text))
    sentences = [s for p in speech.paragraphs if p.kind == "body" and p.end <= first for s in p.sentences]
    return [(s.start, s.end) for s in sentences if _ANNOUNCES.search(speech.text, s.start, s.end)][-1:]


def _points(speech: Speech) -> list[Span]:
    headings = [(s.start, s.end) for s in speech.sections if s.address]
    body = [p for p in speech.paragraphs if speech.sections[p.section].title not in (OPENING, CLOSING, NOTES)]
    leads = topic_spans(speech, body)
    outer = [(s.start, s.end) for s in parts(speech)]
    for spans in (headings + leads, headings, outer + leads, outer):
        if spans and _size(spans) <= LIMIT:
            return sorted(set(spans))
    return _cap(outer or leads, LIMIT)


def _section(speech: Speech, query: Query) -> list[Span]:
    if not query.ordinals:
        return _named(speech, query.focus)
    chosen = _pick(parts(speech), query.ordinals[0])
    if chosen is None:
        return []
    return _inside(speech, chosen) if len(query.ordinals) == 1 else _item(speech, chosen, query.ordinals[1])


def _named(speech: Speech, focus: str) -> list[Span]:
    """The part or the paragraph whose heading or topic sentence carries the words of the question."""
    wanted = set(grams(focus))
    if not wanted:
        return []
    headed = [((s.start, s.end), s, None) for s in speech.sections if s.address]
    led = [((p.sentences[0].start, p.sentences[0].end), None, p) for p in speech.paragraphs if p.lead]
    best, share = None, 0.6
    for span, section, paragraph in [*headed, *led]:
        held = len(wanted & set(grams(speech.text[slice(*span)]))) / len(wanted)
        if held > share:
            best, share = (section, paragraph), held
    if best is None:
        return []
    section, paragraph = best
    if section:
        return _inside(speech, section)
    return _cap(_sentences([paragraph]), LIMIT) if paragraph else []


def _inside(speech: Speech, section: Section) -> list[Span]:
    """A part's heading, then what stands under it: inner headings, else topic sentences; else all that fits."""
    index = speech.sections.index(section)
    inner = [(s.start, s.end) for s in speech.sections if s.parent == index and s.address]
    below = _descendants(speech, index)
    leads = topic_spans(speech, (p for p in speech.paragraphs if p.section in below))
    heading = [(section.start, section.end)]
    for spans in (heading + inner + leads, heading + inner if inner else heading + leads):
        if _size(spans) <= LIMIT:
            return sorted(set(spans))
    return _cap(sorted(set(heading + (inner or leads))), LIMIT)


def _item(speech: Speech, section: Section, ordinal: int) -> list[Span]:
    """The nth inner part; where there are none, the nth paragraph that has a topic sentence."""
    index = speech.sections.index(section)
    inner = [s for s in speech.sections if s.parent == index and s.address]
    if inner:
        chosen = _pick(inner, ordinal)
        return _inside(speech, chosen) if chosen else []
    bodies = [p for p in speech.paragraphs if p.section == index]
    paragraph = _pick([p for p in bodies if p.lead] or bodies, ordinal)
    return _cap(_sentences([paragraph]), LIMIT) if paragraph else []


def _edge(speech: Speech, title: str) -> list[Paragraph]:
    """The paragraphs of the opening or the closing; where the speech has none, its first or last paragraph."""
    bodies = [p for p in speech.paragraphs if p.kind == "body"]
    found = [p for p in bodies if speech.sections[p.section].title == title]
    return found or (bodies[:1] if title == OPENING else bodies[-1:])


def _nth_paragraph(speech: Speech, query: Query) -> set[int | None]:
    numbers = [p.number for p in speech.paragraphs if p.kind == "body"]
    number = query.ordinals[0]
    return {numbers[-1] if number < 0 and numbers else number}


def _descendants(speech: Speech, index: int) -> set[int]:
    found = {index}
    for i, section in enumerate(speech.sections):
        if section.parent in found:
            found.add(i)
    return found


def _sentences(paragraphs: Iterable[Paragraph | None]) -> list[Span]:
    return [(s.start, s.end) for p in paragraphs if p for s in p.sentences]


def _size(spans: Sequence[Span]) -> int:
    return sum(end - start for start, end in set(spans))


def _cap(spans: Sequence[Span], limit: int) -> list[Span]:
    """As many spans from the front as fit; at least one."""
    kept: list[Span] = []
    for span in dict.fromkeys(spans):
        if kept and _size([*kept, span]) > limit:
            break
        kept.append(span)
    return kept


def _pick(items: Sequence[_T], ordinal: int) -> _T | None:
    if ordinal < 0:
        return items[-1] if items else None
    return items[ordinal - 1] if 0 < ordinal <= len(items) else None
