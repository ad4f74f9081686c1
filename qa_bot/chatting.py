"""The answer step of a chat model: it points and writes, code proves; where it fails, the quoting answerer answers."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from typing import Any

from qa_bot.chain import Found
from qa_bot.citations import SENTENCE, clip
from qa_bot.errors import ModelError
from qa_bot.kinds import asks_withheld
from qa_bot.picking import LIMIT
from qa_bot.prompting import Prompts, answer_messages, parse_rewrite, rewrite_messages
from qa_bot.proof import Proved, Prover, prove
from qa_bot.proof.draft import Draft
from qa_bot.quoting import Quoter, wording
from qa_bot.types import Answer, ChatModel, Citation, Event, Message, Notice, Piece, Quotation, Related
from qa_bot.understanding import Query, understand
from qa_bot.wording import PROOF

WITHOUT_MODEL = frozenset({"smalltalk", "task", "provenance", "empty"})
"""Kinds of question that code answers: about the bot, about the page, about nothing."""
LONGEST_REWRITE = 120


class Absent:
    """A model that cannot be opened (no key, no package): every call tells why, and the quoter answers."""

    where = "—"

    def __init__(self, name: str, error: ModelError) -> None:
        self.name, self.error = name, error

    def stream(self, messages: Sequence[Message], max_tokens: int | None = None) -> Generator[Piece, None, None]:
        raise ModelError(self.error.kind, str(self.error))
        yield  # a generator, as every stream is


class ChatStep:
    """Asks the model with numbered evidence, proves what it writes, and falls back to the quoter."""

    def __init__(self, model: ChatModel, prompts: Prompts, quoter: Quoter, budget: int) -> None:
        self.model, self.prompts, self.quoter, self.budget = model, prompts, quoter, budget
        self.prover = Prover(quoter.speech, quoter.vectors)

    def rewrite(self, query: Query, earlier: tuple[str, ...]) -> Query:
        """A follow-up made to stand alone by the model; the offline reading where what it writes is no question.

        Raises:
            ModelError: the model failed.
        """
        messages = rewrite_messages(self.prompts, earlier, query.question)
        with closing(self.model.stream(messages)) as pieces:
            text = ""
            for piece in pieces:
                text = piece.text if piece.restart else text + piece.text
        said = parse_rewrite(text, "")
        if not said or len(said) > LONGEST_REWRITE or any(mark in said for mark in "〔〕【】“”"):
            return query
        alone = understand(said)
        return replace(alone, question=query.question, search=said, followup=True, near=query.near, own=query.own)

    def __call__(self, found: Found) -> Iterator[Event]:
        if found.query.kind in WITHOUT_MODEL:
            yield from self._quoted(found, ())
            return
        try:
            if found.fault:
                raise found.fault
            yield from self._written(found)
        except ModelError as error:
            notices = [Notice("fallback", str(error))]
            if error.kind == "cut_short":
                notices.append(Notice("truncated", str(error)))
            yield from (Event("notice", notice=notice) for notice in notices)
            yield from self._quoted(found, tuple(notices))

    def _quoted(self, found: Found, notices: tuple[Notice, ...]) -> Iterator[Event]:
        answer = self.quoter.answer(found.query, found.hits, found.each)
        yield from (Event("text", text=line) for line in answer.text.splitlines(keepends=True))
        yield Event("done", answer=replace(answer, notices=notices + answer.notices))

    def _written(self, found: Found) -> Iterator[Event]:
        """The model's answer, its text as it comes; once more with half the evidence where the context was too long."""
        for budget in (self.budget, self.budget // 2):
            shown = answer_messages(self.prompts, self.quoter.speech, found.query, found.hits, budget)
            draft, text, usage, first = Draft(self.prover, shown.addresses), "", None, 0.0
            try:
                with closing(self.model.stream(shown.messages)) as pieces:
                    for piece in pieces:
                        usage = piece.usage or usage
                        if piece.restart:
                            draft, text = Draft(self.prover, shown.addresses), ""
                            yield Event("notice", notice=Notice("restart", ""))
                        text += piece.text
                        first = first or (1000 * (time.perf_counter() - found.began) if text else 0.0)
                        if ready := draft.feed(piece.text):
                            yield Event("text", text=ready)
                break
            except ModelError as error:
                if error.kind != "context_too_long" or text or budget != self.budget:
                    raise
        yield Event("notice", notice=Notice("checking", ""))
        proved = prove(text, self.quoter.speech, shown.addresses, found.query.question, prover=self.prover)
        answer = self._answer(found, proved, usage)
        yield from (Event("notice", notice=notice) for notice in answer.notices)
        yield Event("done", answer=replace(answer, timings_ms={"first_token": round(first, 3)}))

    def _answer(self, found: Found, proved: Proved, usage: Mapping[str, Any] | None) -> Answer:
        query = found.query
        base = Answer(
            query.question, query.search, proved.text, "chat", self.model.name, usage=usage, notices=proved.notices
        )
        spans = [(c.start, c.end) for c in proved.citations]
        if spans and asks_withheld(query, spans, self.quoter.speech):
            return self._refusal(found, base, wording(query)["redacted"], "redacted")
        if proved.refused:
            return self._refused(found, base, proved)
        if not proved.citations:
            lost = Notice("claim_unsupported", PROOF["en" if query.english else "zh"]["nothing_supported"])
            return self._refusal(found, replace(base, notices=(*base.notices, lost)), "", "not_mentioned")
        if not _has_prose(proved):
            composed = self.quoter.compose(query, spans)
            return replace(composed, mode="chat", model=self.model.name, usage=usage, notices=proved.notices)
        citations = tuple(self._shortened(proved, c) for c in proved.citations)
        language = self._language(query, proved)
        return replace(base, citations=citations, quotations=proved.quotations, notices=(*base.notices, *language))

    def _refusal(self, found: Found, base: Answer, said: str, reason: Any) -> Answer:
        """A refusal that code words; notices lose their places, for the text that they point into is gone."""
        said = said or wording(found.query)[reason].format(missing="")
        worded = self.quoter.refuse(found.query, reason, found.hits, said)
        notices = tuple(Notice(n.kind, n.detail) for n in base.notices)
        return replace(worded, mode="quote", model=base.model, usage=base.usage, notices=notices)

    def _refused(self, found: Found, base: Answer, proved: Proved) -> Answer:
        """The model's refusal; what the quoter would have answered stands first beside it."""
        quoted = self.quoter.answer(found.query, found.hits, found.each)
        said = _without_markers(proved.text) or wording(found.query)["not_mentioned"].format(missing="")
        worded = self.quoter.refuse(found.query, quoted.reason or "not_mentioned", found.hits, said)
        beside = [_related(c) for c in (*proved.citations, *quoted.citations)]
        related = {(r.start, r.end): r for r in (*beside, *worded.related)}
        notices = tuple(Notice(n.kind, n.detail) for n in base.notices)
        if quoted.status == "answered":
            notices += (Notice("quote_beside", PROOF["en" if found.query.english else "zh"]["quote_beside"]),)
        return replace(
            worded, mode="chat", model=base.model, usage=base.usage, notices=notices,
            reason="not_mentioned" if quoted.status == "answered" else worded.reason,
            related=tuple(related.values())[:4],
        )  # fmt: skip

    def _shortened(self, proved: Proved, citation: Citation) -> Citation:
        """Of a long sentence the clauses that the prose speaks of, where the citations together would be too long."""
        most = SENTENCE if sum(len(c.quote) for c in proved.citations) <= LIMIT else SENTENCE // 2
        start, end = clip(self.quoter.speech, (citation.start, citation.end), proved.text, most)
        text = self.quoter.speech.text
        quoted = [text.find(proved.text[q.start : q.end], citation.start, citation.end) for q in proved.quotations]
        if any(at >= 0 and not start <= at < end for at in quoted):
            return citation
        return replace(citation, quote=text[start:end], start=start, end=end)

    def _language(self, query: Query, proved: Proved) -> list[Notice]:
        said = _outside(proved.text, proved.quotations)
        han = sum("\u4e00" <= c <= "\u9fff" for c in said)
        other = han > len(said) / 3 if query.english else han < 2 and sum(c.isalpha() for c in said) > 20
        return [Notice("language", PROOF["en" if query.english else "zh"]["language"])] if other else []


def _outside(text: str, quotations: tuple[Quotation, ...]) -> str:
    for quotation in reversed(quotations):
        text = text[: quotation.start] + text[quotation.end :]
    return text


def _has_prose(proved: Proved) -> bool:
    """Whether anything but markers was written."""
    return any(c.isalnum() for c in _without_markers(proved.text))


def _without_markers(text: str) -> str:
    pieces = text.split("〔")
    return (pieces[0] + "".join(piece.partition("〕")[2] for piece in pieces[1:])).strip()


def _related(citation: Citation) -> Related:
    return Related(citation.paragraph, citation.quote, citation.start, citation.end)
