"""Topic sentences: `坚定信心抓发展。…`, `认清差距再出发。…` begin paragraphs in parallel."""

from __future__ import annotations

import re
from collections.abc import Sequence

from qa_bot.speech.sentences import split_sentences

_LONGEST = 40
_TIME = re.compile(
    r"(?:过去|刚刚|刚才|今年|去年|明年|当前|目前|近年|近日|同时|此外|另外|[一二两三四五六七八九十]+年来|[这过]|\d{4}年|“|回顾|回首|展望|总之|各位|同志"
    r"|我们?|大家|你们|谢谢|感谢|下面|现在)"
)
_CLAUSES = re.compile(r"[，,；;：:]")


def topic_leads(paragraphs: Sequence[tuple[str, int, bool]]) -> list[int]:
    """Indices of the paragraphs that begin with a topic sentence.

    It is short, more follows, and a neighbour in the same section (at most two paragraphs away) begins with one of
    the same shape: as many clauses, and a length that differs by two fifths at most. Takes (text, section, eligible).
    """
    shapes = [_shape(text) if eligible else None for text, _, eligible in paragraphs]
    found: list[int] = []
    for i, shape in enumerate(shapes):
        near = (j for j in range(max(i - 2, 0), min(i + 3, len(shapes))) if j != i)
        if shape and any(_alike(shape, shapes[j]) for j in near if paragraphs[j][1] == paragraphs[i][1]):
            found.append(i)
    return found


def _shape(text: str) -> tuple[int, int, bool] | None:
    """(clauses, length, whether it begins with a dash) of a topic sentence; None where the first sentence is none."""
    spans = split_sentences(text[: 4 * _LONGEST])
    end = spans[0][1] if spans else 0
    first = text[:end]
    dash = first.startswith("——")
    if not first.endswith(("。", ".")) or end > _LONGEST or end >= len(text.rstrip()) or _TIME.match(first):
        return None
    return len(_CLAUSES.findall(first)), end, dash


def _alike(one: tuple[int, int, bool], other: tuple[int, int, bool] | None) -> bool:
    if other is None or one[2] != other[2]:
        return False
    return one[2] or (one[0] == other[0] <= 1 and abs(one[1] - other[1]) <= 0.4 * max(one[1], other[1]))
