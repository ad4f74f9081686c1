"""The retrieval chain, of LangChain Runnables: question → hits → answer events → Answer.

The answer step is exchangeable.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from langchain_core.runnables import Runnable, RunnableGenerator, RunnableLambda

from qa_bot.quoting import Quoter
from qa_bot.retrieval import Retriever
from qa_bot.types import Answer, Event, Hit
from qa_bot.understanding import Query, is_followup, make_standalone, understand

HITS = 12


@dataclass(frozen=True, slots=True)
class Asked:
    """What the chain is given: a question, and the earlier ones of its conversation, oldest first."""

    question: str
    history: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """What the answer step is given."""

    query: Query
    hits: tuple[Hit, ...]
    began: float = field(default_factory=time.perf_counter)
    retrieve_ms: float = 0.0


class AnswerStep(Protocol):
    """Turns what was found into events; the last one is `done` and carries the Answer."""

    def __call__(self, found: Found) -> Iterator[Event]: ...


class QuotingStep:
    """The answer step that quotes."""

    def __init__(self, quoter: Quoter) -> None:
        self.quoter = quoter

    def __call__(self, found: Found) -> Iterator[Event]:
        answer = self.quoter.answer(found.query, found.hits)
        for line in answer.text.splitlines(keepends=True):
            yield Event("text", text=line)
        yield Event("done", answer=answer)


def build_chain(retriever: Retriever, quoter: Quoter, step: AnswerStep | None = None) -> Runnable[Asked, Event]:
    """`chain.stream(Asked(question, history))` yields `hits`, `text`, `notice` and at last `done`."""
    answer_step = step or QuotingStep(quoter)

    def understood(asked: Asked) -> tuple[float, Query]:
        return time.perf_counter(), replay(asked, retriever, quoter)

    def retrieved(given: tuple[float, Query]) -> Found:
        began, query = given
        hits = tuple(retriever.hits(query, HITS))
        return Found(query, hits, began, 1000 * (time.perf_counter() - began))

    def answered(batches: Iterator[Found]) -> Iterator[Event]:
        for found in batches:
            yield Event("hits", hits=found.hits)
            for event in answer_step(found):
                yield Event("done", answer=_timed(event.answer, found)) if event.answer else event

    chain: Runnable[Any, Event] = RunnableLambda(understood) | RunnableLambda(retrieved) | RunnableGenerator(answered)
    return chain


def replay(asked: Asked, retriever: Retriever, quoter: Quoter) -> Query:
    """The question made to stand alone; earlier ones are answered again by the quoter, without a model call.

    A question that does not look like a follow-up is taken for one where it finds no answer by itself and does as one.
    """
    query = understand(asked.question)
    if not asked.history or query.kind in ("smalltalk", "task", "provenance", "empty"):
        return query
    leans = is_followup(query)
    if not leans and not _refused(query, retriever, quoter):
        return query
    *older, last = asked.history
    earlier = replay(Asked(last, older), retriever, quoter)
    answer = quoter.answer(earlier, retriever.hits(earlier, HITS))
    spans = [(c.start, c.end) for c in answer.citations] or [(r.start, r.end) for r in answer.related[:1]]
    paragraphs = [quoter.speech.paragraph_at(start) for start, _ in spans]
    near = tuple(dict.fromkeys(p.address for p in paragraphs if p))
    follow = make_standalone(query, earlier, near, quoter.items(earlier, spans), leaning=True)
    return follow if leans or not _refused(follow, retriever, quoter) else query


def _refused(query: Query, retriever: Retriever, quoter: Quoter) -> bool:
    return quoter.answer(query, retriever.hits(query, HITS)).status == "refused"


def _timed(answer: Answer, found: Found) -> Answer:
    total = 1000 * (time.perf_counter() - found.began)
    timings = {"retrieve": found.retrieve_ms, "answer": total - found.retrieve_ms, "total": total}
    return replace(answer, timings_ms={key: round(value, 3) for key, value in timings.items()})
