"""A unit of prose against the speech: what it points at, what it quotes, what of its own words the evidence carries."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Literal

from qa_bot import phrases
from qa_bot.numbers import MEASURES, Number, in_figures, numbers
from qa_bot.proof.agreement import clauses, contradicts
from qa_bot.proof.figures import Figure, figures, is_of_another, is_year
from qa_bot.proof.folding import has_words, letters, pairs, simple
from qa_bot.proof.ground import Ground
from qa_bot.proof.matching import Match, Source, Span, miscopied
from qa_bot.proof.names import invented
from qa_bot.proof.prose import Marker, Part, Plain, Quoted
from qa_bot.proof.units import Unit, claim_words, is_claim, is_denial, leans_back, listing_end, plain_text
from qa_bot.text import is_han, runs
from qa_bot.types import Speech, WordVectors

CARRIES, CARRIES_EN = 0.62, 0.45
"""Coverage from which on a sentence carries a claim that nobody pointed it at; across languages likeness is weaker."""
TOUCHES, TOUCHES_EN = 0.42, 0.3
"""Coverage from which on the sentences that a claim points at are believed to carry it."""
HINTS = 0.2
"""Coverage that is enough where the claim's figures stand there too."""
ADDED, STANDING, MEANT = 8, 0.25, 0.6
"""A clause of so many Han letters is made up where no larger share of its pairs stands, or is meant, in the evidence."""
COPIED = 8
"""Letters of a clause that are not alike by chance."""
TERM = 3
"""Letters up to which a quotation is a term, which many sentences may hold and which proves none."""
SMALL = 30
"""Counts up to this one may be the answer's own (`四个方面`), where it lists as many."""
_COUNTED = (*"个项点条大方类种部层段句章对组件", )
_COUNTED_EN = frozenset("of points parts areas tasks aspects measures things items reasons priorities".split())
_PARTS = re.compile(r"\s*[个大]?(?:方面|部分|重点|板块|章|节|段|点|条|parts|sections|paragraphs)")
_YEAR = re.compile(r"(?:19|20)\d\d")

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

    def drop(self, markers: Collection[int]) -> None:
        """Take away what these markers, by index, point at."""
        self.dropped += [a for i in markers if self.kept.get(i) for a in _addresses(self.unit[i])]
        self.kept |= {i: [] for i in markers if i in self.kept}


class Prover:
    """Holds prose against one speech; made once a speech."""

    def __init__(self, speech: Speech, words: WordVectors) -> None:
        self.speech, self.words = speech, words
        self.source, self.ground = Source(speech), Ground(speech, words)
        titles = {int(year) for s in (speech.title, *(s.title for s in speech.sections)) for year in _YEAR.findall(s)}
        self._parts = _parts(speech)
        self._years = titles | {year - 1 for year in titles if str(year - 1) in speech.text}

    def judge(self, unit: Unit, shown: Collection[str], counts: Collection[int], before: Judged | None = None) -> Judged:
        """Everything about one unit; `counts` are numbers that the answer's own make-up explains."""
        judged = Judged(unit, denies=is_denial(plain_text(unit)))
        self._resolve(judged, shown)
        self._find_quotations(judged)
        if not judged.denies:
            self._weigh_claim(judged, shown, before)
            self._cite_terms(judged)
            self._check_numbers(judged, shown, counts)
            judged.unsupported |= self._contradicts(judged) or self._adds(judged, shown)
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
        sentences = self.ground.sentences
        if address in sentences:
            return [span] if address in shown else []
        inside = {a: s for a, s in sentences.items() if span[0] <= s[0] and s[1] <= span[1]}
        if not inside or not set(inside) <= set(shown):
            return []
        if address != first or not claim:
            return [span]
        ranked = sorted(((self.ground.covers(claim, [s]), s) for s in inside.values()), key=lambda found: -found[0])
        return sorted(s for share, s in ranked[:2] if share >= max(TOUCHES, 0.8 * ranked[0][0])) or [span]

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
        """Each quotation's place, and the sentences it stands in cited; markers that only point elsewhere go."""
        near = judged.evidence()
        located: dict[int, Span] = {}
        for i, part in enumerate(judged.unit):
            if isinstance(part, Quoted):
                match = judged.matches[i] = self._match(part.text, near)
                if match and len(letters(part.text).text) > TERM:
                    located[i] = self.ground.holding(match)
        for i, place in located.items():
            mine = _markers_behind(judged.unit, i)
            if mine and not any(_overlap(place, span) for m in mine for span in judged.kept[m]):
                judged.drop(mine)
        judged.kept = {i: [_widened(s, located.values()) for s in spans] for i, spans in judged.kept.items()}
        wrong = [s for s in located.values() if not any(_overlap(s, kept) for kept in near)]
        own = claim_words(plain_text(judged.unit))
        if wrong and len(wrong) == len(located):
            if not (is_claim(judged.unit) and self.ground.covers(own, judged.evidence()) >= CARRIES):
                judged.drop(judged.kept)
        judged.added += dict.fromkeys(wrong)

    def _match(self, text: str, near: Sequence[Span]) -> Match | None:
        """A quotation's place inside one paragraph; other numerals for the same numbers are no other words."""
        match = self.source.find(text, near) if has_words(text) else None
        if match is None or match.kind == "contrary":
            again = self.source.find(in_figures(text), near) if any(numbers(text)) else None
            match = Match("near", again.start, again.end) if again and again.kind != "contrary" else match
        if match is None or "\n" in (there := self.speech.text[match.start : match.end]):
            return None
        if match.kind == "contrary" and letters(in_figures(text)).text == letters(in_figures(there)).text:
            return Match("near", match.start, match.end)
        return match

    def _cite_terms(self, judged: Judged) -> None:
        """A unit that cites nothing else cites where the terms that it quotes stand."""
        if not judged.evidence() and not judged.unsupported:
            judged.added += dict.fromkeys(self.ground.holding(m) for m in judged.matches.values() if m)

    def _weigh_claim(self, judged: Judged, shown: Collection[str], before: Judged | None) -> None:
        if not is_claim(judged.unit):
            return
        claim = claim_words(plain_text(judged.unit))
        english = not re.search(r"[\u4e00-\u9fff]", claim)
        cited = judged.evidence()
        leans = before.evidence() if before and leans_back(claim) else []
        if cited and self.ground.covers(claim, cited + leans) >= (TOUCHES_EN if english else TOUCHES):
            return
        if cited and self._counts(claim, cited) and (leans or self.ground.covers(claim, cited) >= HINTS):
            return
        best = self.ground.best(claim, shown, english=english)
        if best and self.ground.covers(claim, [best]) >= (CARRIES_EN if english else CARRIES):
            quoted = [self.ground.holding(m) for m in judged.matches.values() if m]
            for i, spans in judged.kept.items():
                wrong = [s for s in spans if not any(_overlap(s, q) for q in quoted)]
                judged.dropped += _addresses(judged.unit[i]) if wrong else []
                judged.kept[i] = [s for s in spans if s not in wrong]
            judged.added += [best] if best not in judged.evidence() else []
        elif not any(_stands(m) for m in judged.matches.values()):
            judged.unsupported = True
            judged.drop(judged.kept)

    def _counts(self, claim: str, cited: Sequence[Span]) -> bool:
        """Whether half of the claim's figures or more stand in the evidence."""
        there = {figure.number.value for figure in self.ground.figures(cited)}
        mine = {n.value for n in numbers(claim) if (n.value > SMALL or n.kind != "number") and not is_year(n)}
        return bool(mine) and 2 * len(mine & there) >= len(mine)

    def _contradicts(self, judged: Judged) -> bool:
        """Whether a clause is one of the speech's but for what makes it say something else."""
        there = self.ground.clauses(judged.evidence())
        whole, _ = self._text(judged)
        said = clauses(claim_words(whole))
        return any(contradicts(c, there, self.ground.names) for c in said) or any(
            self._miscopies(clause, judged.evidence()) for clause in _runs_of_clauses(whole)
        )

    def _miscopies(self, clause: str, near: Sequence[Span]) -> bool:
        """Whether the clause is a piece of the speech but for letters that make it say something else."""
        wanted = letters(clause).text
        match = self.source.find(clause, near) if len(wanted) >= COPIED else None
        if match is None or match.kind != "contrary":
            return False
        return miscopied(*(letters(in_figures(t)).text for t in (clause, self.speech.text[match.start : match.end])))

    def _adds(self, judged: Judged, shown: Collection[str]) -> bool:
        """Whether a clause of the model's own, beside others that stand, stands nowhere."""
        cited = judged.evidence()
        if not cited or judged.unsupported:
            return False
        around = self.ground.around(cited)
        for _, text in _own(judged):
            for clause in _clauses(claim_words(text)):
                said = set(pairs(clause))
                words = phrases.PASSING.sub("", _without(clause, list(numbers(clause))))
                if sum(len(run) for run in runs(words) if is_han(run)) < ADDED or is_denial(clause) or leans_back(clause):
                    continue
                if len(said & around) > STANDING * len(said) or self.ground.covers(clause, cited) > MEANT:
                    continue
                if all(len(said & self.ground.around([s])) < len(said) / 2 for s in self.ground.likest(clause, shown)):
                    return True
        return False

    def _text(self, judged: Judged) -> tuple[str, dict[int, int]]:
        """The unit in one line, what it quotes in the speech's own words; where each part of its own begins there."""
        text, begins = "", {}
        for i, part in enumerate(judged.unit):
            match = judged.matches.get(i)
            if isinstance(part, Quoted) and match and _stands(match):
                text += f"“{self.speech.text[match.start : match.end]}”"
            elif isinstance(part, Marker):
                text += " "
            else:
                begins[i] = len(text)
                text += part.text
        return text, begins

    def _check_numbers(self, judged: Judged, shown: Collection[str], counts: Collection[int]) -> None:
        own = dict(_own(judged))
        listed = {len(judged.matches), len(judged.kept), *(text.count("、") + 1 for text in own.values()), *counts}
        there = self.ground.figures(judged.evidence())
        whole, begins = self._text(judged)
        for figure in figures(whole):
            number = figure.number
            i = next((i for i, at in begins.items() if at <= number.start < at + len(own[i])), None)
            if i is None or self._counts_itself(number, whole, listed):
                continue
            start, end = number.start - begins[i], number.end - begins[i]
            if start < listing_end(own[i]) or self._said(figure, there):
                continue
            if other := self._elsewhere(figure, _clause_at(whole, number.start), shown):
                judged.added.append(other)
            else:
                judged.flags.setdefault(i, []).append((start, _with_unit(own[i], end), "number_unsupported"))

    def _counts_itself(self, number: Number, text: str, listed: Collection[int]) -> bool:
        """Whether it counts what the answer lists, or the parts of the speech."""
        if number.value > SMALL or number.kind == "share":
            return False
        if number.value in self._parts and _PARTS.match(text, number.end):
            return True
        return number.value in listed and (
            number.unit[:1] in (_COUNTED if number.kind == "rank" else ("", *_COUNTED)) or number.unit in _COUNTED_EN
        )

    def _said(self, figure: Figure, there: Sequence[Figure]) -> bool:
        """Whether the evidence says the number, of the same thing; a year may also be that of the title."""
        if any(figure.rounds(f) for f in there):
            return True
        if any(figure.number.same(f.number) for f in there):
            return not is_of_another(figure, there)
        dated = any(is_year(f.number) and len(f.of & figure.of) > 1 for f in there)
        return is_year(figure.number) and figure.number.value in self._years and not dated

    def _elsewhere(self, figure: Figure, clause: str, shown: Collection[str]) -> Span | None:
        """A shown sentence that says this number of what the clause is about."""
        claim = claim_words(clause)
        saying = [s for s in self.ground.saying(figure.number.value, shown) if self._said(figure, self.ground.figures([s]))]
        best = max(saying, key=lambda s: self.ground.covers(claim, [s]), default=None)
        return best if best and self.ground.covers(claim, [best]) >= CARRIES else None


def _widened(span: Span, places: Iterable[Span]) -> Span:
    """The span with the rest of the quotations that begin or end in it."""
    for place in places:
        if _overlap(span, place):
            span = min(span[0], place[0]), max(span[1], place[1])
    return span


def _parts(speech: Speech) -> set[int]:
    """How many paragraphs, sections, and subsections of one section the speech has."""
    under = Counter(s.address.rpartition(".")[0] for s in speech.sections if s.address)
    return {sum(p.kind == "body" for p in speech.paragraphs), *under.values()}


def _markers_behind(unit: Unit, at: int) -> list[int]:
    """The markers that follow a part with nothing but punctuation between."""
    found = []
    for i in range(at + 1, len(unit)):
        part = unit[i]
        if isinstance(part, Marker):
            found.append(i)
        elif isinstance(part, Quoted) or has_words(part.text):
            break
    return found


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


def _without(text: str, found: Sequence[Number]) -> str:
    for number in reversed(found):
        text = text[: number.start] + text[number.end :]
    return text


def _clauses(text: str) -> list[str]:
    return re.split(r"[，,；;。！？!?\n]| {2,}", text)


def _runs_of_clauses(text: str) -> set[str]:
    """The clauses, and each two that follow one another."""
    clauses = [c[listing_end(c) :] for c in _clauses(text) if letters(phrases.PASSING.sub("", claim_words(c))).text]
    return {*clauses, *map("，".join, pairwise(clauses))}


def _clause_at(text: str, offset: int) -> str:
    """The clause around an offset and the one before it."""
    cuts = [i for i, char in enumerate(text) if char in "，,；;。！？!?\n"]
    before = [i for i in cuts if i < offset]
    start = before[-2] + 1 if len(before) > 1 else 0
    return text[start : next((i for i in cuts if i > offset), len(text))]
