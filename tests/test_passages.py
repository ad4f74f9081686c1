"""Passages: where they lie, what they stand for, and that no character of a paragraph is lost."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_bot.passages import WINDOW, embedding_text, make_passages
from qa_bot.types import Passage, Speech
from tests.fakes import make_speech

SPEECH = make_speech(
    ("", ["同志们好。今天开会。"]),
    ("一、过去一年", ["粮食丰收。出口增长一成。", "就业稳定。"]),
    ("二、明年工作", ["办好五件事。"]),
)


def by_id(speech: Speech) -> dict[str, Passage]:
    return {p.id: p for p in make_passages(speech)}


def test_in_the_order_of_the_text_larger_ones_first() -> None:
    assert [p.id for p in make_passages(SPEECH)] == [
        *("p:1", "s:1.1", "s:1.2"),
        *("h:§1", "p:2", "s:2.1", "s:2.2", "p:3", "s:3.1"),
        *("h:§2", "p:4", "s:4.1"),
    ]


@pytest.mark.parametrize(
    ("name", "kind", "text", "path", "addresses"),
    [
        ("s:2.2", "sentence", "出口增长一成。", ("一、过去一年",), ("2.2",)),
        ("p:2", "paragraph", "粮食丰收。出口增长一成。", ("一、过去一年",), ("2.1", "2.2")),
        ("h:§2", "heading", "二、明年工作", ("二、明年工作",), ("§2",)),
        ("s:1.1", "sentence", "同志们好。", ("开篇",), ("1.1",)),
    ],
)
def test_what_a_passage_knows(name: str, kind: str, text: str, path: tuple[str], addresses: tuple[str]) -> None:
    passage = by_id(SPEECH)[name]
    assert (passage.kind, passage.text, passage.path, passage.addresses) == (kind, text, path, addresses)
    assert embedding_text(passage) == text


def test_a_long_paragraph_is_split_into_windows_of_whole_sentences() -> None:
    sentences = [f"{'长' * 150}{i}。" for i in range(7)]
    speech = make_speech(("", ["".join(sentences)]))
    windows = [p for p in make_passages(speech) if p.kind == "paragraph"]
    assert [p.id for p in windows] == ["p:1/1", "p:1/2", "p:1/3", "p:1/4"]
    assert [p.addresses for p in windows] == [("1.1", "1.2"), ("1.3", "1.4"), ("1.5", "1.6"), ("1.7",)]


def test_a_sentence_longer_than_a_window_stands_alone() -> None:
    speech = make_speech(("", [f"短。{'长' * (WINDOW + 5)}。尾。"]))
    assert [p.addresses for p in make_passages(speech) if p.kind == "paragraph"] == [("1.1",), ("1.2",), ("1.3",)]


def test_a_speech_of_nothing_has_no_passages() -> None:
    assert make_passages(make_speech()) == ()


bodies = st.lists(st.integers(1, 500).map(lambda n: "字" * n + "。"), min_size=1, max_size=8).map("".join)
headings = st.sampled_from(["", "一、甲", "二、乙"])


@given(st.lists(st.tuples(headings, st.lists(bodies, max_size=4)), max_size=4))
def test_every_sentence_is_alone_once_and_in_one_window_of_its_paragraph(parts: list[tuple[str, list[str]]]) -> None:
    speech = make_speech(*parts)
    passages = make_passages(speech)
    assert all(speech.text[p.start : p.end] == p.text for p in passages)
    assert len({p.id for p in passages}) == len(passages)
    spoken = [s.address for paragraph in speech.paragraphs for s in paragraph.sentences]
    for kind in ("sentence", "paragraph"):
        chosen = [p for p in passages if p.kind == kind]
        assert [address for p in chosen for address in p.addresses] == spoken
        assert all(a.end <= b.start for a, b in pairwise(chosen))
    assert all(p.end - p.start <= WINDOW or len(p.addresses) == 1 for p in passages)
    for p in passages:
        if p.kind != "heading":
            assert p.path == speech.path(speech.by_address[p.addresses[0]].section)
