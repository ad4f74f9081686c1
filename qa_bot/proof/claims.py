"""Whether what a unit says in words of its own is the contrary of its evidence, or an addition to it."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from collections.abc import Set as AbstractSet
from itertools import pairwise

from qa_bot import phrases
from qa_bot.numbers import Number, in_figures, numbers
from qa_bot.proof.agreement import clauses, contradicts
from qa_bot.proof.folding import letters, pairs, simple
from qa_bot.proof.ground import Ground
from qa_bot.proof.judged import Judged
from qa_bot.proof.matching import Source, Span, miscopied
from qa_bot.proof.units import claim_words, is_denial, leans_back, listing_end
from qa_bot.text import is_han, runs

ADDED, STANDING, MEANT = 8, 0.25, 0.6
"""A clause of so many letters is made up where no larger share of its pairs stands, or is meant, in the evidence."""
COPIED = 8
"""Letters of a clause that are not alike by chance."""


def contradicted(judged: Judged, ground: Ground, source: Source) -> bool:
    """Whether a clause is one of the speech's but for what makes it say something else."""
    there = ground.clauses(judged.evidence())
    whole, _ = judged.text(ground.speech.text)
    said = clauses(phrases.FRAME.sub(" ", simple(whole)))
    return any(contradicts(c, there, ground.names) for c in said) or any(
        _miscopies(run, source, judged.evidence()) for run in _changed_runs(whole, source)
    )


def _miscopies(clause: str, source: Source, near: Sequence[Span]) -> bool:
    """Whether the clause is a piece of the speech but for letters that make it say something else."""
    wanted = letters(clause).text
    match = source.find(clause, near) if len(wanted) >= COPIED else None
    if match is None or match.kind != "contrary":
        return False
    return miscopied(*(letters(in_figures(t)).text for t in (clause, source.speech.text[match.start : match.end])))


def adds(judged: Judged, ground: Ground, shown: Collection[str]) -> bool:
    """Whether a clause of the model's own, beside others that stand, stands nowhere."""
    cited = judged.evidence()
    if not cited or judged.unsupported:
        return False
    around = ground.around(cited)
    said = (clause for _, text in judged.own() for clause in _clauses(claim_words(text)) if _says_much(clause))
    return any(
        _share(clause, around) <= STANDING
        and ground.covers(clause, cited) <= MEANT
        and all(_share(clause, ground.around([s])) < 0.5 for s in ground.likest(clause, shown))
        for clause in said
    )


def _says_much(clause: str) -> bool:
    """Whether it has enough words beside numbers and times, and none that point back or deny."""
    words = phrases.PASSING.sub("", _without(clause, list(numbers(clause))))
    long = sum(len(run) for run in runs(words) if is_han(run)) >= ADDED
    return long and not is_denial(clause) and not leans_back(clause)


def _share(clause: str, there: AbstractSet[str]) -> float:
    """Share of the clause's pairs of characters that are among these."""
    said = set(pairs(clause))
    return len(said & there) / (len(said) or 1)


def _without(text: str, found: Sequence[Number]) -> str:
    for number in reversed(found):
        text = text[: number.start] + text[number.end :]
    return text


def _clauses(text: str) -> list[str]:
    return re.split(r"[，,；;。！？!?\n]| {2,}", text)


def _changed_runs(text: str, source: Source) -> set[str]:
    """The clauses, and each two that follow one another, of which not both are the speech's own."""
    clauses = [c[listing_end(c) :] for c in _clauses(text) if letters(phrases.PASSING.sub("", claim_words(c))).text]
    changed = {clause for clause in clauses if not source.says(clause)}
    return {*clauses, *("，".join(two) for two in pairwise(clauses) if changed.intersection(two))}
