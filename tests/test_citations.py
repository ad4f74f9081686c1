"""Spans become citations: the right marker, whole clauses, neighbours joined, every quote copied by offset."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_bot.citations import cite, clip, join_neighbours, where
from qa_bot.speech import parse_speech
from qa_bot.types import Speech
from tests.answering import TEXTS, speech_of, whole_sentences

NOTED = parse_speech(
    "在年会上的报告\n\n各位代表：\n\n一、回顾\n\n去年建成智慧大坝一座。节水三成。\n\n二、展望\n\n今年再建两座。\n\n"
    "名词解释\n\n1.智慧大坝：装有自动监测设备的水坝。\n2.节水：减少用水。\n"
)
SPEECHES = {shape: speech_of(shape) for shape in TEXTS} | {"noted": NOTED}
shapes = st.sampled_from(sorted(SPEECHES))


def span_of(speech: Speech, text: str) -> tuple[int, int]:
    start = speech.text.index(text)
    return start, start + len(text)


@pytest.mark.parametrize(
    ("text", "marker", "paragraph", "section", "kind"),
    [
        ("去年建成智慧大坝一座。", "1.1", 1, "一、回顾", "paragraph"),
        ("节水三成", "1.2", 1, "一、回顾", "paragraph"),
        ("去年建成智慧大坝一座。节水三成。", "1.1-1.2", 1, "一、回顾", "paragraph"),
        ("今年再建两座。", "2.1", 2, "二、展望", "paragraph"),
        ("二、展望", "§2", None, "二、展望", "heading"),
        ("各位代表：", "0.1", 0, None, "salutation"),
        ("1.智慧大坝：装有自动监测设备的水坝。", "注1.1", None, None, "note"),
    ],
)
def test_where_a_span_lies(text: str, marker: str, paragraph: int | None, section: str | None, kind: str) -> None:
    citation = cite(NOTED, span_of(NOTED, text))
    assert (citation.marker, citation.paragraph, citation.quote) == (marker, paragraph, text)
    assert where(citation) == kind
    assert section is None or citation.section == section


@given(st.data(), shapes)
def test_any_run_of_sentences_is_quoted_and_its_marker_leads_back(data: st.DataObject, shape: str) -> None:
    speech = SPEECHES[shape]
    sentences = data.draw(st.sampled_from(speech.paragraphs)).sentences
    first = data.draw(st.integers(0, len(sentences) - 1))
    last = data.draw(st.integers(first, len(sentences) - 1))
    span = (sentences[first].start, sentences[last].end)
    citation = cite(speech, span)
    assert speech.resolve(citation.marker) == (citation.start, citation.end) == span
    assert citation.quote == speech.text[span[0] : span[1]]


@given(st.data(), shapes)
def test_neighbours_are_joined_and_nothing_is_lost_or_added(data: st.DataObject, shape: str) -> None:
    speech = SPEECHES[shape]
    all_spans = [(s.start, s.end) for p in speech.paragraphs for s in p.sentences]
    spans = data.draw(st.lists(st.sampled_from(all_spans), max_size=8))
    joined = join_neighbours(speech, spans)
    assert joined == sorted(joined)
    assert all(a[1] <= b[0] for a, b in pairwise(joined))
    assert all(any(a <= start and end <= b for a, b in joined) for start, end in spans)
    assert join_neighbours(speech, joined) == joined
    for start, end in joined:
        paragraph = speech.paragraph_at(start)
        assert paragraph is not None
        assert end <= paragraph.end
        inside = {s for s in all_spans if start <= s[0] < end}
        assert inside <= set(spans)


def test_sentences_of_two_paragraphs_stay_two_citations() -> None:
    spans = [span_of(NOTED, "节水三成。"), span_of(NOTED, "今年再建两座。"), span_of(NOTED, "二、展望")]
    assert [cite(NOTED, span).marker for span in join_neighbours(NOTED, spans)] == ["1.2", "§2", "2.1"]


def test_a_short_sentence_is_not_clipped() -> None:
    span = span_of(NOTED, "去年建成智慧大坝一座。")
    assert clip(NOTED, span, "大坝", 100) == span


@pytest.mark.parametrize(
    ("focus", "clause"), [("新烤箱 启用", "食堂的新烤箱定于五月启用，"), ("烤箱 谁掌勺", "由王师傅掌勺，")]
)
def test_a_very_long_sentence_gives_the_clauses_that_answer(focus: str, clause: str) -> None:
    speech = SPEECHES["long"]
    sentence = max(
        ((s.start, s.end) for p in speech.paragraphs for s in p.sentences), key=lambda span: span[1] - span[0]
    )
    start, end = clip(speech, sentence, focus, 300)
    quote = speech.text[start:end]
    assert clause in quote
    assert len(quote) <= 300
    assert speech.text[start - 1] == quote[-1] == "，"
    assert whole_sentences(speech, start, end) == sentence


@given(st.text("甲乙丙丁水库，；。！", min_size=1, max_size=80), st.integers(1, 40), st.text("水库甲乙", max_size=4))
def test_a_clipped_span_lies_inside_and_within_the_limit(text: str, limit: int, focus: str) -> None:
    speech = parse_speech(f"开会。{text}")
    for paragraph in speech.paragraphs:
        for sentence in paragraph.sentences:
            start, end = clip(speech, (sentence.start, sentence.end), focus, limit)
            assert sentence.start <= start < end <= sentence.end
            assert end - start <= limit
