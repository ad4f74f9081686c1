"""The words of the model: Chinese words and characters, English stems and numbers, and the tokenizer that finds them.

Chinese words come from CC-CEDICT and jieba's dictionary, which also tells how frequent they are. Traditional characters
are written as simplified ones by a map read off CC-CEDICT's two columns.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from tokenizers import Regex, Tokenizer, models, normalizers

from embeddings.charmap import build_charsmap
from embeddings.training.corpus import Corpus, Entry

CHINESE_WORDS, ENGLISH_WORDS = 31_000, 14_000
CORPUS_WEIGHT = 10
"""A word seen in the training texts counts as often as one seen this often in jieba's."""

WORD_END = r"(?![a-z])"
STEMMING = (
    (r"[’']s?" + WORD_END, ""),
    (r"(?<=\d),(?=\d)", ""),
    (r"(?<=[a-z]{3})is(?=(?:e|es|ed|ing|ation|ations)" + WORD_END + ")", "iz"),
    (r"(?<=[a-z]{3})our(?=s?" + WORD_END + ")", "or"),
    (r"(?<=[a-z]{2})ies" + WORD_END, "y"),
    (r"(?<!new)(?<!good)(?<=[a-z]{2}[a-hj-rtv-z])s" + WORD_END, ""),
    (r"(?<=[a-z]{3})(?:ing|ed|e)" + WORD_END, ""),
    (r"(?<=[a-z]{2}([bdgmnprt]))\1" + WORD_END, ""),
    (r"(?<=[a-z]{4})ly" + WORD_END, ""),
)
"""A light English stemmer: plural, -ing, -ed, -ly, British spelling. Pattern → replacement, in this order."""
MARKING = (
    (r"(?<![a-z0-9])(?=[a-z0-9])|(?<=[a-z0-9])(?![a-z0-9])", "▁"),
    (r"\s+", ""),
)
"""English words and numbers are marked at both ends, so that none is found inside another; then spaces go."""
HAN = re.compile(r"[㐀-鿿]+")
LATIN = re.compile(r"▁[a-z0-9]+▁")
UNSAID = re.compile(r"\[[^\]]*\]|\([^)]*\)|[㐀-鿿|·]+|\b(?:lit|fig|idiom|abbr|variant|surname|classifier|CL)\b[.:]?")
STOP = re.compile(
    r"\b(?:a|an|the|of|to|in|on|for|at|by|with|from|as|is|are|be|or|and|sb|sth|ones?|that|this|its?|etc|not|used|into"
    r"|e\.g|i\.e|also|see|same|who|which)\b"
)


class Normalize:
    """What the tokenizer does to a text before it looks for words."""

    def __init__(self, dictionary: Sequence[Entry]) -> None:
        replacements = [normalizers.Replace(Regex(pattern), content) for pattern, content in STEMMING + MARKING]
        charsmap = normalizers.Precompiled(build_charsmap(to_simplified(dictionary)))
        self.rust = normalizers.Sequence([normalizers.NFKC(), normalizers.Lowercase(), charsmap, *replacements])

    def __call__(self, text: str) -> str:
        return str(self.rust.normalize_str(text))

    def stems(self, text: str) -> list[str]:
        """The English words and numbers of a text, marked, stemmed."""
        return LATIN.findall(self(text))


def to_simplified(dictionary: Sequence[Entry]) -> dict[str, str]:
    """Traditional character → the simplified one that most words write for it.

    A character that simplified words use more often as it stands (么, 著, 乾) stays.
    """
    pairs: Counter[tuple[str, str]] = Counter()
    for traditional, simplified, _ in dictionary:
        if len(traditional) == len(simplified):
            pairs.update(zip(traditional, simplified, strict=True))
    written = Counter(char for _, simplified, _ in dictionary for char in simplified)
    changed = sorted((count, a, b) for (a, b), count in pairs.items() if a != b and count > written[a])
    return {a: b for _, a, b in changed}


Definition = tuple[str, tuple[str, ...]]
"""A Chinese word, and the marked English stems of one of its definitions."""


def definitions(dictionary: Sequence[Entry], normalize: Normalize) -> list[Definition]:
    """Every definition that says something in English of a word in Chinese characters."""
    found = []
    for _, simplified, meanings in dictionary:
        word = normalize(simplified)
        for meaning in meanings if HAN.fullmatch(word) else ():
            plain = STOP.sub(" ", UNSAID.sub(" ", meaning).lower())
            if stems := tuple(dict.fromkeys(normalize.stems(plain))):
                found.append((word, stems))
    return found


@dataclass(frozen=True)
class Vocabulary:
    """Word → frequency, in the order of the vectors from 1 on; 0 is what is not known."""

    frequencies: Mapping[str, float]
    normalize: Normalize

    def __len__(self) -> int:
        return len(self.frequencies) + 1

    @cached_property
    def ids(self) -> dict[str, int]:
        return {word: i for i, word in enumerate(self.frequencies, 1)}

    @cached_property
    def tokenizer(self) -> Tokenizer:
        """Finds the words by the most probable segmentation, their scores being log-frequencies."""
        total = sum(self.frequencies.values())
        scored = ((word, math.log(count / total)) for word, count in self.frequencies.items())
        tokenizer = Tokenizer(models.Unigram([("[UNK]", 0.0), *scored], unk_id=0))
        tokenizer.normalizer = self.normalize.rust
        return tokenizer

    @cached_property
    def probabilities(self) -> NDArray[np.float32]:
        """(len,) how likely each word is in a text of its language."""
        counts = np.array([0.0, *self.frequencies.values()])
        english = np.array([False, *(word.startswith("▁") for word in self.frequencies)])
        for language in (english, ~english):
            counts[language] /= max(counts[language].sum(), 1)
        return counts.astype(np.float32)

    def encode(self, texts: Iterable[str]) -> list[list[int]]:
        """The ids of the known words of each text."""
        encodings = self.tokenizer.encode_batch(list(texts), add_special_tokens=False)
        return [[word for word in encoding.ids if word] for encoding in encodings]


def count_matrix(texts: Sequence[Sequence[int]], size: int) -> sp.csr_matrix:
    """(texts, size): how often each word stands in each text."""
    ends = np.cumsum([0, *map(len, texts)])
    words = np.array([word for text in texts for word in text], np.int32)
    counts = sp.csr_matrix((np.ones(len(words), np.float32), words, ends), shape=(len(texts), size))
    counts.sum_duplicates()
    return counts


def choose_words(corpus: Corpus, defined: Sequence[Definition], normalize: Normalize) -> Vocabulary:
    """The most frequent words of dictionaries and texts, in an order that depends on nothing else."""
    counted = {normalize(w): count for w, count in corpus.frequencies.items() if HAN.fullmatch(w)}
    candidates = {w: float(counted.get(w, 0) + 1) for w in sorted({*counted, *(w for w, _ in defined)}) if len(w) <= 8}
    read = [*corpus.chinese, *corpus.spoken]
    tokens = Vocabulary(candidates, normalize).tokenizer.encode_batch(read, add_special_tokens=False)
    seen = Counter(token for encoding in tokens for token in encoding.tokens)
    known = {word for word, _ in defined}
    chinese = {w: n + CORPUS_WEIGHT * seen[w] for w, n in candidates.items() if w in known or seen[w] >= 3}
    texts = (*read, *(en for _, en in corpus.aligned))
    english = Counter(stem for text in texts for stem in normalize.stems(text))
    english.update(stem for _, stems in defined for stem in stems)
    spoken = {word: float(count) for word, count in english.items() if count >= 2}
    return Vocabulary(_most(chinese, CHINESE_WORDS) | _most(spoken, ENGLISH_WORDS) | {"%": 1000.0}, normalize)


def _most(frequencies: Mapping[str, float], count: int) -> dict[str, float]:
    return dict(sorted(frequencies.items(), key=lambda item: (-item[1], item[0]))[:count])
