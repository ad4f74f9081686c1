"""The scorecard as aligned plain text, for a terminal."""

from __future__ import annotations

import unicodedata

from qa_bot.evaluation import Rate, Scorecard, short
from qa_bot.evaluation.comparing import Comparison

HEADER = ("", "right", "of", "rate", "95 % interval")


def render_text(scorecard: Scorecard) -> str:
    """The whole scorecard as aligned plain text: tables, then one block for each failure. No trailing newline."""
    blocks = [f"{heading}\n{_scores(card)}\n{mean(card)}" for heading, card in cards(scorecard)]
    failures = [
        f"{short(r.question.id)[1:-1]} ({r.question.type}) {short(r.question.question)}\n    {r.verdict.why}"
        for r in scorecard.failures
    ]
    return "\n\n".join([*blocks, f"{len(failures)} of {scorecard.overall.n} wrong", *failures])


def render_comparison(comparison: Comparison) -> str:
    """The comparison as plain text: a line for all, a table by type, the questions gained and lost."""
    rows: list[tuple[str, ...]] = [("", "both", "only earlier", "only now", "neither")]
    rows += [(kind, *map(str, pairs.counts.values())) for kind, pairs in comparison.types.items()]
    rows.append(("all", *map(str, comparison.counts.values())))
    lines = [f"compared with {short(comparison.name)}", _aligned(rows), summary(comparison)]
    for name, pairs in (("gained", comparison.gained), ("lost", comparison.lost)):
        lines += [
            f"{name}: {short(now.question.id)[1:-1]} ({now.question.type}) {short(now.question.question)}"
            for _, now in pairs
        ]
    return "\n".join(lines)


def summary(comparison: Comparison) -> str:
    """What the comparison comes to, in a line."""
    earlier, now = comparison.rates
    alone = [
        f"{n} asked only {when}, left out"
        for n, when in ((comparison.only_earlier, "earlier"), (comparison.only_now, "now"))
        if n
    ]
    told = f"Right of the {now.n} questions in both runs: {earlier.hits} earlier, {now.hits} now"
    return f"{'; '.join([told, *alone])}. Exact two-sided sign test: p = {comparison.p:.2g}."


def rows_of(card: Scorecard) -> list[tuple[str, Rate]]:
    """Every share that is counted, with its name: the types first."""
    return [
        *card.types.items(),
        ("all", card.overall),
        ("unanswerable refused", card.refused),
        ("answerable answered", card.answered),
        ("quotes verbatim", card.verbatim),
        ("offsets right", card.offsets_right),
    ]


def cells(label: str, rate: Rate) -> tuple[str, ...]:
    """A row under `HEADER`."""
    low, high = rate.interval
    shares = (f"{rate.rate:.1%}", f"{low:.1%}–{high:.1%}") if rate.n else ("–", "–")
    return label, str(rate.hits), str(rate.n), *shares


def cards(scorecard: Scorecard) -> list[tuple[str, Scorecard]]:
    """The whole and its halves, each under its heading."""
    parts = [(scorecard.title, scorecard), *((f"half: {name}", half) for name, half in scorecard.halves.items())]
    return [(f"{title} ({card.overall.n} questions)", card) for title, card in parts]


def mean(card: Scorecard) -> str:
    """How much an answer quotes."""
    return f"Characters quoted by an answer that quotes: {card.mean_quoted:.0f} on average."


def _scores(card: Scorecard) -> str:
    return _aligned([HEADER, *(cells(*row) for row in rows_of(card))])


def _aligned(rows: list[tuple[str, ...]]) -> str:
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
