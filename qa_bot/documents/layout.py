"""Where the rows of a PDF stand, and which of them begin a paragraph."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import Any

_WORD = re.compile(r"[!-~\u00a1-\u024f]+|.")
_ENDS = "。！？：…”!?:.）)；"
_BEGINS = re.compile(
    r"(?:[一二三四五六七八九十]{1,3}[、．是]|第[一二三四五六七八九十]{1,3}[，、章节部]|附件|[（(][一二三四五六七八九十\d]{1,3}[）)]"
    r"|\d{1,2}[、．.](?!\d)|各位|同志们)"
)
"""What begins a paragraph where the row above ends a sentence."""
_TELLING = 0.1
"""Share of rows that are indented, or stand after a gap, from which on these tell the paragraphs."""
_WIDE_GAP = 1.35
"""Times the usual distance of two rows."""


@dataclass(eq=False, slots=True)
class Row:
    """A row of a page, in points; `y` grows upwards. Its right end is estimated from its last piece."""

    text: str
    left: float = 0.0
    right: float = 0.0
    y: float = 0.0
    size: float = 10.0


def page_rows(page: Any) -> list[Row]:
    """The rows of a page in the order in which they were written."""
    rows = [Row("")]

    def visit(text: str, cm: Sequence[float], tm: Sequence[float], font: Any, size: float) -> None:
        for i, piece in enumerate(text.split("\n")):
            if i:
                rows.append(Row(""))
            _add(rows[-1], piece, cm, tm, size)

    page.extract_text(visitor_text=visit)
    return [row for row in rows if row.text.strip()]


def _add(row: Row, piece: str, cm: Sequence[float], tm: Sequence[float], size: float) -> None:
    if not piece.strip():
        row.text += piece
        return
    x = tm[4] * cm[0] + tm[5] * cm[2] + cm[4]
    y = tm[4] * cm[1] + tm[5] * cm[3] + cm[5]
    height = abs(size) * math.hypot(tm[2], tm[3]) * math.hypot(cm[2], cm[3]) or 10.0
    if not row.text.strip():
        row.left, row.y, row.size = x, y, height
    elif piece.startswith(" ") and (_is_wide(row.text[-1]) or _is_wide(piece.lstrip()[0])):
        piece = piece[1:]
    row.text += piece
    row.right = max(row.right, x + width(piece.strip()) * height)


def width(text: str) -> float:
    """Width in the size of the font: 1 for a Chinese character, a half for others."""
    return sum(1.0 if _is_wide(char) else 0.5 for char in text)


def _is_wide(char: str) -> bool:
    return char >= "\u2e80" or char in "“”‘’…—"


def breaks(body: Sequence[tuple[int, Row]]) -> list[bool]:
    """Whether each row (with the number of its page) begins a paragraph: it is indented, of another size, or further
    down than usual, or its first word would have fitted at the end of the row before. The last counts less where
    indents or gaps tell the paragraphs, and inside a sentence. Above it a sentence may end, with the page where gaps
    tell the paragraphs, before a number or a call, or, where most rows are so, anywhere."""
    if not body:
        return []
    rows = [row for _, row in body]
    size = _commonest_size(rows)
    main = [row for row in rows if _alike(row.size, size)]
    left, right = _edges(main, size)
    gaps = [above.y - row.y for (page, above), (here, row) in pairwise(body) if page == here]
    pitch = median([gap for gap in gaps if 0 < gap < 4 * size] or [1.5 * size])
    indented = sum(1.2 * size < row.left - left < 3.5 * size for row in main) > _TELLING * len(main)
    spaced = sum(gap > _WIDE_GAP * pitch for gap in gaps) > _TELLING * len(main)
    loose = not (indented or spaced)
    single = sum(_ended(row) for row in main) > 0.6 * len(main)
    opens = [True]
    for (page, above), (here, row) in pairwise(body):
        word = _WORD.match(row.text.strip())
        slack = 1.2 if loose and _ended(above) else 5
        fits = above.right + (width(word[0] if word else "") + slack) * size < right
        named = _ended(above) and (single or bool(_BEGINS.match(row.text.strip())))
        moved = page == here and not -0.5 * pitch < above.y - row.y < _WIDE_GAP * pitch
        turned = page != here and spaced and _ended(above)
        opens.append(
            fits or named or moved or turned or row.left - left > 0.8 * size or not _alike(row.size, above.size)
        )
    return opens


def _ended(row: Row) -> bool:
    return row.text.rstrip()[-1] in _ENDS


def _commonest_size(rows: Sequence[Row]) -> float:
    sizes = Counter[float]()
    for row in rows:
        sizes[round(row.size, 1)] += len(row.text)
    return sizes.most_common(1)[0][0]


def _alike(size: float, other: float) -> bool:
    return abs(size - other) < 0.08 * other


def _edges(rows: Sequence[Row], size: float) -> tuple[float, float]:
    """The left and the right edge of the text: where, of the rows, at least one in twenty begins, or ends beyond."""
    lefts = Counter(round(row.left / size * 2) for row in rows)
    often = [at for at, count in lefts.items() if count * 20 >= len(rows)]
    rights = sorted(row.right for row in rows)
    return min(often or lefts) * size / 2, rights[int(len(rights) * 0.9)] if len(rights) > 1 else rights[0]
