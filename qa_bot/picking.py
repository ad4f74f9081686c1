"""Hits → the sentences to quote: the one to three that answer and no more; a list whole, wherever it is spread."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from qa_bot.citations import SENTENCE
from qa_bot.elsewhere import speaks_of_another_year
from qa_bot.enumerations import STEP
from qa_bot.kinds import Span, holds_kind
from qa_bot.numbers import to_number
from qa_bot.outline import siblings
from qa_bot.premise import says_otherwise
from qa_bot.ranking import Ranker
from qa_bot.types import Hit, Speech, WordVectors
from qa_bot.understanding import Query

LIMIT = 440
"""Characters quoted at most, but for the outline."""
KEEP = 0.5
"""Score that a further sentence needs, the best one having 1 (see `Ranker.rank`)."""
MOST, MOST_LISTED = 3, 8
"""Sentences quoted at most; for a list, which may be spread over short ones."""
OPENS = 30
"""Characters up to which the first sentence of a paragraph opens the list that follows it, as a topic sentence; others
do before a step, with a colon or a question mark."""

_REASON = re.compile(r"因为|由于|之所以|原因|为的是|是因|\bbecause\b|\bsince\b", re.IGNORECASE)
_SERIES = re.compile(r"(?:[^,，。;；:：、]{1,24}、)+[^,，。;；:：、]{1,24}")
_TOTAL = re.compile(
    r"(?<=[\u4e00-\u9fff”\"])(等?)([两三四五六七八九十]|\d+)(?:个|大|项|类|种|方面|支|条|家|座|所)[^、]*$"
)
"""What may count the members after the last of them: `…、人力资源四个重点`; of `医院两家` it is the member's own."""


class Picker:
    """Chooses among the hits of one speech."""

    def __init__(self, speech: Speech, vectors: WordVectors) -> None:
        self.speech, self.ranker = speech, Ranker(speech, vectors)
        self.firsts = {p.sentences[0].start for p in speech.paragraphs if p.sentences}
        self.sentences = tuple((s.start, s.end) for p in speech.paragraphs for s in p.sentences)

    def pick(self, query: Query, hits: Sequence[Hit]) -> list[Span]:
        """The best hit and the others that come near it, each with the list that it opens, within `LIMIT`."""
        hits = self._of_the_year(query, self.ranker.rank(query, hits))
        listed = query.kind == "list"
        if listed and len(parallel := self._parallel(query, hits)) > 2:
            return parallel
        if listed:
            hits = self._lists_first(hits)
        picked: list[Span] = []
        for hit in hits[: 2 * MOST]:
            if picked and (hit.score < KEEP * hits[0].score or not self._adds(query, hits[0], hit)):
                continue
            own, follow = (hit.passage.start, hit.passage.end), self._list_at(hit.passage.start)
            heads = not picked and follow[:1] == [own]
            spans = [own, *(follow if listed else follow[1:2] if heads else ())]
            for span in spans:
                fits = _size([*picked, span]) <= LIMIT
                if span not in picked and (not picked or (fits and len(picked) < (MOST_LISTED if listed else MOST))):
                    picked.append(span)
        return self._with_reason(picked) if query.kind == "reason" else picked

    def _lists_first(self, hits: Sequence[Hit]) -> list[Hit]:
        """The hits that open a list before the others, as far as they come near the best."""
        near = {h.passage.id for h in hits[:MOST] if h.score >= KEEP * hits[0].score}
        opens = {h.passage.id for h in hits if h.passage.id in near and len(self._list_at(h.passage.start)) > 2}
        return sorted(hits, key=lambda h: h.passage.id not in opens)

    def _of_the_year(self, query: Query, hits: Sequence[Hit]) -> Sequence[Hit]:
        """The hits that are not of another year than the one asked for, where one of them comes near the best."""
        fit = [
            hit
            for hit in hits
            if not speaks_of_another_year(query, self.speech, hit.passage.start, hit.passage.end)
            or says_otherwise(query.question, hit.passage.text)
        ]
        return fit if fit and fit[0].score >= KEEP * hits[0].score else hits

    def _with_reason(self, picked: list[Span]) -> list[Span]:
        """With the nearest sentence of the first one's paragraph that says why, where none of them does."""
        here = self.speech.paragraph_at(picked[0][0]) if picked else None
        if here is None or any(_REASON.search(self.speech.text[start:end]) for start, end in picked):
            return picked
        beside = sorted(here.sentences, key=lambda s: abs(s.start - picked[0][0]))
        why = next((s for s in beside if _REASON.search(self.speech.text[s.start : s.end])), None)
        return [picked[0], (why.start, why.end)] if why else picked

    def _parallel(self, query: Query, hits: Sequence[Hit]) -> list[Span]:
        """Topic sentences alike, each a member of the list asked for, found by one of the first hits."""
        found = (siblings(self.speech, hit.passage.start, query.focus) for hit in hits[:MOST])
        alike: list[Span] = max(found, key=len, default=[])
        return alike if _size(alike) <= LIMIT else []

    def _adds(self, query: Query, best: Hit, hit: Hit) -> bool:
        """Whether a further hit can add to the best: no heading does, nor what lacks the fact that the best one has."""
        fact = holds_kind(query, hit.passage.text) or not holds_kind(query, best.passage.text)
        return fact and hit.passage.kind != "heading"

    def _list_at(self, offset: int) -> list[Span]:
        """The sentences of the list that the sentence at an offset belongs to, or opens."""
        at = next((i for i, (start, _) in enumerate(self.sentences) if start == offset), None)
        if at is None:
            return []
        first, last = at, at + 1
        while self._is_step(at) and first > 0 and self._is_step(first - 1):
            first -= 1
        while self._is_step(at) and last < len(self.sentences) and self._is_step(last):
            last += 1
        if last - first > 1:
            return list(self.sentences[first:last])
        if chain := self._chain(at):
            return chain
        return [self.sentences[at], *(self._after(at) if self._opens(at) else ())]

    def _chain(self, at: int) -> list[Span]:
        """The members that semicolons part and a colon announces, with the sentence at a place among them; or none."""
        first, last = at, at
        while first and self._continues(first - 1):
            first -= 1
        while self._continues(last) and last + 1 < len(self.sentences):
            last += 1
        announced = re.search("[:：]", self.speech.text[slice(*self.sentences[first])])
        return list(self.sentences[first : last + 1]) if announced and last > first + 1 else []

    def _continues(self, at: int) -> bool:
        return self.speech.text[self.sentences[at][1] - 1] in ";；"

    def _after(self, at: int) -> list[Span]:
        """What follows a sentence in its paragraph, and the next paragraphs' first sentences: those that are steps;
        where nothing follows, all."""
        here = self.speech.paragraph_at(self.sentences[at][0])
        if here is None:
            return []
        within = [(s.start, s.end) for s in here.sentences if s.start > self.sentences[at][0]]
        later = (
            p for p in self.speech.paragraphs if p.section == here.section and p.start > here.start and p.sentences
        )
        heads = [(p.sentences[0].start, p.sentences[0].end) for p in later]
        return within + [span for span in heads if not within or STEP.match(self.speech.text[slice(*span)])]

    def _is_step(self, at: int) -> bool:
        return bool(STEP.match(self.speech.text[slice(*self.sentences[at])]))

    def _opens(self, at: int) -> bool:
        start, end = self.sentences[at]
        steps = at + 1 < len(self.sentences) and self._is_step(at + 1)
        short = start in self.firsts and end - start <= OPENS
        return short or self.speech.text[end - 1] in ":：?？" or steps


def list_items(text: str) -> tuple[str, ...]:
    """What a sentence enumerates: by `一是…二是…` or `第一…第二…`, else its longest run of `、`."""
    steps = [part.strip(" ,，;；。") for part in STEP.split(text)[1:]]
    if len(steps) > 1:
        return tuple(steps)
    series = max(_SERIES.findall(text), key=len, default="")
    total = _TOTAL.search(series)
    if total and (total[1] or to_number(total[2]) == series.count("、") + 1):
        series = series[: total.start()]
    return tuple(item for item in series.split("、") if item)


def _size(spans: Iterable[Span]) -> int:
    return sum(min(end - start, SENTENCE) for start, end in spans)
