"""Whether a sentence is of another year than the question; whether a question names what the speech does not."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import lru_cache

from qa_bot.phrases import N
from qa_bot.settings import DEFAULT_SPEECH
from qa_bot.text import fold, is_han, places, runs
from qa_bot.types import Speech, WordVectors
from qa_bot.understanding import Query

_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?=年|\W|$)")
_PLAN = re.compile('十([二三四五六])五(?=时期|规划|期间|开局|收官|[”"])')
_BASELINE = re.compile(r"(?:从|[和跟与同]?比|较|由|自)(?:上年|去年|前年|前一年|(?:19|20)\d\d年)")
"""A year that a figure is compared with is not the figure's own."""
_CLAUSES = re.compile("[。;；]")
_DESIGNATION = re.compile(rf"\d+号线|第{N}届")
"""A number that names one of many."""
_LONGEST = 8


def speaks_of_another_year(query: Query, speech: Speech, start: int, end: int) -> bool:
    """Whether the sentence's own year, else that of the clause before it, else that of its headings, is not the asked.

    `今年` is the year in the speech's title or occasion. A five-year plan that is asked for is its five years; what is
    said of one is said of the whole and of its last year.
    """
    now = _this_year(speech)
    asked = set(_years(_BASELINE.sub("", fold(query.search)), now, plan=range(5)))
    if not asked:
        return False
    paragraph = speech.paragraph_at(start)
    before = _CLAUSES.split(speech.text[paragraph.start : start])[::-1] if paragraph else []
    headings = " ".join(speech.path(paragraph.section)) if paragraph else ""
    for text in (speech.text[start:end], *before, headings):
        if said := set(_years(_BASELINE.sub("", fold(text)), now)):
            return not said & asked
    return False


def names_another(query: Query, speech: Speech, words: WordVectors) -> bool:
    """Whether the question names a place, a person or an institution that the speech does not."""
    said = fold(f"{speech.title} {speech.provenance.occasion or ''} {speech.text}")
    return any(name not in said for name in (*_named(query, words), *_DESIGNATION.findall(_own(query))))


def names_away(query: Query, speech: Speech, around: str, words: WordVectors) -> bool:
    """Whether none of what the question names, beside where the speech is at home, stands `around` the sentences."""
    names = [name for name in _named(query, words) if name not in _home(speech)]
    return bool(names) and not any(name in around for name in names)


def _own(query: Query) -> str:
    return fold(query.question if query.followup else query.search)


def _named(query: Query, words: WordVectors) -> Iterator[str]:
    """The names in the question that cut no other word: `要修水库` does not name 修水."""
    for run in filter(is_han, runs(_own(query))):
        spans = list(places(words.token_vectors(run)[0], run))
        for name in names_in(run):
            start = run.index(name)
            end = start + len(name)
            if not any(a < start < b or a < end < b for a, b in spans):
                yield name


def names_in(text: str) -> Iterator[str]:
    """The known names in a text, the longest at each place."""
    known = _known()
    for run in filter(is_han, runs(text)):
        at = 0
        while at < len(run):
            sizes = range(min(_LONGEST, len(run) - at), 1, -1)
            size = next((n for n in sizes if run[at : at + n] in known), 0)
            if size:
                yield run[at : at + size]
            at += size or 1


@lru_cache(maxsize=16)
def _home(speech: Speech) -> str:
    """The title, and the name that the speech says most often."""
    return " ".join([fold(speech.title), *(name for name, _ in Counter(names_in(fold(speech.text))).most_common(1))])


def _years(text: str, now: int | None, plan: Sequence[int] = (4,)) -> Iterator[int]:
    """The years; of a five-year plan its number, and those of its years that `plan` says."""
    yield from (int(year) for year in _YEAR.findall(text))
    for name in _PLAN.findall(text):
        number = "二三四五六".index(name)
        yield from (number, *(2011 + 5 * number + year for year in plan))
    if now:
        if re.search(r"今年|本年(?!度)|全年|\bthis year\b", text):
            yield now
        if re.search(r"去年|上年|过去的?一年|\blast year\b", text):
            yield now - 1
        if re.search(r"前年|\bthe year before last\b", text):
            yield now - 2


@lru_cache(maxsize=16)
def _this_year(speech: Speech) -> int | None:
    """The year that the speech calls this one: in its title, its occasion, or the latest in its headings."""
    headings = " ".join(section.title for section in speech.sections)
    for text in (speech.title, speech.provenance.occasion or ""):
        if years := _YEAR.findall(text):
            return int(years[0])
    return max((int(year) for year in _YEAR.findall(headings)), default=None)


@lru_cache(maxsize=1)
def _known() -> frozenset[str]:
    """`data/names.txt`."""
    file = DEFAULT_SPEECH.parent / "names.txt"
    return frozenset(file.read_text(encoding="utf-8").split())
