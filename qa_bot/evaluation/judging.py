"""One answer judged by one rule.

An answer is right when it was not refused, its citations cover at least 90 % of each gold piece's characters (or of
each piece of one alternative list), it names one of every `must_include` group, every quote is verbatim and no offset
wrong, and it quotes at most 450 characters (1,200 about a section). Where the speech does not say it, a refusal is
right. A false premise is judged by the sentence that corrects it: its gold pieces, where it has any.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from qa_bot.evaluation.questions import Question, fold, short
from qa_bot.types import Speech

COVERED, MOST_QUOTED, MOST_QUOTED_SECTION = 0.9, 450, 1200
_MARKER = re.compile("〔[^〕]*〕")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the rule makes of one answer; `why` is one line, empty when the answer is right."""

    success: bool
    why: str
    refused: bool
    covered: float
    """Covered share of the worst gold piece, in the list that was covered best; 1 where there is no gold."""
    missing: tuple[tuple[str, ...], ...]
    """The groups of `must_include` of which nothing was found."""
    quotes: int
    """How many quotes were checked: citations, and the passages offered as related."""
    verbatim: int
    offsets_right: int
    quoted_chars: int
    """Characters of the speech that the citations quote, each counted once, and those that are not in it."""
    rank: int | None
    """Place, from 1, of the first citation that touches a gold piece."""


def judge(question: Question, answer: Mapping[str, Any], speech: Speech) -> Verdict:
    """The rule (see the module) on one published answer object; any system's, whatever it holds.

    A citation without offsets, or with wrong ones, is looked for in the speech by its text.
    """
    cited = read_quotes(answer, "citations", speech)
    checked = cited + read_quotes(answer, "related", speech)
    places = set().union(*(c.place for c in cited))
    shares = {piece: _share(piece, places, speech) for gold in question.golds for piece in gold}
    best = max(question.golds, key=lambda gold: min(shares[piece] for piece in gold), default=())
    said = "\0".join([_MARKER.sub("", text_of(answer)), *(c.text for c in cited)])
    verdict = Verdict(
        success=False,
        why="",
        refused=answer.get("status") == "refused",
        covered=min((shares[piece] for piece in best), default=1.0),
        missing=tuple(g for g in question.must_include if not any(fold(s)[0] in fold(said)[0] for s in g)),
        quotes=len(checked),
        verbatim=sum(c.verbatim for c in checked),
        offsets_right=sum(c.offsets == "right" for c in checked),
        quoted_chars=len(places) + sum(len(c.text) for c in cited if not c.place),
        rank=next((i for i, c in enumerate(cited, 1) if any(_share(p, set(c.place), speech) for p in shares)), None),
    )
    faults = list(_faults(question, verdict, checked, [p for p in best if shares[p] < COVERED], answer))
    return replace(verdict, success=not faults, why="; ".join(faults))


@dataclass(frozen=True, slots=True)
class Quote:
    """A quote as an answer gives it, found again in the speech."""

    text: str
    place: range
    """Offsets of the speech that it quotes; empty where it is not in the speech."""
    verbatim: bool
    offsets: Literal["right", "wrong", "none"]


def read_quotes(answer: Mapping[str, Any], key: Literal["citations", "related"], speech: Speech) -> list[Quote]:
    """The quotes of an answer's list, one for each item; what is no quotation at all becomes an empty one."""
    items = answer.get(key)
    return [_quote(item, speech) for item in items] if isinstance(items, list | tuple) else []


def _quote(item: Any, speech: Speech) -> Quote:
    values = item if isinstance(item, Mapping) else {}
    text, start, end = (values.get(key) for key in ("quote", "start", "end"))
    if not isinstance(text, str) or not fold(text)[0]:
        return Quote("", range(0), False, "wrong")
    if type(start) is int and start >= 0 and end == start + len(text) and speech.text[start:end] == text:
        return Quote(text, range(start, end), True, "right")
    (folded, origin), wanted = fold(speech.text), fold(text)[0]
    at = folded.find(wanted)
    place = range(origin[at], origin[at + len(wanted) - 1] + 1) if at >= 0 else range(0)
    return Quote(text, place, text in speech.text, "none" if start is None and end is None else "wrong")


def _share(piece: str, places: set[int], speech: Speech) -> float:
    """Covered share of a gold piece, where it stands in the speech and is covered best."""
    found = (sum(offset in places for offset in where) / len(where) for where in _places(piece, speech))
    return max(found, default=0.0)


def _places(piece: str, speech: Speech) -> Iterator[tuple[int, ...]]:
    """The offsets of a piece's characters, wherever it stands in the speech."""
    (folded, origin), wanted = fold(speech.text), fold(piece)[0]
    at = folded.find(wanted)
    while at >= 0:
        yield origin[at : at + len(wanted)]
        at = folded.find(wanted, at + 1)


def gold_offsets(question: Question, speech: Speech) -> set[int]:
    """Offsets of the speech at which a gold piece stands, of whichever list."""
    pieces = (piece for gold in question.golds for piece in gold)
    return {offset for piece in pieces for where in _places(piece, speech) for offset in where}


def _faults(
    question: Question, verdict: Verdict, checked: list[Quote], uncovered: list[str], answer: Mapping[str, Any]
) -> Iterator[str]:
    """Each way in which the answer is wrong, as `expected …, got …`."""
    came = "” + “".join(c.text for c in checked) or text_of(answer)
    got = short(came, 120) if came else "nothing"
    if question.wants_refusal:
        if not verdict.refused:
            yield f"expected a refusal, got {got}"
        return
    if verdict.refused:
        yield f"expected an answer, got a refusal ({short(str(answer.get('reason')))})"
        return
    if uncovered:
        yield f"expected {' + '.join(map(short, uncovered))} cited, got {verdict.covered:.0%} of it: {got}"
    for group in verdict.missing:
        yield f"expected {' or '.join(map(short, group))} said, got none"
    for quote in checked:
        if not quote.verbatim:
            yield f"expected verbatim quotes, got {short(quote.text)}, which is not in the speech"
        elif quote.offsets == "wrong":
            yield f"expected the offsets of {short(quote.text)}, got others"
    most = MOST_QUOTED_SECTION if question.type == "section" else MOST_QUOTED
    if verdict.quoted_chars > most:
        yield f"expected at most {most} quoted characters, got {verdict.quoted_chars}"


def text_of(answer: Mapping[str, Any]) -> str:
    """The answer's text; nothing where it has none."""
    text = answer.get("text")
    return text if isinstance(text, str) else ""
