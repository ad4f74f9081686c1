"""The order in which hits are likely to answer: whatever comes in comes out, scored from the best one down."""

from __future__ import annotations

import pytest

from embeddings.encoder import SHIPPED, StaticEncoder
from qa_bot.passages import make_passages
from qa_bot.ranking import SIDES, WEIGHTS, Ranker
from qa_bot.speech import parse_speech
from qa_bot.types import Hit
from qa_bot.understanding import understand

SPEECH = parse_speech(
    "同志们：\n去年我们修了水库。2022年的水库由县水利局负责，花了三千二百万元。2019年的水库只有一座，花了八百万元。\n"
    "学校的操场也修好了。谢谢大家！"
)
RANKER = Ranker(SPEECH, StaticEncoder(SHIPPED))


def hits(*scores: float) -> list[Hit]:
    """The speech's sentences in their order, scored so."""
    passages = [p for p in make_passages(SPEECH) if p.kind == "sentence" and p.start >= SPEECH.text.index("去年")]
    return [Hit(passage, score, 0.0, score / 2) for passage, score in zip(passages, scores, strict=False)]


@pytest.mark.parametrize(
    ("question", "first"),
    [
        ("水库花了多少钱？", "三千二百万元"),
        ("水库由谁负责？", "县水利局"),
        ("2019年的水库花了多少钱？", "八百万元"),
        ("操场修好了吗？", "操场"),
    ],
)
def test_what_holds_the_kind_of_thing_that_is_asked_for_comes_first(question: str, first: str) -> None:
    query = understand(question)
    assert first not in hits(0.9, 0.85, 0.85, 0.85)[0].passage.text
    assert first in RANKER.rank(query, hits(0.9, 0.85, 0.85, 0.85))[0].passage.text


def test_the_same_hits_scored_from_one_down_to_zero() -> None:
    found = hits(2.0, 1.5, 1.0, 0.01, 0.01)
    ranked = RANKER.rank(understand("水库花了多少钱？"), found)
    assert {hit.passage.id for hit in ranked} == {hit.passage.id for hit in found}
    scores = [hit.score for hit in ranked]
    assert scores[0] == 1
    assert scores == sorted(scores, reverse=True)
    assert min(scores) >= 0


def test_nothing_is_made_of_nothing() -> None:
    assert RANKER.rank(understand("水库花了多少钱？"), []) == []
    assert RANKER.rank(understand("水库花了多少钱？"), hits(0.0, 0.0)) == hits(0.0, 0.0)


def test_the_same_question_is_ranked_alike_and_what_was_asked_is_not_kept() -> None:
    query = understand("What did the reservoir cost?")
    first = RANKER.rank(query, hits(0.9, 0.8, 0.7))
    for word in ("水库", "操场", "学校", "大坝"):
        RANKER.rank(understand(f"{word}花了多少钱？"), hits(0.9, 0.8, 0.7))
    assert RANKER.rank(query, hits(0.9, 0.8, 0.7)) == first
    assert SIDES > 0
    assert next(iter(WEIGHTS)) == "score"
