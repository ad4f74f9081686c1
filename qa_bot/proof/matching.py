"""Where a quotation stands in the speech, whatever its typography; or the words that it was probably made from."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from rapidfuzz import fuzz
from rapidfuzz.distance import Levenshtein

from qa_bot.text import HAN, fold
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
_NEGATION = re.compile(r"(?:不[能得要会可再是应该许]?|没有?|未[能曾]?|并非|非|无|勿|莫)\Z")
_KEPT = "%‰*+"
_PAIRS = {"“": "”", "‘": "’", "「": "」", "『": "』", "(": ")", "（": "）", "《": "》", "【": "】"}


@dataclass(frozen=True, slots=True)
class Match:
    """A quotation's place: `exact` to the character, `typography` but for punctuation and letter forms, `near` but
    for a few characters, `contrary` where those few change what is said."""

    kind: Literal["exact", "typography", "near", "contrary"]
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Folded:
    """Letters and figures alone, and where each stood."""

    text: str
    origin: tuple[int, ...]


def letters(text: str) -> Folded:
    """Simplified, NFKC, lower case; without white space, quotation marks and punctuation, but for that of figures."""
    kept = [
        (c, offset)
        for offset, char in enumerate(text)
        for c in _fold(char)
        if c in _KEPT or unicodedata.category(c)[0] in "LNM" or _joins_figures(text, offset, c)
    ]
    return Folded("".join(c for c, _ in kept), tuple(offset for _, offset in kept))


@lru_cache(maxsize=16384)
def _fold(char: str) -> str:
    return fold(char)


def _joins_figures(text: str, at: int, folded: str) -> bool:
    """Whether a point stands inside a number (`1.5`), or a sign before one."""
    after = text[at + 1 : at + 2].isdigit()
    before = text[max(at - 1, 0) : at].isdigit()
    return after and ((folded == "." and before) or (folded in "-−" and not before))


class Source:
    """The text that quotations are held against."""

    def __init__(self, speech: Speech) -> None:
        self.speech = speech
        self.folded = letters(speech.text)

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
        found = self._closest(wanted, self.folded.text, allowed)
        if found is None:
            return None
        distance, first, last = found
        rest = self.folded.text[:first] + "\0" * (last - first) + self.folded.text[last:]
        other = self._closest(wanted, rest, distance)
        if other and not (inside := [f for f in (found, other) if self._in(f[1:], near)]):
            return None
        if other and len(inside) == 1:
            _, first, last = inside[0]
        there = self.folded.text[first:last]
        changed = "".join(
            wanted[op.src_start : op.src_end] + there[op.dest_start : op.dest_end]
            for op in Levenshtein.opcodes(wanted, there)
            if op.tag != "equal"
        )
        return Match("contrary" if _MEANING.search(changed) else "near", *self._span(first, last))

    def _closest(self, wanted: str, text: str, allowed: int) -> tuple[int, int, int] | None:
        """(edit distance, start, end) of the run of the folded text that differs least, if by `allowed` at most."""
        aligned = fuzz.partial_ratio_alignment(wanted, text, score_cutoff=_SHARES_ODDS)
        if aligned is None or len(text) < len(wanted):
            return None
        ends = [
            (Levenshtein.distance(wanted, text[first:last]), abs(last - first - len(wanted)), first, last)
            for first in range(max(aligned.dest_start - allowed, 0), aligned.dest_start + allowed + 1)
            for last in range(aligned.dest_end - allowed, min(aligned.dest_end + allowed, len(text)) + 1)
            if first < last
        ]
        distance, _, first, last = min(ends)
        return (distance, first, last) if distance <= allowed else None

    def _in(self, places: tuple[int, int], near: Sequence[Span]) -> bool:
        start, end = self._span(*places)
        return any(a <= start and end <= b for a, b in near)

    def _span(self, first: int, last: int) -> Span:
        """The span of folded characters first…last, with the marks that close what opens in it, and the reverse."""
        text = self.speech.text
        start, end = self.folded.origin[first], self.folded.origin[last - 1] + 1
        for opening, closing in _PAIRS.items():
            inside = text[start:end]
            if inside.count(opening) > inside.count(closing) and text[end : end + 1] == closing:
                end += 1
            elif inside.count(closing) > inside.count(opening) and text[max(start - 1, 0) : start] == opening:
                start -= 1
        return start, end


def _all(wanted: str, text: str) -> Iterator[int]:
    at = text.find(wanted)
    while at >= 0:
        yield at
        at = text.find(wanted, at + 1)


def _negation_before(text: str, start: int) -> int:
    """Length of the negation that ends at an offset; 0 where none does."""
    found = _NEGATION.search(text, max(start - 4, 0), start)
    return len(found[0]) if found else 0


def has_words(text: str) -> bool:
    """Whether there is a letter or a figure in the text."""
    return bool(re.search(rf"[^\W_]|[{HAN}]|[*×□]{{2}}", text))
