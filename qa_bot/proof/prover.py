"""A unit of prose against the speech: what it points at, what it quotes, what of its own words the evidence carries."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence

from qa_bot.numbers import in_figures, numbers
from qa_bot.proof.claims import adds, contradicted
from qa_bot.proof.counting import check_numbers, counts_there
from qa_bot.proof.folding import has_words, letters
from qa_bot.proof.ground import CARRIES, Ground
from qa_bot.proof.judged import Judged, addresses, overlap, stands
from qa_bot.proof.matching import Match, Source, Span
from qa_bot.proof.names import invented, prepare
from qa_bot.proof.prose import Marker, Plain, Quoted
from qa_bot.proof.units import Unit, claim_words, is_claim, is_denial, leans_back, plain_text
from qa_bot.types import Speech, WordVectors

CARRIES_EN = 0.45
"""`CARRIES` across languages, where likeness is weaker."""
TOUCHES, TOUCHES_EN = 0.42, 0.3
"""Coverage from which on the sentences that a claim points at are believed to carry it."""
HINTS = 0.2
"""Coverage that is enough where the claim's figures stand there too."""
TERM = 3
"""Letters up to which a quotation is a term, which many sentences may hold and which proves none."""


class Prover:
    """Holds prose against one speech; made once a speech."""

    def __init__(self, speech: Speech, words: WordVectors) -> None:
        self.speech, self.words = speech, words
        self.source, self.ground = Source(speech), Ground(speech, words)
        prepare(speech)

    def judge(
        self, unit: Unit, shown: Collection[str], counts: Collection[int], before: Judged | None = None
    ) -> Judged:
        """Everything about one unit; `counts` are numbers that the answer's own make-up explains."""
        judged = Judged(unit, denies=is_denial(plain_text(unit)))
        self._resolve(judged, shown)
        self._find_quotations(judged)
        if not judged.denies:
            self._weigh_claim(judged, shown, before)
            self._cite_terms(judged)
            check_numbers(judged, self.ground, shown, counts)
            judged.unsupported |= contradicted(judged, self.ground, self.source) or adds(judged, self.ground, shown)
            for i, text in judged.own():
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
            if mine and not any(overlap(place, span) for m in mine for span in judged.kept[m]):
                judged.drop(mine)
        judged.kept = {i: [_widened(s, located.values()) for s in spans] for i, spans in judged.kept.items()}
        wrong = [s for s in located.values() if not any(overlap(s, kept) for kept in near)]
        own = claim_words(plain_text(judged.unit))
        carried = is_claim(judged.unit) and self.ground.covers(own, judged.evidence()) >= CARRIES
        if wrong and len(wrong) == len(located) and not carried:
            judged.drop(judged.kept)
        judged.added += dict.fromkeys(wrong)
        if not located:
            self._drop_unsaid(judged, near)

    def _drop_unsaid(self, judged: Judged, near: Sequence[Span]) -> None:
        """Markers go that only quotations are to prove which the speech does not say."""
        said = claim_words(" ".join(part.text for part in judged.unit if isinstance(part, Plain | Quoted)))
        invented_only = judged.matches and not any(judged.matches.values()) and not is_claim(judged.unit)
        if invented_only and letters(said).text and self.ground.covers(said, near) < TOUCHES:
            judged.drop(judged.kept)

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
        if cited and counts_there(claim, self.ground, cited) and (leans or self.ground.covers(claim, cited) >= HINTS):
            return
        best = self.ground.best(claim, shown, english=english)
        if best and self.ground.covers(claim, [best]) >= (CARRIES_EN if english else CARRIES):
            quoted = [self.ground.holding(m) for m in judged.matches.values() if m]
            for i, spans in judged.kept.items():
                wrong = [s for s in spans if not any(overlap(s, q) for q in quoted)]
                judged.dropped += addresses(judged.unit[i]) if wrong else []
                judged.kept[i] = [s for s in spans if s not in wrong]
            judged.added += [best] if best not in judged.evidence() else []
        elif not any(stands(m) for m in judged.matches.values()):
            judged.unsupported = True
            judged.drop(judged.kept)


def _widened(span: Span, places: Iterable[Span]) -> Span:
    """The span with the rest of the quotations that begin or end in it."""
    for place in places:
        if overlap(span, place):
            span = min(span[0], place[0]), max(span[1], place[1])
    return span


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
