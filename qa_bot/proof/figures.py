"""Figures and what they count: each number of a text with the words beside it, in the order of its clauses."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from qa_bot.numbers import Number, numbers
from qa_bot.proof.folding import pairs

NEARER = 2
"""Pairs of characters by which another figure's words must be nearer to a claim's than those of the figure itself."""
_BREAK = re.compile(r"[，,、；;。：:！!？?\n]")
_COMMA = re.compile(r"[，,；;。：:！!？?\n]")
_STOP = re.compile(r"[；;。！!？?\n]")
_ABOUT = re.compile("(?:接?近|超过?|逾|突破|多于|高于|大?约)$")
_STEPS = {"近": (Decimal(1), Decimal(0)), "超": (Decimal(0), Decimal(1)), "约": (Decimal("0.5"), Decimal("0.5"))}
_WAYS = str.maketrans("过逾破于", "超超超超")
_AND = re.compile("[和与及并]")
_EACH = re.compile(r"分别|分列|依次")
_SPLITS = tuple(map(re.compile, ("、", "[、和与]", "[、和与及]")))
_BOUND = re.compile(r"以[上下]|左右")
_CLAUSES = 2
"""Clauses before a number in which what it counts is looked for."""

_DATED = 12
"""Characters behind a year that tell what it dates."""

_Words = frozenset[str]
_NONE: _Words = frozenset()


@dataclass(frozen=True, slots=True)
class Figure:
    """A number of a text and the pairs of characters that say what it counts: in its clause, and with what precedes."""

    number: Number
    near: frozenset[str]
    of: frozenset[str]
    rounded: tuple[Decimal, Decimal] | None = None
    """Between which values what is said to be `近八成`, `超过1万` lies."""

    def rounds(self, other: Figure) -> bool:
        """Whether the other is what this one is rounded from, and counts the same."""
        return (
            self.rounded is not None
            and self.number.kind == other.number.kind
            and self.rounded[0] <= other.number.value <= self.rounded[1]
            and len(self.near & other.of) > 1
        )


def is_year(number: Number) -> bool:
    """Whether it may be a year: it dates a figure, and is none."""
    return (
        number.kind == "number"
        and 1900 <= number.value <= 2100
        and number.end - number.start == 4
        and (number.unit[:1] in ("", "年") or number.unit.isascii())
    )


def figures(text: str) -> tuple[Figure, ...]:
    """Each number with its words: those between the number before and it, and behind it up to the next mark."""
    found = list(numbers(text))
    counting = [n for n in found if not is_year(n) and not _names(n, text)]
    of: dict[int, tuple[_Words, _Words]] = {}
    at, last = 0, (_NONE, _NONE)
    for i, number in enumerate(counting):
        following = counting[i + 1].start if i + 1 < len(counting) else len(text)
        stop = _BREAK.search(text, number.end, following) or _AND.search(text, number.end, following)
        end = stop.start() if stop else following
        before, behind = _tail(text[at : number.start]), text[number.end : end]
        wide = _words(f"{'，'.join(before)} {behind}")
        tries = (_words(f"{piece} {behind}") for piece in (before[-1].split("、")[-1], before[-1]))
        near = next((words for words in tries if len(words) > 1), wide)
        last = (near, wide) if len(near) > 1 else (near | last[0], wide | last[1])
        of[number.start], at = last, end
    of |= _distributed(text, counting)
    of |= {n.start: (d := _words(_BREAK.split(text[n.end :])[0][:_DATED]), d) for n in found if is_year(n)}
    return tuple(Figure(n, *of.get(n.start, (_NONE, _NONE)), _rounded(n, text)) for n in found)


def is_of_another(figure: Figure, there: Sequence[Figure]) -> bool:
    """Whether the evidence says this number of something else, and another number of what the claim says it of."""
    same = [f for f in there if figure.number.same(f.number)]
    rivals = [
        f
        for f in there
        if not figure.number.same(f.number)
        and f.number.kind == figure.number.kind
        and (f.number.kind == "share" or _unit(f.number) == _unit(figure.number))
        and is_year(f.number) == is_year(figure.number)
    ]
    return bool(same) and any(all(_nearer(figure.near, r.of, s.of) for s in same) for r in rivals)


def _nearer(claim: frozenset[str], one: frozenset[str], other: frozenset[str]) -> bool:
    """Whether the words that tell the two apart speak for the first."""
    won, lost = len(claim & (one - other)), len(claim & (other - one))
    return (won - lost >= NEARER and won > 2 * lost) or (claim <= one and won > lost == 0)


def _unit(number: Number) -> str:
    return "" if number.unit in ("以上", "以下", "左右") else number.unit[:1]


def _rounded(number: Number, text: str) -> tuple[Decimal, Decimal] | None:
    """From `近` down, from `超` up, from `约` both ways by a tenth, or half of it; tenths (`八成`) by ten points."""
    step = Decimal(10) if text[number.start : number.end].endswith("成") else number.value / 10
    way = _ABOUT.search(text[: number.start])
    if not way:
        return None
    less, more = _STEPS[way[0][-1].translate(_WAYS)]
    return number.value - step * less, number.value + step * more


def _names(number: Number, text: str) -> bool:
    """Whether the number is part of a name: `“十四五”`, `“1+2”`."""
    return text[number.end : number.end + 1] in ("”", "+") or text[max(number.start - 1, 0) : number.start] == "+"


def _tail(text: str) -> list[str]:
    """The last clauses of what stands before a number, in its sentence."""
    return _COMMA.split(_STOP.split(text)[-1])[-_CLAUSES:]


def _words(text: str) -> frozenset[str]:
    return frozenset(pairs(_BOUND.sub(" ", text)))


def _distributed(text: str, counting: Sequence[Number]) -> dict[int, tuple[_Words, _Words]]:
    """`A、B分别增长1%、2%`: the first number is A's, the second B's."""
    found: dict[int, tuple[_Words, _Words]] = {}
    for each in _EACH.finditer(text):
        stop = _COMMA.search(text, each.end())
        mine = [n for n in counting if each.end() <= n.start < (stop.start() if stop else len(text))]
        things = _COMMA.split(text[: each.start()])[-1]
        named = next((s for p in _SPLITS if len(s := p.split(things)) == len(mine)), None)
        if named and len(mine) > 1:
            verb = text[each.end() : mine[0].start]
            for number, name in zip(mine, named, strict=True):
                shared = named[-1][len(name) :] if name is not named[-1] else ""
                found[number.start] = (mine_alone := _words(f"{name}{shared}{verb}"), mine_alone)
    return found
