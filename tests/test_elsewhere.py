"""Years of sentences and of questions, and names that a speech does not say."""

from __future__ import annotations

import pytest

from embeddings.encoder import load_encoder
from qa_bot.elsewhere import names_another, names_away, names_in, speaks_of_another_year
from qa_bot.speech import parse_speech
from qa_bot.types import Speech
from qa_bot.understanding import understand

WORDS = load_encoder("static")
REPORT = """2026年岳阳市政府工作报告

各位代表：

现在，我报告工作。

一、“十四五”时期和2025年工作回顾

去年新建学校四所。公路里程从2020年的80公里增加到95公里。

二、2026年重点工作

今年要新建学校六所，改造公路十公里。新设医院两家。

三、“十五五”时期的目标

公路里程达到120公里。
"""


@pytest.fixture(scope="module")
def speech() -> Speech:
    return parse_speech(REPORT)


def another(speech: Speech, question: str, words: str) -> bool:
    """Whether the sentence with these words is of another year than the question."""
    at = speech.text.index(words)
    sentence = next(s for p in speech.paragraphs for s in p.sentences if s.start <= at < s.end)
    return speaks_of_another_year(understand(question), speech, sentence.start, sentence.end)


@pytest.mark.parametrize(
    ("question", "words", "differs"),
    [
        ("去年新建了多少所学校？", "学校四所", False),
        ("2025年新建了多少所学校？", "学校四所", False),
        ("今年新建多少所学校？", "学校四所", True),
        ("今年新建多少所学校？", "学校六所", False),
        ("2025年新建了多少所学校？", "学校六所", True),
        ("新建多少所学校？", "学校六所", False),
        ("2026年新设多少家医院？", "医院两家", False),
        ("去年新设了多少家医院？", "医院两家", True),
        ("2025年公路里程是多少？", "95公里", False),
        ("2020年公路里程是多少？", "95公里", True),
        ("2030年公路里程是多少？", "120公里", False),
        ("去年公路里程是多少？", "120公里", True),
    ],
)
def test_a_sentence_is_of_its_own_year_or_its_heading_s(
    speech: Speech, question: str, words: str, differs: bool
) -> None:
    assert another(speech, question, words) is differs


def test_without_a_year_anywhere_nothing_differs() -> None:
    plain = parse_speech("在大会上的讲话\n\n同志们：\n\n学校要办好。大家要努力。\n")
    assert not another(plain, "去年学校办得如何？", "办好")


def test_a_name_that_the_speech_does_not_say(speech: Speech) -> None:
    assert names_another(understand("贵州今年新建多少所学校？"), speech, WORDS)
    assert names_another(understand("貴州今年新建多少所學校？"), speech, WORDS)
    assert not names_another(understand("岳阳今年新建多少所学校？"), speech, WORDS)
    assert not names_another(understand("今年新建多少所学校？"), speech, WORDS)


def test_the_longest_name_counts_and_words_are_no_names() -> None:
    assert list(names_in("从黑龙江到湘阴县，人民安康，真金白银")) == ["黑龙江", "湘阴县"]


def test_a_number_that_names_one_of_many_is_a_name() -> None:
    lines = parse_speech("在大会上的讲话\n\n同志们：\n\n13号线开工建设。第三届博览会成功举办。\n")
    assert names_another(understand("22号线什么时候开工？"), lines, WORDS)
    assert not names_another(understand("13号线什么时候开工？"), lines, WORDS)
    assert names_another(understand("第四届博览会在哪里办？"), lines, WORDS)


def test_a_name_that_stands_in_another_paragraph_only() -> None:
    spoken = parse_speech(
        "在全省会议上的讲话\n\n同志们：\n\n云南、云南、云南都要办好。昆明建成机场。\n\n大理种好核桃。\n"
    )
    around = spoken.text[spoken.text.index("大理") :]
    assert names_away(understand("昆明种了多少核桃？"), spoken, around, WORDS)
    assert not names_away(understand("大理种了多少核桃？"), spoken, around, WORDS)
    assert not names_away(understand("云南种了多少核桃？"), spoken, around, WORDS)
    assert not names_away(understand("种了多少核桃？"), spoken, around, WORDS)


def test_a_name_that_only_cuts_another_word_is_none() -> None:
    spoken = parse_speech("在大会上的讲话\n\n同志们：\n\n水库已经开工。\n")
    assert not names_another(understand("为什么要修水库？"), spoken, WORDS)
    assert names_another(understand("修水县的水库开工了吗？"), spoken, WORDS)
