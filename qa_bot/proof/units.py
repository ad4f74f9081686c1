"""Prose in units: a sentence with the markers that follow it; and what kind of statement it is."""

from __future__ import annotations

import re
from collections.abc import Iterable

from qa_bot import phrases
from qa_bot.proof.folding import simple
from qa_bot.proof.prose import Marker, Part, Plain
from qa_bot.text import is_han, runs

_END = re.compile(r"[。！？!?；;]+[）)]?|(?<=[A-Za-z)%\d])\.(?=\s|$)|\n+")
_DENIAL = re.compile(
    r"(?:没有|并未|未曾|从未|未|不曾|没)(?:有|能|再|明确|直接|具体|专门|单独|进一步|作出|做出|就此)*"
    r"(?:提到|提及|说明|谈到|讲到|涉及|给出|提供|列出|公布|透露|交代|写明|点明|出现|指明|披露|回答|找到|说|讲|写|提)"
    r"|没有(?:任何)?(?:关于|相关|有关|涉及)|(?:没有|未见|找不到|查不到)[^,，。；;]{0,8}(?:数据|数字|答案|信息|表述|记载|依据|线索|说法)|看不出|无从得知|无法(?:得知|确定|回答|判断)|隐去|略去"
    r"|\b(?:does|do|did|is|are|was|were) ?n[o'’]t\b.{0,40}\b"
    r"(?:mention|say|give|state|specif|tell|name|provide|disclos|contain|address|found)"
    r"|\bnot (?:mentioned|stated|given|specified|disclosed)\b|\bnever (?:mention|say|state)"
    r"|\bwithh[eo]ld|\bno mention\b",
    re.IGNORECASE,
)
_LEAD = re.compile(
    r"(?:^|[,，])\s*(?:因此|所以|此外|另外|同时|其中|首先|其次|再次|最后|综上|总之|总的来说|具体(?:来说|包括|如下)?|以下|如下|包括|即|也就是说|换言之|对此|关于此"
    r"|原文(?:是|为|如下)?|原话是?|全文|一方面|另一方面|可以概括为|主要(?:有|是|包括)|分别(?:是|为)?|是的|不是|对|不对|否)"
)
_LEAD_EN = frozenset(
    re.findall(
        r"\w+",
        "yes no also moreover furthermore first second third finally in addition translation rendering meaning"
        " specifically namely words original chinese quoted following follows below above",
    )
)
_LISTING = re.compile(
    r"^\s*(?:\d{1,2}(?=\s{2})|[-•·]\s*|\*\s+|[（(]?(?:\d{1,2}|[一二三四五六七八九十]{1,2})[)）.、．](?!\d)\s*|第[一二三四五六七八九十]{1,2}[、，,]\s*|[一二三四五六七八九十]是)"
)
_BACK = re.compile(
    r"[这那此][一两三四五六七八九十几些]*[个些项家种类点条者]|这(?!里|次|篇)|前者|后者|[两二三]者|上述|[它他她]们?|(?<![尤与])其(?!他|它|余|实|次)|同期|此[前后]"
    r"|\b(?:it|its|they|them|their|that|those|these|this|both)\b"
)
CLAIMS, CLAIMS_EN = 5, 3
"""Characters, or English words, of content from which on words count as a claim."""

Unit = list[Part]


def units(parts: Iterable[Part]) -> list[Unit]:
    """The parts cut where sentences end; markers right behind the end belong to the sentence before."""
    found: list[Unit] = [[]]
    ended = False
    for part in parts:
        if ended and not isinstance(part, Marker) and not (isinstance(part, Plain) and not part.text.strip(" ")):
            found.append([])
            ended = False
        if not isinstance(part, Plain):
            found[-1].append(part)
            continue
        at = 0
        for end in _END.finditer(part.text):
            if ended:
                found.append([])
            found[-1].append(Plain(part.text[at : end.end()]))
            at, ended = end.end(), True
        if at < len(part.text):
            if ended and part.text[at:].strip(" "):
                found.append([])
                ended = False
            found[-1].append(Plain(part.text[at:]))
    return [unit for unit in found if unit]


def plain_text(unit: Unit) -> str:
    """The model's own words in a unit; a gap where something else stands."""
    return " ".join(part.text for part in unit if isinstance(part, Plain)).strip()


def is_denial(text: str) -> bool:
    """Whether it says that the speech does not say something."""
    return bool(_DENIAL.search(text))


def is_claim(unit: Unit) -> bool:
    """Whether the model's own words say something of the matter, beyond leading to a quotation or a list."""
    text = plain_text(unit)
    if is_denial(text) or (text.endswith(("：", ":")) and len(text) < 60):
        return False
    words = runs(claim_words(text))
    han = sum(len(run) for run in words if is_han(run))
    latin = sum(not is_han(run) and run not in phrases.STOP_EN and run not in _LEAD_EN for run in words)
    return han >= CLAIMS or latin >= CLAIMS_EN


def leans_back(text: str) -> bool:
    """Whether it speaks of what the sentence before it named (`这两项`, `其中`, `they`)."""
    return bool(_BACK.search(text))


def claim_words(text: str) -> str:
    """The words without what only frames them: the number of a list's line, `讲话提出`, `因此`."""
    return phrases.FRAME.sub(" ", _LEAD.sub(" ", _LISTING.sub(" ", simple(text))))


def listing_end(text: str) -> int:
    """Where the mark of a list's line ends (`2. `, `（二）`); 0 where there is none."""
    match = _LISTING.match(text)
    return match.end() if match else 0
