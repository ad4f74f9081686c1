"""Lexical and dense hits, fused by normalised weighted scores; `SpeechRetriever` hands them to any LangChain chain."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

import bm25s
import numpy as np
from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from numpy.typing import NDArray

from embeddings.finder import FinderEncoder
from qa_bot.text import fold, grams
from qa_bot.types import Generated, Hit, Passage, WordVectors
from qa_bot.understanding import FACT_KINDS, Query, understand

if TYPE_CHECKING:
    from embeddings.encoder import Encoder
    from qa_bot.index import Index

LEXICAL, DENSE, MEANING = 0.8, 2.8, 0.4
"""Weights of BM25 over its best value for the question, as far as that covers the question, of the cosine, and of
`_meaning` over its best value."""
AROUND, WITHIN = 0.12, 0.5
"""Weight of the paragraph's own score in its sentences' scores, and of the best of these in the paragraph's rank."""
NEAR = 0.25
"""Bonus, in a follow-up, for sentences of the paragraphs that the conversation was about."""
POOL = 64
"""Candidates taken from each half."""
TOLD, TOLD_POOL = 1.5, 64
"""Weight of what the generated passages of a sentence score; how many of them are taken from each half."""
USUAL, SAMPLE = (0.17, 0.117), 32
"""Mean and deviation of the cosines between sentences of one speech, as the shipped encoder has them, which the weights
here and in `ranking.py` were fitted on; how many sentences tell those of another encoder."""
MOST = {"sentence": POOL, "heading": 8, "paragraph": POOL // 2, "generated": TOLD_POOL}
"""Passages of each kind taken from the dense half."""


class Retriever:
    """Hybrid retrieval over one index: sentences scored by themselves and by the paragraph around them."""

    def __init__(self, index: Index, encoder: Encoder, words: WordVectors) -> None:
        self.index, self.encoder, self.words = index, encoder, words
        self.passages: Sequence[Passage] = index.passages
        self._small = _Lexical([(i, p) for i, p in enumerate(self.passages) if p.kind in ("sentence", "heading")])
        self._large = _Lexical([(i, p) for i, p in enumerate(self.passages) if p.kind == "paragraph"])
        self._told = _Lexical([(i, p) for i, p in enumerate(self.passages) if p.kind == "generated"])
        self._place = {p.addresses[0]: i for i, p in enumerate(self.passages) if p.kind in ("sentence", "heading")}
        self._around = _surroundings(self.passages)
        self._words_of: dict[int, NDArray[np.intp]] = {}
        self._cosines = (1.0, 0.0) if isinstance(encoder, FinderEncoder) else _usual(index)

    def hits(self, query: Query, k: int = 12) -> list[Hit]:
        """At most `k` sentences and headings, best first.

        A score is the weighted sum of BM25, cosine and late interaction, and, at weight `AROUND`, of BM25 and late
        interaction of the paragraph around, at weight `TOLD` of what was generated about the sentence.
        """
        return self._search(query)[0][:k]

    def paragraphs(self, query: Query, k: int = 4) -> list[Hit]:
        """At most `k` paragraphs, or windows of long ones, best first: by their own score and their best sentence's."""
        sentences, around = self._search(query)
        best: dict[int, float] = {}
        for hit in reversed(sentences):
            best[self._around.get(self._place[hit.passage.addresses[0]], -1)] = hit.score
        found = [replace(hit, score=hit.score + WITHIN * best.get(i, 0.0)) for i, hit in around.items()]
        return _best_first(found)[:k]

    def _search(self, query: Query) -> tuple[list[Hit], dict[int, Hit]]:
        """Sentences and headings, best first; the paragraphs of the two pools by position, by themselves."""
        text = query.focus or query.search
        if not text.strip() or not self.passages:
            return [], {}
        vector = self.encoder.encode_queries([query.search])
        lexical = self._covering(text, self._small.scores(text, POOL))
        scale, shift = self._cosines
        found = {
            kind: {i: scale * cosine + shift for i, cosine in row}
            for kind, row in self.index.query_kinds(vector, MOST).items()
        }
        dense = found["sentence"] | found["heading"]
        around = self._paragraphs(text, found["paragraph"])
        told = self._told_scores(self._told.scores(text, TOLD_POOL), found["generated"])
        candidates = sorted(lexical.keys() | dense.keys() | told.keys())
        meaning = self._meaning(text, candidates)
        hits = []
        for i in candidates:
            if self.passages[i].kind == "heading" and (query.english or query.kind in FACT_KINDS):
                continue
            own = LEXICAL * lexical.get(i, 0.0) + DENSE * max(dense.get(i, 0.0), 0.0) + MEANING * meaning.get(i, 0.0)
            paragraph = around.get(self._around.get(i, -1))
            score = own + (AROUND * paragraph.score if paragraph else 0.0) + self._bonus(query, i)
            hits.append(Hit(self.passages[i], float(score), float(lexical.get(i, 0.0)), float(dense.get(i, 0.0))))
        return _moved(_best_first(hits), {self.passages[i].id: scored for i, scored in told.items()}), around

    def _covering(self, text: str, lexical: Mapping[int, float]) -> dict[int, float]:
        """The scores times the share of the question's bigrams that the best passage holds.

        Where a question uses other words than the speech, the few that stand somewhere do so by chance.
        """
        asked = {gram for gram in grams(text) if len(gram) > 1} or set(grams(text))
        best = self.passages[max(lexical, key=lambda i: lexical[i])].text if lexical else ""
        covered = len(asked & set(grams(best))) / max(len(asked), 1)
        return {i: covered * score for i, score in lexical.items()}

    def _paragraphs(self, text: str, dense: Mapping[int, float]) -> dict[int, Hit]:
        """BM25 and late interaction of the best paragraphs; one vector for a whole paragraph blurs it."""
        lexical = self._large.scores(text, POOL)
        candidates = sorted(lexical.keys() | dense.keys())
        meaning = self._meaning(text, candidates)
        return {
            i: Hit(self.passages[i], lexical.get(i, 0.0) + meaning.get(i, 0.0), lexical.get(i, 0.0), dense.get(i, 0.0))
            for i in candidates
        }

    def _told_scores(
        self, lexical: Mapping[int, float], dense: Mapping[int, float]
    ) -> dict[int, tuple[float, Generated]]:
        """Position of a sentence → what its generated passages add to its score, and the kind that adds most.

        The mean of its two best kinds: one text alone may be like a question by chance.
        """
        kinds: dict[int, dict[Generated, float]] = {}
        for i in lexical.keys() | dense.keys():
            of = kinds.setdefault(self._place[self.passages[i].addresses[0]], {})
            score = lexical.get(i, 0.0) + max(dense.get(i, 0.0), 0.0)
            of[self.passages[i].generated] = max(of.get(self.passages[i].generated, 0.0), score)
        return {
            i: (TOLD * sum(sorted(of.values())[-2:]) / 2, max(of, key=lambda kind: of[kind])) for i, of in kinds.items()
        }

    def _meaning(self, text: str, candidates: Sequence[int]) -> dict[int, float]:
        """Late interaction (ColBERT's MaxSim) over the static table, divided by its best value.

        Each word of the question looks for its nearest word in the sentence; words weigh as the square of their length.
        """
        table = self.words.vectors(self.words.word_ids(fold(text)))
        weights = (table**2).sum(axis=1)
        if not weights.any() or not candidates:
            return {}
        sides = [self._words(i) for i in candidates]
        rows, places = np.unique(np.concatenate(sides), return_inverse=True)  # a word that many sentences share: once
        # By einsum, since the threads of a BLAS wait for each other, 8 ms where both cores are busy.
        nearest = np.einsum("qd,wd->qw", _unit(table), _unit(self.words.vectors(rows)))
        starts = np.cumsum([0, *(len(side) for side in sides[:-1])])
        nearest = np.maximum.reduceat(nearest[:, places], starts, axis=1)
        scores = weights @ np.maximum(nearest, 0) / weights.sum()
        best = float(scores.max()) or 1.0
        return {i: float(score) / best for i, score in zip(candidates, scores, strict=True)}

    def _words(self, i: int) -> NDArray[np.intp]:
        """The words of a passage, kept once looked up; a paragraph's are its sentences'."""
        if self.passages[i].kind == "paragraph":
            return np.concatenate([self._words(self._place[address]) for address in self.passages[i].addresses])
        if i not in self._words_of:
            self._words_of[i] = self.words.word_ids(fold(self.passages[i].text))
        return self._words_of[i]

    def _bonus(self, query: Query, i: int) -> float:
        if not query.near or self.passages[i].kind == "heading":
            return 0.0
        return NEAR if self.passages[i].addresses[0].split(".")[0] in query.near else 0.0


def _best_first(hits: Sequence[Hit]) -> list[Hit]:
    return sorted(hits, key=lambda hit: (-hit.score, hit.passage.start))


def _moved(hits: Sequence[Hit], told: Mapping[str, tuple[float, Generated]]) -> list[Hit]:
    """The hits in the order that generated passages give them; those that they moved up say so in `via`."""
    before = {hit.passage.id: place for place, hit in enumerate(hits)}
    scored = [replace(hit, score=hit.score + told.get(hit.passage.id, (0.0, ""))[0]) for hit in hits]
    return [
        replace(hit, via=told[hit.passage.id][1]) if place < before[hit.passage.id] else hit
        for place, hit in enumerate(_best_first(scored))
    ]


class SpeechRetriever(BaseRetriever):
    """The hybrid as a LangChain retriever: one document a sentence, or a paragraph, its address in the metadata."""

    retriever: Any
    k: int = 8
    unit: Literal["sentence", "paragraph"] = "sentence"

    def _get_relevant_documents(self, query: str, *, run_manager: CallbackManagerForRetrieverRun) -> list[Document]:
        search = self.retriever.hits if self.unit == "sentence" else self.retriever.paragraphs
        return [
            Document(
                page_content=hit.passage.text,
                metadata={
                    "address": "-".join(dict.fromkeys((hit.passage.addresses[0], hit.passage.addresses[-1]))),
                    "section": " / ".join(hit.passage.path),
                    "start": hit.passage.start,
                    "end": hit.passage.end,
                    "score": hit.score,
                    "via": hit.via,
                },
            )
            for hit in search(understand(query), self.k)
        ]


class _Lexical:
    """BM25 over character uni- and bigrams of some of the passages; k1 and b as measured on CMRC and DRCD."""

    def __init__(self, passages: Sequence[tuple[int, Passage]]) -> None:
        self._positions = np.array([i for i, _ in passages], dtype=np.int64)
        self._model = bm25s.BM25(k1=0.5, b=0.4)
        tokens = [grams(passage.text) or [""] for _, passage in passages]
        if tokens:
            self._model.index(tokens, show_progress=False)

    def scores(self, text: str, k: int) -> dict[int, float]:
        """Position → score divided by the best; only the best `k` above zero."""
        tokens = grams(text)
        if not len(self._positions) or not tokens:
            return {}
        scores: NDArray[np.float32] = self._model.get_scores(tokens)
        best = float(scores.max())
        if best <= 0:
            return {}
        top = np.argpartition(-scores, k)[:k] if k < len(scores) else np.arange(len(scores))
        return {int(self._positions[i]): float(scores[i]) / best for i in top if scores[i] > 0}


def _usual(index: Index) -> tuple[float, float]:
    """Factor and summand that bring the cosines of the index's encoder into the range that is usual here.

    Encoders differ in it: between any two sentences that of e5 is 0.87 ± 0.02. A sample of the speech's sentences tells
    mean and deviation.
    """
    sentences = [i for i, passage in enumerate(index.passages) if passage.kind == "sentence"]
    sample = sentences[:: max(len(sentences) // SAMPLE, 1)][:SAMPLE]
    if len(sample) < 3:
        return 1.0, 0.0
    vectors = _unit(index.vectors(sample))
    others = (vectors @ vectors.T)[np.triu_indices(len(sample), 1)]
    mean, deviation = USUAL
    scale = deviation / max(float(others.std()), 1e-3)
    return scale, mean - scale * float(others.mean())


def _unit(table: NDArray[np.float32]) -> NDArray[np.float32]:
    """Rows scaled to length 1; those of zeros stay."""
    return np.asarray(table / np.maximum(np.linalg.norm(table, axis=1, keepdims=True), 1e-9), np.float32)


def _surroundings(passages: Sequence[Passage]) -> dict[int, int]:
    """Position of a sentence → position of a paragraph passage that holds it."""
    holder = {address: i for i, p in enumerate(passages) if p.kind == "paragraph" for address in p.addresses}
    return {
        i: holder[p.addresses[0]] for i, p in enumerate(passages) if p.kind == "sentence" and p.addresses[0] in holder
    }
