"""Whether sentences carry a question: what every answer, quoted or written by a model, is held against.

No single score decides. Each content word of the question is looked for in the sentences, in the paragraph around
them, and by meaning (the nearest word vector, ColBERT's MaxSim over a static table); what found no place, weighed by
how much it says, is put beside the kind of answer that was asked for.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qa_bot import phrases
from qa_bot.kinds import Span, asks_withheld, holds_kind
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

    @property
    def missing(self) -> tuple[str, ...]:
        """The question's words that found no place, heaviest first."""
        lost = sorted((w for w in self.words if w.around < 0.5), key=lambda w: -w.weight)
        return tuple(w.text for w in lost)


FEATURES = ("bias", "held", "kind", "fact_lost", "absent", "english", "followup")
"""1; share of the question's words that the sentence holds; 1 where the wanted kind is not near them; for a fact, the
share that not even the surroundings hold; weight of the heaviest word that stands nowhere in the speech; 1 for English;
1 for a follow-up, whose filled-in words an answer need not repeat."""
WEIGHTS = (0.7, 0.05, -2.18, -1.38, -1.12, 0.94, 1.12)
"""Logistic weights of `FEATURES`, fitted on the development halves of the question sets (`benchmarks/calibrate.py`)."""

_CLAUSES = re.compile(r"[,，;；。:：]")


def assess(
    query: Query, spans: Sequence[Span], around: Sequence[Span], speech: Speech, vectors: WordVectors
) -> Support:
    """How well the best of the sentences at `spans`, with what lies `around` them, carries the question."""
    words = _content(query, vectors)
    context = _Side(" ".join(speech.text[start:end] for start, end in around), vectors)
    best: tuple[float, ...] = ()
    found: tuple[Word, ...] = ()
    for start, end in spans:
        looked = _look_for(words, _Side(speech.text[start:end], vectors), context)
        features = _features(query, looked, speech.text[start:end], fold(speech.text))
        if not best or _logit(features) > _logit(best):
            best, found = features, looked
    probability = 1 / (1 + math.exp(-_logit(best))) if best else 0.0
    around_share = sum(w.weight * w.around for w in found) / (sum(w.weight for w in found) or 1.0)
    reason: Reason | None = None
    if asks_withheld(query, spans, speech):
        reason = "redacted"
    elif probability < 0.5 or not _touches(query, found):
        reason = "detail_missing" if around_share > 0.6 else "not_mentioned"
    return Support(probability, reason, found, best)


def _touches(query: Query, words: Sequence[Word]) -> bool:
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


def _look_for(words: Sequence[tuple[str, NDArray[np.float32]]], here: _Side, around: _Side) -> tuple[Word, ...]:
    return tuple(
        Word(token, _weight(token, vector), held := here.holds(token, vector), max(held, around.holds(token, vector)))
        for token, vector in words
    )


def _features(query: Query, words: Sequence[Word], text: str, whole: str) -> tuple[float, ...]:
    """`FEATURES` of one sentence. A fact that is asked for must stand near the question's words."""
    total = sum(w.weight for w in words) or 1.0
    held = sum(w.weight * w.held for w in words) / total
    near = sum(w.weight * w.around for w in words) / total
    unsaid = bool(phrases.MENTION.search(fold(query.question))) and not _stands(query, whole)
    lacks = float(unsaid or not holds_kind(query, _nearest_clauses(words, text)))
    lost = (1 - near) * (query.kind in FACT_KINDS)
    absent = max((w.weight * (1 - w.around) for w in words if w.text not in whole), default=0.0)
    return (1.0, held, lacks, lost, absent, float(query.english), float(query.followup))


def _stands(query: Query, whole: str) -> bool:
    """Whether at least half of the question's bigrams stand somewhere in the speech."""
    pairs = [gram for gram in grams(query.focus) if len(gram) > 1]
    return sum(pair in whole for pair in pairs) >= len(pairs) / 2


def _nearest_clauses(words: Sequence[Word], text: str) -> str:
    """The three neighbouring clauses that hold most of the question's words."""
    clauses = [c for c in _CLAUSES.split(text) if c.strip()] or [text]
    windows = [",".join(clauses[max(i - 1, 0) : i + 2]) for i in range(len(clauses))]
    return max(windows, key=lambda window: sum(w.weight for w in words if w.text in fold(window)))


class _Side:
    """A text that words are looked for in: to the letter, by halves, and by meaning."""

    def __init__(self, text: str, vectors: WordVectors) -> None:
        self.folded = fold(text)
        _, table = vectors.token_vectors(self.folded)
        self.table = _unit(table)
        self.seen: dict[str, float] = {}

    def holds(self, token: str, vector: NDArray[np.float32]) -> float:
        """1 to the letter, less by halves or by meaning."""
        if token not in self.seen:
            self.seen[token] = self._look(token, vector)
        return self.seen[token]

    def _look(self, token: str, vector: NDArray[np.float32]) -> float:
        if token in self.folded:
            return 1.0
        pairs = [token[i : i + 2] for i in range(len(token) - 1)] if is_han(token) and len(token) > 2 else []
        partly = sum(pair in self.folded for pair in pairs) / len(pairs) if pairs else 0.0
        norm = float(np.linalg.norm(vector))
        if norm == 0 or not len(self.table):
            return partly
        return max(partly, _ramp(float((self.table @ (vector / norm)).max())))


def _weight(token: str, vector: NDArray[np.float32]) -> float:
    """How much a word says: its vector's length beyond that of words that say nothing (`今年`, `计划` say little)."""
    if not phrases.PASSING.sub("", token):
        return 0.02
    norm = float(np.linalg.norm(vector))
    return max(norm - 0.7, 0.02) if norm else 0.5


def _ramp(cosine: float, low: float = 0.35, high: float = 0.7) -> float:
    return min(max((cosine - low) / (high - low), 0.0), 1.0)


def _unit(table: NDArray[np.float32]) -> NDArray[np.float32]:
    norms = np.linalg.norm(table, axis=1, keepdims=True)
    return np.asarray(table[norms[:, 0] > 0] / norms[norms[:, 0] > 0], dtype=np.float32)
