"""Pairs of texts that mean the same or belong together: what contrastive training draws its batches from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, cycle

import numpy as np
import scipy.sparse as sp

from embeddings.training.corpus import Corpus, Question
from embeddings.training.start import same_definition, sentences
from embeddings.training.vocabulary import Definition, Vocabulary, count_matrix

SWAPPED = 0.4
ASKED_IN_CHINESE = "请问 有哪些 怎么 为什么 是多少 谁 什么时候 吗 是不是 有没有 能不能 会不会 讲话里怎么说 什么"
ASKED_IN_ENGLISH = (
    "what is/which/who/why/how many/how much/when will/where does/how is/what are the/how will the government"
    "/what did they do about/what does the speech say about/does the speaker mention"
)
"""Put before a statement, they teach that a question's own words carry none of its meaning."""


@dataclass(frozen=True)
class Source:
    """Two matrices of word counts, (pairs, words), row by row; how often it is drawn, and how sharply it is scored."""

    left: sp.csr_matrix
    right: sp.csr_matrix
    share: float
    scale: float
    swapped: float = 0.0
    """How likely a word on the left is swapped for one of like meaning."""


def read_sources(corpus: Corpus, defined: Sequence[Definition], vocabulary: Vocabulary) -> list[Source]:
    """The mixture; the model card says how its shares and scales were chosen."""
    asked = ((q.text, _answering(q)) for q in corpus.questions)
    same = (pair for words in same_definition(defined) if len(words) <= 6 for pair in combinations(words, 2))
    meant = ((word, " ".join(stem.strip("▁") for stem in stems)) for word, stems in defined)
    synonyms = (pair for words in corpus.synonyms for pair in combinations(words, 2))
    cloze = (pair for text in corpus.chinese for pair in _cloze(text))
    everyday = ((way, word) for word, ways in corpus.everyday for way in ways)
    spoken = ((question.text, question.passage) for question in corpus.asked)
    chinese, english = ASKED_IN_CHINESE.split(), ASKED_IN_ENGLISH.split("/")
    drawn = (
        (asked, 0.30, 30.0, SWAPPED),
        (_asking(corpus.aligned, chinese), 0.20, 12.0, SWAPPED),
        (_asking(((en, zh) for zh, en in corpus.aligned), english), 0.20, 12.0, SWAPPED),
        (meant, 0.15, 20.0, 0.0),
        (synonyms, 0.05, 20.0, 0.0),
        (same, 0.05, 20.0, 0.0),
        (_asking(cloze, chinese), 0.10, 30.0, SWAPPED),
        (everyday, 0.15, 20.0, 0.0),
        (spoken, 0.15, 20.0, SWAPPED),
    )
    return [source for pairs, *how in drawn if (source := _source(pairs, vocabulary, *how))]


class Swaps:
    """Words of like meaning in both languages: synonyms, words of one definition, and short definitions themselves."""

    def __init__(self, corpus: Corpus, defined: Sequence[Definition], vocabulary: Vocabulary) -> None:
        like: defaultdict[int, set[int]] = defaultdict(set)
        ids = vocabulary.ids
        everyday = ((word, way) for word, ways in corpus.everyday for way in ways)
        for words in (*corpus.synonyms, *same_definition(defined), *everyday):
            known = {ids[word] for word in map(vocabulary.normalize, words) if word in ids}
            for one in known:
                like[one] |= known - {one}
        for word, stems in defined:
            for stem in stems if word in ids and len(stems) <= 2 else ():
                if stem in ids:
                    like[ids[word]].add(ids[stem])
                    like[ids[stem]] |= {ids[word]} if len(stems) == 1 else set()
        self._starts = np.cumsum([0, *(len(like[word]) for word in range(len(vocabulary)))])
        self._likes = np.array([other for word in range(len(vocabulary)) for other in sorted(like[word])], np.int32)

    def __call__(self, texts: sp.csr_matrix, share: float, random: np.random.Generator) -> sp.csr_matrix:
        """The texts with about this share of their words swapped."""
        words = texts.indices.copy()
        choices = self._starts[words + 1] - self._starts[words]
        chosen = (random.random(len(words)) < share) & (choices > 0)
        picked = (random.random(int(chosen.sum())) * choices[chosen]).astype(np.int64)
        words[chosen] = self._likes[self._starts[words[chosen]] + picked]
        return sp.csr_matrix((texts.data, words, texts.indptr), shape=texts.shape)


def _asking(pairs: Iterable[tuple[str, str]], words: Sequence[str]) -> Iterator[tuple[str, str]]:
    return ((f"{asked} {text}", other) for asked, (text, other) in zip(cycle(words), pairs))


def _answering(question: Question) -> str:
    """The sentence of the passage that holds the answer."""
    found = (sentence for sentence in sentences(question.passage) if question.answer in sentence)
    return next(found, question.passage)


def _cloze(text: str) -> Iterator[tuple[str, str]]:
    """Inverse cloze: a sentence, and up to two before and after it (Lee et al. 2019)."""
    pieces = sentences(text)
    for i, sentence in enumerate(pieces):
        if around := pieces[max(0, i - 2) : i] + pieces[i + 1 : i + 3]:
            yield sentence, " ".join(around)


def _source(
    pairs: Iterable[tuple[str, str]], vocabulary: Vocabulary, share: float, scale: float, swapped: float
) -> Source | None:
    sides = list(zip(*pairs, strict=True))
    if not sides:
        return None
    encoded = zip(*(vocabulary.encode(side) for side in sides), strict=True)
    kept = [(left, right) for left, right in encoded if left and right]
    if not kept:
        return None
    left, right = (count_matrix(side, len(vocabulary)) for side in zip(*kept, strict=True))
    return Source(left, right, share, scale, swapped)
