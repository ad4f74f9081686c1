"""Hits → an Answer made of the speech's own sentences: the one to three that answer, or a refusal that says why not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from itertools import accumulate
from typing import Any

from qa_bot.announced import announced_spans
from qa_bot.citations import SENTENCE, cite, clip, join_neighbours, where
from qa_bot.evidence import Support, assess
from qa_bot.kinds import Span
from qa_bot.outline import (
    counted_spans,
    member_spans,
    outline_items,
    outline_spans,
    parts,
    place_paragraphs,
    place_spans,
    stretch_spans,
)
from qa_bot.picking import LIMIT, Picker, list_items
from qa_bot.premise import says_otherwise
from qa_bot.text import fold, grams
from qa_bot.types import Answer, Citation, Hit, Notice, Quotation, Reason, Related, Speech, WordVectors
from qa_bot.typos import Speller
from qa_bot.understanding import OUTLINE_KINDS, Query, plain, things
from qa_bot.wording import WORDING

Each = Sequence[tuple[Query, Sequence[Hit]]]
"""Several questions in one, each with its hits."""


class Quoter:
    """The answer step that needs no model."""

    def __init__(self, speech: Speech, vectors: WordVectors, told: Mapping[int, str] | None = None) -> None:
        """`told` is other words for the sentences that begin at these offsets; never quoted."""
        self.speech, self.vectors, self.told = speech, vectors, told or {}
        self.picker = Picker(speech, vectors)

    @cached_property
    def speller(self) -> Speller:
        """Of the words of this speech."""
        return Speller(self.speech, self.vectors)

    def answer(self, query: Query, hits: Sequence[Hit], each: Each = ()) -> Answer:
        """One to three sentences (for the outline: headings and topic sentences), or a refusal.

        Where the question is `each` of several in one, and all together find nothing, or not all the things of which
        the same is asked, they are answered one by one.
        """
        answer, named = self._answer(query, hits), things(query.question)
        if not each or (answer.status == "answered" and _names(_quoted(answer), named) == len(named)):
            return answer
        apart = self._answer_each(query, each)
        better = apart and (
            answer.status == "refused" or _names(_quoted(apart), named) > _names(_quoted(answer), named)
        )
        return apart if apart and better else answer

    def _answer(self, query: Query, hits: Sequence[Hit]) -> Answer:
        if query.kind in ("smalltalk", "task"):
            return self.refuse(
                query, "out_of_scope", (), wording(query)["smalltalk"] if query.kind == "smalltalk" else ""
            )
        if query.kind == "provenance":
            said = _provenance(self.speech, query)
            unsaid = self.refuse(query, "not_mentioned", (), wording(query)["not_mentioned"].format(missing=""))
            return Answer(query.question, query.search, said, basis="provenance") if said else unsaid
        if query.kind in OUTLINE_KINDS:
            if (spans := outline_spans(self.speech, query)) and not self._is_elsewhere(query, hits, spans):
                return self.compose(query, spans)
            if query.place or any(query.ordinals):
                near = () if query.place else hits  # nothing is near a number
                return self.refuse(query, "not_mentioned", near, self._no_part(query))
            query = plain(query)
        if not query.focus:
            return self.refuse(query, "unclear")
        if query.item and (spans := member_spans(self.speech, query)):
            return self.compose(query, spans)
        if (
            query.count > 2
            and query.kind in ("list", "thing", "whether")
            and (spans := counted_spans(self.speech, query))
        ):
            return self.compose(query, spans)
        if query.kind in ("list", "thing") and (spans := announced_spans(self.speech, query.question)):
            return self.compose(query, spans)
        picked = self.picker.pick(query, hits)
        support = self.support(query, picked)
        if support.reason:
            return self.refuse(query, support.reason, hits, self._why(query, support))
        notices = (Notice("generated", wording(query)["generated_read"]),) if support.told else ()
        spans = stretch_spans(self.speech, picked[0]) if query.stretch else picked
        return replace(self.compose(query, spans), notices=notices)

    def _is_elsewhere(self, query: Query, hits: Sequence[Hit], spans: Sequence[Span]) -> bool:
        """Whether what else is named of a beginning or an ending stands, to the letter, in another sentence only."""
        edge = query.kind in ("beginning", "ending") and len(query.part) > 4
        picked = self.picker.pick(plain(query), hits)[:1] if edge else []
        here, there = (" ".join(self.speech.text[slice(*span)] for span in of) for of in (spans, picked))
        return bool(_names(there, [query.part]) and not _names(here, [query.part]))

    def _answer_each(self, query: Query, each: Each) -> Answer | None:
        """One answer to several questions, and why the others are not answered; nothing where none is."""
        share, spans, notices, unsaid = LIMIT // len(each), list[Span](), dict[Notice, None](), ""
        named = things(query.question) or ("",) * len(each)
        for (one, found), thing in zip(each, named, strict=True):
            hits = [hit for hit in found if _names(hit.passage.text, [thing])] or found
            part = label_generated(self._answer(one, hits), one, hits)
            clipped = [clip(self.speech, (c.start, c.end), one.focus, share) for c in part.citations]
            spans += clipped[: sum(total <= share for total in accumulate(end - start for start, end in clipped))]
            if part.citations:
                notices |= dict.fromkeys(part.notices)
            else:
                unsaid += wording(query)["unsaid"].format(question=one.question, said=part.text)
        if not spans:
            return None
        answer = self.compose(replace(query, kind="thing"), list(dict.fromkeys(spans)))
        return replace(answer, text=answer.text + unsaid, notices=tuple(notices))

    def support(self, query: Query, picked: Sequence[Span]) -> Support:
        """What the picked sentences, with their paragraphs and headings, hold of the question."""
        around = [span for start, _ in picked for span in self._around(start)]
        return assess(query, picked, around, self.speech, self.vectors, self.told)

    def compose(self, query: Query, spans: Sequence[Span]) -> Answer:
        """Lead-in and quotations, each copied by offset, with their markers."""
        words = wording(query)
        count = len(place_paragraphs(self.speech, query.place) if query.place else parts(self.speech))
        kind: str = "no_parts" if query.kind == "parts" and not count else query.kind
        if kind not in OUTLINE_KINDS and any(says_otherwise(query.question, self.speech.text[a:b]) for a, b in spans):
            kind = "otherwise"
        text = words["lead"].get(kind, words["lead"]["else"]).format(count=count)
        citations: list[Citation] = []
        quotations: list[Quotation] = []
        there = place_spans(self.speech, query.place) if query.kind == "paragraph" and query.place else []
        clipped = list(spans) if there else [clip(self.speech, span, query.focus, SENTENCE) for span in spans]
        for span in join_neighbours(self.speech, clipped):
            citation = cite(self.speech, span)
            text += "\n" + words["place"][where(citation)].format(n=citation.paragraph) + words["before"]
            quotations.append(Quotation(len(text), len(text) + len(citation.quote), "exact", len(citations)))
            text += f"{citation.quote}{words['after']}〔{citation.marker}〕"
            citations.append(citation)
        if len(there) > len(spans):
            text += words["cut"].format(count=len(there) - len(spans))
        return Answer(query.question, query.search, text, citations=tuple(citations), quotations=tuple(quotations))

    def items(self, query: Query, spans: Sequence[Span]) -> tuple[str, ...]:
        """The members of the list that was quoted: of the outline, the quotations, or what one of them enumerates."""
        if outline := outline_items(self.speech, query):
            return tuple(self.speech.text[start:end] for start, end in outline)
        texts = [self.speech.text[start:end] for start, end in spans]
        return tuple(texts) if len(texts) > 2 else max((list_items(text) for text in texts), key=len, default=())

    def refuse(self, query: Query, reason: Reason, hits: Sequence[Hit] = (), said: str = "") -> Answer:
        """A refusal that says what is missing and names the nearest passages."""
        words = wording(query)
        text = said or words[reason]
        related = tuple(self._related(hit) for hit in hits if hit.passage.kind == "sentence")[:3]
        if numbers := dict.fromkeys(r.paragraph for r in related if r.paragraph):
            text += words["related"].format(
                places=words["comma"].join(words["paragraph_n"].format(n=n) for n in numbers)
            )
        return Answer(query.question, query.search, text, status="refused", reason=reason, related=related)

    def _related(self, hit: Hit) -> Related:
        start, end = hit.passage.start, hit.passage.end
        paragraph = self.speech.paragraph_at(start)
        return Related(paragraph.number if paragraph else None, self.speech.text[start:end], start, end)

    def _around(self, offset: int) -> list[Span]:
        """The paragraph at an offset, and the headings above it."""
        paragraph = self.speech.paragraph_at(offset)
        spans = [(paragraph.start, paragraph.end)] if paragraph else []
        section = paragraph.section if paragraph else None
        while section is not None:
            spans.append((self.speech.sections[section].start, self.speech.sections[section].end))
            section = self.speech.sections[section].parent
        return spans

    def _why(self, query: Query, support: Support) -> str:
        words = wording(query)
        if support.reason == "detail_missing":
            return str(words["detail_missing"]).format(what=words["what"].get(query.kind, words["what"]["else"]))
        if support.reason == "not_mentioned":
            whole = fold(self.speech.text)
            lost = [word for word in support.missing if word not in whole][:3]
            missing = words["missing"].format(words=words["comma"].join(lost)) if lost else ""
            return str(words["not_mentioned"]).format(missing=missing)
        return str(words[str(support.reason)])

    def _no_part(self, query: Query) -> str:
        count, paragraphs = len(parts(self.speech)), sum(p.kind == "body" for p in self.speech.paragraphs)
        return str(wording(query)["no_part" if count else "unparted"]).format(count=count, paragraphs=paragraphs)


def label_generated(answer: Answer, query: Query, hits: Sequence[Hit]) -> Answer:
    """The answer with a notice that names the places shown that generated passages moved up among the hits."""
    words = wording(query)
    shown = [(c.start, c.end) for c in answer.citations] + [(r.start, r.end) for r in answer.related]
    moved = [
        f"〔{hit.passage.addresses[0]}〕{words['generated_kind'][hit.via]}"
        for hit in hits
        if hit.via and any(start < hit.passage.end and hit.passage.start < end for start, end in shown)
    ]
    if not moved or answer.basis == "provenance" or query.place or any(query.ordinals):
        return answer
    notice = Notice("generated", words["generated_found"].format(places=words["comma"].join(moved)))
    return replace(answer, notices=(*answer.notices, notice))


def wording(query: Query) -> Mapping[str, Any]:
    """The answer's own words, in the question's language."""
    return WORDING["en" if query.english else "zh"]


def _quoted(answer: Answer) -> str:
    return " ".join(c.quote for c in answer.citations)


def _names(text: str, named: Sequence[str]) -> int:
    """Of how many things at least half of the bigrams, or the one character, stand in a text."""
    said = fold(text)
    pairs = ([gram for gram in grams(thing) if len(gram) > 1] or [thing] for thing in named)
    return sum(sum(pair in said for pair in of) >= len(of) / 2 for of in pairs)


def _provenance(speech: Speech, query: Query) -> str:
    """What the page says of what is asked, a line each; empty where it does not."""
    words = wording(query)
    values = {"title": speech.title} | {
        key: getattr(speech.provenance, key) for key in words["provenance"] if key != "title"
    }
    lines = [words["provenance"][key].format(value=values[key]) for key in query.fields if values[key]]
    return "\n".join([words["provenance_lead"], *lines]) if lines else ""
