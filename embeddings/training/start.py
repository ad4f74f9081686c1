"""Where the vectors start: one spectral embedding of everything that links two words.

The links (dictionary, synonyms, neighbours in a text, aligned sentences, shared characters) are symmetric matrices
over the whole vocabulary, each scaled by its degrees (D^-½ A D^-½), weighted and added. Their leading eigenvectors give
the words' directions (after Belkin & Niyogi 2003), smooth inverse frequency their lengths (Arora et al. 2017).
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations, product

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from embeddings.training.corpus import Corpus
from embeddings.training.vocabulary import HAN, Definition, Vocabulary, count_matrix

WINDOW = 5
SIF = 1e-3
STEPS, SPARE = 8, 32
"""Of the subspace iteration: rounds, and directions beyond those that are kept."""
EIGENVALUE_POWER = 0.25
SENTENCE = re.compile(r"[^。！？；\n]+[。！？；]?")

Link = tuple[int, int, float]
Floats = NDArray[np.float32]


def starting_vectors(
    corpus: Corpus, defined: Sequence[Definition], vocabulary: Vocabulary, dimension: int, seed: int
) -> Floats:
    """(words, dimension); row 0, the unknown word's, is zeros."""
    size = len(vocabulary)
    chinese = vocabulary.encode(sentence for text in corpus.chinese for sentence in sentences(text))
    translated = vocabulary.encode(zh for zh, _ in corpus.aligned)
    english = vocabulary.encode(en for _, en in corpus.aligned)
    links = (
        (1.0, _matrix(_glosses(defined, vocabulary), size)),
        (0.5, _matrix(_synonyms(corpus.synonyms, vocabulary), size)),
        (0.5, _matrix(_same_definition(defined, vocabulary), size)),
        (0.3, _matrix(_characters(vocabulary), size)),
        (1.0, _matrix(_everyday(corpus.everyday, vocabulary), size)),
        (1.0, _information(_neighbours(chinese, size))),
        (0.3, _information(_neighbours(english, size))),
        (0.7, _information(_together(translated, english, size), shift=1.0)),
    )
    graph = sum((weight * _scaled(matrix) for weight, matrix in links), sp.csr_matrix((size, size), dtype=np.float32))
    directions = _leading(graph.tocsr(), dimension, seed)
    directions[0] = 0
    lengths = np.linalg.norm(directions, axis=1, keepdims=True)
    weights = SIF / (SIF + vocabulary.probabilities)
    started: Floats = (directions / np.maximum(lengths, 1e-9) * weights[:, None]).astype(np.float32)
    return started


def sentences(text: str) -> list[str]:
    """Pieces of a text, long enough to mean something."""
    return [sentence for sentence in SENTENCE.findall(text) if len(sentence) > 5]


def same_definition(defined: Iterable[Definition]) -> list[list[str]]:
    """Groups of 2 to 12 Chinese words that share a whole definition."""
    groups: defaultdict[frozenset[str], set[str]] = defaultdict(set)
    for word, stems in defined:
        groups[frozenset(stems)].add(word)
    return [sorted(words) for words in groups.values() if 2 <= len(words) <= 12]


def _glosses(defined: Sequence[Definition], vocabulary: Vocabulary) -> Iterator[Link]:
    """A Chinese word, or the pieces of one that is not in the vocabulary, and the stems of its definitions (tf-idf)."""
    glosses: defaultdict[str, Counter[int]] = defaultdict(Counter)
    for word, stems in defined:
        glosses[word].update(vocabulary.ids[stem] for stem in stems if stem in vocabulary.ids)
    documents = Counter(stem for counts in glosses.values() for stem in counts)
    for pieces, counts in zip(vocabulary.encode(glosses), glosses.values(), strict=True):
        weights = {stem: count * np.log(len(glosses) / documents[stem]) for stem, count in counts.items()}
        length = np.sqrt(sum(weight**2 for weight in weights.values())) or 1.0
        for piece, (stem, weight) in product(pieces, weights.items()):
            yield piece, stem, weight / length / len(pieces)


def _synonyms(groups: Iterable[Sequence[str]], vocabulary: Vocabulary) -> Iterator[Link]:
    for words in groups:
        ids = {vocabulary.ids.get(vocabulary.normalize(word), 0) for word in words} - {0}
        yield from ((a, b, 1.0) for a, b in combinations(sorted(ids), 2))


def _same_definition(defined: Iterable[Definition], vocabulary: Vocabulary) -> Iterator[Link]:
    for words in same_definition(defined):
        ids = sorted(vocabulary.ids[word] for word in words if word in vocabulary.ids)
        yield from ((a, b, len(words) ** -0.5) for a, b in combinations(ids, 2))


def _everyday(said: Iterable[tuple[str, tuple[str, ...]]], vocabulary: Vocabulary) -> Iterator[Link]:
    """An official word, and the words of what people say instead."""
    for word, ways in said:
        known, *others = vocabulary.encode([word, *ways])
        for pieces in others:
            yield from ((a, b, 1 / len(known) / len(pieces)) for a, b in product(known, pieces))


def _characters(vocabulary: Vocabulary) -> Iterator[Link]:
    for word, number in vocabulary.ids.items():
        if 2 <= len(word) <= 4 and HAN.fullmatch(word):
            yield from ((number, vocabulary.ids[c], len(word) ** -0.5) for c in word if c in vocabulary.ids)


def _together(left: Sequence[Sequence[int]], right: Sequence[Sequence[int]], size: int) -> sp.csr_matrix:
    """In how many pairs of aligned sentences two words stand."""
    return count_matrix(left, size).sign().T @ count_matrix(right, size).sign()


def _neighbours(texts: Iterable[Sequence[int]], size: int) -> sp.csr_matrix:
    """Counts of words at most WINDOW apart, a pair at distance d counting 1/d."""
    stream = np.concatenate([np.array([*text, *[0] * WINDOW], np.int32) for text in texts])
    total = sp.csr_matrix((size, size), dtype=np.float32)
    for distance in range(1, WINDOW + 1):
        left, right = stream[:-distance], stream[distance:]
        both = (left > 0) & (right > 0)
        weights = np.full(int(both.sum()), 1 / distance, np.float32)
        total += sp.csr_matrix((weights, (left[both], right[both])), shape=(size, size))
    return total


def _matrix(links: Iterable[Link], size: int) -> sp.csr_matrix:
    table = np.array(list(links), np.float64).reshape(-1, 3)
    places = (table[:, 0].astype(np.int32), table[:, 1].astype(np.int32))
    return sp.csr_matrix((table[:, 2].astype(np.float32), places), shape=(size, size))


def _information(counts: sp.csr_matrix, shift: float = 0.0) -> sp.csr_matrix:
    """Positive pointwise mutual information, contexts smoothed by the power 0.75 (Levy et al. 2015)."""
    counts = (counts + counts.T).tocoo()
    rows = np.asarray(counts.sum(axis=1)).ravel()
    contexts = rows**0.75
    expected = rows[counts.row] * (contexts / max(contexts.sum(), 1e-9))[counts.col]
    values = np.log(counts.data / expected) - shift
    kept = values > 0
    return sp.csr_matrix((values[kept].astype(np.float32), (counts.row[kept], counts.col[kept])), shape=counts.shape)


def _scaled(matrix: sp.csr_matrix) -> sp.csr_matrix:
    matrix = (matrix + matrix.T).tocsr()
    degrees = sp.diags((np.asarray(matrix.sum(axis=1)).ravel() + 1e-9) ** -0.5).astype(np.float32)
    return degrees @ matrix @ degrees


def _leading(graph: sp.csr_matrix, dimension: int, seed: int) -> Floats:
    """(words, dimension): the eigenvectors of the greatest eigenvalues, times a power of these.

    Randomized subspace iteration (Halko et al. 2011); adding 1 to every eigenvalue lets the positive ones lead.
    """
    width = min(dimension + SPARE, graph.shape[0])
    basis = np.random.default_rng(seed).standard_normal((graph.shape[0], width)).astype(np.float32)
    for _ in range(STEPS):
        basis, _upper = np.linalg.qr(graph @ basis + basis)
    small = basis.T @ (graph @ basis)
    values, vectors = np.linalg.eigh((small + small.T) / 2)
    best = np.argsort(-values)[:dimension]
    found: Floats = basis @ (vectors[:, best] * np.maximum(values[best], 0) ** EIGENVALUE_POWER)
    if found.shape[1] < dimension:
        found = np.pad(found, ((0, 0), (0, dimension - found.shape[1])))
    return found
