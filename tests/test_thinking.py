"""Thinking aloud is taken out of a stream, wherever its tags are split."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_bot.llm.thinking import Aloud


def told(pieces: list[str]) -> str:
    aloud, text = Aloud(), ""
    for piece in pieces:
        forget, shown = aloud.take(piece)
        text = shown if forget else text + shown
    return text + aloud.end()


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("没有标签。", "没有标签。"),
        ("<think>想</think>答。", "答。"),
        ("<think>\n想\n</think>\n\n答。", "答。"),
        ("<Thinking>想</Thinking>答。", "答。"),
        ("◁think▷想◁/think▷答。", "答。"),
        ("<think>想<think>再想</think>答。", "答。"),
        ("<think>想</think>答一。<think>再想</think>答二。", "答一。答二。"),
        ("想</think>答。", "答。"),
        ("想</think>再想</think>答。", "答。"),
        ("<think>想</think>再想</think>答。", "答。"),
        ("<think>想", ""),
        ("答。<think>想", "答。"),
        ("答。</thi", "答。</thi"),
        ("a < b > c <b>", "a < b > c <b>"),
        ("想</think>", ""),
        ("", ""),
    ],
)
@given(data=st.data())
def test_however_it_is_split(text: str, left: str, data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.sets(st.integers(0, len(text)))))
    pieces = [text[a:b] for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    assert told(pieces) == left


def test_only_what_was_given_is_to_be_forgotten() -> None:
    aloud = Aloud()
    assert [aloud.take(piece) for piece in ("<think>想</think>", "答。", "</think>", "答二。")] == [
        (False, ""),
        (False, "答。"),
        (True, ""),
        (False, "答二。"),
    ]
