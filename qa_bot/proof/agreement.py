"""Whether a clause of a claim says the opposite of the clause of the evidence that it is made of.

Clauses are laid side by side by their letters. Only what is nearly the same can contradict: a denial that one of them
lacks, the opposite word, another name in the same place.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass

from rapidfuzz.distance import LCSseq, Levenshtein

from qa_bot.proof.folding import simple
from qa_bot.proof.names import listed
from qa_bot.types import WordVectors

ALIKE = 0.6
"""Share of a claim's letters that a clause must hold, in order, to be what it is made of."""
NEARLY = 0.1
"""Others are as good that hold this much less."""
SHORTEST = 4
"""Letters of a clause that can be told to be made of another."""
LONG = 10
"""Letters of a clause that make it unlikely that others hold them in this order by chance."""
APART = 5
"""Letters that both sides of a `、` need to be clauses of their own."""

_ENDS = re.compile(r"[，,；;。：:！!？?\n…]+| {2,}")
_MASKED = re.compile(
    r"(.)不\1|不(?:断|仅|但|同|久|少|管|论|妨|过|如|止|懈|已|等|由|禁|言|只|光|低于|超过|大于|小于|高于|得不|可或缺|约而同)"
    r"|无(?:论|数|比|非|人|缝|偿|废|障碍)|未(?:来|成年)|非(?:常|遗|物质|公)|[是能可]否|否则"
)
_NO = re.compile(r"绝不|并不|并[未非]|从未|尚未|未[能曾]|没有|不[能得再会可要许应该必用是]|[不没未无非勿莫]")
_KEEPS_FROM = re.compile(
    r"避免|防止|杜绝|[严]?禁止?|拒绝|反对|克服|摒弃|破除|消除|制止|限制|控制|严控|取消|停止|缺乏|缺少|难以|免|防|戒|减少|遏制"
    r"|化解|解决|整治|查处|打击|摆脱|除了|而[不非]"
)
_SINGLE = "多少 大小 强弱 高低 快慢 好坏 升降 增减 入出 上下 长短 早晚 严松 优劣 深浅 宽窄 厚薄 远近"
_OPPOSITES = [
    *((frozenset(pair[0]), frozenset(pair[1])) for pair in _SINGLE.split()),
    *(
        (frozenset(one.split("|")), frozenset(other.split("|")))
        for one, other in (
            ("上升|增长|增加|提高|扩大|上涨|回升", "下降|减少|降低|缩小|收窄|下跌|压减"),
            ("支持|鼓励|推动|允许", "限制|禁止|反对|阻止"),
            ("保留", "取消"),
            ("冠军", "亚军|季军"),
        )
    ),
]
_INSTITUTION = re.compile(r"[\u4e00-\u9fff]{2}(?<![省市县校家级性])(?:大学|学院|集团|公司|银行|医院|研究院)")

_PLACE = re.compile(r"[\u4e00-\u9fff]{2}[省市县]")


@dataclass(frozen=True, slots=True)
class Clause:
    """A clause as it stands, its letters, and whether what a `、` parts from it before denies something."""

    piece: str
    text: str
    denied: bool


def clauses(text: str) -> tuple[Clause, ...]:
    """The clauses of a text, also those that only `、` parts, where both are long."""
    found = (Clause(piece, re.sub(r"[\W_]", "", piece), denied) for piece, denied in _pieces(simple(text)))
    return tuple(clause for clause in found if clause.text)


def named(text: str, words: WordVectors | None) -> frozenset[str]:
    """The names of places and institutions in a text; without `words` also what only looks like one inside a word."""
    return frozenset({text[a:b] for a, b in listed(text, words)} | {m[0] for m in _INSTITUTION.finditer(text)})


Namer = Callable[[str], Collection[str]]


def contradicts(claim: Clause, evidence: Sequence[Clause], names: Namer) -> bool:
    """Whether each clause that the claim may be made of says something else; `names` are those in a text."""
    if len(claim.text) < SHORTEST:
        return False
    alike = [_share(claim.text, e.text) for e in evidence]
    least = max(ALIKE, max(alike, default=0.0) - NEARLY)
    made_of = [e for e, share in zip(evidence, alike, strict=True) if share >= least]
    return bool(made_of) and all(_opposed(claim, e, names) for e in made_of)


def _share(claim: str, other: str) -> float:
    """Share of letters that both hold in one order: of the claim's, or of the shorter one's where neither is short."""
    whole = min(len(claim), len(other)) if len(other) >= LONG else len(claim)
    return float(LCSseq.similarity(claim, other) / whole)


def _pieces(text: str) -> Iterator[tuple[str, bool]]:
    for piece in _ENDS.split(text):
        held, denied = "", False
        for item in piece.split("、"):
            if len(held) >= APART and len(item) >= APART:
                yield held, denied
                denied, held = denied or bool(_NO.search(_mask(held))), item
            else:
                held = f"{held}、{item}" if held else item
        yield held, denied


def _opposed(claim: Clause, other: Clause, names: Namer) -> bool:
    if claim.text in other.text and not _NO.search(other.text):
        return False
    denied = _denies(claim.text, other.text) or (not claim.denied and _denies(other.text, claim.text))
    return denied or _says_opposite(claim.text, other.text) or _names_another(claim, other, names)


def _denies(one: str, other: str) -> bool:
    """Whether the first denies what the second says without a denial."""
    if _KEEPS_FROM.search(one) or _KEEPS_FROM.search(other):
        return False
    one, other = _mask(one), _mask(other)
    for no in _NO.finditer(one):
        denied, before = one[no.end() : no.end() + 2], one[max(no.start() - 2, 0) : no.start()]
        places = [m.start() for m in re.finditer(re.escape(denied), other)] if len(denied) == 2 else []
        if len(before) == 2 and denied:
            places += [m.end() - 1 for m in re.finditer(rf"{re.escape(before)}\w{{0,2}}?{re.escape(denied[0])}", other)]
        if places and not any(_NO.search(other, 0, at) for at in places):
            return True
    return False


def _mask(text: str) -> str:
    """Words that only look like denials made unreadable, in their length."""
    return _MASKED.sub(lambda m: "·" * len(m[0]), text)


def _says_opposite(one: str, other: str) -> bool:
    for op in Levenshtein.opcodes(one, other):
        said, there = one[op.src_start : op.src_end], other[op.dest_start : op.dest_end]
        if op.tag == "replace" and any((said in a and there in b) or (said in b and there in a) for a, b in _OPPOSITES):
            return True
    return False


def _names_another(claim: Clause, other: Clause, names: Namer) -> bool:
    """Whether each names a place, or an institution, that the other does not."""
    there = {bool(_INSTITUTION.match(n)) for n in names(other.piece) if n not in claim.text}
    if not there:
        return False
    may_be = {*names(claim.piece), *named(claim.piece, None), *_PLACE.findall(claim.piece)}
    return any(bool(_INSTITUTION.match(n)) in there for n in may_be if n not in other.text)
