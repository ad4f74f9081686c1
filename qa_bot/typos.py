"""A wrong character of a question put right by its sound: `园取` where the speech says `园区`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from functools import lru_cache

from qa_bot.alignment import weight_of
from qa_bot.phrases import CN
from qa_bot.settings import DEFAULT_SPEECH
from qa_bot.text import fold, is_han, places, runs
from qa_bot.types import Speech, WordVectors

TELLING = 0.07
"""Weight of a character that may be a wrong one, or stand beside one: 的, 是, 人, 大 are neither."""


class Speller:
    """Knows the pairs of characters that one speech is made of, and how they sound."""

    def __init__(self, speech: Speech, words: WordVectors) -> None:
        self._words, self._text = words, fold(speech.text)
        said = (token for run in runs(self._text) if is_han(run) for token in words.token_vectors(run)[0])
        self._pairs = {token for token in said if len(token) == 2}

    def mend(self, question: str) -> str:
        """The question with two characters that are no word and do not stand in the speech changed into a word of the
        speech that shares one of them and sounds the same; the very question where there are none."""
        folded = mended = fold(question)
        for run in filter(is_han, runs(folded)):
            for pair in self._loose(run):
                if like := self._like(pair):
                    mended = mended.replace(pair, like, 1)
        return question if mended == folded else mended

    def _loose(self, run: str) -> Iterator[str]:
        """Pairs of characters next to each other that each say something, and of which neither is part of a word."""
        tokens, vectors = self._words.token_vectors(run)
        bound = {
            place
            for (start, end), token, vector in zip(places(tokens, run), tokens, vectors, strict=True)
            if len(token) > 1 or token in CN or weight_of(token, vector) < TELLING
            for place in range(start, end)
        }
        yield from (run[i : i + 2] for i in range(len(run) - 1) if not {i, i + 1} & bound)

    def _like(self, pair: str) -> str:
        first, second = pair[0], pair[1]
        alike = {other + second for other in _alike(first)} | {first + other for other in _alike(second)}
        return min(alike & self._pairs, default="") if pair not in self._text else ""


@lru_cache(maxsize=1)
def _sounds() -> dict[str, set[str]]:
    """`data/syllables.txt`: a character → those that can be read alike."""
    found = defaultdict[str, set[str]](set)
    for line in (DEFAULT_SPEECH.parent / "syllables.txt").read_text(encoding="utf-8").splitlines():
        chars = line.split(" ", 1)[1]
        for char in chars:
            found[char] |= set(chars)
    return found


def _alike(char: str) -> set[str]:
    return _sounds().get(char, set()) - {char}
