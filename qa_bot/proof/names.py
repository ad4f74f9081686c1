"""Names in prose that a speech does not say: of places, people, institutions; and withheld ones that were filled in."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path

from qa_bot.proof.folding import simple
from qa_bot.speech.patterns import SURNAMES
from qa_bot.types import Speech, WordVectors

LIST = Path(__file__).parents[2] / "data" / "names.txt"
_LONGEST = 8
_TITLE = (
    r"(?:书记|主席|总理|省长|市长|县长|区长|州长|主任|部长|厅长|局长|院长|校长|总经理|董事长|先生|女士|教授|院士|同志)"
)
_SAYS = r"(?:指出|提出|强调|表示|认为|要求|说道|宣布|介绍|总结|主持|出席|发表)"
_PERSON = re.compile(
    rf"(?P<before>[{SURNAMES}][\u4e00-\u9fff]{{1,2}}){_TITLE}|{_TITLE}(?P<after>[{SURNAMES}][\u4e00-\u9fff]{{1,2}})(?={_SAYS}|[，,。、;；的在\s]|$)"
    rf"|(?:^|(?<=[，,。、;；:：\s由]))(?P<speaks>[{SURNAMES}][\u4e00-\u9fff]{{1,2}})(?={_SAYS})"
    r"|(?P<foreign>[\u4e00-\u9fff]{2,6}·[\u4e00-\u9fff·]{2,12})"
)
_PERSON_EN = re.compile(
    r"\b(?:Mr|Mrs|Ms|Dr|Secretary|Mayor|Chairman|Chairwoman|Governor|President|Director|Comrade|Professor|Premier)\.? "
    r"(?P<name>[A-Z][a-z]+(?:[ -][A-Z][a-z]+)?)"
)
_NO_NAME = re.compile(r"(?:^[全各本该我某省市县区党团政]|[省市县区党团政委府会局部厅处科组议全各本该等和与的]$)")


@lru_cache(maxsize=1)
def known() -> frozenset[str]:
    """Every name of `data/names.txt`."""
    return frozenset(LIST.read_text(encoding="utf-8").split())


@lru_cache(maxsize=1)
def _lengths() -> Mapping[str, Sequence[int]]:
    """First two characters → lengths of the names that begin so, the longest first."""
    found: dict[str, set[int]] = {}
    for name in known():
        if 1 < len(name) <= _LONGEST:
            found.setdefault(name[:2], set()).add(len(name))
    return {begin: sorted(lengths, reverse=True) for begin, lengths in found.items()}


def prepare(speech: Speech) -> None:
    """What is needed once a speech, so that the first answer need not wait for it."""
    _lengths()
    _folded(speech.title, speech.text)


@lru_cache(maxsize=8)
def _folded(title: str, text: str) -> str:
    return simple(f"{title}\n{text}")


def invented(text: str, speech: Speech, words: WordVectors) -> Iterator[tuple[int, int]]:
    """Spans of `text` that are names and stand nowhere in the speech or its title."""
    said = _folded(speech.title, speech.text)
    for match in _PERSON.finditer(text):
        group = next(g for g in ("before", "after", "speaks", "foreign") if match[g])
        name = match[group]
        core = name[max(name.find("·") - 2, 0) : name.find("·") + 3] if group == "foreign" else name
        if simple(core) not in said and not _NO_NAME.search(match[group]) and not _common(match[group], words):
            yield match.span(group)
    if speech.redactions:  # how a Chinese name is spelled in Latin cannot be looked up; that it was withheld can
        yield from (m.span("name") for m in _PERSON_EN.finditer(text))
    yield from (span for span in listed(text, words) if simple(text[slice(*span)]) not in said)


def listed(text: str, words: WordVectors | None) -> Iterator[tuple[int, int]]:
    """Listed names, the longest at each place, that no word of the text straddles, where `words` tell."""
    inside: set[int] | None = None
    at = 0
    while at < len(text):
        end = 0
        for length in _lengths().get(text[at : at + 2], ()):
            if text[at : at + length] in known():
                if inside is None:
                    inside = _insides(text, words) if words else set()
                if at not in inside and at + length not in inside:
                    end = at + length
                    break
        if end:
            yield at, end
        at = end or at + 1


def _insides(text: str, words: WordVectors) -> set[int]:
    """Offsets that lie inside a word."""
    tokens, _ = words.token_vectors(text)
    inside: set[int] = set()
    at = 0
    for token in tokens:
        found = text.find(token, at)
        if found >= 0:
            at = found + len(token)
            inside.update(range(found + 1, at))
    return inside


def _common(name: str, words: WordVectors) -> bool:
    """Whether what looks like a name is one or more whole words of the vocabulary (高新, 方法)."""
    tokens, _ = words.token_vectors(name)
    return "".join(tokens) == name and all(len(token) > 1 for token in tokens)
