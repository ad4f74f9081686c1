"""Lines of a cleaned speech → sections, paragraphs, sentences and their addresses."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, count

from qa_bot.speech.headings import Heading, find_headings
from qa_bot.speech.leads import topic_leads
from qa_bot.speech.lines import Line
from qa_bot.speech.patterns import NOTE_MARK, begins_with_call, is_note_heading, is_vocative, marker
from qa_bot.speech.sentences import split_sentences
from qa_bot.types import CLOSING, NOTES, OPENING, Paragraph, ParagraphKind, Section, Sentence

BODY = "正文"
"""The section of a speech without headings."""
_UNCOUNTED = 100
"""The rank of opening, body, closing and endnotes, which have no address."""
_THANKS = re.compile(r"(?:最后，?)?(?:再次)?(?:谢谢|謝謝|感谢|感謝|Thank you).{0,12}$")
_ANNEX = re.compile(r"附件\s*[一二三四五六七八九十\d]{0,2}[：:]?$")


@dataclass(slots=True)
class Part:
    """A section in the making."""

    title: str
    rank: int
    parent: int | None
    start: int
    end: int


@dataclass(slots=True)
class Text:
    """A paragraph in the making."""

    kind: ParagraphKind
    start: int
    end: int
    part: int = -1
    lead: bool = False


def arrange(lines: Sequence[Line]) -> tuple[str, tuple[Section, ...], tuple[Paragraph, ...]]:
    """(text, sections, paragraphs). The text is the lines, separated by newlines; nothing is added or left out."""
    text = "\n".join(line.text for line in lines)
    salutation, notes = _salutation(lines), _notes_at(lines)
    headings = find_headings(lines, salutation, notes)
    parts, texts = _outline(lines, headings, salutation, notes)
    _release(parts, texts)
    _close(text, parts, texts)
    for i in topic_leads([(text[t.start : t.end], t.part, t.kind == "body" and not t.lead) for t in texts]):
        texts[i].lead = True
    return text, *_addressed(text, parts, texts)


def _salutation(lines: Sequence[Line]) -> range:
    """The lines that address the audience, if the speech begins with them, or with short lines before them."""
    for i, line in enumerate(lines[:8]):
        if is_vocative(line.text):
            end = next((j for j in range(i, len(lines)) if not is_vocative(lines[j].text)), len(lines))
            return range(i, end)
        if len(line.text) > 60 or "。" in line.text or marker(line.text):
            break
    return range(0)


def _notes_at(lines: Sequence[Line]) -> int:
    """Index of the line that heads the endnotes, with no part of the speech after it; else the number of lines."""
    for i in range(len(lines) - 1, 0, -1):
        text = lines[i].text
        if is_note_heading(text) and i + 1 < len(lines):
            return i - 1 if i > 1 and _ANNEX.match(lines[i - 1].text) else i
        if begins_with_call(text) or (marker(text) or (9, ""))[0] in (1, 2):
            break
    return len(lines)


def _outline(
    lines: Sequence[Line], headings: dict[int, Heading], salutation: range, notes: int
) -> tuple[list[Part], list[Text]]:
    """Parts in their order, nested by the ranks of their headings, and the paragraphs under the part they stand in."""
    outline = _Outline([], [], [], OPENING if headings else BODY)
    starts = list(accumulate((len(line.text) + 1 for line in lines), initial=0))
    i = 0
    while i < notes:
        text, start, end = lines[i].text, starts[i], starts[i + 1] - 1
        heading = headings.get(i)
        if heading and heading.lines == 2:
            outline.open(heading.rank, f"{text} {lines[i + 1].text}", start, starts[i + 2] - 1)
            i += 1
        elif heading:
            outline.open(heading.rank, text[: heading.end], start, start + heading.end)
            if not heading.own:
                outline.add(Text("body", start, end, lead=True))
        elif i in salutation:
            outline.add(Text("salutation", start, starts[salutation.stop] - 1))
            i = salutation.stop - 1
        else:
            if begins_with_call(text) and i - 1 not in headings:
                outline.turn([h.rank for j, h in headings.items() if j > i])
            outline.leave(marker(text))
            outline.add(Text("body", start, end))
        i += 1
    if notes < len(lines):
        outline.notes(lines[notes:], starts[notes:-1])
    return outline.parts, outline.texts


@dataclass(slots=True)
class _Outline:
    """Parts and texts as they come; `path` holds the indices of the parts that are open, outermost first."""

    parts: list[Part]
    texts: list[Text]
    path: list[int]
    unnamed: str
    """Title of the part that opens without a heading."""

    def open(self, rank: int, title: str, start: int, end: int) -> None:
        while self.path and self.parts[self.path[-1]].rank >= rank:
            self.path.pop()
        parent = self.path[-1] if self.path else None
        self.parts.append(Part(re.sub(r"[。：:！!，,；;]$", "", title), rank, parent, start, end))
        self.path.append(len(self.parts) - 1)

    def leave(self, mark: tuple[int, str] | None) -> None:
        """A numbered paragraph that is no heading does not stand under the heading of its sister."""
        while mark and len(self.path) > 1 and self.parts[self.path[-1]].rank >= mark[0] > 2:
            self.path.pop()

    def turn(self, following: Sequence[int]) -> None:
        """Who addresses the audience anew has left an inner part, unless a sister of that part still follows."""
        while len(self.path) > 1:
            rank = self.parts[self.path[-1]].rank
            if next((other for other in following if other <= rank), None) == rank:
                break
            self.path.pop()

    def add(self, text: Text) -> None:
        if not self.path:
            self.open(_UNCOUNTED, self.unnamed, text.start, text.start)
        text.part = self.path[-1]
        self.texts.append(text)

    def notes(self, lines: Sequence[Line], starts: Sequence[int]) -> None:
        """Endnotes: each begins with a number, and goes on to the next; without numbers each line is one."""
        first = 1 if is_note_heading(lines[0].text) else 2
        self.path.clear()
        title = " ".join(line.text for line in lines[:first]).rstrip("：:")
        self.open(_UNCOUNTED, title or NOTES, starts[0], starts[first] - 1)
        numbered = any(NOTE_MARK.match(line.text) for line in lines[first:])
        for line, start in zip(lines[first:], starts[first:], strict=True):
            last = self.texts[-1] if self.texts else None
            if last and last.kind == "note" and numbered and not NOTE_MARK.match(line.text):
                last.end = start + len(line.text)
            else:
                self.add(Text("note", start, start + len(line.text)))


def _release(parts: list[Part], texts: list[Text]) -> None:
    """Move what follows a series of inner parts out of its last one: where each of its sisters has as many paragraphs,
    what is beyond that number."""
    held: list[list[Text]] = [[] for _ in parts]
    for paragraph in texts:
        held[paragraph.part].append(paragraph)
    series: dict[tuple[int, int], list[int]] = {}
    for i, part in enumerate(parts):
        if part.parent is not None:
            series.setdefault((part.parent, part.rank), []).append(i)
    parents = {part.parent for part in parts}
    for (parent, _), (*sisters, last) in series.items():
        counts = {len(held[i]) for i in sisters}
        if len(sisters) > 2 and len(counts) == 1 and counts != {0} and parents.isdisjoint((*sisters, last)):
            for paragraph in held[last][counts.pop() :]:
                paragraph.part = parent


def _close(text: str, parts: list[Part], texts: list[Text]) -> None:
    """The last one to three paragraphs, if the first of them addresses the audience or is the last thanks, become the
    closing; an annex or endnotes may follow."""
    after = (p.start for p in parts if p.rank == 0 or (p.rank == _UNCOUNTED and p.end > p.start))
    annex = min(after, default=len(text))
    body = [t for t in texts if t.kind == "body" and t.start < annex]
    lasts = [t for t in body[-3:] if t is not body[0] and not t.lead]
    first = next((t for t in reversed(lasts) if begins_with_call(text[t.start : t.end])), None)
    if first is None and lasts and _THANKS.match(text, lasts[-1].start, lasts[-1].end):
        first = lasts[-1]
    if first is None or any(first.start < p.start < annex for p in parts) or _is_all(first, parts, texts):
        return
    parts.append(Part(CLOSING, _UNCOUNTED, None, first.start, first.start))
    for paragraph in body:
        if paragraph.start >= first.start:
            paragraph.part = len(parts) - 1


def _is_all(first: Text, parts: list[Part], texts: list[Text]) -> bool:
    """Whether nothing stands before this paragraph under its heading: then it is what the heading announces."""
    inner = any(part.parent == first.part for part in parts)
    return (
        parts[first.part].rank != _UNCOUNTED and not inner and next(t for t in texts if t.part == first.part) is first
    )


def _addressed(text: str, parts: list[Part], texts: list[Text]) -> tuple[tuple[Section, ...], tuple[Paragraph, ...]]:
    order = sorted(range(len(parts)), key=lambda i: (parts[i].start, i))
    place = {old: new for new, old in enumerate(order)}
    sections: list[Section] = []
    counts: dict[int | None, int] = {}
    for part in (parts[i] for i in order):
        parent = None if part.parent is None else place[part.parent]
        above = sections[parent] if parent is not None else None
        address = ""
        if part.rank != _UNCOUNTED:
            counts[parent] = counts.get(parent, 0) + 1
            address = f"{above.address}.{counts[parent]}" if above else f"§{counts[parent]}"
        sections.append(Section(address, part.title, above.level + 1 if above else 1, parent, part.start, part.end))
    numbers, notes = count(1), count(1)
    paragraphs: list[Paragraph] = []
    for t in texts:
        number = 0 if t.kind == "salutation" else next(numbers) if t.kind == "body" else None
        address = f"注{next(notes)}" if number is None else str(number)
        spans = split_sentences(text[t.start : t.end])
        sentences = tuple(Sentence(f"{address}.{k}", t.start + a, t.start + b) for k, (a, b) in enumerate(spans, 1))
        paragraphs.append(Paragraph(address, number, t.kind, place[t.part], t.start, t.end, sentences, t.lead))
    return tuple(sections), tuple(paragraphs)
