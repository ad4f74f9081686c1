"""How well published answers are attributed: ALCE's citation recall and precision, with code as the judge.

Method: Gao et al. 2023, Enabling Large Language Models to Generate Text with Citations (arXiv 2305.14627). Where they
ask a language model whether citations entail a statement, code asks whether every quotation of the statement stands
in one of them, every number and name of its own words in any, and, where it quotes nothing, whether they cover its
words, by letter or by meaning. A paraphrase in quite other words is taken for unsupported: the recall is a lower bound.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from qa_bot.alignment import Side, coverage
from qa_bot.evaluation.judging import read_quotes, text_of
from qa_bot.evaluation.questions import Question
from qa_bot.evaluation.scorecard import Rate
from qa_bot.numbers import numbers
from qa_bot.proof.folding import has_words, letters
from qa_bot.proof.names import invented
from qa_bot.proof.prose import Marker, Quoted, parts
from qa_bot.proof.units import Unit, claim_words, is_claim, is_denial, listing_end, plain_text, units
from qa_bot.text import HAN
from qa_bot.types import Speech, WordVectors

COVERED, COVERED_EN = 0.5, 0.35
"""Share of a statement's words that its citations must hold; across languages likeness is weaker."""
Refuser = Literal["model", "code", "quoter"]
_HAN = re.compile(f"[{HAN}]")
_PLACE = re.compile(r"第\s*\d+\s*段|\bparagraphs? \d+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence of an answer that says something of the speech, and its citations.

    `supported` is ALCE's recall of it; `precise` has ALCE's precision of each citation: the statement is supported, and
    the citation supports it alone or is needed by the others.
    """

    text: str
    markers: tuple[str, ...]
    supported: bool
    precise: tuple[bool, ...]


@dataclass(frozen=True, slots=True)
class Attribution:
    """What was counted over the answers of one run."""

    recall: Rate
    """Supported statements among all statements."""
    precision: Rate
    """Precise citations among all citations of statements."""
    mean_recall: float
    mean_precision: float
    """The two as ALCE averages them: by answer, one without citations counting 0; over answers with statements."""
    states: Mapping[str, int]
    """How many quotations the check found `exact`, `repaired`, `downgraded`; like `before` and `after` of a model's
    answers alone, where there are any."""
    before: Rate
    """Quotations that the speech says to the letter, as they were written."""
    after: Rate
    """The same of those that still stand between quotation marks."""
    refusals: Mapping[Refuser, Rate]
    """By who refused: the refusals that the question wanted, among all of that side."""


def attribution(
    answers: Iterable[Mapping[str, Any]], questions: Sequence[Question], speech: Speech, words: WordVectors
) -> Attribution:
    """Count published answer objects; `questions` say, by their id, where a refusal is wanted."""
    published = list(answers)
    judged = [found for answer in published if (found := statements(answer, speech, words))]
    every = [s for found in judged for s in found]
    written = [answer for answer in published if answer.get("mode") == "chat"] or published
    quotations = [q for answer in written for q in _quotations(answer)]
    states = Counter(state for state, _ in quotations)
    kept = [text for state, text in quotations if state != "downgraded"]
    wanted = {q.id for q in questions if q.wants_refusal}
    sides = [(side, str(answer.get("id")) in wanted) for answer in published if (side := refused_by(answer))]
    return Attribution(
        recall=_rate(s.supported for s in every),
        precision=_rate(p for s in every for p in s.precise),
        mean_recall=_mean([_rate(s.supported for s in found).rate for found in judged]),
        mean_precision=_mean([_rate(p for s in found for p in s.precise).rate for found in judged]),
        states=dict(states),
        before=Rate(states["exact"], len(quotations)),
        after=_rate(text in speech.text for text in kept),
        refusals={side: _rate(w for s, w in sides if s == side) for side in ("model", "code", "quoter")},
    )


def statements(answer: Mapping[str, Any], speech: Speech, words: WordVectors) -> tuple[Statement, ...]:
    """The statements of one published answer, whoever wrote it; none of a refusal, or of what the page's data says.

    What only leads to a quotation, or says that the speech does not say something, is no statement.
    """
    if answer.get("status") == "refused" or answer.get("basis") == "provenance":
        return ()
    cited = _cited(answer, speech)
    return tuple(_statement(u, cited, speech, words) for u in units(parts(text_of(answer))) if _states(u))


def refused_by(answer: Mapping[str, Any]) -> Refuser | None:
    """Who refused: the model in its own words, code instead of a model, or the quoter that had no model to ask."""
    if answer.get("status") != "refused":
        return None
    if answer.get("mode") == "chat":
        return "model"
    return "code" if answer.get("model") else "quoter"


def _statement(unit: Unit, cited: Mapping[str, str], speech: Speech, words: WordVectors) -> Statement:
    markers = [a for part in unit if isinstance(part, Marker) for a in part.addresses]
    texts = [cited.get(marker, "") for marker in markers]

    def holds(chosen: Sequence[str]) -> bool:
        return _supports(unit, [text for text in chosen if text], speech, words)

    supported = holds(texts)
    precise = [supported and (holds([t]) or not holds(texts[:i] + texts[i + 1 :])) for i, t in enumerate(texts)]
    said = "".join(f"“{p.text}”" if isinstance(p, Quoted) else "" if isinstance(p, Marker) else p.text for p in unit)
    return Statement(said.strip(), tuple(markers), supported, tuple(precise))


def _states(unit: Unit) -> bool:
    if any(isinstance(part, Quoted) and has_words(part.text) for part in unit):
        return True
    return is_claim(unit) and not is_denial(plain_text(unit))


def _supports(unit: Unit, texts: Sequence[str], speech: Speech, words: WordVectors) -> bool:
    """Whether these cited texts together carry the statement."""
    if not texts:
        return False
    quoted = [letters(p.text).text for p in unit if isinstance(p, Quoted) and has_words(p.text)]
    folded = [letters(text).text for text in texts]
    if not all(any(quote in text for text in folded) for quote in quoted):
        return False
    if not is_claim(unit):
        return bool(quoted)
    own, premise = _PLACE.sub(" ", plain_text(unit)), "\n".join(texts)
    known = list(numbers(premise))
    if any(not any(n.same(k) for k in known) for n in numbers(own) if n.start >= listing_end(own)):
        return False
    if any(invented(own, replace(speech, text=premise), words)):
        return False
    claim = claim_words(own)
    return bool(quoted) or coverage(claim, Side(premise, words), words) >= (
        COVERED if _HAN.search(claim) else COVERED_EN
    )


def _cited(answer: Mapping[str, Any], speech: Speech) -> dict[str, str]:
    """Marker → the speech's characters that its citations quote; what is not in the speech is left out."""
    found: dict[str, str] = {}
    items = answer.get("citations")
    listed = items if isinstance(items, list | tuple) else []
    for item, quote in zip(listed, read_quotes(answer, "citations", speech), strict=True):
        marker = str(item.get("marker")) if isinstance(item, Mapping) else ""
        text = speech.text[quote.place.start : quote.place.stop]
        found[marker] = f"{found[marker]}\n{text}" if marker in found else text
    return found


def _quotations(answer: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """(state, text) of each checked quotation."""
    items = answer.get("quotations")
    for item in items if isinstance(items, list | tuple) else ():
        if isinstance(item, Mapping) and item.get("state") in ("exact", "repaired", "downgraded"):
            start, end = item.get("start"), item.get("end")
            there = type(start) is int and type(end) is int and 0 <= start < end <= len(text_of(answer))
            yield item["state"], text_of(answer)[start:end] if there else "\0"


def _rate(hits: Iterable[bool]) -> Rate:
    counted = list(hits)
    return Rate(sum(counted), len(counted))


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0
