"""Turns → the lines of a document, in Chinese or English; each format only sets them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from qa_bot.citations import where
from qa_bot.store import KeptTurn
from qa_bot.types import Answer, Citation, Notice, Related, Speech
from qa_bot.wording import EXPORT, WORDING

Kind = Literal["title", "meta", "question", "label", "text", "cited", "notice", "foot"]

UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ufffe\uffff"
    "\ud800-\udfff\U000e0000-\U000e007f]"
)
"""What no reader sees, or what turns the order of what they see: control and bidirectional characters, tags, lone
surrogates. Some of it no XML can hold."""


@dataclass(frozen=True, slots=True)
class Line:
    """One paragraph of the document, plain text without line breaks."""

    kind: Kind
    text: str


def visible(text: str) -> str:
    """One line; what is unseen is named (`⟨U+202E⟩`), so that it can do nothing and hide nothing."""
    return UNSEEN.sub(lambda found: f"⟨U+{ord(found[0]):04X}⟩", re.sub(r"\r\n|[\n\r\t]", " ", text))


def reference(cited: Citation | Related, speech: Speech, lang: str = "zh") -> str:
    """`“…”（《题名》第12段）`: one quotation, to be pasted elsewhere."""
    words = EXPORT[lang]
    return str(words["quoted"].format(quote=visible(cited.quote), source=_source(cited, speech, words)))


def document(turns: Sequence[KeptTurn], speech: Speech, lang: str) -> list[Line]:
    """Everything that is taken away, in order: the speech, then each question with what came of it."""
    words = EXPORT[lang]
    lines = [Line("title", words["title"].format(title=_title(speech, words)))]
    lines += [Line("meta", text) for text in _about(speech, lang)]
    for turn in turns:
        lines.append(Line("question", words["asked"].format(question=turn.question.strip())))
        lines += _Told(turn.answer, speech, words).lines() if turn.answer else [Line("label", words["unanswered"])]
        if turn.asked:
            lines.append(Line("foot", words["when"].format(time=f"{turn.asked:%Y-%m-%d %H:%M} UTC{turn.asked:%z}")))
    spans = [(c.start, c.end) for turn in turns if turn.answer for c in _places(turn.answer)]
    if any(a < end and start < b for a, b in spans for start, end in speech.redactions):
        lines.append(Line("foot", words["withheld"]))
    return [Line(line.kind, visible(line.text)) for line in lines if line.text.strip()]


def own_notice(notice: Notice, words: Mapping[str, Any]) -> str:
    """What a notice says; of a model that failed only that it did, for its line may name a server."""
    return str(words["notices"].get(notice.kind, notice.detail))


@dataclass(frozen=True, slots=True)
class _Told:
    """An answer beside the speech that it was given from."""

    answer: Answer
    speech: Speech
    words: Mapping[str, Any]

    def lines(self) -> Iterator[Line]:
        answer, words = self.answer, self.words
        if answer.search_query.strip() != answer.question.strip():
            yield Line("label", words["understood"].format(query=answer.search_query))
        if answer.reason or answer.basis == "provenance":
            yield Line("label", words["labels"][answer.reason or answer.basis])
        yield from (Line("text", text) for text in answer.text.split("\n"))
        yield from (Line("cited", self._cited(citation)) for citation in answer.citations)
        if answer.related:
            yield Line("label", words["nearest"])
            yield from (Line("cited", self._full(related)) for related in answer.related)
        yield from (Line("notice", own_notice(notice, words)) for notice in answer.notices)
        yield Line("foot", words["stop"].join(self._foot()))

    def _cited(self, citation: Citation) -> str:
        """The marker, the place, its section; the words too, where the text does not quote them."""
        text = self.answer.text
        shown = {text[q.start : q.end] for q in self.answer.quotations if q.state != "downgraded"}
        section = self.words["sections"].get(citation.section, citation.section)
        inside = self.words["inside"].format(section=section) if where(citation) == "paragraph" and section else ""
        source = f"〔{citation.marker}〕{_source(citation, self.speech, self.words)}{inside}"
        return source if citation.quote in shown and self._holds(citation) else self._full(citation, source)

    def _full(self, cited: Citation | Related, source: str = "") -> str:
        source = source or _source(cited, self.speech, self.words)
        told = self.words["full"].format(source=source, quote=cited.quote)
        return str(told if self._holds(cited) else told + self.words["differs"])

    def _holds(self, cited: Citation | Related) -> bool:
        return self.speech.text[cited.start : cited.end] == cited.quote

    def _foot(self) -> Iterator[str]:
        """What was compared just now, and who wrote the text."""
        held = list(map(self._holds, _places(self.answer)))
        if held:
            yield self.words["checked" if all(held) else "unchecked"].format(n=len(held), not_held=held.count(False))
        by_model = self.answer.mode == "chat" and self.answer.model
        yield self.words["by_model"].format(model=self.answer.model) if by_model else self.words["by_code"]


def _places(answer: Answer) -> list[Citation | Related]:
    return [*answer.citations, *answer.related]


def _about(speech: Speech, lang: str) -> Iterator[str]:
    """What the page said of the speech, and how its text can be told from any other."""
    words, said = EXPORT[lang], WORDING[lang]["provenance"]
    for key in ("speaker", "occasion", "site", "category", "source", "posted"):
        if value := getattr(speech.provenance, key):
            yield said[key].format(value=value)
    yield words["sha256"].format(sha256=speech.sha256)
    yield words["legend"]


def _title(speech: Speech, words: Mapping[str, Any]) -> str:
    return speech.title or str(words["untitled"])


def _source(cited: Citation | Related, speech: Speech, words: Mapping[str, Any]) -> str:
    """`《题名》第12段`; the title is another line's, so it is made one line here."""
    if isinstance(cited, Citation):
        kind = where(cited)
    else:
        kind = "paragraph" if cited.paragraph else "salutation" if cited.paragraph == 0 else "heading"
    place = words["place"][kind].format(n=cited.paragraph)
    return str(words["source"].format(title=visible(_title(speech, words)), place=place))
