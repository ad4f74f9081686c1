"""Answer → HTML beside the speech that it cites. Nothing of either reaches the page unescaped."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import escape
from urllib.parse import urlencode

from qa_bot.citations import where
from qa_bot.export import reference
from qa_bot.types import Answer, Citation, Mode, Notice, Quotation, Related, Speech
from qa_bot.ui.parts import act_button, badge, edit_button, edit_form
from qa_bot.ui.reader import anchor, slice_html

Words = Mapping[str, str]

MARKER = re.compile(r"〔([^〔〕]+)〕")
FEW_NOTICES = 2
PREFIX = 24
"""Characters that may stand before a quotation that has a line of its own (`第12段：“`)."""


@dataclass(frozen=True, slots=True)
class AnswerView:
    """An answer beside the speech that it cites, in the page's language."""

    answer: Answer
    speech: Speech
    words: Words
    linked: bool
    other: Mode | None = None
    """The other way in which the question can be answered, where there is one."""
    kept: bool = False
    wrong: str | None = None
    """Why the reader found it wrong; None where he did not say so."""

    def html(self) -> str:
        """An answer from the speech, one from its page, or a refusal: each looks like what it is."""
        answer = self.answer
        kind = "refused" if answer.status == "refused" else answer.basis
        label = self.words[answer.reason] if answer.reason else self.words["provenance"] * (kind == "provenance")
        understood = self._understood()
        lines = list(self._lines())
        parts = [
            self._small("understood", understood),
            edit_form("correct", self.answer.search_query, self.words) if understood else "",
            self._small("label", escape(label)),
            *lines,
            self._near(),
            self._notices(),
            "" if any("<figure" in line for line in lines) else self._sources(),
            self._small("foot", escape(" · ".join(self._foot()))),
            self._acts(),
        ]
        return f'<div class="qb-answer qb-{kind}">{badge(self.words["answered"])}{"".join(parts)}</div>'

    def _small(self, kind: str, html: str) -> str:
        return f'<p class="qb-{kind}">{html}</p>' if html else ""

    def _understood(self) -> str:
        if self.answer.search_query.strip() == self.answer.question.strip():
            return ""
        said = f"{escape(self.words['understood'])}<bdi>{escape(self.answer.search_query)}</bdi> "
        return said + edit_button("correct", self.words)

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
        after = MARKER.sub("", self.answer.text[quotation.end : end]).strip("”’\"'」』 。.")
        exact = quotation.state == "exact" and quotation.citation is not None
        return exact and quotation.start - start <= PREFIX and not after

    def _prose(self, start: int, end: int, chips: Mapping[int, tuple[int, str]]) -> str:
        """A stretch of the answer's text: quotations set off, known markers made into chips, all else escaped."""
        text = self.answer.text
        cuts = dict(chips)
        for quotation in self.answer.quotations:
            cuts[quotation.start] = (quotation.end, self._quotation(quotation))
        pieces, at = [], start
        for cut in sorted(c for c in cuts if start <= c < end):
            if cut >= at:
                pieces += [escape(text[at:cut]), cuts[cut][1]]
                at = cuts[cut][0]
        return "".join([*pieces, escape(text[at:end])])

    def _quotation(self, quotation: Quotation) -> str:
        """What stands between quotation marks, as what the check made of it: a mended one and a false one say so."""
        state, words = quotation.state, self.words
        quoted = escape(self.answer.text[quotation.start : quotation.end])
        tag = "span" if state == "downgraded" else "q"
        why = escape(words[f"{state}_why"])
        said = "" if state == "exact" else f'<small class="qb-tag" title="{why}">{escape(words[state])}</small>'
        return f'<{tag} class="qb-{state}" lang="zh-CN" title="{why}">{quoted}</{tag}>{said}'

    def _chips(self) -> dict[int, tuple[int, str]]:
        """Where a marker begins → where it ends, and its chip; citations with the same marker take turns."""
        waiting: dict[str, list[int]] = {}
        for index, citation in enumerate(self.answer.citations):
            waiting.setdefault(citation.marker, []).append(index)
        chips = {}
        for match in MARKER.finditer(self.answer.text):
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
            f'<figcaption>{chip}<span class="qb-where">{escape(section)}</span>'
            f"{self._copy(citation)}</figcaption></figure>"
        )

    def _sources(self) -> str:
        """Where the text is prose: the sentences that it cites, whole, folded."""
        if not self.answer.citations:
            return ""
        blocks = "".join(self._block(i) for i in range(len(self.answer.citations)))
        summary = self.words["sources"].format(n=len(self.answer.citations))
        return f'<details class="qb-sources"><summary>{escape(summary)}</summary>{blocks}</details>'

    def _copy(self, cited: Citation) -> str:
        """Buttons that copy a quotation with its reference, and a link to this speech, question and quotation."""
        at = f"{cited.start}-{cited.end}"
        link = "?" + urlencode({"speech": self.speech.sha256, "q": self.answer.question, "at": at})
        return "".join(
            f'<button type="button" class="qb-act qb-{kind}" data-{kind}="{escape(text)}"'
            f' data-done="{escape(self.words["copied"])}" title="{escape(self.words[f"{kind}_why"])}">'
            f"{escape(self.words[kind])}</button>"
            for kind, text in (("copy", reference(cited, self.speech, self.words["lang"])), ("link", link))
        )

    def _acts(self) -> str:
        """What can be done with this answer."""
        words = self.words
        again = act_button(f"again_{self.other}", words) if self.other else ""
        if not self.kept:
            return f'<div class="qb-acts">{again}{act_button("take", words)}</div>'
        if self.wrong is None:
            form = edit_form("wrong", "", words, "wrong_send", "wrong_label")
            return f'<div class="qb-acts">{again}{act_button("take", words)}{edit_button("wrong", words)}</div>{form}'
        said = words["wrong_said"].format(reason=self.wrong or "—")
        told = f'<p class="qb-small qb-wrong">{escape(said)} {act_button("not_wrong", words)}</p>'
        return f'<div class="qb-acts">{again}{act_button("take", words)}</div>{told}'

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
        told = (self._notice(notice) for notice in self.answer.notices if notice.kind != "truncated")
        lines = list(dict.fromkeys(told))
        if len(lines) <= FEW_NOTICES:
            return "".join(lines)
        summary = escape(self.words["check_found"].format(n=len(lines)))
        return f'<details class="qb-notices"><summary>{summary}</summary>{"".join(lines)}</details>'

    def _notice(self, notice: Notice) -> str:
        """One line; why a model failed stands folded beneath it."""
        line = self.words.get(f"notice_{notice.kind}") or self.words["notice_else"].format(detail=notice.detail)
        more = f"<details><summary>{escape(self.words['detail'])}</summary>{escape(notice.detail)}</details>"
        return f'<div class="qb-notice">{escape(line)}{more if notice.kind == "fallback" else ""}</div>'

    def _foot(self) -> Iterator[str]:
        """What was compared just now, and who wrote the text where a model did."""
        cited = self.answer.citations
        if cited and all(self.speech.text[c.start : c.end] == c.quote for c in cited):
            yield self.words["check_one" if len(cited) == 1 else "check_many"].format(n=len(cited))
        if self.answer.mode == "chat" and self.answer.model:
            yield self.words["by_model"].format(model=self.answer.model)
