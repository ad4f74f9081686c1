"""Verdicts counted: shares with intervals, by type and by half; and the whole run, from questions to scorecard."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from math import sqrt
from typing import Any

from qa_bot.errors import QuestionsError, UsageError
from qa_bot.evaluation.judging import Verdict, judge, read_quotes, text_of
from qa_bot.evaluation.questions import HALVES, TYPES, Question
from qa_bot.types import Speech

_Z = 1.959963984540054  # the normal distribution's 97.5 % point


@dataclass(frozen=True, slots=True)
class Rate:
    """`hits` of `n`, with Wilson's 95 % score interval (Wilson 1927)."""

    hits: int
    n: int

    @property
    def rate(self) -> float:
        """`hits / n`; 0 of nothing."""
        return self.hits / self.n if self.n else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """(low, high) of the share; (0, 1) when nothing was counted."""
        if not self.n:
            return 0.0, 1.0
        z2 = _Z * _Z / self.n
        centre = (self.rate + z2 / 2) / (1 + z2)
        spread = _Z * sqrt(self.rate * (1 - self.rate) / self.n + z2 / (4 * self.n)) / (1 + z2)
        return max(0.0, centre - spread), min(1.0, centre + spread)


@dataclass(frozen=True, slots=True)
class Result:
    """A question, what came (the answer's text and its quotes), and the verdict."""

    question: Question
    text: str
    quotes: tuple[str, ...]
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Scorecard:
    """Every result on one speech, and the figures that are counted from them."""

    title: str
    results: tuple[Result, ...]

    @property
    def overall(self) -> Rate:
        """Right answers among all."""
        return _rate(r.verdict.success for r in self.results)

    @property
    def types(self) -> dict[str, Rate]:
        """Right answers by type, in the order of `TYPES`; types without questions are left out."""
        by = {kind: _rate(r.verdict.success for r in self.results if r.question.type == kind) for kind in TYPES}
        return {kind: rate for kind, rate in by.items() if rate.n}

    @property
    def halves(self) -> dict[str, Scorecard]:
        """A scorecard of each half that the questions name; none where one half is the whole."""
        by = {half: tuple(r for r in self.results if r.question.half == half) for half in HALVES}
        return {half: Scorecard(self.title, part) for half, part in by.items() if 0 < len(part) < len(self.results)}

    @property
    def refused(self) -> Rate:
        """Refusals among the questions that want one."""
        return _rate(r.verdict.refused for r in self.results if r.question.wants_refusal)

    @property
    def answered(self) -> Rate:
        """Answers, right or wrong, among the questions that want one."""
        wanted = [r for r in self.results if not r.question.wants_refusal]
        return _rate(not r.verdict.refused and bool(r.text or r.quotes) for r in wanted)

    @property
    def verbatim(self) -> Rate:
        """Verbatim quotes among all quotes."""
        return Rate(sum(r.verdict.verbatim for r in self.results), sum(r.verdict.quotes for r in self.results))

    @property
    def offsets_right(self) -> Rate:
        """Quotes whose offsets point at them among all quotes; without offsets is not right."""
        return Rate(sum(r.verdict.offsets_right for r in self.results), sum(r.verdict.quotes for r in self.results))

    @property
    def mean_quoted(self) -> float:
        """Mean quoted characters of the answers that quote."""
        quoted = [r.verdict.quoted_chars for r in self.results if r.verdict.quoted_chars]
        return sum(quoted) / len(quoted) if quoted else 0.0

    @property
    def failures(self) -> tuple[Result, ...]:
        """The wrong ones, in the order of the questions."""
        return tuple(r for r in self.results if not r.verdict.success)


def score(questions: Sequence[Question], answers: Iterable[Mapping[str, Any]], speech: Speech) -> Scorecard:
    """Judge published answer objects by their `id`. A question without an answer counts as answered wrongly."""
    by_id = {str(answer.get("id")): answer for answer in answers}

    def result(question: Question) -> Result:
        answer = by_id.get(question.id, {})
        quotes = tuple(quote.text for quote in read_quotes(answer, "citations", speech))
        return Result(question, text_of(answer), quotes, judge(question, answer, speech))

    return Scorecard(speech.title, tuple(map(result, questions)))


def evaluate(
    questions: Sequence[Question],
    ask: Callable[[str, Sequence[str]], dict[str, Any]],
    speech: Speech,
    on_answer: Callable[[dict[str, Any]], None] | None = None,
    jobs: int = 1,
) -> Scorecard:
    """Ask every question, with its history; hand each published answer object on in their order; score them.

    Args:
        jobs: how many are asked at once.

    Raises:
        QuestionsError: a question that cannot be asked. Other faults of `ask` pass through.
    """

    def answered(question: Question) -> dict[str, Any]:
        try:
            return ask(question.question, question.history) | {"id": question.id}
        except UsageError as error:
            raise QuestionsError(f"question {question.id} cannot be asked: {error}") from error

    answers = []
    with ThreadPoolExecutor(jobs) as pool:
        try:
            for answer in map(answered, questions) if jobs == 1 else pool.map(answered, questions):
                answers.append(answer)
                if on_answer:
                    on_answer(answer)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return score(questions, answers, speech)


def _rate(hits: Iterable[bool]) -> Rate:
    counted = list(hits)
    return Rate(sum(counted), len(counted))
