"""The retrieval chain, of LangChain Runnables: question → hits → answer events → Answer.

The answer step is exchangeable.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol
from weakref import WeakKeyDictionary

from langchain_core.runnables import Runnable, RunnableGenerator, RunnableLambda

from qa_bot import phrases
from qa_bot.errors import ModelError
from qa_bot.quoting import Quoter, label_generated
from qa_bot.retrieval import Retriever
from qa_bot.text import fold
from qa_bot.types import Answer, Event, Hit
from qa_bot.understanding import (
    APART,
    OUTLINE_KINDS,
    Query,
    is_brief,
    is_followup,
    make_standalone,
    several,
    understand,
)

HITS = 12
TURNS = 12
"""Earlier questions that are gone back through at most, for what a follow-up leaves out."""
REMEMBERED = 256


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
    each: tuple[tuple[Query, tuple[Hit, ...]], ...] = ()
    """Several questions in one, each with its hits."""
    began: float = field(default_factory=time.perf_counter)
    retrieve_ms: float = 0.0
    fault: ModelError | None = None
    """Why the model could not make a follow-up stand alone: it need not be asked again."""


class AnswerStep(Protocol):
    """Turns what was found into events; the last one is `done` and carries the Answer."""

    def __call__(self, found: Found) -> Iterator[Event]: ...


class QuotingStep:
    """The answer step that quotes."""

    def __init__(self, quoter: Quoter) -> None:
        self.quoter = quoter

    def __call__(self, found: Found) -> Iterator[Event]:
        answer = self.quoter.answer(found.query, found.hits, found.each)
        for line in answer.text.splitlines(keepends=True):
            yield Event("text", text=line)
        yield Event("done", answer=answer)


Rewrite = Callable[[Query, tuple[str, ...]], Query]
"""A follow-up, as it was read offline, and the earlier questions → the follow-up made to stand alone by a model."""


def build_chain(
    retriever: Retriever, quoter: Quoter, step: AnswerStep | None = None, rewrite: Rewrite | None = None
) -> Runnable[Asked, Event]:
    """`chain.stream(Asked(question, history))` yields `hits`, `text`, `notice` and at last `done`.

    The pieces of `text` are a draft where a model writes: a notice `fallback` or `restart` takes back what came
    before it, and the Answer of `done` holds what was proved.
    """
    answer_step = step or QuotingStep(quoter)

    def understood(asked: Asked) -> Found:
        began, fault = time.perf_counter(), None
        query = replay(asked, retriever, quoter)
        if rewrite and query.followup:
            try:
                query = rewrite(query, tuple(asked.history))
            except ModelError as error:
                fault = error
        return Found(query, (), began=began, fault=fault)

    def retrieved(found: Found) -> Found:
        began = time.perf_counter()
        hits = tuple(retriever.hits(found.query, HITS))
        asked = (_understood(question, quoter) for question in several(found.query.question))
        each = tuple((query, tuple(retriever.hits(query, HITS))) for query in asked)
        return replace(found, hits=hits, each=each, retrieve_ms=1000 * (time.perf_counter() - began))

    def answered(batches: Iterator[Found]) -> Iterator[Event]:
        for found in batches:
            yield Event("hits", hits=found.hits)
            for event in answer_step(found):
                yield Event("done", answer=_finished(event.answer, found)) if event.answer else event

    chain: Runnable[Any, Event] = RunnableLambda(understood) | RunnableLambda(retrieved) | RunnableGenerator(answered)
    return chain


def replay(asked: Asked, retriever: Retriever, quoter: Quoter) -> Query:
    """The question made to stand alone; earlier ones are answered again by the quoter, without a model call.

    A brief question that does not look like a follow-up is taken for one where it is carried better as one.
    Earlier ones are gone back through only as far as each leans on the one before it, and at most `TURNS`.
    """
    query = _understood(asked.question, quoter)
    if query.kind in APART:
        return query
    answers = _answers(quoter, retriever)
    turns = [query]
    for question in reversed(asked.history[-TURNS:]):
        if not (is_followup(turns[-1]) or is_brief(turns[-1])) and answers(turns[-1]).status == "answered":
            break
        if (earlier := _understood(question, quoter)).kind not in APART:
            turns.append(earlier)
    listed: tuple[str, ...] = ()
    query = turns.pop()
    while turns:
        query, listed = _follow(turns.pop(), query, listed, answers, retriever, quoter)
    return query


def _understood(question: str, quoter: Quoter) -> Query:
    """The question by itself, its wrong characters and its names put right in what is searched for."""
    return replace(quoter.speller.name(understand(quoter.speller.mend(question))), question=question)


def _follow(
    query: Query,
    earlier: Query,
    listed: tuple[str, ...],
    answers: Callable[[Query], Answer],
    retriever: Retriever,
    quoter: Quoter,
) -> tuple[Query, tuple[str, ...]]:
    """A question as a follow-up of the one before it, and the list that `the third one` goes into after it.

    By itself where it does not look like one and gains nothing. `listed` is what the one before went into, if it asked
    for one member of that.
    """
    answer = answers(earlier)
    spans = [(c.start, c.end) for c in answer.citations] or [(r.start, r.end) for r in answer.related[:1]]
    paragraphs = [quoter.speech.paragraph_at(start) for start, _ in spans]
    near = tuple(dict.fromkeys(p.address for p in paragraphs if p))
    member = earlier.followup and phrases.ITEM.search(fold(earlier.question))
    items = listed if member else quoter.items(earlier, spans)
    listing = earlier.kind in {"list", *OUTLINE_KINDS} or earlier.count or member
    if phrases.BARE_POINT.search(fold(query.question)) and not (answer.citations and listing):
        return query, items  # a point of the speech: no list was shown
    follow = make_standalone(query, earlier, near, items, leaning=True)
    same = query.english == earlier.english  # who asks in another language asks anew
    return (
        follow if is_followup(query) or (same and _carries_more(follow, query, answers, retriever, quoter)) else query
    ), items


def _carries_more(
    follow: Query, query: Query, answers: Callable[[Query], Answer], retriever: Retriever, quoter: Quoter
) -> bool:
    """Whether a question that says too little to be sure of is answered as a follow-up, and better than by itself."""
    if not is_brief(query) or answers(follow).status != "answered":
        return False
    if answers(query).status != "answered":
        return True
    picked = ((q, quoter.picker.pick(q, retriever.hits(q, HITS))) for q in (follow, query))
    as_one, alone = (quoter.support(q, spans).probability for q, spans in picked)
    return as_one > alone


_KEPT: WeakKeyDictionary[Quoter, dict[Query, Answer]] = WeakKeyDictionary()


def _answers(quoter: Quoter, retriever: Retriever) -> Callable[[Query], Answer]:
    """The quoter's answers; the last `REMEMBERED` are kept, for a conversation is replayed at every turn of it."""
    kept = _KEPT.setdefault(quoter, {})

    def answer(query: Query) -> Answer:
        if (found := kept.get(query)) is None:
            if len(kept) >= REMEMBERED:
                kept.clear()
            found = kept[query] = quoter.answer(query, retriever.hits(query, HITS))
        return found

    return answer


def _finished(answer: Answer, found: Found) -> Answer:
    answer = label_generated(answer, found.query, found.hits)
    total = 1000 * (time.perf_counter() - found.began)
    timings = {"retrieve": found.retrieve_ms, "answer": total - found.retrieve_ms, "total": total, **answer.timings_ms}
    return replace(answer, timings_ms={key: round(value, 3) for key, value in timings.items()})
