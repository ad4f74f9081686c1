"""Whether sentences carry a question: what every answer, quoted or written by a model, is held against.

No single score decides. Each content word of the question is looked for in the sentences, in the paragraph around
them, and by meaning (the nearest word vector, ColBERT's MaxSim over a static table); what found no place, weighed by
how much it says, is put beside the kind of answer that was asked for.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from qa_bot import phrases
from qa_bot.elsewhere import names_another, names_away, speaks_of_another_year
from qa_bot.kinds import ATTRIBUTE, Span, asks_withheld, holds_kind, lacks_members, lacks_reason
from qa_bot.phrases import SHARES
from qa_bot.text import fold, grams, is_han, runs
from qa_bot.types import Reason, Speech, WordVectors
from qa_bot.understanding import FACT_KINDS, Query


@dataclass(frozen=True, slots=True)
class Word:
    """A content word of the question: how much it says, how well the sentence and its surroundings hold it (0…1)."""

    text: str
    weight: float
    held: float
    around: float


@dataclass(frozen=True, slots=True)
class Support:
    """What was found. `probability` that a careful reader would say that these sentences answer the question."""

    probability: float
    reason: Reason | None
    words: tuple[Word, ...]
    features: tuple[float, ...]
    told: bool = False
    """Whether the sentences would be found wanting without what was generated about them."""

    @property
    def missing(self) -> tuple[str, ...]:
        """The question's words that found no place, heaviest first."""
        lost = sorted((w for w in self.words if w.around < 0.5 and w.weight > SLIGHT), key=lambda w: -w.weight)
        return tuple(w.text for w in lost)


FEATURES = (
    *("bias", "held", "kind", "elsewhere", "one", "english", "followup"),
    *("away", "unsaid", "attribute", "length", "whole", "unit"),
)
"""1; share of the question's words that the sentence holds; 1 where the wanted kind is not near them, or no members are
named; 1 where the sentence is of another year than the question, or the question names whom or what the speech does
not; 1 where one thing is asked for (a number, a date, a person, which one), which people ask for in the speech's own
words; 1 for English; 1 for a follow-up, whose filled-in words an answer need not repeat; 1 where the question names
what the paragraph does not; 1 where a reason is asked for and not given; 1 where an attribute is asked for
(conditions, a maker) that the sentence does not hold; logarithm of the number of words, from `SHORT` to `LONG`:
everyday words are more in number, and fewer are held; the square of the held share; 1 where a number with the unit
that is asked for stands near."""
WEIGHTS = (-6.59, 0.56, -3.04, -2.26, -1.01, 1.20, 1.14, -0.85, -1.41, -2.14, 3.09, 1.25, 0.48)
"""Logistic weights of `FEATURES`, fitted on the development halves of the question sets (`benchmarks/calibrate.py`)."""

SHORT, LONG = 7, 12
THRESHOLD = 0.5
"""Probability below which nothing is answered: the weights are fitted so that it is the chosen point of the curve."""
TOLD = 0.6
"""How well a sentence holds a word that only what was generated about it holds."""
NEARLY = 0.7
"""Share of the words held in the clauses that hold most, at which others count as near too."""
LEAST, SLIGHT = 0.02, 0.1
"""Weight of a word that says nothing; up to which one says too little to be missed."""
_CLAUSES = re.compile(r"[,，;；。:：]")
_SETTING = re.compile(r"((?:^|(?<=[,，;；。:：]))(?:在|到|从|随着|面对|经过|通过|截至)[^,，;；。:：]*)[,，]")
"""A clause that only says where or when belongs to the next one."""


def assess(
    query: Query,
    spans: Sequence[Span],
    around: Sequence[Span],
    speech: Speech,
    vectors: WordVectors,
    told: Mapping[int, str] | None = None,
) -> Support:
    """How well the best of the sentences at `spans`, with what lies `around` them, carries the question.

    `told` is other words for the sentences that begin at these offsets: a word of the question may be found there too,
    what kind of thing a sentence holds is read from itself.
    """
    support = _assess(query, spans, around, speech, vectors, told or {})
    if support.reason or not any(start in (told or {}) for start, _ in spans):
        return support
    return replace(support, told=_assess(query, spans, around, speech, vectors, {}).reason is not None)


def _assess(
    query: Query,
    spans: Sequence[Span],
    around: Sequence[Span],
    speech: Speech,
    vectors: WordVectors,
    told: Mapping[int, str],
) -> Support:
    words = _content(query, vectors)
    title = fold(speech.title)
    context = Side(" ".join(speech.text[start:end] for start, end in around), vectors)
    another = names_another(query, speech, vectors)
    texts = [speech.text[start:end] for start, end in spans]
    unlisted = lacks_members(query, texts)
    whole = (float(names_away(query, speech, context.folded, vectors)), float(lacks_reason(query, texts)))
    best: tuple[float, ...] = ()
    found: tuple[Word, ...] = ()
    for start, end in spans:
        looked = _look_for(words, Side(speech.text[start:end], vectors, told.get(start, "")), context, title)
        elsewhere = another or speaks_of_another_year(query, speech, start, end)
        features = _features(query, looked, speech.text[start:end], fold(speech.text), elsewhere, unlisted)
        features = (*features, *whole, *_asked(query, looked, *features[1:3]))
        if not best or _logit(features) > _logit(best):
            best, found = features, looked
    probability = 1 / (1 + math.exp(-_logit(best))) if best else 0.0
    around_share = sum(w.weight * w.around for w in found) / (sum(w.weight for w in found) or 1.0)
    reason: Reason | None = None
    if asks_withheld(query, spans, speech):
        reason = "redacted"
    elif probability < THRESHOLD or not touches(query, found):
        reason = "detail_missing" if around_share > 0.6 else "not_mentioned"
    return Support(probability, reason, found, best)


def coverage(text: str, side: Side, vectors: WordVectors) -> float:
    """Share of what a text says, its words weighed, that the side holds to the letter or by meaning; 1 for none."""
    said, held = 0.0, 0.0
    for run in runs(text):
        tokens, table = vectors.token_vectors(run)
        for token, vector in zip(tokens, table, strict=True) if tokens else [(run, np.zeros(1, np.float32))]:
            weight = weight_of(token, vector)
            said, held = said + weight, held + weight * side.holds(token, vector)
    return held / said if said else 1.0


def touches(query: Query, words: Sequence[Word]) -> bool:
    """Whether any word of the question stands there, or one of like meaning; across languages likeness is weaker."""
    return any(w.held >= (0.2 if query.english else 0.4) for w in words)


def _logit(features: Sequence[float]) -> float:
    return sum(weight * value for weight, value in zip(WEIGHTS, features, strict=True))


def _content(query: Query, vectors: WordVectors) -> list[tuple[str, NDArray[np.float32]]]:
    """The question's words with their vectors; one that the vocabulary does not know has no direction."""
    found: list[tuple[str, NDArray[np.float32]]] = []
    for run in runs(query.own or query.focus):
        tokens, table = vectors.token_vectors(run)
        found += zip(tokens, table, strict=True) if tokens else [(run, np.zeros(1, np.float32))]
    return found


def _look_for(
    words: Sequence[tuple[str, NDArray[np.float32]]], here: Side, around: Side, title: str
) -> tuple[Word, ...]:
    """What the title says, every sentence is about; what a share is called, stands beside none: both say nothing."""
    found = []
    for token, vector in words:
        held = here.holds(token, vector)
        weight = LEAST if token in title or token in SHARES else weight_of(token, vector)
        found.append(Word(token, weight, held, max(held, around.holds(token, vector))))
    return tuple(found)


def _features(
    query: Query, words: Sequence[Word], text: str, whole: str, elsewhere: bool, unlisted: bool
) -> tuple[float, ...]:
    """`FEATURES` of one sentence. A fact that is asked for must stand in the clause of the question's words, as far as
    these can stand there."""
    held = sum(w.weight * w.held for w in words) / (sum(w.weight for w in words) or 1.0)
    mention = query.kind in ("whether", "thing") and phrases.MENTION.search(fold(query.question))
    unsaid = bool(mention) and not _stands(query, whole)
    near = _near(words, text, reach=query.english or query.kind not in FACT_KINDS)
    lacks = unsaid or unlisted or not any(holds_kind(query, clause) for clause in near)
    one = query.kind in FACT_KINDS or (query.kind != "list" and bool(phrases.WHICH.search(fold(query.question))))
    return (1.0, held, float(lacks), float(elsewhere), float(one), float(query.english), float(query.followup))


def _asked(query: Query, words: Sequence[Word], held: float, lacks: float) -> tuple[float, ...]:
    """`attribute`, `length`, `whole` and `unit`."""
    named = query.kind not in FACT_KINDS - {"person"} | {"reason"}
    unheld = named and any(w.held < 0.5 and ATTRIBUTE.fullmatch(w.text) for w in words)
    counted = query.kind == "number" and query.unit and not lacks
    return float(unheld), math.log1p(min(max(len(words), SHORT), LONG)), held**2, float(bool(counted))


def _stands(query: Query, whole: str) -> bool:
    """Whether at least half of the question's bigrams stand somewhere in the speech."""
    pairs = [gram for gram in grams(query.focus) if len(gram) > 1]
    return sum(pair in whole for pair in pairs) >= len(pairs) / 2


def _near(words: Sequence[Word], text: str, reach: int) -> list[str]:
    """The clauses, each with `reach` more on both sides, that hold most of the question's words, or nearly as much."""
    clauses = [c for c in _CLAUSES.split(_SETTING.sub(r"\1 ", text)) if c.strip()] or [text]
    windows = [fold(",".join(clauses[max(i - reach, 0) : i + reach + 1])) for i in range(len(clauses))]
    held = [sum(w.weight for w in words if w.text in window) for window in windows]
    return [window for window, weight in zip(windows, held, strict=True) if weight >= NEARLY * max(held)]


class Side:
    """A text that words are looked for in: to the letter, by halves, by meaning, and in other words `told` for it."""

    def __init__(self, text: str, vectors: WordVectors, told: str = "") -> None:
        self.folded = fold(text)
        _, table = vectors.token_vectors(self.folded)
        self.table = _unit(table)
        self.seen: dict[str, float] = {}
        self.told = Side(told, vectors) if told else None

    def holds(self, token: str, vector: NDArray[np.float32]) -> float:
        """1 to the letter, less by halves or by meaning."""
        if token not in self.seen:
            told = TOLD * self.told.holds(token, vector) if self.told else 0.0
            self.seen[token] = max(self._look(token, vector), told)
        return self.seen[token]

    def _look(self, token: str, vector: NDArray[np.float32]) -> float:
        if token in self.folded:
            return 1.0
        pairs = [token[i : i + 2] for i in range(len(token) - 1)] if is_han(token) and len(token) > 2 else []
        partly = sum(pair in self.folded for pair in pairs) / len(pairs) if pairs else 0.0
        norm = float(np.linalg.norm(vector))
        if norm == 0 or not len(self.table):
            return partly
        return max(partly, _ramp(float(np.einsum("wd,d->w", self.table, vector / norm).max())))


def weight_of(token: str, vector: NDArray[np.float32]) -> float:
    """How much a word says: its vector's length beyond that of words that say nothing (`今年`, `计划` say little)."""
    if not phrases.PASSING.sub("", token):
        return LEAST
    norm = float(np.linalg.norm(vector))
    return max(norm - 0.7, LEAST) if norm else 0.5


def _ramp(cosine: float, low: float = 0.35, high: float = 0.7) -> float:
    return min(max((cosine - low) / (high - low), 0.0), 1.0)


def _unit(table: NDArray[np.float32]) -> NDArray[np.float32]:
    norms = np.linalg.norm(table, axis=1, keepdims=True)
    return np.asarray(table[norms[:, 0] > 0] / norms[norms[:, 0] > 0], dtype=np.float32)
