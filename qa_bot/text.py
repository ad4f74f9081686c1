"""Folding and tokens: how two spellings of one thing are made equal, and what BM25 counts."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache

from opencc import OpenCC

HAN = "\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_RUN = re.compile(rf"[{HAN}]+|[^\W_{HAN}]+(?:[.%‰][^\W_{HAN}]+)*[%‰]?")
_HAN = re.compile(f"[{HAN}]")


@lru_cache(maxsize=4096)
def fold(text: str) -> str:
    """NFKC, case folding, simplified characters: full-width forms, capitals and 繁體 are no difference."""
    return str(_to_simplified().convert(unicodedata.normalize("NFKC", text).casefold()))


@lru_cache(maxsize=1)
def _to_simplified() -> OpenCC:
    return OpenCC("t2s")


def runs(text: str) -> list[str]:
    """The folded text's words: runs of Han characters, and Latin words or numbers (`1.5`, `20%` are one)."""
    return _RUN.findall(fold(text))


def grams(text: str) -> list[str]:
    """Character uni- and bigrams of each Han run; Latin words and numbers whole.

    They beat segmented words in BM25 over Chinese passages (CMRC hit@1 84.2 against 80.1, see benchmarks/).
    """
    tokens: list[str] = []
    for run in runs(text):
        if is_han(run):
            tokens += [*run, *(run[i : i + 2] for i in range(len(run) - 1))]
        else:
            tokens.append(run)
    return tokens


def is_han(text: str) -> bool:
    """Whether the text begins with a Han character."""
    return bool(_HAN.match(text))


def places(tokens: Iterable[str], run: str) -> Iterator[tuple[int, int]]:
    """(start, end) of each token in the run that it was cut from; what no token covers is not told."""
    at = 0
    for token in tokens:
        at = run.find(token, at)
        yield at, at + len(token)
        at += len(token)
