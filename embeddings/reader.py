"""Question and sentence → how surely the sentence answers the question: the shipped cross-encoder.

The two are read side by side by a small transformer (Devlin et al. 2019; as a ranker Nogueira & Cho 2019), whose
weights are 8-bit integers and run by onnxruntime, which chromadb brings. `zh-en-reader/README.md` says how it was made.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from embeddings.encoder import EncoderLoadError
from embeddings.segmenter import Segmenter

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

FOLDER = Path(__file__).parent / "zh-en-reader"
START, END = 0, 2
"""Ids of the tokens before the question, and behind the question and the sentence."""
QUESTION, LENGTH = 64, 224
"""Tokens of the question that are read, and of both: what is longer is cut."""
THREADS = 2
"""Pairs that are read at the same time: on two cores twice as fast as one after the other."""
REMEMBERED = 512
"""Pairs whose logit is kept: the earlier questions of a conversation are answered again at every turn of it."""


def pair(question: str, text: str, segmenter: Segmenter) -> tuple[list[int], list[int]]:
    """Ids of the tokens of both, and which of the two each belongs to."""
    asked, said = ([word_id for _, word_id in segmenter.segment(part)] for part in (question, text))
    first = [START, *asked[:QUESTION], END]
    second = [*said[: LENGTH - len(first) - 1], END]
    return first + second, [0] * len(first) + [1] * len(second)


@lru_cache(REMEMBERED)
def read(question: str, text: str) -> float:
    """The logit that the text answers the question. One pair at a time: in a batch the scale of the 8-bit numbers
    would depend on the others."""
    segmenter, session = load()
    ids, sides = (np.array([part], np.int64) for part in pair(question, text, segmenter))
    return float(session.run(["logit"], {"ids": ids, "sides": sides})[0][0])


def read_each(question: str, texts: Sequence[str]) -> list[float]:
    """The logit of each text."""
    if len(texts) < 2:
        return [read(question, text) for text in texts]
    load()
    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(partial(read, question), texts))


def load(folder: Path | None = None, file: str = "model.onnx") -> tuple[Segmenter, InferenceSession]:
    """A network of the folder, by default of `FOLDER`, once a process; and what cuts its texts into tokens.

    Raises:
        EncoderLoadError: a file of it is missing or damaged.
    """
    return _load(folder or FOLDER, file)


@lru_cache(2)
def _load(folder: Path, file: str) -> tuple[Segmenter, InferenceSession]:
    from onnxruntime import InferenceSession, SessionOptions

    options = SessionOptions()
    options.intra_op_num_threads = 1  # a text is small: more threads wait for each other longer than they compute
    try:
        return _segmenter(folder), InferenceSession(folder / file, options)
    except Exception as error:  # onnxruntime has a class of its own for each fault
        raise EncoderLoadError(
            f"{file} or tokenizer.json in {folder} does not load ({' '.join(str(error).split())[:150]}); "
            "copy the whole folder again"
        ) from error


@lru_cache(1)
def _segmenter(folder: Path) -> Segmenter:
    return Segmenter(folder / "tokenizer.json")
