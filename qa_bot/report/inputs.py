"""What a report is made from, and what its questions and figures are called."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from qa_bot.evaluation import Question, Scorecard
from qa_bot.evaluation.comparing import Comparison
from qa_bot.evaluation.traces import Point, Traces, refusal_curve

CHINESE = {
    "fact": "事实",
    "list": "列举",
    "paraphrase": "换个说法",
    "section": "篇章结构",
    "unanswerable": "文中没有",
    "false_premise": "前提有误",
    "followup": "追问",
    "english": "英文提问",
    "all": "全部",
    "unanswerable refused": "该拒的拒了",
    "answerable answered": "该答的答了",
    "quotes verbatim": "引文逐字",
    "offsets right": "位置无误",
}


@dataclass(frozen=True, slots=True)
class Report:
    """All that a report is made from; without traces no curve, ranks or evidence, without an earlier run none."""

    card: Scorecard
    answers: Sequence[Mapping[str, Any]] = ()
    """The published answers, in the order of the questions."""
    traces: Traces = field(default_factory=dict)
    comparison: Comparison | None = None
    about: Mapping[str, str] = field(default_factory=dict)
    """What was run: name and value."""
    model: Sequence[str] = ()
    """Lines on what a chat model did and cost."""

    @property
    def questions(self) -> tuple[Question, ...]:
        """The questions that have a trace."""
        return tuple(r.question for r in self.card.results if r.question.id in self.traces)

    @property
    def curve(self) -> tuple[Point, ...]:
        """The refusal curve; empty where one of its two sides has no questions."""
        sides = {q.wants_refusal for q in self.questions}
        return refusal_curve(self.questions, self.traces) if len(sides) == 2 else ()


def gloss(name: str) -> str:
    """A type or a share with its Chinese name."""
    return f"{name} {CHINESE[name]}" if name in CHINESE else name


def expected(question: Question) -> str:
    """What would have been right, for a person."""
    if question.wants_refusal:
        return "a refusal"
    lists = " or ".join(" + ".join(f"“{piece}”" for piece in pieces) for pieces in question.golds)
    groups = [f"one of {' / '.join(group)}" for group in question.must_include]
    return "; ".join([*([lists] if lists else []), *groups])
