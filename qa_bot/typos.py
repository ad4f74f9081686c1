"""What a question writes by its sound: a wrong character (`园取` for `园区`), a name in an English one (`Hengtai`)."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache

from qa_bot.alignment import weight_of
from qa_bot.phrases import CN
from qa_bot.settings import DEFAULT_SPEECH
from qa_bot.text import fold, is_han, places, runs
from qa_bot.types import Speech, WordVectors
from qa_bot.understanding import Query

TELLING = 0.07
"""Weight of a character that may be a wrong one, or stand beside one: 的, 是, 人, 大 are neither."""
_LATIN = re.compile("[A-Za-z]+(?: [A-Z][a-z]+){0,2}")
"""A word, or up to three that may be one name."""
LONGEST = 18
"""Letters of a name, at most."""


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

    def name(self, query: Query) -> Query:
        """An English question with the names of the speech, which it writes by their sound, as the speech does."""
        for latin in dict.fromkeys(_LATIN.findall(query.search)) if query.english else ():
            words = latin.split()
            parts = (words[a:b] for a in range(len(words)) for b in range(len(words), a, -1))
            for part in parts:
                name = " ".join(part)
                if re.search(rf"\b{name}\b", query.search) and (said := self._said(part)):
                    search = re.sub(rf"\b{name}\b", said, query.search)
                    focus = re.sub(rf"\b{name.lower()}\b", said, query.focus)
                    query = replace(query, search=search, focus=focus)
        return query

    def _said(self, words: Sequence[str]) -> str:
        """What the speech most often says with the sound of capital words, or of one that is no English word."""
        whole = all(word[0].isupper() for word in words) if words[1:] else not self._words.token_vectors(words[0])[0]
        letters = "".join(words).lower()
        ways = _cut(letters) if whole and len(letters) <= LONGEST else ()
        sounds = ("".join(f"[{_syllables()[syllable]}]" for syllable in way) for way in ways if len(way) > 1)
        found = Counter(said for sound in sounds for said in re.findall(sound, self._text))
        return next((said for said, _ in found.most_common(1)), "")

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
def _syllables() -> dict[str, str]:
    """`data/syllables.txt`: a syllable → the characters that are read so."""
    lines = (DEFAULT_SPEECH.parent / "syllables.txt").read_text(encoding="utf-8").splitlines()
    return {syllable: chars for syllable, _, chars in (line.partition(" ") for line in lines)}


@lru_cache(maxsize=1)
def _sounds() -> dict[str, set[str]]:
    """A character → those that can be read alike."""
    found = defaultdict[str, set[str]](set)
    for chars in _syllables().values():
        for char in chars:
            found[char] |= set(chars)
    return found


def _alike(char: str) -> set[str]:
    return _sounds().get(char, set()) - {char}


def _cut(letters: str) -> list[list[str]]:
    """Every way to read letters as syllables."""
    if not letters:
        return [[]]
    heads = (letters[:length] for length in range(1, 7) if letters[:length] in _syllables())
    return [[head, *rest] for head in dict.fromkeys(heads) for rest in _cut(letters[len(head) :])]
