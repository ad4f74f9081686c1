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
from itertools import pairwise
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from qa_bot.phrases import RANKS, SHARES
from qa_bot.text import fold, is_han, runs
from qa_bot.types import Reason, Speech
from qa_bot.understanding import FACT_KINDS, Query, wants_day

Span = tuple[int, int]


class WordVectors(Protocol):
    """What gives words their vectors: `embeddings.StaticEncoder` does."""

    def token_vectors(self, text: str) -> tuple[list[str], NDArray[np.float32]]:
        """The text's n words and their (n, d) vectors, longer where a word says more."""
        ...


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
"""1; share of the question's words that the sentence holds; 1 where the wanted kind is not near them; for a fact, the share
that not even the surroundings hold; weight of the heaviest word that stands nowhere in the speech; 1 for English; 1 for a follow-up, whose filled-in words an answer
need not repeat."""
WEIGHTS = (1.0, 0.11, -2.41, -1.61, -1.01, 1.46, 1.15)
"""Logistic weights of `FEATURES`, fitted on the development halves of the question sets (`benchmarks/calibrate.py`)."""

_CLAUSES = re.compile(r"[,，;；。:：]")
_NUMERAL = r"(?:\d[\d,.]*|[一二两三四五六七八九十百千万亿半]+)"
_NUMBER = re.compile(rf"{_NUMERAL}\s*[^\s,，。、;；\"“”]|\d")
_RANK = re.compile(rf"第{_NUMERAL}|位列|位居|首位|榜首|前列|排名|居全国|居全省")
_SHARE = re.compile(r"%|％|百分|成以上|倍|千分|一半")
_TIME = re.compile(
    rf"(?:\d{{2,4}}|[一二三四五六七八九〇零]{{2,4}}|今|去|明|前|当|每|全)年|{_NUMERAL}(?:月|日|周|天|季度)"
    r"|年底|年初|年末|上半年|下半年|时期|期间|世纪|以来"
)
_DAY = re.compile(rf"{_NUMERAL}(?:月|日|号)")
_TITLE = (
    r"(?:同志|书记|主席|总理|省长|市长|县长|区长|州长|主任|部长|厅长|局长|院长|校长|总经理|董事长|先生|女士|教授|院士"
    r"|主教练|队长)"
)
_PERSON = re.compile(
    rf"[\u4e00-\u9fff]{{1,3}}{_TITLE}|{_TITLE}[\u4e00-\u9fff]{{2,3}}|习近平|[\u4e00-\u9fff]·[\u4e00-\u9fff]"
    r"|政府|[省市区县]委|部门|企业|干部|公司|委员会|群众|人民|大家|我们|青年|学生|农民|职工|团队|党员|代表|委员|队伍|人才"
)
_PLACE = re.compile(
    r"(?<![各全我本该城都])(?:省|市|县|州|镇|乡|村|街道|新区|开发区|高新区|自治区|口岸|路|湖|河|江|山|岛|港|湾)"
    r"|[\u4e00-\u9fff](?:大学|学院|中心|基地|公园|机场|车站|广场)|北京|上海|天津|重庆|国内|国外|境外|海外|全国|全球|世界"
)
_REDACTED_PERSON = (
    r"(?:同志|书记|主席|市长|省长|县长|区长|主任|部长|局长|院长|校长|总经理|董事长|先生|女士|教授|院士|代表|委员|领导)"
)
_WHICH_NAME = re.compile(
    r"谁|哪一?位|姓名|名字|叫什么|何人|哪个(?:高新区|市|县|区|省|镇|城市|地方|人|领导|同志|书记)|\bwho(?:se|m)?\b|\bname\b"
)


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
    if asks_redacted(query, spans, speech):
        reason = "redacted"
    elif probability < 0.5:
        reason = "detail_missing" if around_share > 0.6 else "not_mentioned"
    return Support(probability, reason, found, best)


def holds_kind(query: Query, text: str) -> bool:
    """Whether the text has something of the kind that is asked for: a number with that unit, a date."""
    folded = fold(text)
    if query.kind == "time":
        return bool((_DAY if wants_day(query) else _TIME).search(folded))
    if query.kind == "person":
        return bool(_PERSON.search(folded))
    if query.kind == "place":
        return bool(_PLACE.search(folded))
    return query.kind != "number" or _holds_number(query.unit, folded)


def _holds_number(unit: str, folded: str) -> bool:
    if unit in RANKS:
        return bool(_RANK.search(folded))
    if unit in SHARES:
        return bool(_SHARE.search(folded))
    if measure := unit.lstrip("万亿")[:1] or unit[-1:]:
        money = "元" if measure == "钱" else measure
        counted = rf"{_NUMERAL}[多余来]?(?:[万亿千百]|大|个)*{re.escape(money)}|\d[\d.]*[万亿](?=[、,，。;；以多余])"
        return bool(re.search(counted, folded))
    return bool(_NUMBER.search(folded))


def asks_redacted(query: Query, spans: Sequence[Span], speech: Speech) -> bool:
    """Whether a name is asked for that stands in the clause that answers, and was taken out before publication."""
    if not speech.redactions or not _WHICH_NAME.search(fold(query.search)):
        return False
    wanted = {pair for run in runs(query.focus) for pair in pairwise(run)}
    best, share = None, 0.0
    for start, end in spans:
        for clause in re.finditer(r"[^,，。;；!！?？]+", speech.text[start:end]):
            folded = fold(clause[0])
            found = len(wanted & set(pairwise(folded))) / max(len(wanted), 1)
            if found > share:
                best, share = (start + clause.start(), start + clause.end()), found
    if best is None or share < 0.4:
        return False
    inside = [(a, b) for a, b in speech.redactions if best[0] <= a < best[1]]
    if query.kind != "person":
        return bool(inside)
    return any(re.match(_REDACTED_PERSON, speech.text[b : b + 4]) for _, b in inside)


def _logit(features: Sequence[float]) -> float:
    return sum(weight * value for weight, value in zip(WEIGHTS, features, strict=True))


def _content(query: Query, vectors: WordVectors) -> list[tuple[str, NDArray[np.float32]]]:
    tokens, table = vectors.token_vectors(fold(query.own or query.focus))
    return [(token, vector) for token, vector in zip(tokens, table, strict=True) if runs(token)]


def _look_for(words: Sequence[tuple[str, NDArray[np.float32]]], here: _Side, around: _Side) -> tuple[Word, ...]:
    return tuple(
        Word(token, _weight(vector), held := here.holds(token, vector), max(held, around.holds(token, vector)))
        for token, vector in words
    )


def _features(query: Query, words: Sequence[Word], text: str, whole: str) -> tuple[float, ...]:
    """`FEATURES` of one sentence. A fact that is asked for must stand near the question's words."""
    total = sum(w.weight for w in words) or 1.0
    held = sum(w.weight * w.held for w in words) / total
    near = sum(w.weight * w.around for w in words) / total
    lacks = float(not holds_kind(query, _nearest_clauses(words, text)))
    lost = (1 - near) * (query.kind in FACT_KINDS)
    absent = max((w.weight * (1 - w.around) for w in words if w.text not in whole), default=0.0)
    return (1.0, held, lacks, lost, absent, float(query.english), float(query.followup))


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


def _weight(vector: NDArray[np.float32]) -> float:
    """How much a word says: the length of its vector beyond that of the words that say nothing."""
    norm = float(np.linalg.norm(vector))
    return max(norm - 0.7, 0.02) if norm else 0.3


def _ramp(cosine: float, low: float = 0.35, high: float = 0.7) -> float:
    return min(max((cosine - low) / (high - low), 0.0), 1.0)


def _unit(table: NDArray[np.float32]) -> NDArray[np.float32]:
    norms = np.linalg.norm(table, axis=1, keepdims=True)
    return np.asarray(table[norms[:, 0] > 0] / norms[norms[:, 0] > 0], dtype=np.float32)
