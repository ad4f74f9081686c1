"""Speech → Passages: sentences for precision, paragraphs for context, headings; each lies inside one section."""

from __future__ import annotations

from collections.abc import Iterator

from qa_bot.types import Paragraph, Passage, Sentence, Speech

PASSAGE_RULES = "2"
"""Raise it when the same speech would give other passages, or vectors of other texts: indexes are then built anew."""

WINDOW = 400
"""Characters; a longer paragraph is split into windows of whole sentences of at most this length."""


def make_passages(speech: Speech) -> tuple[Passage, ...]:
    """Headings (`h:§2`), sentences (`s:12.3`) and paragraphs (`p:12`, windows `p:12/2`) in the order of the text.

    `text` is the speech's own characters from `start` to `end`; ids are unique. What holds nothing but white space
    is left out.
    """
    found = [*_headings(speech), *(passage for p in speech.paragraphs for passage in _of_paragraph(speech, p))]
    return tuple(sorted((p for p in found if p.text.strip()), key=lambda p: (p.start, -p.end)))


def embedding_text(passage: Passage) -> str:
    """What the encoder reads of a passage."""
    return passage.text


def _headings(speech: Speech) -> Iterator[Passage]:
    for i, section in enumerate(speech.sections):
        if section.address and section.start < section.end:
            text = speech.text[section.start : section.end]
            identity = f"h:{section.address}"
            yield Passage(identity, "heading", text, speech.path(i), (section.address,), section.start, section.end)


def _of_paragraph(speech: Speech, paragraph: Paragraph) -> Iterator[Passage]:
    path = speech.path(paragraph.section)
    windows = _windows(paragraph)
    for number, window in enumerate(windows, 1):
        start, end = window[0].start, window[-1].end
        identity = f"p:{paragraph.address}" + (f"/{number}" if len(windows) > 1 else "")
        addresses = tuple(s.address for s in window)
        yield Passage(identity, "paragraph", speech.text[start:end], path, addresses, start, end)
    for s in paragraph.sentences:
        yield Passage(f"s:{s.address}", "sentence", speech.text[s.start : s.end], path, (s.address,), s.start, s.end)


def _windows(paragraph: Paragraph) -> list[list[Sentence]]:
    """Runs of whole sentences, each as long as fits; a sentence over `WINDOW` is a window of its own."""
    windows: list[list[Sentence]] = []
    for sentence in paragraph.sentences:
        if windows and sentence.end - windows[-1][0].start <= WINDOW:
            windows[-1].append(sentence)
        else:
            windows.append([sentence])
    return windows
