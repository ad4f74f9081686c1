"""Numbered lists, wherever their steps stand and whatever stands between them."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_bot.announced import announced_spans
from qa_bot.enumerations import enumerations, numbered
from qa_bot.speech import parse_speech

SPEECH = parse_speech(
    """在全市教育工作会上的讲话

同志们：

问题要讲透，我点几个。第一个难题，是学校布局跟不上。去年撤了两所。第一次开会就有人提过。

第二个难题，是老师很累。累在三处：一是表格多，每人七十张；二是会多；三是群多。班主任有二十七个群。

有人说第二名才是难处，我看不是。

第三个难题，是评价还没有转过来。嘴上说素质，心里算分数。

办法有两样。头一样，把表格砍掉一半。砍完了要公示。第二样，每周三不开会。局里带头。

首先要改评价。其次要改校舍。校舍都老了。再次要改伙食。

第一，家长要来。第二、学生要来。第四，记者要来。
"""
)
STEPS = st.sampled_from(
    ["第一件，", "第二件，", "第三件，", "一是", "二是", "首先", "其次", "水渠修好了，", "。\n\n", "；"]
)


def texts(members: list[tuple[int, int]]) -> list[str]:
    return [SPEECH.text[start:end] for start, end in members]


def test_steps_numbered_in_one_manner_are_a_list() -> None:
    assert [texts(members) for members in numbered(SPEECH)] == [
        ["第一个难题，是学校布局跟不上。", "第二个难题，是老师很累。", "第三个难题，是评价还没有转过来。"],
        ["一是表格多，每人七十张；", "二是会多；", "三是群多。"],
        ["头一样，把表格砍掉一半。砍完了要公示。", "第二样，每周三不开会。局里带头。"],
        ["首先要改评价。", "其次要改校舍。校舍都老了。", "再次要改伙食。"],
        ["第一，家长要来。", "第二、学生要来。"],
    ]


def test_what_leads_up_to_a_list() -> None:
    leading = {texts(members)[-1]: own for members, own, _ in enumerations(SPEECH)}
    assert leading["三是群多。"].endswith("累在三处：")
    assert leading["第三个难题，是评价还没有转过来。"] == "问题要讲透，我点几个。"
    assert leading["再次要改伙食。"] == "局里带头。"


@pytest.mark.parametrize(
    ("question", "last"),
    [
        ("讲话里的三个难题分别是什么？", "第三个难题，是评价还没有转过来。"),
        ("局长讲的是哪几个“难题”？", "第三个难题，是评价还没有转过来。"),
        ("几个难题都是什么", "第三个难题，是评价还没有转过来。"),
        ("两样办法能不能给我列一下", "第二样，每周三不开会。局里带头。"),
        ("四个难题分别是什么？", ""),
    ],
)
def test_members_that_call_themselves_what_is_asked_for(question: str, last: str) -> None:
    assert (texts(announced_spans(SPEECH, question)) or [""])[-1] == last


@given(st.lists(STEPS, max_size=30).map("".join))
def test_of_any_text_members_in_order_and_of_one_manner(body: str) -> None:
    speech = parse_speech("在会上的讲话\n\n" + body)
    for members in numbered(speech):
        assert len(members) > 1
        assert members == sorted(members)
        assert all(speech.text[a:b].strip() for a, b in members)
        assert all(a_end <= b for (_, a_end), (b, _) in pairwise(members))
