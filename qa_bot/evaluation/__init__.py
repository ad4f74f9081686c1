"""Questions → Scorecard: a questions file is read, each answer judged by one rule, the verdicts counted. Pure."""

from qa_bot.evaluation.comparing import Comparison, check_earlier, compare
from qa_bot.evaluation.judging import Verdict, judge
from qa_bot.evaluation.questions import HALVES, TYPES, Question, load_questions, short
from qa_bot.evaluation.scorecard import Rate, Result, Scorecard, evaluate, score

__all__ = [
    "HALVES",
    "TYPES",
    "Comparison",
    "Question",
    "Rate",
    "Result",
    "Scorecard",
    "Verdict",
    "check_earlier",
    "compare",
    "evaluate",
    "judge",
    "load_questions",
    "score",
    "short",
]
