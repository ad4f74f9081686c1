"""PDF → Source: wrapped lines joined into paragraphs; page numbers, headers and footers marked as furniture."""

from __future__ import annotations

import io
import logging
import re
from collections import Counter
from collections.abc import Mapping, Sequence

from pypdf import PdfReader
from pypdf.errors import DependencyError, FileNotDecryptedError, LimitReachedError

from qa_bot.documents.glyphs import mended, unspaced
from qa_bot.documents.layout import Row, breaks, page_rows
from qa_bot.documents.source import Limits, Source
from qa_bot.errors import DocumentError

_NUMBER = re.compile(
    r"[-—–－·.\s]*(?:第\s*)?(\d{1,4}|[ivxIVX]{1,6})(?:\s*页)?(?:\s*[/／,，、共of]+\s*\d{1,4}\s*页?)?[-—–－·.\s]*$"
)
_PRINTED = re.compile(r"(?:https?|file)://\S+(?:\s+\d+/\d+)?$|\d{1,4}/\d{1,2}/\d{1,4},?\s\d{1,2}:\d\d")
"""What a browser prints at the edges of a page."""
_EDGE = 2
"""Rows at the top and at the bottom of a page that may be a header or a footer."""


def read_pdf(data: bytes, name: str, limits: Limits) -> Source:
    """The lines of a PDF.

    Raises:
        DocumentError: it is locked, has too many pages, or holds no text (a scan).
    """
    logging.disable()
    pages = _pages(data, name, limits)
    reasons = _furniture(pages)
    body = [(number, row) for number, rows in enumerate(pages) for row in rows if row not in reasons]
    if not body:
        line = f"{name} holds no text, only pictures of it (a scan); have its text recognised first, or paste it"
        raise DocumentError("no_text", line)
    lines: list[str] = []
    ended = dict[int, int]()
    for (number, _), piece, opens in zip(body, unspaced([row.text for _, row in body]), breaks(body), strict=True):
        if opens:
            lines.append(piece)
        else:
            lines[-1] += " " * _are_words(lines[-1], piece) + piece
        ended[number] = len(lines)
    text, furniture = _with_furniture(lines, ended, pages, reasons)
    return Source(name, "pdf", "\n".join(text), "pdf", furniture=tuple(furniture))


def _pages(data: bytes, name: str, limits: Limits) -> list[list[Row]]:
    """The rows of each page."""
    try:
        reader = PdfReader(io.BytesIO(data))
        if len(reader.pages) > limits.pages:
            line = f"{name} has {len(reader.pages):,} pages, over the limit of {limits.pages}; split it"
            raise DocumentError("too_long", line)
        pages = [page_rows(page) for page in reader.pages]
    except DependencyError as error:  # AES, for which pypdf wants the package cryptography
        raise DocumentError("locked", f"{name} is encrypted; print it to a new PDF, or save it unprotected") from error
    except FileNotDecryptedError as error:
        raise DocumentError("locked", f"{name} is locked with a password; save it without one") from error
    except LimitReachedError as error:
        raise DocumentError("unsafe", f"{name} unpacks to too much; save its text alone") from error
    rows = [row for page in pages for row in page]
    for row, text in zip(rows, mended([row.text for row in rows]), strict=True):
        row.text = text
    return pages


def _furniture(pages: Sequence[Sequence[Row]]) -> dict[Row, str]:
    """The rows at the edges of pages that are page numbers, or the same on most pages."""
    edges = [sorted(rows, key=lambda row: -row.y) for rows in pages]
    places = [
        (place, rows[place]) for rows in edges for place in (*range(_EDGE), *range(-_EDGE, 0)) if _has(rows, place)
    ]
    often = Counter((place, _shape(row)) for place, row in places)
    least = max(2, len(pages) // 3)
    reasons: dict[Row, str] = {}
    for place, row in places:
        if place in (0, -1) and _NUMBER.match(row.text.strip()):
            reasons[row] = "page number"
        elif place in (0, -1) and _PRINTED.match(row.text.strip()):
            reasons[row] = "printed by the browser"
        elif often[place, _shape(row)] >= least:
            reasons[row] = "repeated on each page"
    return reasons


def _has(rows: Sequence[Row], place: int) -> bool:
    """Whether a page of so many rows has an edge there, and a middle besides."""
    return len(rows) > 2 * _EDGE or (place in (0, -1) and len(rows) > 1)


def _shape(row: Row) -> str:
    return re.sub(r"\d+", "#", "".join(row.text.split()))


def _with_furniture(
    lines: Sequence[str], ended: Mapping[int, int], pages: Sequence[Sequence[Row]], reasons: Mapping[Row, str]
) -> tuple[list[str], list[tuple[int, str]]]:
    """The lines with each page's furniture after the paragraph that the page ends in, and the marks of these."""
    after: dict[int, list[Row]] = {}
    at = 0
    for number, rows in enumerate(pages):
        at = ended.get(number, at)
        after.setdefault(at, []).extend(row for row in rows if row in reasons)
    text: list[str] = []
    marks: list[tuple[int, str]] = []
    for place in range(len(lines) + 1):
        text += lines[place - 1 : place] if place else []
        for row in after.get(place, ()):
            text.append(row.text.strip())
            marks.append((len(text), reasons[row]))
    return text, marks


def _are_words(before: str, after: str) -> bool:
    """Whether a space belongs between two rows of a paragraph: between Latin words, not between Chinese characters."""
    return before[-1].isascii() and after[0].isascii() and before[-1] not in "-(" and after[0] not in ",.;:!?)"
