"""The hits of a question in the order in which they are likely to answer it: beside how well each is found, whether it
holds the kind of thing that is asked for, and what it and its paragraph hold of the question's words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from embeddings.reader import read_each
from qa_bot.alignment import Side, beside, content, look_for, mean
from qa_bot.elsewhere import speaks_of_another_year
from qa_bot.evidence import lacks
from qa_bot.text import fold
from qa_bot.types import Hit, Speech, WordVectors
from qa_bot.understanding import Query, own_words

WEIGHTS: Mapping[str, float] = {
    "score": 1.0,
    "dense": 0.56,
    "kind": -0.07,
    "near": -0.11,
    "within": -0.02,
    "elsewhere": -0.26,
    "held": 0.18,
    "around": 0.35,
    "asked": 0.10,
    "neighbour": 0.09,
    "length": 0.02,
    "read": 0.09,
}
"""Of the retrieval score over the best one, the cosine, the flags and shares that `evidence.FEATURES` describes, the
better score of the two sentences beside, the logarithm of the number of characters, and the reader's logit."""
READ, REACH = 5, 0.3
"""Hits that are read beside the question: the best by all else and those that are so little below it. The others count
like the least of them."""

OWN = 2.2
"""How much more the logit counts in a follow-up (see `understanding.own_words`)."""
SIDES = 256
"""Sentences and paragraphs whose word vectors are kept, some 100 kB each at most."""


class Ranker:
    """Puts the hits of one speech in order."""

    def __init__(self, speech: Speech, vectors: WordVectors) -> None:
        self.speech, self.vectors = speech, vectors
        self.title, self.whole = fold(speech.title), fold(speech.text)
        sentences = [s.start for p in speech.paragraphs for s in p.sentences]
        self.place = {start: i for i, start in enumerate(sentences)}
        self._side = lru_cache(maxsize=SIDES)(lambda span: Side(speech.text[slice(*span)], vectors))

    def rank(self, query: Query, hits: Sequence[Hit]) -> list[Hit]:
        """The hits, best first, each scored by how far it is below the best one, whose score is 1; none below 0."""
        if not hits or hits[0].score <= 0:
            return list(hits)
        weights = np.array(list(WEIGHTS.values()))
        scores = self.features(query, hits) @ weights
        below = scores.max() - scores
        return [replace(hits[i], score=float(max(1 - below[i], 0))) for i in np.argsort(below, kind="stable")]

    def features(self, query: Query, hits: Sequence[Hit]) -> NDArray[np.float64]:
        """(hits, features): what `WEIGHTS` names, of each hit."""
        unread = np.array([list(found.values()) for found in self._unread(query, hits)])
        scores = unread @ np.array(list(WEIGHTS.values())[:-1])
        near = [i for i in np.argsort(-scores, kind="stable")[:READ] if scores[i] >= scores.max() - REACH]
        said = read_each(own_words(query), [hits[i].passage.text for i in near]) if len(near) > 1 else []
        logits = {i: (OWN if query.followup else 1) * logit for i, logit in zip(near, said, strict=False)}
        least = min(logits.values(), default=0.0)
        return np.column_stack([unread, [logits.get(i, least) for i in range(len(hits))]])

    def _unread(self, query: Query, hits: Sequence[Hit]) -> list[dict[str, float]]:
        words = content(query, self.vectors)
        asked = np.array(beside(query, [token for token, _ in words]) or [True])
        scores = {self.place.get(hit.passage.start, -9): hit.score / hits[0].score for hit in hits}
        around: dict[tuple[int, int], Side] = {}
        found = []
        for hit in hits:
            start, end = hit.passage.start, hit.passage.end
            paragraph = self.speech.paragraph_at(start)
            span = (paragraph.start, paragraph.end) if paragraph else (start, end)
            side = self._side((start, end)).anew()
            if span not in around:
                around[span] = self._side(span).anew()
            looked = look_for(words, side, around[span], self.title)
            weight = np.array([w.weight for w in looked] or [1.0])
            held = np.array([w.held for w in looked] or [0.0])
            kind, near, within = lacks(query, looked, side.folded, self.whole, few=True, undefined=False)
            at = self.place.get(start, -9)
            found.append(
                {
                    "score": hit.score / hits[0].score,
                    "dense": hit.dense,
                    "kind": kind,
                    "near": near,
                    "within": within,
                    "elsewhere": float(speaks_of_another_year(query, self.speech, start, end)),
                    "held": mean(held, weight),
                    "around": mean(np.array([w.around for w in looked] or [0.0]), weight),
                    "asked": mean(held[asked], weight[asked]),
                    "neighbour": max(scores.get(at - 1, 0.0), scores.get(at + 1, 0.0)),
                    "length": float(np.log(max(end - start, 1))),
                }
            )
        return found
