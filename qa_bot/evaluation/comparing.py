"""Two runs over the same questions, paired by id: which answers were gained, which lost, and whether that is chance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import comb
from typing import Any

from qa_bot.errors import QuestionsError
from qa_bot.evaluation.questions import TYPES, Question, short
from qa_bot.evaluation.scorecard import Rate, Result, Scorecard, score
from qa_bot.text import runs
from qa_bot.types import Speech

Pair = tuple[Result, Result]
"""The same question's earlier result and its result now."""


@dataclass(frozen=True, slots=True)
class Pairs:
    """Paired results, counted."""

    pairs: tuple[Pair, ...]

    def where(self, *, earlier: bool, now: bool) -> tuple[Pair, ...]:
        """The pairs that were right earlier, and are right now, or not."""
        return tuple(p for p in self.pairs if (p[0].verdict.success, p[1].verdict.success) == (earlier, now))

    @property
    def gained(self) -> tuple[Pair, ...]:
        """Right now, wrong earlier."""
        return self.where(earlier=False, now=True)

    @property
    def lost(self) -> tuple[Pair, ...]:
        """Right earlier, wrong now."""
        return self.where(earlier=True, now=False)

    @property
    def counts(self) -> dict[str, int]:
        """Both right, right only earlier, right only now, neither."""
        found = (self.where(earlier=True, now=True), self.lost, self.gained, self.where(earlier=False, now=False))
        return dict(zip(("both", "only_earlier", "only_now", "neither"), map(len, found), strict=True))

    @property
    def rates(self) -> tuple[Rate, Rate]:
        """Right answers earlier and now."""
        right = [[side.verdict.success for side in pair] for pair in self.pairs]
        return Rate(sum(r[0] for r in right), len(right)), Rate(sum(r[1] for r in right), len(right))

    @property
    def p(self) -> float:
        """Exact two-sided sign test (McNemar's exact test): how likely so uneven a change is if either is as likely."""
        less, more = sorted((len(self.gained), len(self.lost)))
        extreme = sum(comb(less + more, k) for k in range(less + 1))
        return min(1.0, extreme / 2.0 ** (less + more - 1))


@dataclass(frozen=True, slots=True)
class Comparison(Pairs):
    """This run beside an earlier one, `name`; what only one of the two was asked is left out and counted."""

    name: str
    only_earlier: int
    only_now: int

    @property
    def types(self) -> dict[str, Pairs]:
        """The pairs by type, in the order of `TYPES`."""
        by = {kind: Pairs(tuple(p for p in self.pairs if p[1].question.type == kind)) for kind in TYPES}
        return {kind: pairs for kind, pairs in by.items() if pairs.pairs}


def check_earlier(answers: Sequence[Any], questions: Sequence[Question], name: str) -> dict[str, Mapping[str, Any]]:
    """The published answers of an earlier run, by id, held against the questions that are about to be asked.

    Raises:
        QuestionsError: what is no answer of `eval`, an id used twice, an id that asks something else, none in common.
    """
    now = {q.id: q.question for q in questions}
    found: dict[str, Mapping[str, Any]] = {}
    for number, answer in enumerate(answers, 1):
        where = f"{name}, answer {number}"
        if not isinstance(answer, dict) or not isinstance(answer.get("id"), str) or "status" not in answer:
            raise QuestionsError(f"{where}: no answer with an id; name what eval --out or --report wrote")
        if (id_ := answer["id"]) in found:
            raise QuestionsError(f"{where}: id {short(id_)} was used before; name one run, whose ids are unique")
        asked = answer.get("question")
        if id_ in now and isinstance(asked, str) and "".join(runs(asked)) != "".join(runs(now[id_])):
            raise QuestionsError(
                f"{where}: {short(id_)} asked {short(asked)}, and now asks {short(now[id_])}; "
                "name a run over the same questions"
            )
        found[id_] = answer
    if not now.keys() & found.keys():
        raise QuestionsError(f"{name} has no question in common with this run; name a run over the same questions")
    return found


def compare(card: Scorecard, earlier: Mapping[str, Mapping[str, Any]], name: str, speech: Speech) -> Comparison:
    """Judge the earlier answers by the same rule, on the same speech, and put them beside this run's."""
    shared = [r for r in card.results if r.question.id in earlier]
    before = score([r.question for r in shared], earlier.values(), speech)
    pairs = tuple(zip(before.results, shared, strict=True))
    return Comparison(pairs, name, len(earlier) - len(shared), len(card.results) - len(shared))
