"""Folding and tokens: two spellings of one thing are equal, and what is not the same stays apart."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_bot.text import fold, grams, is_han, runs


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("經濟發展", "经济发展"),
        ("臺灣同胞", "台湾同胞"),
        ("２０２３年增長８．５％", "2023年增长8.5%"),
        ("ＡＩ ＋ 醫療", "ai + 医疗"),
        ("GDP", "gdp"),
        ("“数字”，经济", "“数字”,经济"),
        ("①②", "12"),
    ],
)
def test_spellings_of_one_thing_are_equal(one: str, other: str) -> None:
    assert fold(one) == fold(other)


@pytest.mark.parametrize(("one", "other"), [("1.5%", "15%"), ("三成", "三倍"), ("增长", "减少"), ("part", "parts")])
def test_what_differs_stays_apart(one: str, other: str) -> None:
    assert fold(one) != fold(other)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", []),
        ("，。！？ \n…", []),
        ("粮食增产３．２％，达到45.6万吨。", ["粮食增产", "3.2%", "达到", "45.6", "万吨"]),
        ("发展5G网络、C919大飞机", ["发展", "5g", "网络", "c919", "大飞机"]),
        ("What's new in Part 2?", ["what", "s", "new", "in", "part", "2"]),
        ("不超过3‰。", ["不超过", "3‰"]),
        ("𠀀㐀字", ["𠀀㐀字"]),
    ],
)
def test_words_of_a_text(text: str, words: list[str]) -> None:
    assert runs(text) == words


def test_han_runs_give_characters_and_pairs_and_other_words_stay_whole() -> None:
    assert grams("发展5G网络") == ["发", "展", "发展", "5g", "网", "络", "网络"]
    assert grams("水") == ["水"]
    assert grams("！") == []


@pytest.mark.parametrize(("text", "han"), [("水", True), ("𠀀", True), ("水w", True), ("w水", False), ("", False)])
def test_what_begins_with_a_han_character(text: str, han: bool) -> None:
    assert is_han(text) is han


@given(st.text())
def test_tokens_of_any_text_begin_with_no_punctuation_and_are_pieces_of_its_words(text: str) -> None:
    words = runs(text)
    assert not any(unicodedata.category(word[0])[0] in "PZ" for word in words)
    assert all(any(token in word for word in words) for token in grams(text))
    assert set("".join(words)) <= set(fold(text))


@given(st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5), max_size=30))
def test_a_run_of_n_characters_has_n_characters_and_n_minus_1_pairs(text: str) -> None:
    assert len(grams(text)) == max(2 * len(fold(text)) - 1, 0)
