"""Which lines, and which beginnings of lines, are headings."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from qa_bot.speech.lines import Line, columns
from qa_bot.speech.patterns import is_vocative, marker
from qa_bot.speech.sentences import split_sentences

LONGEST = 60
"""Characters of a heading at most."""
UNNUMBERED = 7
"""The rank of a heading without a number: below all numbered ones (`patterns.RANKS`)."""
_MARKDOWN = 10
_NO_MARK = (99, "")
Marks = Sequence[tuple[int, str]]
"""(rank, marker) of each line; `_NO_MARK` where it begins with none."""
_ENDED = re.compile(r"[。！？!?；;，,、…]$")
_CLAUSE = re.compile(r"[，；：,;:]")
_ORDINAL = re.compile(r"[一二三四五六七八九十]+|首先|其次|再次|再者|此外|最[后後]")
_VALUES = {"首先": 1, "其次": 2, "再次": 3, "再者": 3, "此外": 4, "最后": 9, "最後": 9}


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading that begins at a line: up to `end` within that line, or with the next line too if `lines` is 2."""

    rank: int
    end: int
    own: bool
    """Whether it is a line of its own, not the first sentence of a paragraph."""
    lines: int = 1


def find_headings(lines: Sequence[Line], skip: range, stop: int) -> dict[int, Heading]:
    """Index of the line → heading, for the lines before `stop` that are not in `skip` (the salutation).

    A numbered line without a full stop is one; with a full stop, if what it announces follows; of a longer
    paragraph, its first sentence. `第一，` and `一是` count where they are a series. Unnumbered: a short line without
    punctuation before prose, or one of at least three short sentences of one shape, each before its paragraph.
    """
    marks = [_NO_MARK if i in skip or i >= stop else marker(line.text) or _NO_MARK for i, line in enumerate(lines)]
    ordinals, parallel = _series(marks), _parallel(lines, marks, stop)
    found: dict[int, Heading] = {}
    taken = -1
    for i, line in enumerate(lines[:stop]):
        if i in skip or i <= taken:
            continue
        heading: Heading | None
        if line.level is not None:
            heading = Heading(line.level - _MARKDOWN, len(line.text), True)
        elif marks[i] != _NO_MARK:
            heading = None if marks[i][0] == 6 and i not in ordinals else _numbered(lines, marks, i, stop)
        elif i in parallel:
            heading = Heading(UNNUMBERED, len(line.text), True)
        else:
            heading = _unnumbered(lines, marks, i, stop)
        if heading:
            found[i] = heading
            taken = i + heading.lines - 1
    return _consistent(found, marks, lines)


def _numbered(lines: Sequence[Line], marks: Marks, i: int, stop: int) -> Heading | None:
    rank, mark = marks[i]
    text = lines[i].text
    after = lines[i + 1] if i + 1 < stop else None
    deeper = after is not None and marks[i + 1][0] > rank
    if len(mark.strip()) == len(text):
        if after is None or marks[i + 1] != _NO_MARK or not _is_short(after.text):
            return Heading(rank, len(text), True) if rank <= 1 and after else None
        return Heading(rank, len(after.text), True, 2)
    end = split_sentences(text)[0][1]
    if end < len(text):
        return _run_in(text, mark, rank, end)
    if len(text) > LONGEST:
        return _run_in(text, mark, rank, end) if rank <= 3 or rank == 6 else None
    if _ENDED.search(text):
        return Heading(rank, len(text), True) if deeper and text[-1] in "。！!" else None
    return Heading(rank, len(text), True) if rank <= 3 or deeper else None


def _run_in(text: str, mark: str, rank: int, end: int) -> Heading | None:
    """The first sentence as a heading; of a long one, its first clause."""
    if end <= LONGEST:
        return Heading(rank, end, False)
    clause = _CLAUSE.search(text, len(mark) + 4, LONGEST)
    return Heading(rank, clause.end(), False) if clause else None


def _is_short(text: str) -> bool:
    bracketed = text[0] in "（([【" and text[-1] in "）)]】"
    ended = "。" in text or re.search(r"[！？!?；;：:，,、….]$|^——", text)
    return columns(text) <= LONGEST and not ended and not bracketed


def _unnumbered(lines: Sequence[Line], marks: Marks, i: int, stop: int) -> Heading | None:
    text = lines[i].text
    if i + 1 >= stop or not _is_short(text) or is_vocative(text) or not any(c.isalpha() for c in text):
        return None
    after, (rank, mark) = lines[i + 1].text, marks[i + 1]
    if mark:
        first = rank in (2, 3) and mark.strip("（(）)、． ") == "一"
        return Heading(1, len(text), True) if first else None
    prose = len(after) > len(text) and re.search(r"[。！？!?：:.]", after)
    return Heading(UNNUMBERED, len(text), True) if prose else None


def _series(marks: Marks) -> set[int]:
    """Lines with `第一，`, `一是` or `首先，` in a series of two or more, from its first on, with no greater heading
    between."""
    members: set[int] = set()
    last: dict[str, tuple[int, int]] = {}
    for i, (rank, mark) in enumerate(marks):
        if rank < 6:
            last.clear()
        if rank != 6:
            continue
        ordinal = _ORDINAL.search(mark)
        word = ordinal[0] if ordinal else ""
        value = _VALUES.get(word) or _number(word)
        kind = "words" if word in _VALUES else mark.replace(word, "").strip()
        value_before, before = last.get(kind, (0, -1))
        if value == 1:
            last[kind] = (1, i)
        elif value_before and (value == value_before + 1 or (kind == "words" and value > value_before)):
            members.update((before, i))
            last[kind] = (value, i)
        else:
            last.pop(kind, None)
    return members


def _number(word: str) -> int:
    """`十二` → 12; up to 99."""
    tens, ten, ones = word.rpartition("十")
    digits = "零一二三四五六七八九"
    return (digits.find(tens) if tens else 1) * 10 * bool(ten) + max(digits.find(ones), 0) if word else 0


def _parallel(lines: Sequence[Line], marks: Marks, stop: int) -> set[int]:
    """Short lines of one sentence, each before a longer paragraph, three or more of them alike at one end."""
    alike: set[int] = set()
    group: list[int] = []
    for i in range(stop):
        if marks[i] != _NO_MARK:
            group = []
        elif _one_short_sentence(lines[i].text) and i + 1 < stop and _introduces(lines, marks, i):
            if group and not _same_shape(lines[group[-1]].text, lines[i].text):
                group = []
            group.append(i)
            alike.update(group[-3:] if len(group) >= 3 else ())
    return alike


def _one_short_sentence(text: str) -> bool:
    return len(text) <= 50 and text[-1] == "。" and text.count("。") == 1 and not is_vocative(text)


def _introduces(lines: Sequence[Line], marks: Marks, i: int) -> bool:
    return marks[i + 1] == _NO_MARK and len(lines[i + 1].text) > 2 * len(lines[i].text)


def _same_shape(one: str, other: str) -> bool:
    return one[:2] == other[:2] or one[-4:] == other[-4:]


def _consistent(found: dict[int, Heading], marks: Marks, lines: Sequence[Line]) -> dict[int, Heading]:
    """Without the full-stopped lines of a list half of whose items, or more, are no headings."""
    groups: dict[tuple[int, int], list[int]] = {}
    scope = [0] * 10
    for i, (rank, mark) in enumerate(marks):
        if mark:
            groups.setdefault((rank, scope[rank]), []).append(i)
            scope[rank + 1 :] = [i + 1] * (9 - rank)
    for members in groups.values():
        heads = [i for i in members if i in found]
        if len(heads) * 2 <= len(members):
            for i in heads:
                if found[i].own and lines[i].text[-1] in "。！!":
                    del found[i]
    return found
