"""Question and Answer → HTML. Nothing from a question, an answer or the speech reaches the page unescaped."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import escape

from qa_bot.citations import where
from qa_bot.types import Answer, ChatModel, Citation, Notice, Quotation, Related, Speech
from qa_bot.ui.plain import tamed
from qa_bot.ui.reader import anchor, slice_html

Words = Mapping[str, str]

_MARKER = re.compile(r"〔([^〔〕]+)〕")
FEW_NOTICES = 2
PREFIX = 24
"""Characters that may stand before a quotation that has a line of its own (`第12段：“`)."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Why there is no answer: the class of the error, and its one line."""

    kind: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Turn:
    """A question and what came of it: an answer with the speech that it cites, a fault, or nothing yet."""

    question: str
    answer: Answer | None = None
    speech: Speech | None = None
    fault: Fault | None = None

    @property
    def waits(self) -> bool:
        return not (self.answer or self.fault)


@tamed
def turn_html(turn: Turn, words: Words, linked: bool = True, draft: str | None = None) -> str:
    """One turn: question, then its answer, its fault, or what there is of it so far.

    Args:
        linked: whether the reader shows the speech that the answer cites; without it a citation leads nowhere.
        draft: the text of an answer that is being made, None where none is.
    """
    body = ""
    if turn.fault:
        body = fault_html(turn.fault, words)
    elif turn.answer and turn.speech:
        body = _AnswerView(turn.answer, turn.speech, words, linked).html()
    elif draft is not None:
        body = _draft(draft, words)
    asked = f"{_badge(words['asked'])}<bdi>{escape(turn.question)}</bdi>"
    return f'<section class="qb-turn"><h2 class="qb-asked">{asked}</h2>{body}</section>'


@tamed
def fault_html(fault: Fault, words: Words) -> str:
    """One calm line; what exactly went wrong stands folded beneath it."""
    line = words.get(f"fault_{fault.kind}", words["fault_else"])
    more = f"<details><summary>{escape(words['detail'])}</summary>{escape(fault.detail)}</details>"
    return f'<div class="qb-fault" role="status"><p>{escape(line)}</p>{more if fault.detail else ""}</div>'


@tamed
def welcome_html(words: Words, model: ChatModel | None = None) -> str:
    """What stands where the conversation will be; where a model writes, which one, and what it is sent."""
    told = f"<p>{escape(words['told'].format(model=model.name, where=model.where))}</p>" if model else ""
    promise = words["promise_model" if model else "promise"]
    return f'<section class="qb-welcome"><h2>{escape(words["welcome"])}</h2><p>{escape(promise)}</p>{told}</section>'


def _badge(letter: str) -> str:
    return f'<span class="qb-badge" aria-hidden="true">{escape(letter)}</span>'


def _draft(text: str, words: Words) -> str:
    lines = "".join(f"<p>{escape(_MARKER.sub('', line))}</p>" for line in text.splitlines() if line.strip())
    state = f'<p class="qb-state" role="status">{escape(words["writing" if text else "searching"])}</p>'
    return f'<div class="qb-answer qb-draft">{_badge(words["answered"])}{lines}{state}</div>'


@dataclass(frozen=True, slots=True)
class _AnswerView:
    """An answer beside the speech that it cites, in the page's language."""

    answer: Answer
    speech: Speech
    words: Words
    linked: bool

    def html(self) -> str:
        """An answer from the speech, one from its page, or a refusal: each looks like what it is."""
        answer = self.answer
        kind = "refused" if answer.status == "refused" else answer.basis
        label = self.words[answer.reason] if answer.reason else self.words["provenance"] * (kind == "provenance")
        parts = [
            self._small("understood", self._understood()),
            self._small("label", escape(label)),
            *self._lines(),
            self._near(),
            self._notices(),
            self._small("foot", escape(" · ".join(self._foot()))),
        ]
        return f'<div class="qb-answer qb-{kind}">{_badge(self.words["answered"])}{"".join(parts)}</div>'

    def _small(self, kind: str, html: str) -> str:
        return f'<p class="qb-{kind}">{html}</p>' if html else ""

    def _understood(self) -> str:
        if self.answer.search_query.strip() == self.answer.question.strip():
            return ""
        return f"{escape(self.words['understood'])}<bdi>{escape(self.answer.search_query)}</bdi>"

    def _lines(self) -> Iterator[str]:
        """The answer's text, a line each; a quotation with a line of its own becomes a block."""
        chips = self._chips()
        at = 0
        for line in self.answer.text.splitlines(keepends=True):
            end = at + len(line.rstrip())
            inside = [q for q in self.answer.quotations if at <= q.start and q.end <= end]
            if len(inside) == 1 and self._stands_alone(at, end, inside[0]):
                yield self._block(inside[0].citation or 0)
            elif line.strip():
                yield f"<p>{self._prose(at, end, chips)}</p>"
            at += len(line)

    def _stands_alone(self, start: int, end: int, quotation: Quotation) -> bool:
        after = _MARKER.sub("", self.answer.text[quotation.end : end]).strip("”’\"'」』 。.")
        exact = quotation.state == "exact" and quotation.citation is not None
        return exact and quotation.start - start <= PREFIX and not after

    def _prose(self, start: int, end: int, chips: Mapping[int, tuple[int, str]]) -> str:
        """A stretch of the answer's text: quotations set off, known markers made into chips, all else escaped."""
        text = self.answer.text
        cuts = dict(chips)
        for quotation in self.answer.quotations:
            quoted = escape(text[quotation.start : quotation.end])
            tag = "span" if quotation.state == "downgraded" else "q"
            cuts[quotation.start] = (
                quotation.end,
                f'<{tag} class="qb-{quotation.state}" lang="zh-CN">{quoted}</{tag}>',
            )
        pieces, at = [], start
        for cut in sorted(c for c in cuts if start <= c < end):
            if cut >= at:
                pieces += [escape(text[at:cut]), cuts[cut][1]]
                at = cuts[cut][0]
        return "".join([*pieces, escape(text[at:end])])

    def _chips(self) -> dict[int, tuple[int, str]]:
        """Where a marker begins → where it ends, and its chip; citations with the same marker take turns."""
        waiting: dict[str, list[int]] = {}
        for index, citation in enumerate(self.answer.citations):
            waiting.setdefault(citation.marker, []).append(index)
        chips = {}
        for match in _MARKER.finditer(self.answer.text):
            if same := waiting.get(match[1]):
                index = same.pop(0) if len(same) > 1 else same[0]
                chip = self._link(self.answer.citations[index], f"<b>{index + 1}</b>", index)
                chips[match.start()] = (match.end(), chip)
        return chips

    def _block(self, index: int) -> str:
        citation = self.answer.citations[index]
        quote = slice_html(self.speech, citation.start, citation.end, self.words)
        chip = self._link(citation, f"<b>{index + 1}</b> {escape(self._place(citation))}", index)
        section = self._section(citation) if where(citation) != "heading" else ""
        return (
            f'<figure class="qb-quote"><blockquote lang="zh-CN">{quote}</blockquote>'
            f'<figcaption>{chip}<span class="qb-where">{escape(section)}</span></figcaption></figure>'
        )

    def _near(self) -> str:
        """The nearest places, under a refusal."""
        items = "".join(
            f"<li>{self._link(near, escape(self._place(near)))}"
            f'<span lang="zh-CN">{slice_html(self.speech, near.start, near.end, self.words)}</span></li>'
            for near in self.answer.related
        )
        return (
            f'<p class="qb-small">{escape(self.words["nearest"])}</p><ul class="qb-near">{items}</ul>' if items else ""
        )

    def _link(self, cited: Citation | Related, label: str, index: int | None = None) -> str:
        """A chip that leads to these characters in the reader; `label` is HTML."""
        if not self.linked:
            return f'<span class="qb-chip qb-moved" title="{escape(self.words["moved"])}">{label}</span>'
        said = [self.words["source"].format(n=index + 1)] if index is not None else []
        title = escape(" · ".join([*said, self._place(cited), *filter(None, [self._section(cited)])]))
        return (
            f'<a class="qb-chip" href="#{escape(anchor(self.speech, cited.start))}" title="{title}"'
            f' aria-label="{title}" data-from="{cited.start}" data-to="{cited.end}">{label}</a>'
        )

    def _place(self, cited: Citation | Related) -> str:
        if cited.paragraph:
            return self.words["paragraph"].format(n=cited.paragraph)
        if isinstance(cited, Citation):
            return self.words[where(cited)]
        return self.words["heading" if cited.paragraph is None else "salutation"]

    def _section(self, cited: Citation | Related) -> str:
        title = cited.section if isinstance(cited, Citation) else ""
        return self.words.get(title, title)

    def _notices(self) -> str:
        """What the checks found; folded where it is more than a few lines, for the text is marked where it stands."""
        lines = [self._small("notice", escape(self._notice(notice))) for notice in self.answer.notices]
        if len(lines) <= FEW_NOTICES:
            return "".join(lines)
        summary = escape(self.words["check_found"].format(n=len(lines)))
        return f'<details class="qb-notices"><summary>{summary}</summary>{"".join(lines)}</details>'

    def _notice(self, notice: Notice) -> str:
        return self.words.get(f"notice_{notice.kind}") or self.words["notice_else"].format(detail=notice.detail)

    def _foot(self) -> Iterator[str]:
        """What was compared just now, and who wrote the text where a model did."""
        cited = self.answer.citations
        if cited and all(self.speech.text[c.start : c.end] == c.quote for c in cited):
            yield self.words["check_one" if len(cited) == 1 else "check_many"].format(n=len(cited))
        if self.answer.mode == "chat" and self.answer.model:
            yield self.words["by_model"].format(model=self.answer.model)
