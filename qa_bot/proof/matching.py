"""Where a quotation stands in the speech, whatever its typography; or the words that it was probably made from."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np
from rapidfuzz import fuzz
from rapidfuzz.distance import Levenshtein

from qa_bot.proof.folding import letters
from qa_bot.types import Speech

Span = tuple[int, int]

FEW = 0.15
"""Share of a quotation's characters that may differ where it is repaired; at least one, at most `MOST` characters."""
MOST = 4
SHORTEST = 6
"""Letters that a quotation needs to be repaired: a shorter one could have been made from anything."""
_SHARES_ODDS = 70.0
_MEANING = re.compile(r"[\d*%.零〇一二两三四五六七八九十百千万亿不未无没非否莫勿别]")
"""Characters whose change changes what is said: numerals, negations, the marks of a withheld name."""
_DENIES = re.compile("[不未无没非否莫勿]")
_NEGATION = re.compile(r"(?:不[能得要会可再是应该许]?|没有?|未[能曾]?|并非|非|无|勿|莫)\Z")
_PAIRS = {"“": "”", "‘": "’", "「": "」", "『": "』", "(": ")", "（": "）", "《": "》", "【": "】"}


@dataclass(frozen=True, slots=True)
class Match:
    """A quotation's place: `exact` to the character, `typography` but for punctuation and letter forms, `near` but
    for a few characters, `contrary` where those few change what is said."""

    kind: Literal["exact", "typography", "near", "contrary"]
    start: int
    end: int


class Source:
    """The text that quotations are held against."""

    def __init__(self, speech: Speech) -> None:
        self.speech = speech
        self.folded = letters(speech.text)
        self._codes: dict[str, int] = {}
        self._pairs = np.array(
            [self._codes.setdefault("".join(p), len(self._codes)) for p in pairwise(self.folded.text)], np.int32
        )

    def find(self, quotation: str, near: Sequence[Span] = ()) -> Match | None:
        """The best place of the words between two quotation marks; of several alike the one inside `near` spans."""
        if quotation.strip() and (starts := list(_all(quotation, self.speech.text))):
            return self._chosen("exact", [(start, start + len(quotation)) for start in starts], near)
        wanted = letters(quotation).text
        if not wanted:
            return None
        if places := list(_all(wanted, self.folded.text)):
            return self._chosen("typography", [self._span(at, at + len(wanted)) for at in places], near)
        return self._nearly(wanted, near) if len(wanted) >= SHORTEST else None

    def says(self, text: str) -> bool:
        """Whether these letters stand in the speech, and not only behind a denial."""
        wanted = letters(text).text
        match = self.find(text) if wanted and wanted in self.folded.text else None
        return match is not None and match.kind != "contrary"

    def _chosen(self, kind: Literal["exact", "typography"], spans: Sequence[Span], near: Sequence[Span]) -> Match:
        """The place inside `near`, else the first; one that a negation stands before says the contrary without it."""
        whole = [span for span in spans if not _negation_before(self.speech.text, span[0])]
        start, end = next((s for s in whole or spans if any(a <= s[0] < b for a, b in near)), (whole or spans)[0])
        return (
            Match(kind, start, end)
            if whole
            else Match("contrary", start - _negation_before(self.speech.text, start), end)
        )

    def _nearly(self, wanted: str, near: Sequence[Span]) -> Match | None:
        allowed = min(max(1, int(FEW * len(wanted))), MOST)
        windows = self._windows(wanted, allowed)
        found = _closest(wanted, self.folded.text, windows, allowed)
        if found is None:
            return None
        distance, first, last = found
        rest = self.folded.text[:first] + "\0" * (last - first) + self.folded.text[last:]
        other = _closest(wanted, rest, windows, distance)
        if other and not (inside := [f for f in (found, other) if self._in(f[1:], near)]):
            return None
        if other and len(inside) == 1:
            _, first, last = inside[0]
        there = self.folded.text[first:last]
        return Match("contrary" if changes_meaning(wanted, there) else "near", *self._span(first, last))

    def _windows(self, wanted: str, allowed: int) -> list[Span]:
        """Where enough pairs of letters stand together for a run that differs by `allowed`; an edit takes two."""
        width, least = len(wanted) + allowed, len(wanted) - 1 - 2 * allowed
        known = np.zeros(len(self._codes) + 1, bool)
        known[[self._codes[p] for p in map("".join, pairwise(wanted)) if p in self._codes]] = True
        before = np.concatenate(([0], np.cumsum(known[self._pairs])))
        ends = np.minimum(np.arange(len(before)) + width - 1, len(before) - 1)
        starts = np.flatnonzero(before[ends] - before >= least)
        runs = np.split(starts, np.flatnonzero(np.diff(starts) > 1) + 1) if len(starts) else []
        return [(max(int(run[0]) - allowed, 0), int(run[-1]) + width + allowed) for run in runs]

    def _in(self, places: tuple[int, int], near: Sequence[Span]) -> bool:
        start, end = self._span(*places)
        return any(a <= start and end <= b for a, b in near)

    def _span(self, first: int, last: int) -> Span:
        """The span of folded characters first…last, with the marks that close what opens in it, and the reverse."""
        text = self.speech.text
        start, end = self.folded.origin[first], self.folded.origin[last - 1] + 1
        while text[start : start + 1] == "*" and text[start - 1 : start] == "*":
            start -= 1
        while text[end - 1 : end] == "*" and text[end : end + 1] == "*":
            end += 1
        for opening, closing in _PAIRS.items():
            inside = text[start:end]
            if inside.count(opening) > inside.count(closing) and text[end : end + 1] == closing:
                end += 1
            elif inside.count(closing) > inside.count(opening) and text[max(start - 1, 0) : start] == opening:
                start -= 1
        return start, end


def changes_meaning(said: str, there: str) -> bool:
    """Whether letters in which two wordings differ make them say different things."""
    return any(
        _MEANING.search(said[op.src_start : op.src_end] + there[op.dest_start : op.dest_end])
        for op in Levenshtein.opcodes(said, there)
        if op.tag != "equal"
    )


def miscopied(said: str, there: str) -> bool:
    """Whether a claim's letters are those of the speech but for a denial, or a figure inside; what it begins or ends
    with may belong to the words around it."""
    said, there = (re.sub(r"进1步|\*+", "", text) for text in (said, there))
    for op in Levenshtein.opcodes(said, there):
        mine, other = said[op.src_start : op.src_end], there[op.dest_start : op.dest_end]
        at_edge = op.src_start == 0 or op.src_end == len(said)
        if op.tag != "equal" and at_edge and _DENIES.search(mine or other):
            return True
        if op.tag != "equal" and not at_edge and _MEANING.search((mine + other).strip("1")):
            return True
    return False


def _closest(wanted: str, text: str, windows: Sequence[Span], allowed: int) -> tuple[int, int, int] | None:
    """(edit distance, start, end) of the run of the text that differs least, if by `allowed` at most."""
    found = []
    for begin, end in windows:
        aligned = fuzz.partial_ratio_alignment(wanted, text[begin:end], score_cutoff=_SHARES_ODDS)
        if aligned is None or len(text) - begin < len(wanted):
            continue
        start, stop = begin + aligned.dest_start, begin + aligned.dest_end
        found += [
            (
                Levenshtein.distance(wanted, text[first:last], score_cutoff=allowed),
                abs(last - first - len(wanted)),
                first,
                last,
            )
            for first in range(max(start - allowed, 0), start + allowed + 1)
            for last in range(stop - allowed, min(stop + allowed, len(text)) + 1)
            if first < last
        ]
    distance, _, first, last = min(found, default=(allowed + 1, 0, 0, 0))
    return (distance, first, last) if distance <= allowed else None


def _all(wanted: str, text: str) -> Iterator[int]:
    at = text.find(wanted)
    while at >= 0:
        yield at
        at = text.find(wanted, at + 1)


def _negation_before(text: str, start: int) -> int:
    """Length of the negation that ends at an offset; 0 where none does."""
    found = _NEGATION.search(text, max(start - 4, 0), start)
    return len(found[0]) if found else 0
