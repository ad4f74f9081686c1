"""A unit of prose against the speech: what it points at, what it quotes, what of its own words the evidence carries."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from qa_bot.evidence import Side, coverage
from qa_bot.numbers import MEASURES, Number, numbers
from qa_bot.proof.matching import Match, Source, Span, has_words, letters
from qa_bot.proof.names import invented
from qa_bot.proof.prose import Marker, Part, Plain, Quoted
from qa_bot.proof.units import Unit, claim_words, is_claim, is_denial, listing_end, plain_text
from qa_bot.text import fold, grams
from qa_bot.types import Speech, WordVectors

CARRIES, CARRIES_EN = 0.62, 0.45
"""Coverage from which on a sentence carries a claim that nobody pointed it at; across languages likeness is weaker."""
TOUCHES, TOUCHES_EN = 0.42, 0.3
"""Coverage from which on the sentences that a claim points at are believed to carry it."""
TRIED = 4
"""Sentences that are looked at closely for a claim without evidence."""
TERM = 3
"""Letters up to which a quotation is a term, which many sentences may hold and which proves none."""
SMALL = 30
"""Counts up to this one may be the answer's own (`四个方面`), where it lists as many."""

Flag = tuple[int, int, Literal["number_unsupported", "name_invented"]]


@dataclass(slots=True)
class Judged:
    """A unit and what was found: the spans that each marker keeps, where each quotation stands, what is flagged."""

    unit: Unit
    kept: dict[int, list[Span]] = field(default_factory=dict)
    matches: dict[int, Match | None] = field(default_factory=dict)
    dropped: list[str] = field(default_factory=list)
    added: list[Span] = field(default_factory=list)
    flags: dict[int, list[Flag]] = field(default_factory=dict)
    unsupported: bool = False
    denies: bool = False

    def evidence(self) -> list[Span]:
        """Every span that the unit cites."""
        return list(dict.fromkeys([span for spans in self.kept.values() for span in spans] + self.added))


class Prover:
    """Holds prose against one speech; made once a speech."""

    def __init__(self, speech: Speech, words: WordVectors) -> None:
        self.speech, self.words, self.source = speech, words, Source(speech)
        self.sentences: dict[str, Span] = {s.address: (s.start, s.end) for p in speech.paragraphs for s in p.sentences}
        self._sides: dict[tuple[Span, ...], Side] = {}
        self._mean_of: dict[Span, NDArray[np.float32]] = {}
        self._grams = {span: set(grams(speech.text[slice(*span)])) for span in self.sentences.values()}

    def judge(self, unit: Unit, shown: Collection[str], counts: Collection[int]) -> Judged:
        """Everything about one unit; `counts` are numbers that the answer's own make-up explains."""
        judged = Judged(unit, denies=is_denial(plain_text(unit)))
        self._resolve(judged, shown)
        self._find_quotations(judged)
        if not judged.denies:
            self._weigh_claim(judged, shown)
            self._cite_terms(judged)
            self._check_numbers(judged, shown, counts)
            for i, text in _own(judged):
                judged.flags.setdefault(i, []).extend(
                    (a, b, "name_invented") for a, b in invented(text, self.speech, self.words)
                )
        return judged

    def resolve(self, address: str, shown: Collection[str], claim: str = "") -> list[Span]:
        """The spans of an address, where every sentence of it was shown; of a paragraph those that carry the claim."""
        first, _, last = address.partition("-")
        if last and "." in first and "." not in last and not first.startswith("§"):
            address = f"{first}-{first.rpartition('.')[0]}.{last}"
        if address in shown and address in self.speech.spans and address not in self.speech.by_address:
            return [self.speech.spans[address]]
        span = self.speech.resolve(address)
        if span is None:
            return []
        inside = {a: s for a, s in self.sentences.items() if span[0] <= s[0] and s[1] <= span[1]}
        if not inside or not set(inside) <= set(shown):
            return []
        if address != first or address in self.sentences:
            return [span]
        ranked = sorted(inside.values(), key=lambda s: -self.covers(claim, [s]))
        best = [
            s
            for s in ranked[:2]
            if claim and self.covers(claim, [s]) >= max(TOUCHES, 0.8 * self.covers(claim, ranked[:1]))
        ]
        return sorted(best) or [span]

    def covers(self, claim: str, spans: Sequence[Span]) -> float:
        """Share of the claim's words that the spans together hold."""
        if not spans:
            return 0.0
        key = tuple(spans)
        if key not in self._sides:
            self._sides[key] = Side(" ".join(self.speech.text[a:b] for a, b in key), self.words)
        side = self._sides[key]
        if len(key) > 1:
            del self._sides[key]
        return coverage(claim, side, self.words)

    def _resolve(self, judged: Judged, shown: Collection[str]) -> None:
        claim = claim_words(plain_text(judged.unit)) + " ".join(p.text for p in judged.unit if isinstance(p, Quoted))
        for i, part in enumerate(judged.unit):
            if not isinstance(part, Marker):
                continue
            judged.kept[i] = []
            for address in part.addresses:
                spans = self.resolve(address, shown, claim)
                judged.kept[i] += spans
                if not spans:
                    judged.dropped.append(address)

    def _find_quotations(self, judged: Judged) -> None:
        """Each quotation's place, and the sentences it stands in cited; a marker that only pointed elsewhere goes."""
        located: list[Span] = []
        near = judged.evidence()
        for i, part in enumerate(judged.unit):
            if not isinstance(part, Quoted):
                continue
            match = self.source.find(part.text, near) if has_words(part.text) else None
            if (
                match
                and match.kind == "contrary"
                and _same_numbers(part.text, self.speech.text[match.start : match.end])
            ):
                match = Match("near", match.start, match.end)
            if match and "\n" in self.speech.text[match.start : match.end]:
                match = None
            judged.matches[i] = match
            if match and len(letters(part.text).text) > TERM:
                located.append(self._holding(match))
        wrong = [s for s in located if not any(_overlap(s, kept) for kept in near)]
        own = claim_words(plain_text(judged.unit))
        if wrong and len(wrong) == len(located) and not (is_claim(judged.unit) and self.covers(own, near) >= CARRIES):
            judged.dropped += [a for i in judged.kept if judged.kept[i] for a in _addresses(judged.unit[i])]
            judged.kept = {i: [] for i in judged.kept}
        judged.added += dict.fromkeys(wrong)

    def _cite_terms(self, judged: Judged) -> None:
        """A unit that cites nothing else cites where the terms that it quotes stand."""
        if not judged.evidence() and not judged.unsupported:
            judged.added += dict.fromkeys(self._holding(m) for m in judged.matches.values() if m)

    def _holding(self, match: Match) -> Span:
        """The sentences, or the heading, that a place touches."""
        touched = [s for s in self.sentences.values() if s[0] < match.end and match.start < s[1]]
        if touched:
            return touched[0][0], touched[-1][1]
        return next((s.start, s.end) for s in self.speech.sections if s.start <= match.start < s.end)

    def _weigh_claim(self, judged: Judged, shown: Collection[str]) -> None:
        if self._contradicts(judged):
            judged.unsupported = True
        if not is_claim(judged.unit):
            return
        claim = claim_words(plain_text(judged.unit))
        english = not any("\u4e00" <= c <= "\u9fff" for c in claim)
        cited = judged.evidence()
        if cited and self.covers(claim, cited) >= (TOUCHES_EN if english else TOUCHES):
            return
        best = self._best(claim, shown, english)
        if best and self.covers(claim, [best]) >= (CARRIES_EN if english else CARRIES):
            quoted = [self._holding(m) for m in judged.matches.values() if m]
            for i, spans in judged.kept.items():
                wrong = [s for s in spans if not any(_overlap(s, q) for q in quoted)]
                judged.dropped += _addresses(judged.unit[i]) if wrong else []
                judged.kept[i] = [s for s in spans if s not in wrong]
            judged.added += [best] if best not in judged.evidence() else []
        elif not any(m and m.kind != "contrary" for m in judged.matches.values()):
            judged.unsupported = True
            judged.dropped += [a for i in judged.kept if judged.kept[i] for a in _addresses(judged.unit[i])]
            judged.kept = {i: [] for i in judged.kept}

    def _best(self, claim: str, shown: Collection[str], english: bool) -> Span | None:
        """The shown sentence that carries the claim best, among those that share most bigrams with it."""
        wanted = {gram for gram in grams(claim) if len(gram) > 1}
        spans = [span for address, span in self.sentences.items() if address in shown]
        if english and spans:
            likeness = self._means(spans) @ self._mean(claim)
            spans = [spans[i] for i in (-likeness).argsort()]
        ranked = (spans if english else sorted(spans, key=lambda s: -len(wanted & self._grams[s])))[:TRIED]
        return max(ranked, key=lambda s: self.covers(claim, [s]), default=None)

    def _means(self, spans: Sequence[Span]) -> NDArray[np.float32]:
        for span in spans:
            if span not in self._mean_of:
                self._mean_of[span] = self._mean(self.speech.text[slice(*span)])
        return np.stack([self._mean_of[span] for span in spans])

    def _mean(self, text: str) -> NDArray[np.float32]:
        """The unit vector of a text's words together."""
        _, table = self.words.token_vectors(fold(text))
        total = table.sum(axis=0) if len(table) else np.zeros(table.shape[1], np.float32)
        return np.asarray(total / (np.linalg.norm(total) or 1.0), dtype=np.float32)

    def _contradicts(self, judged: Judged) -> bool:
        """Whether a clause of the model's own is a sentence of the speech but for what makes it say something else."""
        for _, text in _own(judged):
            clauses = [c[listing_end(c) :] for c in _clauses(text) if letters(claim_words(c)).text]
            for clause in {*clauses, *map("，".join, pairwise(clauses))}:
                match = self.source.find(clause, judged.evidence()) if len(letters(clause).text) > 7 else None
                if (
                    match
                    and match.kind == "contrary"
                    and not _same_numbers(clause, self.speech.text[match.start : match.end])
                ):
                    return True
        return False

    def _check_numbers(self, judged: Judged, shown: Collection[str], counts: Collection[int]) -> None:
        listed = {len(judged.matches), *(text.count("、") + 1 for _, text in _own(judged))}
        for i, text in _own(judged):
            for number in numbers(text):
                mine = number.value in listed | set(counts) and number.value <= SMALL and number.kind != "share"
                if number.start < listing_end(text) or (mine and number.unit[:1] in "个项点条大方类种部层段句章 of"):
                    continue
                clause = _clause_at(text, number.start)
                if self._said(number, clause, judged.evidence()):
                    continue
                other = self._elsewhere(number, clause, shown)
                if other:
                    judged.added.append(other)
                else:
                    judged.flags.setdefault(i, []).append(
                        (number.start, _with_unit(text, number.end), "number_unsupported")
                    )

    def _said(self, number: Number, clause: str, spans: Sequence[Span]) -> bool:
        """Whether the number stands in the evidence, and not beside another thing than in the clause."""
        own = {gram for gram in grams(claim_words(clause)) if len(gram) > 1}
        best, rival = -1, 0
        for a, b in spans:
            text = self.speech.text[a:b]
            for found in numbers(text):
                around = len(own.intersection(grams(_clause_at(text, found.start))))
                if number.same(found):
                    best = max(best, around)
                elif found.kind == number.kind and found.unit[:1] == number.unit[:1]:
                    rival = max(rival, around)
        return best >= 0 and rival - best < 3

    def _elsewhere(self, number: Number, clause: str, shown: Collection[str]) -> Span | None:
        """A shown sentence that says this number of what the clause is about."""
        spans = [s for a, s in self.sentences.items() if a in shown]
        holding = [s for s in spans if self._said(number, clause, [s])]
        best = max(holding, key=lambda s: self.covers(claim_words(clause), [s]), default=None)
        return best if best and self.covers(claim_words(clause), [best]) >= CARRIES else None


def _with_unit(text: str, end: int) -> int:
    """Where the measure word after a number ends (`家以上`)."""
    match = re.compile(rf"[{MEASURES}]?(?:以[上下]|多)?").match(text, end)
    return match.end() if match else end


def _own(judged: Judged) -> Iterator[tuple[int, str]]:
    """Index and text of what the model says itself: its plain words, and quotations that are none."""
    for i, part in enumerate(judged.unit):
        if isinstance(part, Plain) or (isinstance(part, Quoted) and not _stands(judged.matches.get(i))):
            yield i, part.text


def _stands(match: Match | None) -> bool:
    return match is not None and match.kind != "contrary"


def _addresses(part: Part) -> list[str]:
    return list(part.addresses) if isinstance(part, Marker) else []


def _overlap(a: Span, b: Span) -> bool:
    return a[0] < b[1] and b[0] < a[1]


def _same_numbers(a: str, b: str) -> bool:
    """Whether two wordings differ in nothing but how a number is written."""
    left, right = list(numbers(a)), list(numbers(b))
    if not left or len(left) != len(right) or not all(x.same(y) for x, y in zip(left, right, strict=True)):
        return False
    return letters(_without(a, left)).text == letters(_without(b, right)).text


def _without(text: str, found: Sequence[Number]) -> str:
    for number in reversed(found):
        text = text[: number.start] + text[number.end :]
    return text


def _clauses(text: str) -> list[str]:
    clauses, begin = [], 0
    for i, char in enumerate([*text, "。"]):
        if char in "，,；;。！？!?\n":
            clauses.append(text[begin:i])
            begin = i + 1
    return clauses


def _clause_at(text: str, offset: int) -> str:
    """The clause around an offset and the one before it."""
    cuts = [i for i, char in enumerate(text) if char in "，,；;。！？!?\n"]
    before = [i for i in cuts if i < offset]
    start = before[-2] + 1 if len(before) > 1 else 0
    return text[start : next((i for i in cuts if i > offset), len(text))]
