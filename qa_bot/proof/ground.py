"""The speech as ground for claims: its sentences indexed once, so that a claim finds what may carry it in no time."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from decimal import Decimal
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from qa_bot.alignment import Side, coverage
from qa_bot.proof.agreement import Clause, clauses, named
from qa_bot.proof.figures import Figure, figures
from qa_bot.proof.folding import pairs, simple
from qa_bot.proof.matching import Match, Span
from qa_bot.types import Speech, WordVectors

CARRIES = 0.62
"""Coverage from which on a sentence carries a claim that nobody pointed it at."""
TRIED = 4
"""Sentences that are looked at closely for a claim without evidence."""
_YEAR = re.compile(r"(?:19|20)\d\d")


class Ground:
    """A speech's sentences, by what they say, the figures they hold, and by meaning."""

    def __init__(self, speech: Speech, words: WordVectors) -> None:
        self.speech, self.words = speech, words
        self.sentences: dict[str, Span] = {s.address: (s.start, s.end) for p in speech.paragraphs for s in p.sentences}
        self._spans = list(self.sentences.values())
        self._starts = [start for start, _ in self._spans]
        self._sides: dict[tuple[Span, ...], Side] = {}
        self._names: dict[str, frozenset[str]] = {}
        self._pairs: dict[Span, frozenset[str]] = {}
        self._clauses: dict[Span, tuple[Clause, ...]] = {}
        self._figures = {span: figures(speech.text[slice(*span)]) for span in self.sentences.values()}
        self._saying: dict[Decimal, list[str]] = defaultdict(list)
        self._holding: dict[str, list[str]] = defaultdict(list)
        for address, (start, end) in self.sentences.items():
            for value in {figure.number.value for figure in self._figures[start, end]}:
                self._saying[value].append(address)
            for gram in self._pairs_of((start, end)):
                self._holding[gram].append(address)

        titles = {int(year) for s in (speech.title, *(s.title for s in speech.sections)) for year in _YEAR.findall(s)}
        self.years = titles | {year - 1 for year in titles if str(year - 1) in speech.text}
        self.parts = _parts(speech)

    def covers(self, claim: str, spans: Sequence[Span]) -> float:
        """Share of the claim's words that the spans together hold."""
        return coverage(claim, self._side(tuple(spans)), self.words) if spans else 0.0

    def figures(self, spans: Sequence[Span]) -> list[Figure]:
        """The figures of some spans, in order."""
        for span in spans:
            if span not in self._figures:
                self._figures[span] = figures(self.speech.text[slice(*span)])
        return [figure for span in spans for figure in self._figures[span]]

    def clauses(self, spans: Sequence[Span]) -> list[Clause]:
        """The clauses of some spans, in order."""
        for span in spans:
            if span not in self._clauses:
                self._clauses[span] = clauses(self.speech.text[slice(*span)])
        return [clause for span in spans for clause in self._clauses[span]]

    def names(self, text: str) -> frozenset[str]:
        """The names in a text but for those that the title says too."""
        if text not in self._names:
            self._names[text] = frozenset(n for n in named(text, self.words) if n not in self.speech.title)
        return self._names[text]

    def saying(self, value: Decimal, claim: str, shown: Collection[str]) -> list[Span]:
        """The shown sentences with a number of this value that share most pairs of characters with the claim."""
        spans = [self.sentences[a] for a in self._saying.get(value, ()) if a in shown]
        said = set(pairs(claim))
        return sorted(spans, key=lambda s: -len(said & self._pairs_of(s)))[:TRIED]

    def likest(self, claim: str, shown: Collection[str]) -> list[Span]:
        """The shown sentences that share most pairs of characters with the claim."""
        shared = Counter(a for gram in set(pairs(claim)) for a in self._holding.get(gram, ()) if a in shown)
        return [self.sentences[a] for a, _ in shared.most_common(TRIED)]

    def best(self, claim: str, shown: Collection[str], *, english: bool) -> Span | None:
        """The shown sentence that carries the claim best, among those that share most with it in letters or meaning."""
        if english:
            spans = [s for a, s in self.sentences.items() if a in shown]
            rows = [i for i, a in enumerate(self.sentences) if a in shown]
            likeness = self._means[rows] @ self._mean(claim) if rows else np.zeros(0, np.float32)
            ranked = [spans[i] for i in (-likeness).argsort()[:TRIED]]
        else:
            ranked = self.likest(claim, shown)
        return max(ranked, key=lambda s: self.covers(claim, [s]), default=None)

    def holding(self, match: Match) -> Span:
        """The sentences, or the heading, that a place touches."""
        first = max(bisect_right(self._starts, match.start) - 1, 0)
        touched = [s for s in self._spans[first : bisect_left(self._starts, match.end)] if match.start < s[1]]
        if touched:
            return touched[0][0], touched[-1][1]
        return next((s.start, s.end) for s in self.speech.sections if s.start <= match.start < s.end)

    def around(self, spans: Sequence[Span]) -> set[str]:
        """Pairs of characters of the spans, their paragraphs and the headings above these."""
        found: set[str] = set()
        for start, end in spans:
            places = [(start, end)]
            if paragraph := self.speech.paragraph_at(start):
                section = self.speech.sections[paragraph.section]
                places += [(paragraph.start, paragraph.end), (section.start, section.start + len(section.title))]
            found.update(*map(self._pairs_of, places))
        return found

    def _pairs_of(self, span: Span) -> frozenset[str]:
        if span not in self._pairs:
            self._pairs[span] = frozenset(pairs(self.speech.text[slice(*span)]))
        return self._pairs[span]

    def _side(self, spans: tuple[Span, ...]) -> Side:
        if spans not in self._sides:
            side = Side(" ".join(self.speech.text[a:b] for a, b in spans), self.words)
            if len(spans) > 1:
                return side
            self._sides[spans] = side
        return self._sides[spans]

    @cached_property
    def _means(self) -> NDArray[np.float32]:
        """The unit vector of each sentence."""
        return np.stack([self._mean(self.speech.text[a:b]) for a, b in self.sentences.values()])

    def _mean(self, text: str) -> NDArray[np.float32]:
        """The unit vector of a text's words together."""
        _, table = self.words.token_vectors(simple(text))
        total = table.sum(axis=0) if len(table) else np.zeros(table.shape[1], np.float32)
        return np.asarray(total / (np.linalg.norm(total) or 1.0), dtype=np.float32)


def _parts(speech: Speech) -> set[int]:
    """How many paragraphs, sections, and subsections of one section the speech has."""
    under = Counter(s.address.rpartition(".")[0] for s in speech.sections if s.address)
    return {sum(p.kind == "body" for p in speech.paragraphs), *under.values()}
