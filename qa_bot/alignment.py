"""Where a question's words stand in a text: to the letter, by halves, or by meaning (the nearest word vector, ColBERT's
MaxSim over a static table)."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qa_bot import phrases
from qa_bot.phrases import SHARES
from qa_bot.text import fold, is_han, runs
from qa_bot.types import WordVectors
from qa_bot.understanding import Query

BESIDE = 3
"""Characters between the question word and the words beside it, at most."""
TOLD = 0.6
"""How well a sentence holds a word that only what was generated about it holds."""
NEARLY = 0.7
"""Share of the words held in the clauses that hold most, at which others count as near too."""
LEAST, SLIGHT, TELLING = 0.02, 0.1, 0.3
"""Weight of a word that says nothing; up to which one says too little to be missed; beyond which one says something."""
LOW, HIGH = 0.35, 0.7
"""Cosine up to which a word of like meaning holds nothing, and from which it holds all."""
_CLAUSES = re.compile(r"(?<=[,，;；。:：])")
_SETTING = re.compile(r"((?:^|(?<=[,，;；。:：]))(?:在|到|从|随着|面对|经过|通过|截至)[^,，;；。:：]*)[,，]")
"""A clause that only says where or when belongs to the next one."""


@dataclass(frozen=True, slots=True)
class Word:
    """A content word of the question: how much it says, how well the sentence and its surroundings hold it (0…1)."""

    text: str
    weight: float
    held: float
    around: float


def content(query: Query, vectors: WordVectors) -> list[tuple[str, NDArray[np.float32]]]:
    """The question's words with their vectors; one that the vocabulary does not know has no direction."""
    found: list[tuple[str, NDArray[np.float32]]] = []
    for run in runs(query.own or query.focus):
        tokens, table = vectors.token_vectors(run)
        found += zip(tokens, table, strict=True) if tokens else [(run, np.zeros(1, np.float32))]
    return found


def look_for(
    words: Sequence[tuple[str, NDArray[np.float32]]], here: Side, around: Side, title: str
) -> tuple[Word, ...]:
    """What the title says, every sentence is about; what a share is called, stands beside none: both say nothing."""
    found = []
    here.look(words)
    around.look(words)
    for token, vector in words:
        held = here.holds(token, vector)
        weight = LEAST if token in title or token in SHARES else weight_of(token, vector)
        found.append(Word(token, weight, held, max(held, around.holds(token, vector))))
    return tuple(found)


def beside(query: Query, tokens: Sequence[str]) -> list[bool]:
    """Whether each word stands beside the last question word; the nearest ones where none is so near.

    What a follow-up fills in stands after its own words in the focus, and before them in what is searched for.
    """
    asked, at, far = fold(query.search), 0, []
    word = max(phrases.POINT.finditer(asked), key=lambda m: m.start(), default=None)
    for token in tokens:
        start = asked.find(token, at if token in asked[at:] else 0)
        at = start + len(token)
        begins, ends = (word.start(), word.end()) if word else (len(asked), len(asked))
        far.append(min(abs(at - len(token) - ends), abs(begins - at)))
    return [distance <= max(BESIDE, min(far)) for distance in far]


def clauses_of(words: Sequence[Word], text: str, reach: int) -> list[str]:
    """The clauses, each with `reach` more on both sides, that hold most of the question's words, or nearly as much."""
    clauses = [c for c in _CLAUSES.split(_SETTING.sub(r"\1 ", text)) if c.strip()] or [text]
    windows = [fold("".join(clauses[max(i - reach, 0) : i + reach + 1])) for i in range(len(clauses))]
    held = [sum(w.weight for w in words if w.text in window) for window in windows]
    return [window for window, weight in zip(windows, held, strict=True) if weight >= NEARLY * max(held)]


def mean(values: NDArray[Any], weight: NDArray[np.float64]) -> float:
    """Weighed; 1 of nothing."""
    return float((values * weight).sum() / weight.sum()) if len(values) else 1.0


def coverage(text: str, side: Side, vectors: WordVectors) -> float:
    """Share of what a text says, its words weighed, that the side holds to the letter or by meaning; 1 for none."""
    said, held = 0.0, 0.0
    for run in runs(text):
        tokens, table = vectors.token_vectors(run)
        for token, vector in zip(tokens, table, strict=True) if tokens else [(run, np.zeros(1, np.float32))]:
            weight = weight_of(token, vector)
            said, held = said + weight, held + weight * side.holds(token, vector)
    return held / said if said else 1.0


class Side:
    """A text that words are looked for in: to the letter, by halves, by meaning, and in other words `told` for it."""

    def __init__(self, text: str, vectors: WordVectors, told: str = "") -> None:
        self.folded = fold(text)
        _, table = vectors.token_vectors(self.folded)
        self.vectors, self.sum = vectors, table.sum(axis=0)
        self.table = _unit(table)
        self.seen: dict[str, float] = {}
        self.told = Side(told, vectors) if told else None

    def anew(self) -> Side:
        """The same text, of which nothing has been asked yet: what was looked for is not kept for ever."""
        again = copy(self)
        again.seen = {}
        return again

    def look(self, words: Sequence[tuple[str, NDArray[np.float32]]]) -> None:
        """Look for all these words, each with its vector, at once."""
        new = {token: vector for token, vector in words if token not in self.seen and token not in self.folded}
        known = [token for token, vector in new.items() if len(vector) > 1]
        near = dict.fromkeys(new, 0.0)
        if known and len(self.table):
            asked = np.array([new[token] for token in known])
            lengths = np.sqrt(np.einsum("qd,qd->q", asked, asked))
            cosines = np.einsum("qd,wd->qw", asked, self.table).max(axis=1) / np.where(lengths > 0, lengths, np.inf)
            near |= zip(known, np.clip((cosines - LOW) / (HIGH - LOW), 0, 1).tolist(), strict=True)
        self.seen |= {token: 1.0 for token, _ in words if token in self.folded}
        self.seen |= {token: max(near[token], self._partly(token)) for token in new}
        if self.told:
            self.told.look(words)
            self.seen |= {token: max(self.seen[token], TOLD * self.told.seen[token]) for token, _ in words}

    def holds(self, token: str, vector: NDArray[np.float32]) -> float:
        """1 to the letter, less by halves or by meaning."""
        if token not in self.seen:
            self.look([(token, vector)])
        return self.seen[token]

    def cosine(self, text: str) -> float:
        """Of the sums of both texts' word vectors."""
        other = self.vectors.token_vectors(text)[1].sum(axis=0)
        norms = float(np.linalg.norm(self.sum) * np.linalg.norm(other))
        return float(np.einsum("d,d->", self.sum, other)) / norms if norms else 0.0

    def _partly(self, token: str) -> float:
        """The share of a long word's pairs of characters that stand there."""
        pairs = [token[i : i + 2] for i in range(len(token) - 1)] if is_han(token) and len(token) > 2 else []
        return sum(pair in self.folded for pair in pairs) / len(pairs) if pairs else 0.0


def weight_of(token: str, vector: NDArray[np.float32]) -> float:
    """How much a word says: its vector's length beyond that of words that say nothing (`今年`, `计划` say little)."""
    if not phrases.PASSING.sub("", token):
        return LEAST
    norm = math.sqrt(float(np.einsum("d,d->", vector, vector)))
    return max(norm - 0.7, LEAST) if norm else 0.5


def _unit(table: NDArray[np.float32]) -> NDArray[np.float32]:
    norms = np.linalg.norm(table, axis=1, keepdims=True)
    return np.asarray(table[norms[:, 0] > 0] / norms[norms[:, 0] > 0], dtype=np.float32)
