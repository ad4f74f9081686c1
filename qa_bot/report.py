"""Scorecard → a plain table for the terminal; a report as Markdown, as one self-contained HTML page and as JSON."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import asdict
from html import escape
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from qa_bot.errors import QABotError
from qa_bot.evaluation import Question, Rate, Result, Scorecard, short

HEADER = ("", "right", "of", "rate", "95 % interval")
_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>()#+\-.!|~&$:@^])")

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>{title}</title>
<style>
:root {{ color-scheme: light dark; --line: #8886; }}
body {{ font: 16px/1.6 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem;
  background: Canvas; color: CanvasText; }}
table {{ border-collapse: collapse; margin: 1rem 0; width: 100%; }} caption {{ text-align: left; font-weight: 600; }}
th, td {{ padding: .25rem .6rem; border-bottom: 1px solid var(--line); text-align: right; }}
th[scope=row], th:first-child {{ text-align: left; font-weight: 400; }}
.bar {{ width: 30%; }} svg {{ display: block; width: 100%; height: 1rem; fill: #4a7fd0; }}
article {{ border: 1px solid var(--line); border-radius: .5rem; margin: 1rem 0; padding: .5rem 1rem; }}
dt {{ font-weight: 600; }} dd {{ margin: 0 0 .5rem 1rem; white-space: pre-wrap; overflow-wrap: anywhere; }}
</style></head><body>
{body}
</body></html>
"""


def render_text(scorecard: Scorecard) -> str:
    """The whole scorecard as aligned plain text: tables, then one block for each failure. No trailing newline."""
    blocks = [f"{heading}\n{_aligned(card)}\n{_mean(card)}" for heading, card in _cards(scorecard)]
    failures = [
        f"{short(r.question.id)[1:-1]} ({r.question.type}) {short(r.question.question)}\n    {r.verdict.why}"
        for r in scorecard.failures
    ]
    return "\n\n".join([*blocks, f"{len(failures)} of {scorecard.overall.n} wrong", *failures])


def write_report(scorecard: Scorecard, directory: Path) -> tuple[Path, ...]:
    """Write `report.md`, `report.html` and `scorecard.json`, each complete or not at all; returns their paths.

    Raises:
        QABotError: the folder cannot be made or written.
    """
    files = {
        "report.md": _markdown(scorecard),
        "report.html": _html(scorecard),
        "scorecard.json": json.dumps(as_dict(scorecard), ensure_ascii=False, indent=1) + "\n",
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


def as_dict(scorecard: Scorecard) -> dict[str, Any]:
    """The figures, the same for each half, and every verdict, as JSON holds them."""
    verdicts = [{"id": r.question.id, "type": r.question.type, **asdict(r.verdict)} for r in scorecard.results]
    halves = {name: _figures(half) for name, half in scorecard.halves.items()}
    return {"speech": scorecard.title, **_figures(scorecard), "halves": halves, "verdicts": verdicts}


def _figures(card: Scorecard) -> dict[str, Any]:
    rates = {name.replace(" ", "_"): asdict(r) | {"rate": r.rate, "interval": r.interval} for name, r in _rows(card)}
    return {"rates": rates, "mean_quoted": card.mean_quoted}


def _rows(card: Scorecard) -> list[tuple[str, Rate]]:
    return [
        *card.types.items(),
        ("all", card.overall),
        ("unanswerable refused", card.refused),
        ("answerable answered", card.answered),
        ("quotes verbatim", card.verbatim),
        ("offsets right", card.offsets_right),
    ]


def _cells(label: str, rate: Rate) -> tuple[str, ...]:
    low, high = rate.interval
    shares = (f"{rate.rate:.1%}", f"{low:.1%}–{high:.1%}") if rate.n else ("–", "–")
    return label, str(rate.hits), str(rate.n), *shares


def _cards(scorecard: Scorecard) -> list[tuple[str, Scorecard]]:
    """The whole and its halves, each under its heading."""
    parts = [(scorecard.title, scorecard), *((f"half: {name}", half) for name, half in scorecard.halves.items())]
    return [(f"{title} ({card.overall.n} questions)", card) for title, card in parts]


def _mean(card: Scorecard) -> str:
    return f"Characters quoted by an answer that quotes: {card.mean_quoted:.0f} on average."


def _aligned(card: Scorecard) -> str:
    rows = [HEADER, *(_cells(*row) for row in _rows(card))]
    widths = [max(map(width, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(pad(cell, size, left=not i) for i, (cell, size) in enumerate(zip(row, widths, strict=True))).rstrip()
        for row in rows
    )


def width(text: str) -> int:
    """Columns that a terminal gives the text: two for wide characters, none for combining and invisible ones."""
    return sum(
        0 if unicodedata.category(c) in ("Mn", "Me", "Cf") else 2 if unicodedata.east_asian_width(c) in "WF" else 1
        for c in text
    )


def pad(text: str, size: int, *, left: bool) -> str:
    """The text with spaces to `size` columns, to its right if it stands `left`."""
    gap = " " * (size - width(text))
    return text + gap if left else gap + text


def expected(question: Question) -> str:
    """What would have been right, for a person."""
    if question.wants_refusal:
        return "a refusal"
    lists = " or ".join(" + ".join(f"“{piece}”" for piece in pieces) for pieces in question.golds)
    groups = [f"one of {' / '.join(group)}" for group in question.must_include]
    return "; ".join([*([lists] if lists else []), *groups])


def _details(result: Result) -> Iterator[tuple[str, str]]:
    yield "expected", expected(result.question)
    if result.question.history:
        yield "asked before", " · ".join(result.question.history)
    came = "refused: " if result.verdict.refused else ""
    yield "came", came + (result.text or "nothing")
    for quote in result.quotes:
        yield "quoted", quote
    yield "why", result.verdict.why


def _markdown(scorecard: Scorecard) -> str:
    lines = [f"# {_md(scorecard.title)}"]
    for heading, card in _cards(scorecard):
        lines += ["", f"## {_md(heading)}", "", f"| {' | '.join(HEADER)} |", "|---|--:|--:|--:|--:|"]
        lines += [f"| {' | '.join(map(_md, _cells(*row)))} |" for row in _rows(card)]
        lines += ["", _mean(card)]
    lines += ["", f"## {len(scorecard.failures)} of {scorecard.overall.n} wrong"]
    for result in scorecard.failures:
        lines += [
            "",
            f"### {_md(result.question.id)} ({_md(result.question.type)}) {_md(result.question.question)}",
            "",
        ]
        lines += [f"- {name}: {_md(value)}" for name, value in _details(result)]
    return "\n".join(lines) + "\n"


def _md(text: str) -> str:
    """The text on one line, with nothing in it that Markdown would read as markup."""
    return _MARKDOWN.sub(r"\\\1", " ".join(text.split()))


def _html(scorecard: Scorecard) -> str:
    body = [f"<h1>{escape(scorecard.title)}</h1>"]
    for heading, card in _cards(scorecard):
        head = "".join(f'<th scope="col">{cell}</th>' for cell in (*HEADER, ""))
        rows = "\n".join(_row(label, rate) for label, rate in _rows(card))
        body.append(f"<table><caption>{escape(heading)}</caption>\n<tr>{head}</tr>\n{rows}\n</table>")
        body.append(f"<p>{_mean(card)}</p>")
    body.append(f"<h2>{len(scorecard.failures)} of {scorecard.overall.n} wrong</h2>")
    for result in scorecard.failures:
        question = result.question
        items = "".join(f"<dt>{name}</dt><dd>{escape(value)}</dd>" for name, value in _details(result))
        heading = escape(f"{question.id} ({question.type}) {question.question}")
        body.append(f"<article><h3>{heading}</h3><dl>{items}</dl></article>")
    return _PAGE.format(title=escape(scorecard.title), body="\n".join(body))


def _row(label: str, rate: Rate) -> str:
    """A table row; its last cell draws the interval as a band and the share as a mark."""
    first, *cells = (escape(cell) for cell in _cells(label, rate))
    low, high = (100 * bound for bound in rate.interval)
    bar = (
        f'<svg viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">'
        f'<rect x="{low:.1f}" y="3" width="{high - low:.1f}" height="4" opacity=".4"/>'
        f'<rect x="{100 * rate.rate - 0.4:.1f}" y="0" width="0.8" height="10"/></svg>'
    )
    columns = "".join(f"<td>{cell}</td>" for cell in cells)
    return f'<tr><th scope="row">{first}</th>{columns}<td class="bar">{bar if rate.n else ""}</td></tr>'
