"""How `eval` asks, and what it puts beside the answers: an earlier run, and what lay behind them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from qa_bot.cli.files import read_answers
from qa_bot.evaluation import Comparison, Question, Scorecard, check_earlier, evaluate
from qa_bot.evaluation.kept import Asking, identity, keeping
from qa_bot.report import ANSWERS, Report
from qa_bot.terminal import progress

if TYPE_CHECKING:
    from qa_bot.bot import Bot


def asking(bot: Bot) -> Asking:
    """A bot's `ask` as the evaluation takes it."""

    def plain(question: str, history: Sequence[str]) -> dict[str, Any]:
        return bot.ask(question, history).to_dict()

    if not bot.settings.llm:
        return plain
    return keeping(plain, bot.settings.home / "answers" / identity(bot.settings, bot.index.identity))


def ask_all(
    bot: Bot, questions: Sequence[Question], stream: TextIO | None, jobs: int
) -> tuple[Scorecard, list[dict[str, Any]]]:
    """Ask every question, and judge what came; each answer goes to the stream as a line, a bar shows how far it is."""
    answers: list[dict[str, Any]] = []
    with progress("questions") as advance:

        def keep(answer: dict[str, Any]) -> None:
            answers.append(answer)
            if stream:
                stream.write(json.dumps(answer, ensure_ascii=False) + "\n")
            advance(len(answers), len(questions))

        return evaluate(questions, asking(bot), bot.speech, keep, jobs), answers


def earlier_run(place: Path, questions: Sequence[Question]) -> tuple[dict[str, Mapping[str, Any]], str]:
    """The answers of an earlier run by id, and what it is called: a report's folder, or a file of answers.

    Raises:
        QABotError: it cannot be read, or is no run over these questions.
    """
    file = place / ANSWERS if place.is_dir() else place
    return check_earlier(read_answers(file), questions, str(place)), place.name or str(place)


def reported(
    bot: Bot,
    card: Scorecard,
    answers: Sequence[Mapping[str, Any]],
    comparison: Comparison | None,
    questions: str,
    model: Sequence[str],
) -> Report:
    """All that the report is made from; each question is gone through once more, without a model.

    Args:
        questions: what they are called.
        model: what is told of the chat model.
    """
    from qa_bot.evaluation.tracing import trace

    about = {
        "questions": questions,
        "answers": bot.settings.llm.model if bot.settings.llm else "quoted",
        "encoder": bot.settings.encoder,
        "enrichment": str(bot.enrichment),
    }
    traces = {r.question.id: trace(bot, r.question) for r in card.results}
    return Report(card, answers, traces, comparison, about, model)
