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
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from qa_bot.text import fold, is_han, runs
from qa_bot.types import Reason, Speech
from qa_bot.understanding import Query, wants_day

Span = tuple[int, int]


class WordVectors(Protocol):
    """What gives words their vectors: `embeddings.StaticEncoder` does."""

    def token_vectors(self, text: str) -> tuple[list[str], NDArray[np.float32]]:
        """The text's n words and their (n, d) vectors, longer where a word says more."""
        ...


@dataclass(frozen=True, slots=True)
class Word:
    """A content word of the question: its weight, and how well the sentences and their surroundings hold it (0…1)."""

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


FEATURES = ("bias", "held", "around", "cosine", "key_missing", "kind_missing", "few_words", "english")
WEIGHTS = (-2.2, 2.6, 1.8, 2.0, -1.6, -1.8, 0.0, 0.6)
"""Logistic weights of `FEATURES`, fitted on the development halves of the question sets (`benchmarks/calibrate.py`)."""

_NUMERAL = r"(?:\d[\d,.]*|[一二两三四五六七八九十百千万亿半]+)"
_NUMBER = re.compile(rf"{_NUMERAL}(?:多|余)?\s*[^\s,，。、;；\"“”]|\d")
_RANK = re.compile(rf"第{_NUMERAL}|位列|位居|首位|榜首|前列|排名")
_SHARE = re.compile(r"%|％|百分|成|倍|千分|一半")
_TIME = re.compile(
    rf"(?:\d{{2,4}}|[一二三四五六七八九〇零]{{2,4}}|今|去|明|前|当|每|全)年|{_NUMERAL}(?:月|日|周|天|季度)|年底|年初|年末|上半年|下半年|时期|期间|世纪|以来"
)
_DAY = re.compile(rf"{_NUMERAL}(?:月|日|号)")
_REDACTED_PERSON = (
    r"(?:同志|书记|主席|市长|省长|县长|区长|主任|部长|局长|院长|校长|总经理|董事长|先生|女士|教授|院士|代表|委员|领导)"
)
_WHICH_NAME = re.compile(
    r"谁|哪一?位|姓名|名字|叫什么|何人|哪个(?:高新区|市|县|区|省|镇|城市|地方|人|领导|同志|书记)|\bwho(?:se|m)?\b|\bname\b"
)


def assess(
    query: Query, spans: Sequence[Span], around: Sequence[Span], speech: Speech, vectors: WordVectors, cosine: float
) -> Support:
    """How well the sentences at `spans`, with what lies `around` them, carry the question.

    Args:
        cosine: similarity of question and best sentence, from the dense half.
    """
    text = " ".join(speech.text[start:end] for start, end in spans)
    context = " ".join(speech.text[start:end] for start, end in around)
    words = _words(query, text, context, vectors)
    total = sum(w.weight for w in words) or 1.0
    held = sum(w.weight * w.held for w in words) / total
    near = sum(w.weight * w.around for w in words) / total
    key = max((1 - w.around for w in words if _is_key(w.text)), default=0.0)
    lacks = float(not holds_kind(query, text))
    features = (1.0, held, near, cosine, key, lacks, float(len(words) < 2), float(query.english))
    probability = 1 / (1 + math.exp(-sum(w * f for w, f in zip(WEIGHTS, features, strict=True))))
    reason: Reason | None = None
    if asks_redacted(query, spans, speech):
        reason = "redacted"
    elif probability < 0.5:
        reason = "detail_missing" if near > 0.6 else "not_mentioned"
    return Support(probability, reason, words, features)


def holds_kind(query: Query, text: str) -> bool:
    """Whether the text has something of the kind that is asked for: a number with that unit, a date."""
    folded = fold(text)
    if query.kind == "time":
        return bool((_DAY if wants_day(query) else _TIME).search(folded))
    if query.kind != "number":
        return True
    if query.unit in ("第几", "排名", "位次"):
        return bool(_RANK.search(folded))
    if query.unit in ("百分之几", "占比", "比例", "增速", "增长率", "增幅"):
        return bool(_SHARE.search(folded))
    if query.unit:
        measure = re.escape(query.unit.lstrip("万亿"))
        return bool(re.search(rf"{_NUMERAL}[多余来]?(?:[万亿千百]|大)*{measure}", folded))
    return bool(_NUMBER.search(folded))


def asks_redacted(query: Query, spans: Sequence[Span], speech: Speech) -> bool:
    """Whether a name is asked for that stands in the clause that answers, and was taken out before publication."""
    if not speech.redactions or not _WHICH_NAME.search(fold(query.search)):
        return False
    wanted = {g for run in runs(query.focus) for g in zip(run, run[1:], strict=False)}
    best, share = None, 0.0
    for start, end in spans:
        for clause in re.finditer(r"[^,，。;；!！?？]+", speech.text[start:end]):
            folded = fold(clause[0])
            found = len(wanted & set(zip(folded, folded[1:], strict=False))) / max(len(wanted), 1)
            if found > share:
                best, share = (start + clause.start(), start + clause.end()), found
    if best is None or share < 0.4:
        return False
    inside = [(a, b) for a, b in speech.redactions if best[0] <= a < best[1]]
    if query.kind != "person":
        return bool(inside)
    return any(re.match(_REDACTED_PERSON, speech.text[b : b + 4]) for _, b in inside)


def _words(query: Query, text: str, context: str, vectors: WordVectors) -> tuple[Word, ...]:
    tokens, table = vectors.token_vectors(fold(query.focus))
    here, around = _Side(text, vectors), _Side(context, vectors)
    norms = np.linalg.norm(table, axis=1)
    words = []
    for token, vector, norm in zip(tokens, table, norms, strict=True):
        if not runs(token):
            continue
        weight = float(norm) if norm > 0 else 1.0
        held = here.holds(token, vector)
        words.append(Word(token, weight, held, max(held, around.holds(token, vector))))
    return tuple(words)


class _Side:
    """A text that words are looked for in: to the letter, by halves, and by meaning."""

    def __init__(self, text: str, vectors: WordVectors) -> None:
        self.folded = fold(text)
        _, table = vectors.token_vectors(self.folded)
        self.table = _unit(table)

    def holds(self, token: str, vector: NDArray[np.float32]) -> float:
        if token in self.folded:
            return 1.0
        pairs = [token[i : i + 2] for i in range(len(token) - 1)] if is_han(token) and len(token) > 2 else []
        partly = sum(pair in self.folded for pair in pairs) / len(pairs) if pairs else 0.0
        norm = float(np.linalg.norm(vector))
        if norm == 0 or not len(self.table):
            return partly
        return max(partly, _ramp(float((self.table @ (vector / norm)).max())))


def _ramp(cosine: float, low: float = 0.35, high: float = 0.7) -> float:
    return min(max((cosine - low) / (high - low), 0.0), 1.0)


def _unit(table: NDArray[np.float32]) -> NDArray[np.float32]:
    norms = np.linalg.norm(table, axis=1, keepdims=True)
    return np.asarray(table[norms[:, 0] > 0] / norms[norms[:, 0] > 0], dtype=np.float32)


def _is_key(token: str) -> bool:
    """A number or a Latin word: what may not be met by something merely alike."""
    return not is_han(token)
