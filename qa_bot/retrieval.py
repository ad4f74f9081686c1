"""Lexical and dense hits, fused by normalised weighted scores; `SpeechRetriever` hands them to any LangChain chain."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import bm25s
import numpy as np
from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from numpy.typing import NDArray

from qa_bot.text import fold, grams
from qa_bot.types import Hit, Passage, WordVectors
from qa_bot.understanding import FACT_KINDS, Query, understand

if TYPE_CHECKING:
    from embeddings.encoder import Encoder
    from qa_bot.index import Index

LEXICAL, DENSE, MEANING = 0.5, 1.0, 1.0
"""Weights of BM25 over its best value for the question, of the cosine, and of `_meaning` over its best value."""
CONTEXT = 0.3
"""Weight of the paragraph's own score in its sentences' scores."""
NEAR = 0.25
"""Bonus, in a follow-up, for sentences of the paragraphs that the conversation was about."""
REMEMBERED = 2000
"""Passages whose words' vectors are kept in memory (some 20 kB each)."""
POOL = 64
"""Candidates taken from each half."""


class Retriever:
    """Hybrid retrieval over one index: sentences scored by themselves and by the paragraph around them."""

    def __init__(self, index: Index, encoder: Encoder, words: WordVectors) -> None:
        self.index, self.encoder, self.words = index, encoder, words
        self.passages: Sequence[Passage] = index.passages
        self._small = _Lexical([(i, p) for i, p in enumerate(self.passages) if p.kind != "paragraph"])
        self._large = _Lexical([(i, p) for i, p in enumerate(self.passages) if p.kind == "paragraph"])
        self._around = _surroundings(self.passages)
        self._seen: dict[int, NDArray[np.float16]] = {}

    def hits(self, query: Query, k: int = 12) -> list[Hit]:
        """At most `k` sentences and headings, best first.

        A score is the weighted sum of BM25, cosine and late interaction, and, at weight `CONTEXT`, of BM25 and cosine
        of the paragraph around.
        """
        text = query.focus or query.search
        if not text.strip() or not self.passages:
            return []
        vector = self.encoder.encode_queries([text])
        lexical = self._small.scores(text, POOL)
        dense = dict(self.index.query(vector, POOL, "sentence")[0]) | dict(self.index.query(vector, 8, "heading")[0])
        around = self._large.scores(text, POOL)
        around_dense = dict(self.index.query(vector, POOL // 2, "paragraph")[0])
        fused = {p: around.get(p, 0.0) + DENSE * around_dense.get(p, 0.0) for p in around.keys() | around_dense.keys()}
        meaning = self._meaning(text, sorted(lexical.keys() | dense.keys()))
        hits = []
        for i in lexical.keys() | dense.keys():
            if self.passages[i].kind == "heading" and (query.english or query.kind in FACT_KINDS):
                continue
            own = LEXICAL * lexical.get(i, 0.0) + DENSE * max(dense.get(i, 0.0), 0.0) + MEANING * meaning.get(i, 0.0)
            score = own + CONTEXT * fused.get(self._around.get(i, -1), 0.0) + self._bonus(query, i)
            hits.append(Hit(self.passages[i], float(score), float(lexical.get(i, 0.0)), float(dense.get(i, 0.0))))
        return sorted(hits, key=lambda hit: (-hit.score, hit.passage.start))[:k]

    def _meaning(self, text: str, candidates: Sequence[int]) -> dict[int, float]:
        """Late interaction (ColBERT's MaxSim) over the static table, divided by its best value.

        Each word of the question looks for its nearest word in the sentence; words weigh as the square of their length.
        """
        _, table = self.words.token_vectors(fold(text))
        norms = np.linalg.norm(table, axis=1)
        if not norms.any() or not candidates:
            return {}
        sides = [self._vectors(i) for i in candidates]
        starts = np.cumsum([0, *(len(side) for side in sides[:-1])])
        nearest = np.maximum.reduceat(
            (table / norms[:, None]) @ np.concatenate(sides).T.astype(np.float32), starts, axis=1
        )
        scores = (norms**2 @ np.maximum(nearest, 0)) / (norms**2).sum()
        best = float(scores.max()) or 1.0
        return {i: float(score) / best for i, score in zip(candidates, scores, strict=True)}

    def _vectors(self, i: int) -> NDArray[np.float16]:
        """(n, dimension) unit vectors of a passage's words; one row of zeros where it has none that are known."""
        if i not in self._seen:
            _, table = self.words.token_vectors(fold(self.passages[i].text))
            table = table if len(table) else np.zeros((1, table.shape[1]), np.float32)
            norms = np.maximum(np.linalg.norm(table, axis=1, keepdims=True), 1e-9)
            if len(self._seen) >= REMEMBERED:
                self._seen.clear()
            self._seen[i] = (table / norms).astype(np.float16)
        return self._seen[i]

    def _bonus(self, query: Query, i: int) -> float:
        if not query.near or self.passages[i].kind == "heading":
            return 0.0
        return NEAR if self.passages[i].addresses[0].split(".")[0] in query.near else 0.0


class SpeechRetriever(BaseRetriever):
    """The hybrid as a LangChain retriever: one document a sentence, its address and scores in the metadata."""

    retriever: Any
    k: int = 8

    def _get_relevant_documents(self, query: str, *, run_manager: CallbackManagerForRetrieverRun) -> list[Document]:
        return [
            Document(
                page_content=hit.passage.text,
                metadata={
                    "address": hit.passage.addresses[0],
                    "section": " / ".join(hit.passage.path),
                    "start": hit.passage.start,
                    "end": hit.passage.end,
                    "score": hit.score,
                },
            )
            for hit in self.retriever.hits(understand(query), self.k)
        ]


class _Lexical:
    """BM25 over character uni- and bigrams of some of the passages; k1 and b as measured on CMRC and DRCD."""

    def __init__(self, passages: Sequence[tuple[int, Passage]]) -> None:
        self._positions = np.array([i for i, _ in passages], dtype=np.int64)
        self._model = bm25s.BM25(k1=0.8, b=0.6)
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


def _surroundings(passages: Sequence[Passage]) -> dict[int, int]:
    """Position of a sentence → position of a paragraph passage that holds it."""
    holder = {address: i for i, p in enumerate(passages) if p.kind == "paragraph" for address in p.addresses}
    return {
        i: holder[p.addresses[0]] for i, p in enumerate(passages) if p.kind == "sentence" and p.addresses[0] in holder
    }
