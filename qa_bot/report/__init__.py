"""Scorecard → a plain table for the terminal; a report as Markdown, as one self-contained HTML page and as JSON."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from qa_bot.errors import QABotError
from qa_bot.evaluation import Scorecard
from qa_bot.evaluation.comparing import Comparison
from qa_bot.evaluation.traces import Point, ranked
from qa_bot.evidence import THRESHOLD
from qa_bot.report.html import to_html
from qa_bot.report.inputs import Report, expected
from qa_bot.report.markdown import to_markdown
from qa_bot.report.sections import sections
from qa_bot.report.tables import pad, render_comparison, render_text, rows_of, width

__all__ = [
    "ANSWERS",
    "Report",
    "as_dict",
    "expected",
    "pad",
    "render_comparison",
    "render_text",
    "width",
    "write_report",
]

ANSWERS = "answers.jsonl"
"""The file of a report's folder that holds what `--out` writes; a later run is compared with it."""


def write_report(report: Report, directory: Path) -> tuple[Path, ...]:
    """Write `report.md`, `report.html`, `scorecard.json` and `answers.jsonl`, each complete or not at all.

    Returns:
        Their paths.

    Raises:
        QABotError: the folder cannot be made or written.
    """
    blocks = list(sections(report))
    files = {
        "report.md": to_markdown(blocks),
        "report.html": to_html(blocks, report.card.title),
        "scorecard.json": json.dumps(as_dict(report), ensure_ascii=False, indent=1) + "\n",
        ANSWERS: "".join(json.dumps(answer, ensure_ascii=False) + "\n" for answer in report.answers),
    }
    try:
        directory.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(prefix=".report-", dir=directory) as making:
            for name, text in files.items():
                (Path(making) / name).write_bytes(text.encode("utf-8", "replace"))
            for name in files:
                (Path(making) / name).replace(directory / name)
    except OSError as error:
        raise QABotError(f"no report can be written to {directory} ({error.strerror}); name another folder") from error
    return tuple(directory / name for name in files)


def as_dict(report: Report) -> dict[str, Any]:
    """The figures, the same for each half, and every verdict, as JSON holds them; docs/questions.md lists the keys."""
    card, traces = report.card, report.traces
    halves = {name: _figures(half) for name, half in card.halves.items()}
    verdicts = [
        {"id": r.question.id, "type": r.question.type, **asdict(r.verdict)}
        | ({"retrieved": min(t.gold, default=None), "score": t.score} if (t := traces.get(r.question.id)) else {})
        for r in card.results
    ]
    return {
        "speech": card.title,
        "about": dict(report.about),
        **_figures(card),
        "halves": halves,
        "threshold": THRESHOLD,
        "refusal_curve": [_point(p) for p in report.curve],
        "ranks": ranked(report.questions, traces),
        "comparison": _compared(report.comparison) if report.comparison else None,
        "verdicts": verdicts,
    }


def _figures(card: Scorecard) -> dict[str, Any]:
    rates = {name.replace(" ", "_"): asdict(r) | {"rate": r.rate, "interval": r.interval} for name, r in rows_of(card)}
    return {"rates": rates, "mean_quoted": card.mean_quoted}


def _point(point: Point) -> dict[str, float]:
    return {"threshold": point.threshold, "refused": point.refused.hits, "lost": point.lost.hits}


def _compared(comparison: Comparison) -> dict[str, Any]:
    return {
        "earlier": comparison.name,
        "only_earlier": comparison.only_earlier,
        "only_now": comparison.only_now,
        "p": comparison.p,
        "all": comparison.counts,
        "types": {kind: pairs.counts for kind, pairs in comparison.types.items()},
        "gained": [now.question.id for _, now in comparison.gained],
        "lost": [now.question.id for _, now in comparison.lost],
    }
