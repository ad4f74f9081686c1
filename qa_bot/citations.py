"""Spans and markers → Citations: whole sentences or clauses, neighbours joined, every quote copied by offset."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from qa_bot.text import grams
from qa_bot.types import Citation, Speech

Span = tuple[int, int]
SENTENCE = 300
"""Characters of a sentence that are quoted at most: of a longer one only the clauses that answer."""

_CLAUSE = re.compile(r"[^,，;；。!！?？]*[,，;；。!！?？]+[”’」』\"]*|[^,，;；。!！?？]+")


def cite(speech: Speech, span: Span) -> Citation:
    """The citation of a span that lies inside one paragraph, or is a heading; its marker is the address."""
    start, end = span
    paragraph = speech.paragraph_at(start)
    if paragraph is None:
        index = next(i for i, s in enumerate(speech.sections) if s.start <= start < s.end)
        return Citation(
            speech.sections[index].address, None, speech.sections[index].title, speech.text[start:end], start, end
        )
    touched = [s.address for s in paragraph.sentences if s.start < end and start < s.end]
    marker = touched[0] if len(touched) == 1 else f"{touched[0]}-{touched[-1]}"
    section = speech.sections[paragraph.section].title
    return Citation(marker, paragraph.number, section, speech.text[start:end], start, end)


def join_neighbours(speech: Speech, spans: Iterable[Span]) -> list[Span]:
    """Sorted spans; those of sentences that follow each other in one paragraph become one."""
    joined: list[Span] = []
    for start, end in sorted(set(spans)):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        elif joined and _same_paragraph(speech, joined[-1], start) and not speech.text[joined[-1][1] : start].strip():
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    return joined


def clip(speech: Speech, span: Span, focus: str, limit: int) -> Span:
    """The run of clauses, at most `limit` characters, that holds most of the question's words; a short span whole."""
    start, end = span
    if end - start <= limit:
        return span
    wanted = set(grams(focus))
    clauses = [(start + m.start(), start + m.end()) for m in _CLAUSE.finditer(speech.text[start:end])]
    clauses = [piece for clause in clauses for piece in _pieces(clause, limit)]
    held = [Counter(wanted & set(grams(speech.text[a:b]))) for a, b in clauses]
    window: Counter[str] = Counter()
    first, best = 0, (0, start, clauses[0][1])
    for last, (_, stop) in enumerate(clauses):
        window += held[last]
        while stop - clauses[first][0] > limit or (first < last and len(window - held[first]) == len(window)):
            window -= held[first]
            first += 1
        if len(window) > best[0]:
            best = (len(window), clauses[first][0], stop)
    return best[1:]


def where(citation: Citation) -> str:
    """Which kind of place is cited: `paragraph`, `salutation`, `heading` or `note`."""
    if citation.paragraph is not None:
        return "paragraph" if citation.paragraph else "salutation"
    return "heading" if citation.marker.startswith("§") else "note"


def _pieces(clause: Span, limit: int) -> Sequence[Span]:
    start, end = clause
    return [(at, min(at + limit, end)) for at in range(start, end, limit)]


def _same_paragraph(speech: Speech, span: Span, offset: int) -> bool:
    paragraph = speech.paragraph_at(span[0])
    return paragraph is not None and paragraph.start <= offset < paragraph.end
