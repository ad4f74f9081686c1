"""Written answers, proved: every marker, quotation, number and name of a chat model's prose held against the speech.

The model points, code copies. What stays between quotation marks is the speech's own; what the speech does not carry
is flagged where it stands. Method after LLM attribution checks (ALCE, Gao et al. 2023), judged by code alone.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from qa_bot.citations import cite
from qa_bot.proof.judged import Judged
from qa_bot.proof.matching import Match, Span
from qa_bot.proof.prose import Marker, Part, Quoted, clean, parts, without_marks
from qa_bot.proof.prover import Prover
from qa_bot.proof.units import is_claim, plain_text, units
from qa_bot.types import Citation, Notice, Quotation, Speech, WordVectors
from qa_bot.wording import PROOF

REFUSAL = re.compile(r"^\W{0,3}(?:未提及|未提到|NOT[ _]MENTIONED)(?:\W*[】\]〕]|[。.:：\n]|\s*$)\s*", re.IGNORECASE)
_TRAILING = re.compile(r"[。！？!?；;，,\s.]*$")

__all__ = ["Proved", "Prover", "prove"]


@dataclass(frozen=True, slots=True)
class Proved:
    """What is left of a written answer. `refused`: the model itself says that the speech does not say it."""

    text: str
    citations: tuple[Citation, ...]
    quotations: tuple[Quotation, ...]
    notices: tuple[Notice, ...]
    refused: bool


def prove(
    text: str,
    speech: Speech,
    shown: Collection[str],
    question: str = "",
    words: WordVectors | None = None,
    *,
    prover: Prover | None = None,
) -> Proved:
    """The whole text of a model's answer, proved.

    Args:
        shown: the addresses that the model was given.
        prover: that of this speech, where there is one already; else `words` are needed.
    """
    if prover is None:
        if words is None:
            raise TypeError("prove() needs words or a prover")
        prover = Prover(speech, words)
    bare, smuggled = clean(text, speech.text)
    refusal = REFUSAL.match(bare)
    cut = units(parts(bare[refusal.end() :] if refusal else bare))
    counts = {len(cut), sum(bool(plain_text(unit)) for unit in cut)}
    counts |= {n for n in (sum(map(_listed, cut)),) if n > 1}
    judged: list[Judged] = []
    for unit in cut:
        judged.append(prover.judge(unit, shown, counts, judged[-1] if judged else None))
    writer = _Writer(speech, "zh" if re.search(r"[\u4e00-\u9fff]", " ".join(map(plain_text, cut)) or "中") else "en")
    if smuggled:
        writer.notices.append(Notice("markup_removed", writer.words["markup_removed"]))
    for one in judged:
        writer.write(one)
    claims = [j for j in judged if is_claim(j.unit)]
    denied = bool(judged) and any(j.denies for j in judged) and not claims and not any(_stands(j) for j in judged)
    return writer.done(refused=bool(refusal) or denied)


def _listed(unit: Sequence[Part]) -> bool:
    return bool(
        re.match(
            r"\s*(?:[-•·]|[（(]?\d{1,2}[)）.、]|[一二三四五六七八九十]+是|第[一二三四五六七八九十]+[,，、])",
            plain_text(list(unit)),
        )
    )


def _stands(judged: Judged) -> bool:
    return any(m and m.kind != "contrary" for m in judged.matches.values())


def _joins(text: str, following: Sequence[Part]) -> bool:
    """Whether two numbers would become one."""
    return text[-1:] in {*"0123456789."} and all(getattr(part, "text", "")[:1].isdigit() for part in following)


class _Writer:
    """Puts the text together again; every offset is known as it is written."""

    def __init__(self, speech: Speech, language: str) -> None:
        self.speech, self.words = speech, PROOF[language]
        self.text = ""
        self.citations: dict[Span, Citation] = {}
        self.quotations: list[tuple[Quotation, Span | None]] = []
        self.notices: list[Notice] = []

    def write(self, judged: Judged) -> None:
        """One unit: its parts, the markers that it lacked before its full stop, what it does not deserve told."""
        began = len(self.text)
        last = max(
            (i for i, p in enumerate(judged.unit) if not isinstance(p, Marker) and getattr(p, "text", "").strip()),
            default=-1,
        )
        for i, part in enumerate(judged.unit):
            if isinstance(part, Marker):
                self.text += part.words
                self._markers(judged.kept[i])
                if not judged.kept[i]:
                    self.text = self.text.rstrip(" ") + (" " if _joins(self.text, judged.unit[i + 1 : i + 2]) else "")
            elif isinstance(part, Quoted):
                self._quotation(part, judged.matches[i], judged.flags.get(i, []))
            else:
                self._plain(part.text, judged.flags.get(i, []), judged if i == last else None)
        if last >= 0 and isinstance(judged.unit[last], Quoted):
            self._close(judged)
        for address in dict.fromkeys(judged.dropped):
            self.notices.append(Notice("citation_dropped", self.words["citation_dropped"].format(address=address)))
        if judged.unsupported:
            self.notices.append(
                Notice("claim_unsupported", self.words["claim_unsupported"], began, len(self.text.rstrip()))
            )

    def done(self, *, refused: bool) -> Proved:
        """Everything, with white space at the ends gone."""
        text = self.text.rstrip()
        quotations = tuple(
            replace(q, end=min(q.end, len(text)), citation=self._citing(place)) for q, place in self.quotations
        )
        notices = tuple(n if n.end is None else replace(n, end=min(n.end, len(text))) for n in self.notices)
        return Proved(text, tuple(self.citations.values()), quotations, notices, refused)

    def _citing(self, place: Span | None) -> int | None:
        """Index of the citation that holds a place."""
        return next((i for i, (a, b) in enumerate(self.citations) if place and a <= place[0] and place[1] <= b), None)

    def _plain(self, text: str, flags: Sequence[tuple[int, int, str]], closing: Judged | None) -> None:
        text = text.replace("〔", "（").replace("〕", "）")
        if not self.text:
            text, shift = text.lstrip(), len(text) - len(text.lstrip())
            flags = [(a - shift, b - shift, kind) for a, b, kind in flags]
        stop = _TRAILING.search(text)
        body = stop.start() if closing and stop else len(text)
        at = 0
        for start, end, kind in sorted(flags):
            self.text += without_marks(text[at:start]) if start > at else ""
            self.text += (said := without_marks(text[max(start, at) : end]))
            self._flag(kind, said)
            at = end
        self.text += without_marks(text[at:body])
        if closing:
            self._close(closing)
        self.text += without_marks(text[max(at, body) :])

    def _flag(self, kind: str, said: str) -> None:
        end = len(self.text)
        detail = self.words[kind].format(said=said)
        self.notices.append(Notice(kind, detail, end - len(said), end))
        self.text += self.words[f"{kind}_mark"]

    def _close(self, judged: Judged) -> None:
        self._markers(judged.added)
        if judged.unsupported:
            self.text += self.words["claim_unsupported_mark"]

    def _markers(self, spans: Sequence[Span]) -> None:
        for span in spans:
            marker = f"〔{self._cite(span).marker}〕"
            if not self.text.endswith(marker):
                self.text += marker

    def _cite(self, span: Span) -> Citation:
        if span not in self.citations:
            self.citations[span] = cite(self.speech, span)
        return self.citations[span]

    def _quotation(self, part: Quoted, match: Match | None, flags: Sequence[tuple[int, int, str]]) -> None:
        if match and match.kind != "contrary":
            self._copy(match, "exact" if match.kind == "exact" else "repaired", part.text)
            return
        start = len(self.text)
        self._plain(part.text, flags, None)
        if len(self.text) == start:
            return
        self.quotations.append((Quotation(start, len(self.text), "downgraded", None), None))
        self.notices.append(
            Notice("quote_downgraded", self.words["quote_downgraded"].format(said=part.text), start, len(self.text))
        )
        if match:
            before, after = self.words["original"]
            self.text += before
            self._copy(match, "exact", part.text)
            self.text += after

    def _copy(self, match: Match, state: Literal["exact", "repaired"], said: str) -> None:
        quote = self.speech.text[match.start : match.end]
        start = len(self.text) + 1
        self.text += f"“{quote}”"
        self.quotations.append((Quotation(start, start + len(quote), state, None), (match.start, match.end)))
        if state == "repaired":
            self.notices.append(
                Notice("quote_repaired", self.words["quote_repaired"].format(said=said), start, start + len(quote))
            )
