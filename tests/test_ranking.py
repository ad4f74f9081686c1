"""The order in which hits are likely to answer: whatever comes in comes out, scored from the best one down."""

from __future__ import annotations

import pytest

from embeddings.encoder import SHIPPED, StaticEncoder
from embeddings.reader import read
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


BRIDGE = parse_speech("同志们：\n青石大桥去年六月破土。青石大桥去年十月通车。谢谢大家！")
BRIDGES = Ranker(BRIDGE, StaticEncoder(SHIPPED))


def bridge(first: str, score: float) -> list[Hit]:
    """Both sentences about the bridge: the one with `first` scored 0.9, the other one `score`."""
    passages = [p for p in make_passages(BRIDGE) if p.kind == "sentence" and "大桥" in p.text]
    passages.sort(key=lambda p: first not in p.text)
    return [Hit(p, s, 0.0, s / 2) for p, s in zip(passages, (0.9, score), strict=True)]


@pytest.mark.parametrize(
    ("question", "found", "right"),
    [("青石大桥什么时候开始能走车的？", "破土", "通车"), ("青石大桥哪个月动的第一锹土？", "通车", "破土")],
)
def test_of_two_that_are_found_about_equally_well_the_reader_says_which_answers(
    question: str, found: str, right: str
) -> None:
    query, hits = understand(question), bridge(found, 0.86)
    unread = BRIDGES.features(query, hits)[:, :-1] @ list(WEIGHTS.values())[:-1]
    assert unread[0] > unread[1]
    assert right in BRIDGES.rank(query, hits)[0].passage.text


def test_what_is_found_far_better_than_the_others_is_not_read_beside_them() -> None:
    query = understand("青石大桥什么时候开始能走车的？")
    read.cache_clear()
    assert "破土" in BRIDGES.rank(query, bridge("破土", 0.2))[0].passage.text
    assert read.cache_info().misses == 0
