"""What lay behind the answers: where the gold sentence was retrieved, and what another threshold would have refused."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from qa_bot.evaluation.questions import Question
from qa_bot.evaluation.scorecard import Rate
from qa_bot.types import Hit

RANKS = ("1", "2", "3–5", "6–10", ">10", "none")
"""Places at which the gold sentence was retrieved, as they are counted together; `none`: it was not retrieved."""
_LAST = (1, 2, 5, 10)


@dataclass(frozen=True, slots=True)
class Trace:
    """What the quoting answerer had before it for one question."""

    search: str
    """The question as it was understood."""
    hits: tuple[Hit, ...]
    """Every sentence and heading that was retrieved, best first; none where another way answered (the outline)."""
    gold: tuple[int, ...]
    """Places, from 1, of the hits that touch a gold piece."""
    score: float | None
    """Probability that the evidence carries the question; None where no threshold on it decides."""
    refused: bool
    """What became of it at the threshold in force."""

    @property
    def rank(self) -> str:
        """Which of `RANKS` the best of `gold` is."""
        best = min(self.gold, default=None)
        if best is None:
            return RANKS[-1]
        return next((name for name, last in zip(RANKS, _LAST, strict=False) if best <= last), RANKS[-2])

    def refused_at(self, threshold: float) -> bool:
        """Whether another threshold would have refused it."""
        return self.refused if self.score is None else self.score < threshold


Traces = Mapping[str, Trace]
"""By the question's id."""


@dataclass(frozen=True, slots=True)
class Point:
    """One point of the refusal curve: refusals among the questions that want one, and among those that want none."""

    threshold: float
    refused: Rate
    lost: Rate


def point(threshold: float, questions: Sequence[Question], traces: Traces) -> Point:
    """What this threshold refuses."""
    rightly = [traces[q.id].refused_at(threshold) for q in questions if q.wants_refusal]
    lost = [traces[q.id].refused_at(threshold) for q in questions if not q.wants_refusal]
    return Point(threshold, Rate(sum(rightly), len(rightly)), Rate(sum(lost), len(lost)))


def refusal_curve(questions: Sequence[Question], traces: Traces) -> tuple[Point, ...]:
    """The points from refusing least to refusing most, one for each step that the scores make.

    Earlier questions of a conversation are read as they are at the threshold in force.
    """
    scores = {s for q in questions if (s := traces[q.id].score) is not None}
    steps = [point(t, questions, traces) for t in [0.0, *sorted(s + 1e-9 for s in scores)]]
    return tuple(
        p for i, p in enumerate(steps) if not i or (p.refused, p.lost) != (steps[i - 1].refused, steps[i - 1].lost)
    )


def ranked(questions: Iterable[Question], traces: Traces) -> dict[str, int]:
    """How many of these questions had their gold sentence at each of `RANKS`; without gold or retrieval left out."""
    ranks = [traces[q.id].rank for q in questions if q.golds and not q.wants_refusal and traces[q.id].hits]
    return {name: ranks.count(name) for name in RANKS}
