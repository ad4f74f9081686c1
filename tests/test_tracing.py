"""What lay behind an answer: at which place the gold sentence was retrieved, which thresholds would have refused."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from qa_bot.bot import Bot
from qa_bot.chain import HITS
from qa_bot.evaluation import Question, Rate
from qa_bot.evaluation.traces import RANKS, Trace, point, ranked, refusal_curve
from qa_bot.evaluation.tracing import trace
from qa_bot.evidence import THRESHOLD
from tests.answering import open_bots

HARVEST = Question("h", "fact", "去年全县粮食总产量是多少？", gold_quotes=("去年全县粮食总产量达到32.6万吨",))
QUESTIONS = (
    HARVEST,
    Question("t", "paraphrase", "茶叶卖到国外赚了多少？", gold_quotes=("茶叶出口额达到2.3亿元",)),
    Question("w", "followup", "那由谁负责？", ("月牙湾水库什么时候竣工？",), gold_quotes=("周明远同志负责",)),
    Question("s", "section", "讲话分几个部分？", gold_quotes=("一、肯定成绩，坚定信心",)),
    Question("a", "unanswerable", "机场什么时候通航？", answerable=False),
    Question("c", "unanswerable", "月牙湾水库的设计师是谁？", answerable=False),
    Question("k", "unanswerable", "你好", answerable=False),
)


@pytest.fixture(scope="module")
def bots(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Bot]]:
    with open_bots(tmp_path_factory.mktemp("traced"), "nested", "redacted") as opened:
        yield opened


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda q: q.id)
def test_a_trace_comes_to_what_was_answered(bots: dict[str, Bot], question: Question) -> None:
    found = trace(bots["nested"], question)
    answer = bots["nested"].ask(question.question, question.history)
    assert found.refused == (answer.status == "refused") == found.refused_at(THRESHOLD)
    assert found.search == answer.search_query


def test_the_place_of_the_gold_sentence(bots: dict[str, Bot]) -> None:
    found = trace(bots["nested"], HARVEST)
    assert (found.gold[0], found.rank) == (1, "1")
    assert "32.6万吨" in found.hits[0].passage.text
    assert len(found.hits) > HITS, "all that was retrieved, not only what answers are picked from"
    later = trace(bots["nested"], replace(HARVEST, gold_quotes=("老樟树还在",), alt_quotes=(("床位200张",),)))
    assert all("床位200张" in later.hits[place - 1].passage.text for place in later.gold)
    assert later.gold[:1] > (1,)


def test_what_no_threshold_decides_has_no_score(bots: dict[str, Bot]) -> None:
    outline, small = (trace(bots["nested"], q) for q in QUESTIONS if q.id in "sk")
    withheld = trace(
        bots["redacted"], Question("r", "unanswerable", "还要作具体部署的县长叫什么名字？", answerable=False)
    )
    assert (outline.score, outline.hits, outline.refused) == (None, (), False)
    assert (small.score, small.hits, small.refused) == (None, (), True)
    assert (withheld.score, withheld.refused) == (None, True)
    assert withheld.hits
    assert withheld.refused_at(0.0)


@pytest.mark.parametrize(
    ("gold", "rank"),
    [
        ((1, 9), "1"),
        ((2,), "2"),
        ((3,), "3–5"),
        ((5,), "3–5"),
        ((6,), "6–10"),
        ((10,), "6–10"),
        ((11,), ">10"),
        ((), "none"),
    ],
)
def test_places_are_counted_together(gold: tuple[int, ...], rank: str) -> None:
    assert rank in RANKS
    assert Trace("", (), gold, None, False).rank == rank


def scored(score: float | None, refused: bool) -> Trace:
    return Trace("", (), (), score, refused)


def test_the_curve_goes_from_refusing_least_to_most() -> None:
    wanted = [Question(f"u{i}", "unanswerable", "?", answerable=False) for i in range(3)]
    asked = [Question(f"f{i}", "fact", "?", gold_quotes=("今年",)) for i in range(4)]
    traces = {
        "u0": scored(0.2, True), "u1": scored(0.6, False), "u2": scored(None, True),
        "f0": scored(0.4, True), "f1": scored(0.6, False), "f2": scored(0.9, False), "f3": scored(None, False),
    }  # fmt: skip
    found = [(p.refused.hits, p.lost.hits) for p in refusal_curve([*wanted, *asked], traces)]
    assert found == [(1, 0), (2, 0), (2, 1), (3, 2), (3, 3)]
    chosen = point(THRESHOLD, [*wanted, *asked], traces)
    assert (chosen.refused, chosen.lost) == (Rate(2, 3), Rate(1, 4))


def test_ranks_leave_out_what_has_no_gold_and_what_was_not_retrieved(bots: dict[str, Bot]) -> None:
    traces = {q.id: trace(bots["nested"], q) for q in QUESTIONS}
    counts = ranked(QUESTIONS, traces)
    assert list(counts) == list(RANKS)
    assert sum(counts.values()) == 3
    assert counts["none"] == 0
