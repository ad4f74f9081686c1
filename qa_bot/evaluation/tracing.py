"""A question gone through once more beside its answer, to see what was retrieved and how the evidence was weighed."""

from __future__ import annotations

from collections.abc import Sequence

from qa_bot.bot import Bot, check_question
from qa_bot.chain import HITS, Asked, replay
from qa_bot.evaluation.judging import gold_offsets
from qa_bot.evaluation.questions import Question
from qa_bot.evaluation.traces import Trace
from qa_bot.evidence import Support
from qa_bot.kinds import Span
from qa_bot.quoting import Quoter
from qa_bot.understanding import Query


class _Watched(Quoter):
    """The quoter, and what it weighed: nothing where it answered without."""

    weighed: Support | None = None

    def support(self, query: Query, picked: Sequence[Span]) -> Support:
        self.weighed = super().support(query, picked)
        return self.weighed


def trace(bot: Bot, question: Question) -> Trace:
    """What the quoting answerer has before it for this question; a chat model is not asked."""
    asked = Asked(check_question(question.question), [check_question(q) for q in question.history])
    query = replay(asked, bot.retriever, bot.quoter)
    hits = tuple(bot.retriever.hits(query, len(bot.index.passages)))
    quoter = _Watched(bot.speech, bot.quoter.vectors, bot.quoter.told)
    refused = quoter.answer(query, hits[:HITS]).status == "refused"
    if quoter.weighed is None:
        return Trace(query.search, (), (), None, refused)
    gold = gold_offsets(question, bot.speech)
    places = tuple(i for i, h in enumerate(hits, 1) if not gold.isdisjoint(range(h.passage.start, h.passage.end)))
    return Trace(query.search, hits, places, _deciding(quoter.weighed), refused)


def _deciding(support: Support) -> float | None:
    """The score that a threshold decides on; None where it is refused at any: a name taken out, nothing of it found."""
    return None if support.reason == "redacted" else support.probability or None
