"""The shipped encoder: of each text the vector of the static table and, beside it, that of a small transformer.

The transformer reads the whole text, and the mean of its tokens is the vector (a bi-encoder, Reimers & Gurevych 2019);
it was taught to bring questions near the sentences that answer them. `zh-en-reader/README.md` says how it was made.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from embeddings import reader
from embeddings.encoder import SHIPPED, Encoder, StaticEncoder, file_digest
from embeddings.segmenter import Segmenter

FILE = "finder.onnx"
QUESTION, TEXT = 0, 1
"""What a token belongs to, as the network knows it."""
LENGTH = 128
"""Tokens that are read: what is longer, as some paragraphs are, is cut."""
MANY, THREADS = 8, 4
"""Texts from which on so many threads share them."""


class FinderEncoder:
    """Both vectors in one: the cosine of two texts is the mean of both cosines. Safe to share between threads."""

    name = "shipped"

    def __init__(self, words: StaticEncoder, folder: Path | None = None) -> None:
        """Raises EncoderLoadError where a file of the network is missing or damaged."""
        self.words, self._folder = words, (folder := folder or reader.FOLDER)
        self._segmenter, self._session = reader.load(folder, FILE)
        self.dimension = words.dimension + int(self._session.get_outputs()[0].shape[1])
        self.fingerprint = f"{words.fingerprint}-{file_digest(folder / 'tokenizer.json', folder / FILE)}"

    def __reduce__(self) -> tuple[type[FinderEncoder], tuple[StaticEncoder, Path]]:
        return FinderEncoder, (self.words, self._folder)

    def encode_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """(n, dimension) rows of length 1; zeros where the table knows no word."""
        return self._beside(self.words.encode_queries(texts), texts, QUESTION)

    def encode_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """(n, dimension) rows of length 1; zeros where the table knows no word."""
        return self._beside(self.words.encode_passages(texts), texts, TEXT)

    def encode_unread(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """(n, dimension) rows of length 1 or 0, of the table alone: for texts that are not worth the time to read."""
        of_words = self.words.encode_passages(texts)
        return np.pad(of_words, ((0, 0), (0, self.dimension - self.words.dimension)))

    def _beside(self, of_words: NDArray[np.float32], texts: Sequence[str], side: int) -> NDArray[np.float32]:
        found = np.zeros((len(texts), self.dimension), np.float32)
        found[:, : self.words.dimension] = of_words
        known = [i for i, row in enumerate(of_words) if row.any()]
        read = partial(self._read, side)
        if len(known) < MANY:
            rows = [read(texts[i]) for i in known]
        else:
            with ThreadPoolExecutor(THREADS) as pool:
                rows = list(pool.map(read, [texts[i] for i in known]))
        for i, row in zip(known, rows, strict=True):
            found[i, self.words.dimension :] = row
        return found / np.float32(np.sqrt(2))

    def _read(self, side: int, text: str) -> NDArray[np.float32]:
        """(width,) of length 1. One text at a time: in a batch the 8-bit numbers' scale would depend on the others."""
        ids = tokens(text, self._segmenter)
        inputs = {"ids": np.array([ids], np.int64), "sides": np.full((1, len(ids)), side, np.int64)}
        return np.asarray(self._session.run(["vector"], inputs)[0][0], np.float32)


def words_of(encoder: Encoder) -> StaticEncoder:
    """The encoder's own table of words, or the shipped one."""
    if isinstance(encoder, FinderEncoder):
        return encoder.words
    return encoder if isinstance(encoder, StaticEncoder) else StaticEncoder(SHIPPED)


def tokens(text: str, segmenter: Segmenter) -> list[int]:
    """Ids of the text's tokens, as the network was taught to read them."""
    return [reader.START, *[word_id for _, word_id in segmenter.segment(text)][: LENGTH - 2], reader.END]
