"""Whether a sentence says the opposite of what a question takes for granted: `上升了` for `下降`, `150家` for `80家`.

Said only where a clause about the same subject holds the opposite word, denies it, or gives another number.
"""

from __future__ import annotations

import re
from itertools import product

from qa_bot.numbers import to_number
from qa_bot.text import fold

SHARED = 3
"""Characters in a row that a clause must share with what the question says before the word in dispute."""
_UP, _DOWN = "上升|增长|增加|提高|扩大|拉大|涨|变差|恶化|回升", "下降|下滑|减少|降低|缩小|收窄|下跌|回落|压减|改善|好转"
_PAIRS = ((_UP, _DOWN), (_DOWN, _UP), ("冠军|金牌", "亚军|季军|银牌|铜牌"), ("取消", "保留"), ("保留", "取消"))
_OPPOSITES = [(re.compile(one), re.compile(other)) for one, other in _PAIRS]
_DENIED = re.compile(r"(?:没有?|未能?|不)(?:能|再|会)?([\u4e00-\u9fff]{1,2})")
_AFFIRMED = re.compile(r"(?:已经?|很|也|非常|都|太|十分)*(?:很|非常|十分|够)([大强高多好快活足])")
_NEGATED = re.compile(r"(?:未|没有?|从未|尚未|无一)(?:再)?([\u4e00-\u9fff]{2})")
_NUMBER = re.compile(r"(?<!哪)(\d[\d.]*|[一二两三四五六七八九十百千]+)([万亿]*(?:%|(?!年)[\u4e00-\u9fff]))")
_CLAUSE = re.compile(r"[,，。;；!！?？:：、]")
"""Also at `、`: of `总量不大、集群不强` each is a clause of its own."""


def says_otherwise(question: str, sentence: str) -> bool:
    """Whether a clause of the sentence contradicts one of the question; both in Chinese."""
    asked = [c for c in _CLAUSE.split(fold(question)) if c]
    said = [c for c in _CLAUSE.split(fold(sentence)) if c]
    return any(_contradicts(a, s) for a, s in product(asked, said)) or _counts_otherwise(asked, said)


def _counts_otherwise(asked: list[str], said: list[str]) -> bool:
    """Whether a number of the question stands in no clause, and its neighbouring words stand beside another one."""
    there = {(_value(m[1]), m[2]) for clause in said for m in _NUMBER.finditer(clause)}
    for clause in asked:
        for number in _NUMBER.finditer(clause):
            beside = [b for b in (clause[: number.start()][-2:], clause[number.end() :][:2]) if len(b) == 2]
            if (_value(number[1]), number[2]) not in there and any(
                _about_same(clause.replace(number[0], "|"), s)
                and any(b in s for b in beside)
                and any(m[2] == number[2] for m in _NUMBER.finditer(s))
                for s in said
            ):
                return True
    return False


def _value(numeral: str) -> float:
    return float(numeral.rstrip(".")) if numeral[0].isdigit() and numeral.count(".") < 2 else to_number(numeral)


def _contradicts(asked: str, said: str) -> bool:
    for one, other in _OPPOSITES:
        word = one.search(asked)
        alone = word and not other.search(asked) and other.search(said) and not one.search(said)
        if word and alone and _about_same(asked[: word.start()], said):
            return True
    for word in _DENIED.finditer(asked):
        if word[1] in said and not re.search(rf"[没未不无]\w{{0,2}}{word[1]}", said) and _about_same(asked, said):
            return True
    for word in _NEGATED.finditer(said):
        if word[1] in asked and not re.search(rf"[没未不无否]\w{{0,2}}{word[1]}", asked) and _about_same(asked, said):
            return True
    return any(
        f"不{word[1]}" in said and _about_same(asked[: word.start()], said) for word in _AFFIRMED.finditer(asked)
    )


def _about_same(asked: str, said: str) -> bool:
    return any(asked[i : i + SHARED] in said for i in range(len(asked) - SHARED + 1))
