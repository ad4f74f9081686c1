"""The numbers of a unit against its evidence: each must be said there, of the same thing."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from qa_bot.numbers import MEASURES, Number, numbers
from qa_bot.proof.figures import Figure, figures, is_of_another, is_year
from qa_bot.proof.ground import CARRIES, Ground
from qa_bot.proof.judged import Judged
from qa_bot.proof.matching import Span
from qa_bot.proof.units import claim_words, listing_end

SMALL = 30
"""Counts up to this one may be the answer's own (`四个方面`), where it lists as many."""
_COUNTED = frozenset("个项点条大方类种部层段句章对组件")
_COUNTED_EN = frozenset(
    ["of", "points", "parts", "areas", "tasks", "aspects", "measures", "things", "items", "reasons", "priorities"]
)
_PARTS = re.compile(r"\s*[个大]?(?:方面|部分|重点|板块|章|节|段|点|条|parts|sections|paragraphs)")


def check_numbers(judged: Judged, ground: Ground, shown: Collection[str], counts: Collection[int]) -> None:
    """Flags the numbers that the evidence does not say; another shown sentence that says one is cited for it.

    `counts` are numbers that the answer's own make-up explains.
    """
    own = dict(judged.own())
    listed = {len(judged.matches), len(judged.kept), *(text.count("、") + 1 for text in own.values()), *counts}
    there = ground.figures(judged.evidence())
    whole, begins = judged.text(ground.speech.text)
    for figure in figures(whole):
        number = figure.number
        i = next((i for i, at in begins.items() if at <= number.start < at + len(own[i])), None)
        if i is None or _counts_itself(number, whole, listed, ground):
            continue
        start, end = number.start - begins[i], number.end - begins[i]
        if start < listing_end(own[i]) or _said(figure, there, ground):
            continue
        if other := _elsewhere(figure, _clause_at(whole, number.start), ground, shown):
            judged.added.append(other)
        else:
            judged.flags.setdefault(i, []).append((start, _with_unit(own[i], end), "number_unsupported"))


def _counts_itself(number: Number, text: str, listed: Collection[int], ground: Ground) -> bool:
    """Whether it counts what the answer lists, or the parts of the speech."""
    if number.value > SMALL or number.kind == "share":
        return False
    if number.value in ground.parts and _PARTS.match(text, number.end):
        return True
    return number.value in listed and (
        number.unit[:1] in (_COUNTED if number.kind == "rank" else ("", *_COUNTED)) or number.unit in _COUNTED_EN
    )


def _said(figure: Figure, there: Sequence[Figure], ground: Ground) -> bool:
    """Whether the evidence says the number, of the same thing; a year may also be that of the title."""
    if any(figure.rounds(f) for f in there):
        return True
    if any(figure.number.same(f.number) for f in there):
        return not is_of_another(figure, there)
    dated = any(is_year(f.number) and len(f.of & figure.of) > 1 for f in there)
    return is_year(figure.number) and figure.number.value in ground.years and not dated


def _elsewhere(figure: Figure, clause: str, ground: Ground, shown: Collection[str]) -> Span | None:
    """A shown sentence that says this number of what the clause is about."""
    claim = claim_words(clause)
    likest = ground.saying(figure.number.value, claim, shown)
    saying = [s for s in likest if _said(figure, ground.figures([s]), ground)]
    best = max(saying, key=lambda s: ground.covers(claim, [s]), default=None)
    return best if best and ground.covers(claim, [best]) >= CARRIES else None


def counts_there(claim: str, ground: Ground, cited: Sequence[Span]) -> bool:
    """Whether half of the claim's figures or more stand in the evidence."""
    there = {figure.number.value for figure in ground.figures(cited)}
    mine = {n.value for n in numbers(claim) if (n.value > SMALL or n.kind != "number") and not is_year(n)}
    return bool(mine) and 2 * len(mine & there) >= len(mine)


def _with_unit(text: str, end: int) -> int:
    """Where the measure word after a number ends (`家以上`)."""
    match = re.compile(rf"[{MEASURES}]?(?:以[上下]|多)?").match(text, end)
    return match.end() if match else end


def _clause_at(text: str, offset: int) -> str:
    """The clause around an offset and the one before it."""
    cuts = [i for i, char in enumerate(text) if char in "，,；;。！？!?\n"]
    before = [i for i in cuts if i < offset]
    start = before[-2] + 1 if len(before) > 1 else 0
    return text[start : next((i for i in cuts if i > offset), len(text))]
