"""Text without its typography: letters and figures alone, one form of each, so that wordings can be compared."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from qa_bot.text import HAN, fold, is_han

_KEPT = "%‰*+"
_RUN = re.compile(rf"[{HAN}]+|[^\W_{HAN}]+(?:[.%‰][^\W_{HAN}]+)*[%‰]?")


@dataclass(frozen=True, slots=True)
class Folded:
    """Letters and figures alone, and where each stood."""

    text: str
    origin: tuple[int, ...]


def letters(text: str) -> Folded:
    """Simplified, NFKC, lower case; without white space, quotation marks and punctuation, but for that of figures."""
    kept = [
        (c, offset)
        for offset, char in enumerate(text)
        for c in _fold(char)
        if c in _KEPT or _is_letter(c) or _joins_figures(text, offset, c)
    ]
    return Folded("".join(c for c, _ in kept), tuple(offset for _, offset in kept))


def simple(text: str) -> str:
    """The text folded character by character: far quicker than as a whole, and the same but for rare compounds."""
    return "".join(map(_fold, text))


def pairs(text: str) -> list[str]:
    """Pairs of Han characters, and Latin words and numbers of more than one character."""
    found: list[str] = []
    for run in _RUN.findall(simple(text)):
        if is_han(run):
            found += map("".join, pairwise(run))
        elif len(run) > 1:
            found.append(run)
    return found


def has_words(text: str) -> bool:
    """Whether there is a letter or a figure in the text."""
    return bool(re.search(rf"[^\W_]|[{HAN}]|[*×□]{{2}}", text))


@lru_cache(maxsize=16384)
def _fold(char: str) -> str:
    return fold(char)


@lru_cache(maxsize=16384)
def _is_letter(char: str) -> bool:
    return unicodedata.category(char)[0] in "LNM"


def _joins_figures(text: str, at: int, folded: str) -> bool:
    """Whether a point stands inside a number (`1.5`), or a sign before one."""
    if folded not in ".-−":
        return False
    after = text[at + 1 : at + 2].isdigit()
    before = text[max(at - 1, 0) : at].isdigit()
    return after and (before if folded == "." else not before)
