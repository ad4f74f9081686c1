"""A report's sections: what stands in it, in which order, in which words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from qa_bot.evaluation import Question, Rate, Result, Scorecard
from qa_bot.evaluation.comparing import Comparison, Pair
from qa_bot.evaluation.traces import RANKS, Point, Traces, point, ranked
from qa_bot.evidence import THRESHOLD
from qa_bot.report.blocks import Block, Entry, Figure, Heading, Row, Table, Text, Tile, Tiles
from qa_bot.report.drawing import curve, interval, shares
from qa_bot.report.inputs import Report, expected, gloss
from qa_bot.report.tables import HEADER, cards, cells, mean, rows_of, summary

LIMITS = (0.0, 0.02, 0.05, 0.08, 0.1, 0.15, 0.2, 0.3, 0.5)
"""Shares of the answers that may be lost, for which the table beside the curve says what is refused."""
SHOWN = 5
"""Retrieved sentences that stand under a failure; the first gold one stands there too."""


def sections(report: Report) -> Iterator[Block]:
    """The whole report, block by block."""
    yield Heading(1, report.card.title or "—")
    if report.about:
        yield Text(" · ".join(f"{name}: {value}" for name, value in report.about.items()))
    yield Tiles(tuple(_tiles(report.card)))
    yield from _scores(report.card)
    if report.comparison:
        yield from _compared(report.comparison)
    if report.model:
        yield Heading(2, "The chat model 模型")
        yield from map(Text, report.model)
    if report.curve:
        yield from _refusals(report)
    if report.traces:
        yield from _ranks(report)
    yield from _failures(report)


def _tiles(card: Scorecard) -> Iterator[Tile]:
    for name, rate in [("all", card.overall), *rows_of(card)[-4:-1]]:
        _, hits, n, share, bounds = cells(name, rate)
        yield Tile("right 答对" if name == "all" else gloss(name), share, f"{hits} of {n} · {bounds}")


def _scores(scorecard: Scorecard) -> Iterator[Block]:
    yield Heading(2, "By type 分题型")
    yield Text(
        "A dot is the share that is right, the band its 95 % interval (Wilson): with few questions much is chance. "
        "0, 50 and 100 % are marked."
    )
    wrong = {r.question.type for r in scorecard.failures}
    for heading, card in cards(scorecard):
        rows = (
            Row(
                cells(gloss(name), rate),
                interval(rate),
                f"type-{name}" if name in wrong and card is scorecard else "",
                name == "all",
            )
            for name, rate in rows_of(card)
        )
        yield Table(heading, HEADER, tuple(rows), "0–100 %")
        yield Text(mean(card))


def _compared(comparison: Comparison) -> Iterator[Block]:
    yield Heading(2, "Beside the earlier run 与上次对比")
    yield Text(f"Earlier: {comparison.name}. {summary(comparison)}")
    yield Text(
        "The earlier answers were judged by the same rule. A hollow dot is the earlier share. A p value above 0.05: "
        "so uneven a change may well be chance."
    )
    header = ("", "both right", "only earlier", "only now", "neither", "earlier", "now")
    rows = [
        Row(
            (gloss(name), *map(str, pairs.counts.values()), *_rates(pairs.rates)),
            interval(*pairs.rates[::-1]),
            "",
            last,
        )
        for name, pairs, last in [
            *((name, pairs, False) for name, pairs in comparison.types.items()),
            ("all", comparison, True),
        ]
    ]
    yield Table(f"{len(comparison.pairs)} questions asked in both runs", header, tuple(rows), "0–100 %")
    for name, pairs in (("Gained 新答对", comparison.gained), ("Lost 新答错", comparison.lost)):
        yield Heading(3, f"{name}: {len(pairs)}")
        yield from map(_pair, pairs)


def _rates(rates: tuple[Rate, Rate]) -> tuple[str, ...]:
    return tuple(f"{rate.rate:.0%}" for rate in rates)


def _pair(pair: Pair) -> Entry:
    earlier, now = pair
    wrong = "wrong now" if now.verdict.why else "wrong earlier"
    told = (("expected", expected(now.question)), ("earlier", _came(earlier)), ("now", _came(now)))
    return Entry(_named(now.question), (*told, (wrong, now.verdict.why or earlier.verdict.why)), folded=True)


def _came(result: Result) -> str:
    if result.verdict.refused:
        return f"refused: {result.text}"
    return "\n".join(result.quotes) or result.text or "nothing"


def _refusals(report: Report) -> Iterator[Block]:
    questions, traces = report.questions, report.traces
    chosen = point(THRESHOLD, questions, traces)
    title = "Refusal curve 拒答曲线"
    yield Heading(2, title)
    yield Text(
        "Where the evidence decides, a question is refused if the probability that the evidence carries it is below a "
        "threshold. Upwards: unanswerable questions refused, which is right. To the right: answerable ones refused, "
        "answers lost. The dashed line is refusing blindly."
    )
    x, y = "answers lost 误拒的可答题", "refused rightly 拒对的无答案题"
    yield Figure(curve(report.curve, chosen, title, x, y, f"chosen 选定 {THRESHOLD:.2f}"))
    yield Text(_chosen(chosen, sum(traces[q.id].score is None for q in questions)))
    header = ("threshold", "refused rightly", "of", "rate", "answers lost", "of", "rate")
    rows = (
        Row((f"{p.threshold:.2f}", *_counted(p.refused), *_counted(p.lost)), chosen=p is chosen)
        for p in _table(report.curve, chosen)
    )
    yield Table("What other thresholds would have done on these questions", header, tuple(rows))


def _chosen(chosen: Point, fixed: int) -> str:
    (low, high), (least, most) = chosen.refused.interval, chosen.lost.interval
    return (
        f"The chosen point is {chosen.threshold:.2f}: {chosen.refused.hits} of {chosen.refused.n} unanswerable "
        f"questions are refused ({chosen.refused.rate:.0%}, 95 % interval {low:.0%}–{high:.0%}), and "
        f"{chosen.lost.hits} of {chosen.lost.n} answers are lost ({chosen.lost.rate:.0%}, {least:.0%}–{most:.0%}). "
        "It was set on the development questions of all speeches, where their curve bends (benchmarks/calibrate.py), "
        "not on this curve. "
        f"{fixed} of the questions come out the same at every threshold: outline, page data, small talk, names that "
        "were taken out, and questions of which no word was found. It is the quoting answerer's decision; a chat model "
        "refuses by its own."
    )


def _counted(rate: Rate) -> tuple[str, str, str]:
    return str(rate.hits), str(rate.n), f"{rate.rate:.0%}"


def _table(points: Sequence[Point], chosen: Point) -> list[Point]:
    """The point that refuses most within each of `LIMITS`, each once, and the chosen one, by threshold."""
    within = (
        max((p for p in points if p.lost.rate <= limit), key=lambda p: p.threshold, default=None) for limit in LIMITS
    )
    found = {id(p): p for p in within if p and (p.refused, p.lost) != (chosen.refused, chosen.lost)}
    return sorted([*found.values(), chosen], key=lambda p: (p.lost.hits, p.refused.hits))


def _ranks(report: Report) -> Iterator[Block]:
    yield Heading(2, "Where the gold sentence was retrieved 应引句的检索名次")
    asked = [q for q in report.questions if q.golds and not q.wants_refusal]
    counted = [q for q in asked if report.traces[q.id].hits]
    yield Text(
        "Place, from 1, of the first retrieved sentence or heading that touches a gold piece; the answer is picked "
        f"from the first 12. {len(asked) - len(counted)} of {len(asked)} questions with gold were answered or refused "
        "without retrieval (outline, page data) and are left out."
    )
    kinds = dict.fromkeys(r.question.type for r in report.card.results)
    by = {
        kind: ranked((q for q in counted if q.type == kind), report.traces)
        for kind in report.card.types
        if kind in kinds
    }
    by = {kind: counts for kind, counts in by.items() if sum(counts.values())}
    rows = [
        Row((gloss(name), str(sum(counts.values())), *map(str, counts.values())), shares(counts), chosen=name == "all")
        for name, counts in [*by.items(), ("all", ranked(counted, report.traces))]
    ]
    header = ("", "of", *RANKS[:-1], "none 没找到")
    yield Table("Questions by place: 1 strongest, beyond 10 ochre, not retrieved red", header, tuple(rows), "share")


def _failures(report: Report) -> Iterator[Block]:
    failures = report.card.failures
    yield Heading(2, f"{len(failures)} of {report.card.overall.n} wrong 答错的题")
    for kind in report.card.types:
        wrong = [r for r in failures if r.question.type == kind]
        if wrong:
            yield Heading(3, f"{gloss(kind)}: {len(wrong)}", f"type-{kind}")
        for result in wrong:
            yield Entry(
                _named(result.question), tuple(_details(result, report.traces)), tuple(_evidence(result, report))
            )


def _named(question: Question) -> str:
    return f"{question.id} ({question.type}) {question.question}"


def _details(result: Result, traces: Traces) -> Iterator[tuple[str, str]]:
    yield "expected", expected(result.question)
    if result.question.history:
        yield "asked before", " · ".join(result.question.history)
    trace = traces.get(result.question.id)
    if trace and trace.search != result.question.question:
        yield "understood as", trace.search
    yield "came", ("refused: " if result.verdict.refused else "") + (result.text or "nothing")
    yield from (("quoted", quote) for quote in result.quotes if quote not in result.text)
    yield "why", result.verdict.why
    if trace and trace.score is not None:
        yield "evidence", f"carries the question with probability {trace.score:.2f}; answered from {THRESHOLD:.2f}"


def _evidence(result: Result, report: Report) -> Iterator[tuple[str, bool, str]]:
    """The first retrieved sentences, and the first gold one where it comes later."""
    if trace := report.traces.get(result.question.id):
        places = [*range(1, min(SHOWN, len(trace.hits)) + 1), *[g for g in trace.gold[:1] if g > SHOWN]]
        for place in places:
            passage = trace.hits[place - 1].passage
            yield str(place), place in trace.gold, f"〔{passage.addresses[0]}〕{passage.text}"
