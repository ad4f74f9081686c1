"""Questions → Scorecard: a questions file is read, each answer judged by one rule, the verdicts counted. Pure."""

from qa_bot.evaluation.judging import Verdict, judge
from qa_bot.evaluation.questions import HALVES, TYPES, Question, load_questions, short
from qa_bot.evaluation.scorecard import Rate, Result, Scorecard, evaluate, score

__all__ = [
    "HALVES",
    "TYPES",
    "Question",
    "Rate",
    "Result",
    "Scorecard",
    "Verdict",
    "evaluate",
    "judge",
    "load_questions",
    "score",
    "short",
]
