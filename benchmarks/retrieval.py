"""The speed of a warm retrieval, and of a warm answer, on the shipped speech."""

from __future__ import annotations

import tempfile
from functools import partial
from pathlib import Path
from statistics import median, quantiles

from benchmarks.measure import QUESTIONS, SPEECH, Options, clock, options, table
from qa_bot.bot import open_bot
from qa_bot.evaluation import load_questions
from qa_bot.settings import Settings
from qa_bot.understanding import understand

DEPTH = 10


def report(given: Options) -> str:
    """A warm retrieval and a warm answer, question by question beside one bare query of Chroma."""
    questions = load_questions(QUESTIONS, None)
    with tempfile.TemporaryDirectory() as home:
        bot = open_bot(Settings(Path(home)), SPEECH)
        vectors = bot.encoder.encode_queries(["高新区"])
        bot.ask(questions[0].question)
        times = [
            (
                clock(partial(bot.index.query, vectors, DEPTH)),
                clock(partial(bot.retriever.hits, understand(question.question))),
                clock(partial(bot.ask, question.question, question.history)),
            )
            for question in questions * given.runs
        ]
        bot.close()
    names = ("one bare query of Chroma", "retrieval", "an answer, retrieval included")
    rows = [
        [
            name,
            f"{1000 * median(own):.1f}",
            f"{1000 * quantiles(own, n=20)[-1]:.1f}",
            f"{median(own) / median(bare):.1f} ×",
        ]
        for bare in [[row[0] for row in times]]
        for name, own in zip(names, zip(*times, strict=True), strict=True)
    ]
    told = f"{len(questions)} questions on the shipped speech, {given.runs} times each. Goal: retrieval 10 ms."
    return f"{table(['warm', 'median ms', '95 % below, ms', 'beside the query'], rows)}\n\n{told}"


if __name__ == "__main__":
    print(report(options()))
